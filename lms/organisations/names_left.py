"""Where the name of somebody who has been erased stood in what others wrote, and where somebody has to read it through.

Kept is where, never what: which fields of which row, and up to which revision a page that stood open may hold it.
What nobody can change any more loses the name at once; of the rest somebody who can read has to judge.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    Select,
    String,
    and_,
    exists,
    func,
    inspect,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

from lms.database import Model, Privacy, new_id, now, session
from lms.languages import _
from lms.organisations.events import record
from lms.organisations.models import Employee, Round, hold_roster, places_of
from lms.people.models import Person
from lms.people.names import is_named_within, ways_to_write, without_name

Row = TypeVar("Row", bound=Model)
IS_LEFT = text("settled_at IS NULL")


class ErasedMeanwhile(Exception):
    """A page was opened before somebody was erased whose name stood there; `fields` may still hold it."""

    def __init__(self, fields: Iterable[str] = ()) -> None:
        super().__init__()
        self.fields = tuple(fields)


class NameStood(Model):
    """A row in which the name of somebody stood when she was erased; settled when it is gone, or may stay as it is."""

    __tablename__ = "lms_name_stood"
    __table_args__ = (
        # One row waits to be read through once, however many have been erased meanwhile.
        Index(
            "uq_lms_name_stood_left",
            "organisation_id",
            "kind",
            "row_id",
            unique=True,
            sqlite_where=IS_LEFT,
            postgresql_where=IS_LEFT,
        ),
        Index("ix_lms_name_stood_row", "organisation_id", "kind", "row_id"),
    )
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To have words read through in which somebody erased may be named, and to let no open page bring her "
        "name back; it holds where, and no name.",
        retention="As long as the organisation is here.",
        person="settled_by",
        erase="keep",
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("lms_organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(20))
    row_id: Mapped[UUID]
    fields: Mapped[list[str]]
    # The last revision of the row that may hold the name: whoever has a page of that or before is asked to look again.
    revision: Mapped[int] = mapped_column(default=0)
    at: Mapped[datetime] = mapped_column(default=now)
    settled_at: Mapped[datetime | None]
    # Nobody, where it was taken out at once.
    settled_by: Mapped[UUID | None] = mapped_column(ForeignKey("lms_person.id"))

    def settle(self, by: Person) -> None:
        """Somebody has read it through: her name is gone, or it was not hers."""
        if self.settled_at is None:
            self.settled_at, self.settled_by = now(), by.id
            record(self.organisation_id, "name.read_through", by, kind=self.kind, row=str(self.row_id))


@dataclass(frozen=True)
class Leaving:
    """Somebody who is about to be erased: what she is called, and where that is to be forgotten.

    Where she `shares_her_name` with somebody who stays, nothing can be taken out without anybody's judgement.
    """

    person_id: UUID
    name: str
    places: tuple[UUID, ...]
    shares_her_name: bool


@dataclass(frozen=True)
class Stood:
    """A place in which her name stands: fields of a row, at a revision of it."""

    organisation_id: UUID
    kind: str
    row_id: UUID
    fields: tuple[str, ...]
    revision: int = 0


def leaving(person: Person, only_in: UUID | None = None) -> Leaving:
    """What is to be forgotten of her, wherever she is or was on the roster, or in one organisation alone.

    Those rosters are held from now on: whoever writes there comes before, and is found, or after, and is told.
    """
    places = tuple(sorted(session.scalars(places_of(person, only_in))))
    for place in places:
        hold_roster(place)
    name = person.name.strip()
    return Leaving(person.id, name, places, bool(name) and _has_namesake(person, places))


def _has_namesake(person: Person, places: Sequence[UUID]) -> bool:
    same = func.lower(Person.name) == func.lower(person.name)
    there = select(Person.id).join(Employee, Employee.person_id == Person.id)
    others = there.where(Employee.organisation_id.in_(places), same, Person.id != person.id)
    return session.scalar(others.limit(1)) is not None


def named_in(columns: Iterable[Any], who: Leaving) -> ColumnElement[bool]:
    """Whether one of these texts may name her, for a question; who has the text in hand looks closer."""
    return or_(*(column.icontains(way, autoescape=True) for column in columns for way in ways_to_write(who.name)))


def in_open_rounds(model: type[Model], who: Leaving) -> Select[UUID]:
    """The ids of those of a model's rows that belong to a round which goes on: coordinators can write in them."""
    table: Any = model
    same = and_(Round.organisation_id == table.organisation_id, Round.id == table.round_id)
    return select(table.id).join(Round, same).where(table.organisation_id.in_(who.places), Round.ended_at.is_(None))


def mentions(
    model: type[Row], fields: Sequence[str], who: Leaving, *only: ColumnElement[bool]
) -> list[tuple[Row, tuple[str, ...]]]:
    """The rows of a model in which she is named within longer words, each with the fields, held; one question."""
    named = named_in([getattr(model, field) for field in fields], who)
    table: Any = model
    place = table.organisation_id if hasattr(model, "organisation_id") else table.id
    asked = select(model).where(place.in_(who.places), named, *only).with_for_update(key_share=True)
    found = session.scalars(asked.execution_options(populate_existing=True)).all()
    there = ((row, tuple(field for field in fields if is_named_within(getattr(row, field), who.name))) for row in found)
    return [(row, fields) for row, fields in there if fields]


def take_out(model: type[Row], fields: Sequence[str], who: Leaving, *only: ColumnElement[bool]) -> list[Row]:
    """Take her name out of words that nobody can change any more; the rows in which that was done."""
    if who.shares_her_name:
        return []
    changed = []
    for row, named in mentions(model, fields, who, *only):
        words = {field: without_name(getattr(row, field), who.name) for field in named}
        if words != {field: getattr(row, field) for field in named}:
            rewrite(row, words)
            changed.append(row)
    return changed


def rewrite(row: Model, words: dict[str, Any]) -> None:
    """Let a row say something else; not through the object, which may refuse every change."""
    model = type(row)
    this = [getattr(model, key.name) == getattr(row, key.name) for key in inspect(model).primary_key]
    session.execute(update(model).where(*this).values(words).execution_options(synchronize_session=False))
    session.expire(row)


def written_down_as_gone(stood: Iterable[Stood]) -> None:
    """Remember where her name was taken out, for pages that stood open meanwhile."""
    session.add_all(
        NameStood(
            organisation_id=each.organisation_id,
            kind=each.kind,
            row_id=each.row_id,
            fields=list(each.fields),
            revision=each.revision,
            settled_at=now(),
        )
        for each in stood
    )


def have_read_through(room: str, stood: Iterable[Stood]) -> None:
    """Ask the coordinators to read these places through; the log of the organisation says so, in the room's words."""
    for organisation_id, places in _by_organisation(stood):
        for place in places:
            _leave(place)
        rows = [{"kind": place.kind, "row": str(place.row_id), "fields": list(place.fields)} for place in places]
        record(organisation_id, f"{room}.name_left", None, places=rows)


def pass_on(
    organisation_id: UUID, kind: str, taken_on: Mapping[UUID, UUID], fields: Mapping[str, str], into: str = ""
) -> None:
    """Ask about what was taken on from a row in which a name may be left, too: by the id of the row, the new one's.

    `fields` says what each field is called in the new row, of this kind or of the kind `into`.
    """
    for left in names_left_in(organisation_id) if taken_on else ():
        named = tuple(fields[field] for field in left.fields if field in fields)
        if left.kind == kind and left.row_id in taken_on and named:
            _leave(Stood(organisation_id, into or kind, taken_on[left.row_id], named))


def record_taken_out(room: str, rows: Iterable[Any]) -> None:
    """Let the log say that her name was taken out of what nobody can change any more, and in which rows."""
    ordered = sorted(rows, key=lambda row: row.organisation_id)
    for organisation_id, these in groupby(ordered, key=lambda row: row.organisation_id):
        places = [[type(row).__tablename__, *map(str, inspect(row).identity or ())] for row in these]
        record(organisation_id, f"{room}.name_taken_out", None, places=places)


def _by_organisation(stood: Iterable[Stood]) -> Iterator[tuple[UUID, list[Stood]]]:
    ordered = sorted(stood, key=lambda place: place.organisation_id)
    for organisation_id, places in groupby(ordered, key=lambda place: place.organisation_id):
        yield organisation_id, list(places)


def _leave(place: Stood) -> None:
    here = NameStood.organisation_id == place.organisation_id, NameStood.settled_at.is_(None)
    same = NameStood.kind == place.kind, NameStood.row_id == place.row_id
    there = session.scalar(select(NameStood).where(*here, *same))
    if there is None:
        there = NameStood(organisation_id=place.organisation_id, kind=place.kind, row_id=place.row_id, fields=[])
        there.revision = place.revision
        session.add(there)
    else:
        # What waits goes back to the first of them; pages are told of the last one all the same.
        written_down_as_gone([place])
    there.fields, there.at = list(dict.fromkeys((*there.fields, *place.fields))), now()
    session.flush()


def fields_named_in(organisation_id: UUID, kind: str, row_id: UUID, seen: int) -> set[str]:
    """In which fields a page opened at revision `seen` may still hold the name of somebody who was erased since."""
    here = NameStood.organisation_id == organisation_id, NameStood.kind == kind, NameStood.row_id == row_id
    since = session.scalars(select(NameStood.fields).where(*here, NameStood.revision >= seen))
    return {field for fields in since for field in fields}


def names_left_in(organisation_id: UUID) -> list[NameStood]:
    """Where somebody has to read it through, oldest first."""
    here = NameStood.organisation_id == organisation_id, NameStood.settled_at.is_(None)
    return list(session.scalars(select(NameStood).where(*here).order_by(NameStood.at, NameStood.id)))


def are_left_in(organisation_id: UUID, *kinds: str) -> bool:
    """Whether an organisation has such places of these kinds."""
    here = NameStood.organisation_id == organisation_id, NameStood.settled_at.is_(None), NameStood.kind.in_(kinds)
    return bool(session.scalar(select(exists().where(*here))))


def left_at(organisation_id: UUID, kind: str, row_id: UUID) -> NameStood | None:
    """Whether this is such a place."""
    here = NameStood.organisation_id == organisation_id, NameStood.settled_at.is_(None)
    return session.scalar(select(NameStood).where(*here, NameStood.kind == kind, NameStood.row_id == row_id))


def name_left(organisation_id: UUID, left_id: UUID) -> NameStood | None:
    """One of those places, also when it has been read through already."""
    return session.get(NameStood, (organisation_id, left_id), populate_existing=True)


def are_left(organisation_id: InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
    """Whether there are such places, for a question of another room's."""
    return exists().where(NameStood.organisation_id == organisation_id, NameStood.settled_at.is_(None))


def told_of_erasure() -> str:
    """What somebody is told whose page was opened before the erasure."""
    return _(
        "Meanwhile somebody has been erased whose name stood here. Nothing has been saved yet: leave the name out of "
        "your own words, and save again."
    )


def told_of_change(organisation_id: UUID, kind: str, row_id: UUID, seen: int, otherwise: str) -> str:
    """Why a page that was opened at revision `seen` is out of date: an erasure, or `otherwise` another hand."""
    return told_of_erasure() if fields_named_in(organisation_id, kind, row_id, seen) else otherwise
