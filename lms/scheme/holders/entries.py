"""A list of holders, row by row: what it says, what is wrong with it, and what it would change."""

import csv
import dataclasses
import io
from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import select

from lms.database import norwegian_day, now, session
from lms.languages import _
from lms.learning.roster_import.columns import plain
from lms.learning.roster_import.limits import Unreadable
from lms.learning.roster_import.models import Rows
from lms.mark.dates import last_day
from lms.mark.models import Award
from lms.mark.words import WORDS_LENGTH, read_website
from lms.organisations.fields import FIELDS
from lms.organisations.invitations import read_day
from lms.organisations.models import Organisation
from lms.organisations.profile import PLACE_LENGTH, OrganisationProfile
from lms.people.alphabet import folded_letters
from lms.people.names import is_address
from lms.scheme.applications.form import read_number

NAME_LENGTH = 200
HEADINGS: Mapping[str, str] = {
    "name": "navn namn name virksomhet verksemd organisation organisasjon",
    "number": "orgnr organisasjonsnummer organisationnumber nummer number",
    "field": "felt kunstfelt field bransje",
    "place": "sted stad place kommune by",
    "awarded_on": "tildelt awarded awardedon tildelingsdato fra",
    "valid_until": "gyldigtil validuntil validto utløper utgår til",
    "words_nb": "tekst ord beskrivelse skildring text words tekstpånorsk",
    "words_en": "engelsk english engelsktekst tekstpåengelsk englishtext",
    "website": "nettsted nettstad website nettside",
    "email": "epost email kontakt epostadresse contact",
}
FIELD_OF = {heading: name for name, headings in HEADINGS.items() for heading in headings.split()}
# The one row of headings that everything understands, for the file to begin from.
PATTERN = (
    "Navn",
    "Organisasjonsnummer",
    "Felt",
    "Sted",
    "Tildelt",
    "Gyldig til",
    "Tekst",
    "Engelsk tekst",
    "Nettsted",
    "E-post",
)


@dataclasses.dataclass
class Holder:
    """One row: an organisation and its award, as the list has them."""

    number_in_list: int
    name: str
    number: str = ""
    field: str = ""
    place: str = ""
    awarded_on: date | None = None
    valid_until: date | None = None
    words_nb: str = ""
    words_en: str = ""
    website: str = ""
    email: str = ""
    faults: list[str] = dataclasses.field(default_factory=list)
    known: Organisation | None = None
    is_here: bool = False

    @property
    def change(self) -> str:
        """wrong, here already, a further award of an organisation that is known, or new."""
        if self.faults:
            return "wrong"
        if self.is_here:
            return "here"
        return "known" if self.known else "new"


def read_holders(rows: Rows) -> list[Holder]:
    """Every row of the list with what is wrong with it. Raises Unreadable when it has no heading we know.

    Three questions to the database, however long the list is.
    """
    heading = next(
        ((number, cells) for number, cells in rows if {"name", "awarded_on"} <= {_field(cell) for cell in cells}), None
    )
    if heading is None:
        raise Unreadable(_("We need a row of headings, with at least the name and the day of the award."))
    columns = [_field(cell) for cell in heading[1]]
    holders = [
        _holder(number, dict(zip(columns, cells, strict=False))) for number, cells in rows if number > heading[0]
    ]
    if not holders:
        raise Unreadable(_("There is no organisation under the headings."))
    _find_those_known(holders)
    return holders


def as_list(rows: Rows) -> str:
    """The rows as text, so that what was looked through is what is brought in; their numbers stay."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\n")
    at = 1
    for number, cells in rows:
        for _empty in range(number - at):
            writer.writerow([])
        writer.writerow(cells)
        at = number + 1
    return out.getvalue()


def _field(cell: str) -> str:
    return FIELD_OF.get(plain(cell), "")


def _holder(number: int, cells: Mapping[str, str]) -> Holder:
    told: dict[str, str] = {}
    holder = Holder(number, cells.get("name", ""))
    if not holder.name:
        holder.faults.append(_("The name is missing."))
    elif len(holder.name) > NAME_LENGTH:
        holder.faults.append(_("The name is too long."))
    holder.number = read_number(cells.get("number", ""), "NO", told)
    holder.website = read_website(cells.get("website", ""), told)
    holder.faults.extend(told.values())
    holder.field = _key_of_field(cells.get("field", ""), holder.faults)
    holder.place = cells.get("place", "")
    if len(holder.place) > PLACE_LENGTH:
        holder.faults.append(_("The place is too long."))
    holder.awarded_on = _day(cells.get("awarded_on", ""), holder.faults, needed=True)
    holder.valid_until = _day(cells.get("valid_until", ""), holder.faults)
    _check_days(holder)
    for name in ("words_nb", "words_en"):
        words = cells.get(name, "")
        setattr(holder, name, words)
        if len(words) > WORDS_LENGTH:
            holder.faults.append(_("The text can have at most %(number)s characters.", number=WORDS_LENGTH))
    holder.email = cells.get("email", "").lower()
    if holder.email and not is_address(holder.email):
        holder.faults.append(_("This does not look like an e-mail address."))
    return holder


def _key_of_field(written: str, faults: list[str]) -> str:
    if not written:
        return ""
    known = {folded_letters(name): key for key, name in FIELDS.items()} | {key: key for key in FIELDS}
    key = known.get(folded_letters(written), "")
    if not key:
        offered = ", ".join(str(name) for name in FIELDS.values())
        faults.append(
            _("We know no field called %(written)s. Write one of: %(fields)s.", written=written, fields=offered)
        )
    return key


def _day(written: str, faults: list[str], needed: bool = False) -> date | None:
    day = read_day(written) if written else None
    if day is None and (written or needed):
        faults.append(_("Write the day as 31.12.2026."))
    return day


def _check_days(holder: Holder) -> None:
    if holder.awarded_on is None:
        return
    if holder.awarded_on > norwegian_day(now()):
        holder.faults.append(_("The day of the award has not come yet."))
    if holder.valid_until is None:
        holder.valid_until = last_day(holder.awarded_on)
    elif not holder.awarded_on < holder.valid_until <= last_day(holder.awarded_on):
        holder.faults.append(_("A mark is valid for two years at the most from the day of the award."))


def _find_those_known(holders: Sequence[Holder]) -> None:
    """Say of each row whether we know the organisation, and whether it has this award already."""
    known: dict[str, list[tuple[Organisation, str]]] = {}
    rows = session.execute(
        select(Organisation, OrganisationProfile.number).outerjoin(
            OrganisationProfile, OrganisationProfile.organisation_id == Organisation.id
        )
    )
    for organisation, number in rows:
        known.setdefault(organisation.name.casefold(), []).append((organisation, number or ""))
    awards = {(whose, on) for whose, on in session.execute(select(Award.organisation_id, Award.awarded_on))}
    seen: set[tuple[str, str, date | None]] = set()
    for holder in holders:
        this = (holder.name.casefold(), holder.number, holder.awarded_on)
        if this in seen:
            holder.faults.append(_("The same award stands further up in the list."))
        seen.add(this)
        called = known.get(holder.name.casefold(), [])
        same = [one for one, number in called if number == holder.number] or [
            one for one, number in called if not (number and holder.number)
        ]
        if len(same) > 1:
            holder.faults.append(_("Several organisations have this name. Write the organisation number."))
        elif same:
            holder.known = same[0]
            holder.is_here = (same[0].id, holder.awarded_on) in awards
