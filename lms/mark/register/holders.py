"""Who holds the mark, to look for and to turn the pages of: two questions to the database, however many there are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from lms.database import session
from lms.languages import language
from lms.mark.history import History, history_of
from lms.mark.models import Award, OwnWords
from lms.organisations.fields import FIELDS
from lms.organisations.models import Organisation
from lms.organisations.profile import OrganisationProfile
from lms.people.alphabet import alphabetical, folded, folded_letters
from lms.people.lists import ROWS_SHOWN, Look, Screenful, page_in

SORTS = ("name", "newest", "ends")
SHOWS = ("holders", "withdrawn")
# An award is valid for two years, and for half a year more when it was renewed early.
YEARS_BACK = 3

Later = aliased(Award)


@dataclass(frozen=True)
class Holder:
    """An organisation in the register: what it says about itself, and its awards. Nothing of persons."""

    organisation: Organisation
    history: History
    own_words: OwnWords | None
    profile: OrganisationProfile | None

    @property
    def words(self) -> tuple[str, str]:
        """What the organisation says about what it does, and the language of it: the reader's where there is one."""
        if self.own_words is None:
            return "", "nb"
        there = {"nb": self.own_words.words_nb, "en": self.own_words.words_en}
        wanted = "en" if language() == "en" else "nb"
        found = next((code for code in (wanted, *there) if there[code]), wanted)
        return there[found], found

    @property
    def website(self) -> str:
        """Its address on the web; empty where it is no such address."""
        address = self.own_words.website if self.own_words else ""
        return address if address.startswith(("https://", "http://")) else ""

    @property
    def field(self) -> str:
        """The name of its field in the reader's language; empty where it is not known."""
        return str(FIELDS.get(self.profile.field, "")) if self.profile else ""

    @property
    def place(self) -> str:
        return self.profile.place if self.profile else ""


@dataclass(frozen=True)
class Found:
    """A page of the register, and in which places there is somebody to find."""

    holders: Screenful[Holder]
    places: dict[str, int]


def years_offered(today: date) -> list[str]:
    """The years in which a mark that is valid today can have been awarded."""
    return ["", *(str(today.year - back) for back in range(YEARS_BACK + 1))]


def found_by(look: Look, today: date) -> Found:
    """What somebody looks for; those whose mark is withdrawn are found by name, or when they are asked for."""
    found = _sought(look, today)
    counted = _joined(select(OrganisationProfile.place, func.count())).where(*found).group_by(OrganisationProfile.place)
    places = {place or "": number for place, number in session.execute(counted)}
    here = look["place"]
    in_all = places.get(here, 0) if here else sum(places.values())
    page = page_in(look, in_all)
    if here:
        found.append(OrganisationProfile.place == here)
    holders = _page(found, look["sort"], today, ROWS_SHOWN, (page - 1) * ROWS_SHOWN)
    named = dict(sorted((place, number) for place, number in places.items() if place))
    return Found(Screenful(holders, page, in_all), named)


def newest(today: date, number: int) -> list[Holder]:
    """Those who were awarded the mark last and hold it today."""
    return _page([*_listed(), *_valid(today)], "newest", today, number)


def lately(today: date, number: int) -> list[Holder]:
    """Those whose mark was awarded or withdrawn last, the latest first."""
    return _page([*_listed(), or_(and_(*_valid(today)), Award.withdrawn_at.is_not(None))], "changed", today, number)


def holder_with(organisation_id: UUID, today: date) -> Holder | None:
    """One organisation that holds the mark, or has held it, unless it would not be in the register."""
    rows = session.execute(
        _joined(select(Award, Organisation, OwnWords, OrganisationProfile)).where(
            Award.organisation_id == organisation_id, _wants_to_be_seen()
        )
    ).all()
    return _holder(rows, today) if rows else None


def _sought(look: Look, today: date) -> list[ColumnElement[bool]]:
    words = [folded_letters(word) for word in look["text"].split()]
    withdrawn: ColumnElement[bool] = Award.withdrawn_at.is_not(None)
    shown: ColumnElement[bool]
    if look["show"] == "withdrawn":
        shown = withdrawn
    else:
        shown = or_(and_(*_valid(today)), withdrawn) if words else and_(*_valid(today))
    found = [*_listed(), shown]
    for word in words:
        columns = (Organisation.name, OrganisationProfile.place)
        found.append(or_(*(folded(column).contains(word, autoescape=True) for column in columns)))
    if look["field"]:
        found.append(OrganisationProfile.field == look["field"])
    if look["year"]:
        year = int(look["year"])
        found.append(Award.awarded_on.between(date(year, 1, 1), date(year, 12, 31)))
    return found


def _valid(today: date) -> tuple[ColumnElement[bool], ...]:
    return (
        Award.valid_until >= today,
        Award.awarded_on <= today,
        Award.withdrawn_at.is_(None),
        Award.replaced_on.is_(None),
    )


def _listed() -> list[ColumnElement[bool]]:
    """The last award of each organisation that would be seen."""
    after = or_(
        Later.awarded_on > Award.awarded_on,
        and_(Later.awarded_on == Award.awarded_on, Later.awarded_at > Award.awarded_at),
    )
    return [_wants_to_be_seen(), ~exists().where(Later.organisation_id == Award.organisation_id, after)]


def _wants_to_be_seen() -> ColumnElement[bool]:
    return or_(OwnWords.organisation_id.is_(None), OwnWords.in_register)


def _joined(asked: Any) -> Any:
    return (
        asked.select_from(Award)
        .join(Organisation, Organisation.id == Award.organisation_id)
        .outerjoin(OwnWords, OwnWords.organisation_id == Award.organisation_id)
        .outerjoin(OrganisationProfile, OrganisationProfile.organisation_id == Award.organisation_id)
    )


def _page(found: Iterable[ColumnElement[bool]], sort: str, today: date, most: int, after: int = 0) -> list[Holder]:
    """These holders with all their awards, in one question."""
    order, downwards = {
        "name": (alphabetical(Organisation.name), False),
        "newest": (Award.awarded_on, True),
        "ends": (Award.valid_until, False),
        "changed": (func.coalesce(Award.withdrawn_at, Award.awarded_at), True),
    }[sort]

    def sorted_by(column: Any, id: Any) -> tuple[Any, Any]:
        return (column.desc() if downwards else column, id)

    # Sorted once to find the page, and once more within it: a number for each row would have all of them sorted whole.
    place: Any = order.label("place")
    page = (
        _joined(select(Award.organisation_id, place))
        .where(*found)
        .order_by(*sorted_by(place, Award.organisation_id))
        .limit(most)
        .offset(after)
        .subquery()
    )
    rows = session.execute(
        _joined(select(Award, Organisation, OwnWords, OrganisationProfile))
        .join(page, page.c.organisation_id == Award.organisation_id)
        .order_by(*sorted_by(page.c.place, page.c.organisation_id))
    ).all()
    of_each: dict[UUID, list[Row[Any]]] = {}
    for row in rows:
        of_each.setdefault(row.Organisation.id, []).append(row)
    return [_holder(of_one, today) for of_one in of_each.values()]


def _holder(rows: Sequence[Row[Any]], today: date) -> Holder:
    one = rows[0]
    return Holder(
        one.Organisation, history_of((row.Award for row in rows), today), one.OwnWords, one.OrganisationProfile
    )
