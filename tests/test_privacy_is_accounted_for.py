"""docs/privacy.md tells the truth: its table is what each table of the database has promised."""

from pathlib import Path

from lms.people.belongings import table_of_promises

ACCOUNT = Path(__file__).parents[1] / "docs" / "privacy.md"
BEGIN, END = "<!-- built from the code: begin -->\n", "<!-- built from the code: end -->\n"


def table() -> str:
    """What the account should hold between its two marks."""
    lines = ["| table | why | how long | she is given | when she is erased |", "|---|---|---|---|---|"]
    for name, promise in table_of_promises():
        given = ", ".join(promise.export) or "–"
        gone = f"blank: {', '.join(promise.blanks)}" if promise.blanks else promise.erase
        lines.append(f"| `{name}` | {promise.purpose} | {promise.retention} | {given} | {gone} |")
    return "\n".join(lines) + "\n"


def test_the_table_is_built_from_the_declarations() -> None:
    account = ACCOUNT.read_text()

    assert account.split(BEGIN)[1].split(END)[0] == table(), (
        f"Put this between the marks in docs/privacy.md:\n{table()}"
    )
