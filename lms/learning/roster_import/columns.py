"""Which column of a list is which: by its heading in any of three languages, else by what stands in it."""

from collections.abc import Iterable, Sequence

from werkzeug.datastructures import MultiDict

from lms.languages import _
from lms.learning.roster_import.models import RosterDraft, Rows
from lms.organisations.invitations import ForgedChoice, Invalid

FIELDS = ("name", "first_name", "last_name", "email", "team", "is_leader", "role", "employee_id")
HEADINGS = {
    "name": "navn namn name fulltnavn fulltnamn fullname ansatt ansattnavn medarbeider medarbeidar tilsett employee "
    "employeename person personnavn visningsnavn visingsnamn displayname deltaker deltakar participant",
    "first_name": "fornavn fornamn førenamn førenavn firstname givenname forename fornavnmellomnavn",
    "last_name": "etternavn etternamn slektsnavn lastname surname familyname",
    "email": "epost epostadresse epostadr epostadressa mail mailadresse email emailaddress eadresse jobbepost "
    "epostjobb epostarbeid arbeidsepost emailwork workemail",
    "team": "team avdeling gruppe group lag department enhet eining unit seksjon section crew ensemble vaktlag skift",
    "is_leader": "leder leiar leader erleder erleiar isleader lederjanei leiarjanei leaderyesno lederansvar "
    "leiaransvar personalleder personalleiar",
    "role": "rolle role tilgang access",
    "employee_id": "balanseid",
}
FIELD_OF = {heading: field for field, headings in HEADINGS.items() for heading in headings.split()}
YES = frozenset(["ja", "j", "yes", "y", "true", "sant", "1", "x", "✓", "leder", "leiar", "leader"])
NO = frozenset(["nei", "n", "no", "false", "usant", "usann", "0", "-", "–", "nei."])
ROLES = {
    "employee": ["medarbeider", "medarbeidar", "ansatt", "tilsett", "employee", "staff", "member", "medlem"],
    "coordinator": ["koordinator", "coordinator", "kontaktperson"],
}
ROLE_OF = {word: role for role, words in ROLES.items() for word in words}
HEADING_IS_AMONG = 10


def find_columns(draft: RosterDraft) -> None:
    """Say which column is which, and where the rows about people begin."""
    best, columns = 0, []
    heading = 0
    for number, cells in draft.rows[:HEADING_IS_AMONG]:
        found = [FIELD_OF.get(plain(cell), "") for cell in cells]
        known = len(set(found) - {""})
        if known > best and any(field in found for field in ("name", "first_name", "last_name", "email")):
            best, heading, columns = known, number, found
    if not heading:
        columns = _by_content(draft.rows)
    draft.heading = heading
    draft.columns = _each_once(columns, _width(draft.rows))
    for field, words in (("is_leader", YES | NO), ("role", ROLE_OF)):
        _let_be_unless(draft, field, words)


def people_in(draft: RosterDraft) -> Rows:
    """The rows under the heading, without headings that are printed once more on each page."""
    heading = heading_cells(draft)
    return [
        (number, cells) for number, cells in draft.rows if number > draft.heading and not (heading and cells == heading)
    ]


def heading_cells(draft: RosterDraft) -> list[str]:
    """What stands over the columns, as far as anything does."""
    return next((cells for number, cells in draft.rows if number == draft.heading), [])


def skipped_rows(draft: RosterDraft) -> list[int]:
    """The numbers of the rows over the heading, which are about nobody: a title, a date, a heading of headings."""
    return [number for number, _cells in draft.rows if number < draft.heading]


def samples(draft: RosterDraft, column: int) -> str:
    """What stands first in a column, so that somebody can say what it is."""
    found = (cells[column] for _number, cells in people_in(draft)[:50] if column < len(cells) and cells[column])
    return next(found, "")


def read_columns(form: MultiDict[str, str], draft: RosterDraft) -> tuple[int, list[str]]:
    """What the coordinator says about the columns: the heading's row, and a field or nothing for each.

    Raises Invalid, and ForgedChoice for a field there is not.
    """
    chosen = [form.get(f"column-{place}", "") for place in range(len(draft.columns))]
    if not set(chosen) <= {"", *FIELDS}:
        raise ForgedChoice
    heading = form.get("heading", "")
    if heading not in {"0", *(str(number) for number, _cells in draft.rows[:HEADING_IS_AMONG])}:
        raise ForgedChoice
    twice = next((field for field in FIELDS if chosen.count(field) > 1), None)
    if twice:
        raise Invalid({"columns": _("Two columns cannot be the same thing. Choose one of them.")})
    if "name" not in chosen and not {"first_name", "last_name"} & set(chosen):
        raise Invalid({"columns": _("Say in which column the names are.")})
    return int(heading), chosen


def plain(heading: str) -> str:
    """A heading without what people vary: capitals, spaces, hyphens and signs."""
    return "".join(letter for letter in heading.casefold() if letter.isalpha())


def _width(rows: Rows) -> int:
    return max((len(cells) for _number, cells in rows), default=0)


def _each_once(columns: Sequence[str], width: int) -> list[str]:
    """The first column that can be something is it; a name in one piece makes its pieces superfluous."""
    taken: set[str] = set()
    fields = []
    for field in [*columns, *[""] * (width - len(columns))]:
        fields.append("" if field in taken else field)
        taken.add(field)
    if "name" in taken and {"first_name", "last_name"} <= taken:
        fields = ["" if field == "name" else field for field in fields]
    return fields


def _by_content(rows: Rows) -> list[str]:
    """Names come first, an address has its @, and what else there is in words is the team."""
    width = _width(rows)
    columns = [""] * width
    left = ["name", "team"]
    for place in range(width):
        cells = _cells_of(rows, place)
        if "email" not in columns and sum("@" in cell for cell in cells) * 2 > len(cells):
            columns[place] = "email"
        elif left and any(any(letter.isalpha() for letter in cell) for cell in cells):
            columns[place] = left.pop(0)
    return columns


def _let_be_unless(draft: RosterDraft, field: str, words: Iterable[str]) -> None:
    """A column called “leader” may hold the leader's name, and “role” a profession: then it is not what we ask for."""
    if field in draft.columns:
        place, known = draft.columns.index(field), set(words)
        cells = _cells_of(people_in(draft), place)
        if sum(cell.casefold() in known for cell in cells) * 2 < len(cells):
            draft.columns = [*draft.columns[:place], "", *draft.columns[place + 1 :]]


def _cells_of(rows: Rows, place: int) -> list[str]:
    return [cells[place] for _number, cells in rows if place < len(cells) and cells[place]]
