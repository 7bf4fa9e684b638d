"""One row of a list as the person it is about, or with what is wrong in it and why."""

import re
from dataclasses import dataclass
from uuid import UUID

from email_validator import EmailNotValidError, validate_email

from lms.languages import _
from lms.learning.roster_import.columns import NO, ROLE_OF, YES, people_in
from lms.learning.roster_import.models import RosterDraft
from lms.organisations.invitations import TEAM_LENGTH
from lms.people.models import NAME_LENGTH

EMAIL_LENGTH = 254
A_DATE = re.compile(r"\d{4}-\d\d-\d\d|\d{1,2}[./]\d{1,2}[./]\d{2,4}")
# What stands in a cell whose formula went wrong.
NO_VALUE = re.compile(r"#(N/A|I/T|REF!|VALUE!|VERDI!|NAME\?|NAVN\?|DIV/0!|NUM!|NULL!|SPILL!)", re.IGNORECASE)


@dataclass(frozen=True)
class Entry:
    """Who a row is about. What its list does not say is None, and stays as it is on the roster."""

    number: int
    name: str
    email: str = ""
    team: str | None = None
    is_leader: bool | None = None
    role: str | None = None
    employee_id: UUID | None = None
    mistakes: tuple[str, ...] = ()


def entries_of(draft: RosterDraft) -> list[Entry]:
    """Everybody in the list, row by row."""
    return [read_entry(number, _by_field(cells, draft.columns)) for number, cells in people_in(draft)]


def read_entry(number: int, cells: dict[str, str]) -> Entry:
    """The person in these cells, by field; an empty cell says nothing."""
    mistakes: list[str] = []
    name = _name(cells, mistakes)
    email = _email(cells.get("email", ""), mistakes)
    team = _text(cells.get("team", ""), mistakes) or None
    if team and len(team) > TEAM_LENGTH:
        mistakes.append(_("The team can have at most %(number)s characters.", number=TEAM_LENGTH))
    is_leader = _is_leader(cells.get("is_leader", ""), mistakes)
    role = _role(cells.get("role", ""), mistakes)
    employee_id = _employee_id(cells.get("employee_id", ""), mistakes)
    return Entry(number, name, email, team, is_leader, role, employee_id, tuple(mistakes))


def _by_field(cells: list[str], columns: list[str]) -> dict[str, str]:
    return {field: cell for cell, field in zip(cells, columns, strict=False) if field}


def _name(cells: dict[str, str], mistakes: list[str]) -> str:
    if "name" in cells:
        name = cells["name"]
        last, comma, first = name.partition(", ")
        if comma and first and "," not in first:
            name = f"{first} {last}"
    else:
        name = " ".join(filter(None, (cells.get("first_name", ""), cells.get("last_name", ""))))
    if not name:
        mistakes.append(_("There is no name."))
    elif len(name) > NAME_LENGTH:
        mistakes.append(_("The name can have at most %(number)s characters.", number=NAME_LENGTH))
    elif "@" in name:
        mistakes.append(_("An e-mail address stands where the name should be."))
    elif not any(letter.isalpha() or ord(letter) > 0x2000 for letter in name):
        mistakes.append(_("There is no name, but “%(written)s”.", written=name))
    return _text(name, mistakes)


def _text(cell: str, mistakes: list[str]) -> str:
    """A cell that holds words, and neither a formula nor what one has left behind."""
    if cell.startswith("="):
        mistakes.append(
            _("“%(written)s” is a formula. Put in its result instead: copy, and paste as values.", written=cell[:40])
        )
    elif NO_VALUE.match(cell):
        mistakes.append(
            _("“%(written)s” is what a broken formula shows. Put in what should stand there.", written=cell[:40])
        )
    return cell


def _email(cell: str, mistakes: list[str]) -> str:
    email = cell.removeprefix("mailto:").strip("<> ").lower()
    if not email:
        return ""
    if A_DATE.match(email):
        mistakes.append(_("“%(written)s” is a date and no e-mail address.", written=cell[:40]))
    elif not _is_address(email):
        mistakes.append(
            _("“%(written)s” does not look like an e-mail address. Correct it, or leave it out.", written=cell[:80])
        )
    return email


def _is_leader(cell: str, mistakes: list[str]) -> bool | None:
    word = cell.casefold()
    if not word:
        return None
    if word not in YES and word not in NO:
        mistakes.append(_("Write yes or no for leader, not “%(written)s”.", written=cell[:40]))
    return word in YES


def _role(cell: str, mistakes: list[str]) -> str | None:
    role = ROLE_OF.get(cell.casefold())
    if cell and role is None:
        mistakes.append(_("The role is employee or coordinator, not “%(written)s”.", written=cell[:40]))
    return role


def _employee_id(cell: str, mistakes: list[str]) -> UUID | None:
    try:
        return UUID(cell) if cell else None
    except ValueError:
        mistakes.append(_("“%(written)s” is no number of ours. Leave the cell empty.", written=cell[:40]))
        return None


def _is_address(email: str) -> bool:
    try:
        validate_email(email, check_deliverability=False)
    except EmailNotValidError:
        return False
    return len(email) <= EMAIL_LENGTH
