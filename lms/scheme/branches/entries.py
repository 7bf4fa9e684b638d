"""A list of branches, row by row: what it says, what is wrong with it, and what it would change."""

import dataclasses
from collections.abc import Sequence
from typing import Literal

from lms.languages import _
from lms.learning.roster_import.columns import plain
from lms.learning.roster_import.limits import Unreadable
from lms.learning.roster_import.models import Rows
from lms.organisations.branches import MOST_BRANCHES, names_of_branches
from lms.organisations.models import Organisation
from lms.people.alphabet import folded_letters
from lms.people.models import NAME_LENGTH
from lms.people.names import is_address
from lms.scheme.applications.form import LONGEST_NAME, MOST_PEOPLE

LONGEST_SHOWN = 40
Change = Literal["wrong", "new", "here"]
HEADINGS = {
    "name": "navn namn name lag lokallag avdeling avdeiling department branch underavdeling forening foreining klubb",
    "contact": "kontakt kontaktperson contact contactperson leder leiar koordinator coordinator",
    "email": "epost epostadresse mail email emailaddress kontaktepost contactemail",
    "people": "antall antal antallpersoner hode hoder personer personar folk people number size headcount medlemmer "
    "medlemmar ansatte tilsette",
}
FIELD_OF = {heading: name for name, headings in HEADINGS.items() for heading in headings.split()}


@dataclasses.dataclass
class Entry:
    """One row: a branch, whom to invite to coordinate it, and how many people it has."""

    row: int
    name: str
    contact: str = ""
    email: str = ""
    people: int = 0
    faults: list[str] = dataclasses.field(default_factory=list)
    is_here: bool = False

    @property
    def change(self) -> Change:
        """wrong, here already, or new."""
        if self.faults:
            return "wrong"
        return "here" if self.is_here else "new"


def read_entries(rows: Rows, parent: Organisation) -> list[Entry]:
    """Every row with what is wrong with it; one question to the database. Raises Unreadable for too long a list."""
    columns = _headings(rows[0][1])
    rows = rows[1:] if columns else rows
    if not rows:
        raise Unreadable(_("There is no branch under the headings."))
    if len(rows) > MOST_BRANCHES:
        raise Unreadable(_("An organisation has at most %(number)s branches.", number=MOST_BRANCHES))
    entries = [_entry(number, _by_column(cells, columns) if columns else _by_content(cells)) for number, cells in rows]
    _compare(entries, {folded_letters(name) for name in names_of_branches(parent)})
    return entries


def _headings(cells: Sequence[str]) -> list[str]:
    """What each column is, where the row says so; none where the row is a branch itself, such as «Lag 1» or «Klubb»."""
    named = [FIELD_OF.get(plain(cell), "") for cell in cells]
    says_so = len(cells) > 1 or plain(cells[0]) in ("navn", "namn", "name")
    about_itself = any(letter.isdigit() or letter == "@" for cell in cells for letter in cell)
    return named if "name" in named and says_so and not about_itself else []


def read_one(cells: dict[str, str], parent: Organisation) -> Entry:
    """One branch written by hand, judged as a row of a list is."""
    entry = _entry(1, cells)
    _compare([entry], {folded_letters(each) for each in names_of_branches(parent)})
    return entry


def _by_column(cells: Sequence[str], columns: Sequence[str]) -> dict[str, str]:
    return {name: cell for name, cell in zip(columns, cells, strict=False) if name}


def _by_content(cells: Sequence[str]) -> dict[str, str]:
    """An address has its @, the number of people is digits, and of what is written the name comes first.

    A branch that is called by a number has it in the first cell, where no number of people would stand.
    """
    found: dict[str, str] = {}
    for place, cell in enumerate(cells):
        if "@" in cell:
            kind = "email"
        elif place and _digits(cell).isdecimal():
            kind = "people"
        else:
            kind = "contact" if "name" in found else "name"
        if cell:
            found["left_over" if kind in found else kind] = cell
    return found


def _entry(number: int, cells: dict[str, str]) -> Entry:
    entry = Entry(number, cells.get("name", ""), cells.get("contact", ""), cells.get("email", "").lower())
    if not entry.name:
        entry.faults.append(_("The name is missing."))
    elif len(entry.name) > LONGEST_NAME:
        entry.faults.append(_("The name is too long."))
    if cells.get("left_over"):
        entry.faults.append(_("We cannot tell what “%(cell)s” is.", cell=cells["left_over"][:LONGEST_SHOWN]))
    if len(entry.contact) > NAME_LENGTH:
        entry.faults.append(_("The contact's name is too long."))
    if entry.email and not is_address(entry.email):
        entry.faults.append(_("This does not look like an e-mail address."))
    people = _digits(cells.get("people", ""))
    if people and not (people.isascii() and people.isdecimal() and len(people) <= 6 and int(people) <= MOST_PEOPLE):
        entry.faults.append(_("Write how many people there are as a number, such as 25."))
    elif people:
        entry.people = int(people)
    return entry


def _digits(written: str) -> str:
    return "".join(written.split())


def _compare(entries: Sequence[Entry], here: set[str]) -> None:
    """Say of each row whether there is such a branch already, or such a row further up."""
    seen: set[str] = set()
    for entry in entries:
        called = folded_letters(entry.name)
        entry.is_here = called in here
        if called and called in seen:
            entry.faults.append(_("The same name stands further up in the list."))
        seen.add(called)
