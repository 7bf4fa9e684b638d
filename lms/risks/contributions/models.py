"""What employees add to a row of the mapping, with their name or with nothing that leads to them."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID, uuid4

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Text,
    and_,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from lms.database import Model, Privacy, now, session
from lms.organisations.events import record
from lms.organisations.models import FEWEST_FOR_SHARING, Employee, Organisation, Round
from lms.people.models import Person
from lms.risks.models import Risk, RiskMapping

CONTRIBUTION_LENGTH = 2000


class NotAsked(Exception):
    """Nobody is asked for contributions now."""


class TooFew(Exception):
    """In an organisation of fewer than five nothing is gathered: they talk instead."""


class Contribution(Model):
    """A text about one row. Without a person it has no time and no order either, and nobody can take it back."""

    __tablename__ = "lms_contribution"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "mapping_id"], ["lms_risk_mapping.organisation_id", "lms_risk_mapping.id"]
        ),
        ForeignKeyConstraint(["organisation_id", "risk_id"], ["lms_risk.organisation_id", "lms_risk.id"]),
        Index("ix_lms_contribution_person", "person_id"),
    )
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To let employees add to the risk mapping; without her name there is nobody in the row at all.",
        retention="Until she takes it back or erases herself, at the latest two years after the round.",
        person="person_id",
        export=("risk_id", "text"),
    )

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    mapping_id: Mapped[UUID]
    risk_id: Mapped[UUID]
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("lms_person.id"))
    text: Mapped[str] = mapped_column(Text)
    # Those without a name are let out together, from five on.
    let_out: Mapped[bool] = mapped_column(default=False)
    set_aside_at: Mapped[datetime | None]
    set_aside_by: Mapped[UUID | None] = mapped_column(ForeignKey("lms_person.id"))

    def set_aside(self, by: Person) -> None:
        """The text may be a report: no page or print shows it from now on, and only that it happened is logged."""
        if self.set_aside_at is None:
            self.set_aside_at, self.set_aside_by = now(), by.id
            record(self.organisation_id, "contribution.set_aside", by)

    def take_back_in(self, by: Person) -> None:
        """It was no report after all."""
        if self.set_aside_at is not None:
            self.set_aside_at = self.set_aside_by = None
            record(self.organisation_id, "contribution.taken_back_in", by)


def contribute(mapping: RiskMapping, risk: Risk, text: str, by: Person | None) -> None:
    """Add a text to a row; the same one twice is one. Raises NotAsked.

    Whoever calls holds the mapping. With a text without a name, all that have none are written down anew in an order
    of chance: neither the order of the rows nor the transaction they were written in says which of them came last.
    """
    if not mapping.asks_for_contributions:
        raise NotAsked
    whose = Contribution.person_id == by.id if by else Contribution.person_id.is_(None)
    of_this_row = (*_of(mapping), Contribution.risk_id == risk.id, whose, Contribution.text == text)
    if session.scalar(select(Contribution.id).where(*of_this_row).limit(1)) is not None:
        return
    new = {
        "organisation_id": mapping.organisation_id,
        "id": uuid4(),
        "mapping_id": mapping.id,
        "risk_id": risk.id,
        "person_id": by.id if by else None,
        "text": text,
        "let_out": by is not None,
        "set_aside_at": None,
        "set_aside_by": None,
    }
    if by is not None:
        session.execute(insert(Contribution), new)
        return
    columns = Model.metadata.tables[Contribution.__tablename__].columns
    nameless = (*_of(mapping), Contribution.person_id.is_(None))
    all_of_them = [dict(row._mapping) for row in session.execute(select(*columns).where(*nameless))]
    session.execute(delete(Contribution).where(*nameless).execution_options(synchronize_session=False))
    session.execute(insert(Contribution), sorted([*all_of_them, new], key=lambda row: row["id"]))


def ask_until(mapping: RiskMapping, until: datetime, by: Person) -> None:
    """Ask employees for contributions until then. Raises TooFew, MappingClosed."""
    mapping.must_be_open()
    if not gathers(mapping.organisation_id):
        raise TooFew
    # What could be read when the last period was over stays readable while the next one gathers.
    if not mapping.asks_for_contributions and _ripe(mapping):
        session.execute(update(Contribution).where(*_of(mapping)).values(let_out=True))
    mapping.contributions_until = until
    record(mapping.organisation_id, "contributions.asked_for", by)


def stop_asking(mapping: RiskMapping, by: Person) -> None:
    """The period is over now."""
    if mapping.asks_for_contributions:
        mapping.contributions_until = now()
        record(mapping.organisation_id, "contributions.closed", by)


def gathers(organisation_id: UUID) -> bool:
    """Whether the organisation has the five people that anything gathered in writing takes."""
    here = select(Employee.id).where(Employee.organisation_id == organisation_id, Employee.left_at.is_(None))
    return len(session.scalars(here.limit(FEWEST_FOR_SHARING)).all()) == FEWEST_FOR_SHARING


def readable_in(mapping: RiskMapping, risk: Risk | None = None) -> list[tuple[Contribution, str | None]]:
    """What the coordinators can read, in no order, each with the name of who wrote it, if she gave one.

    Texts without a name stay closed while the period lasts, and until there are five of them that nobody has read.
    """
    out = Contribution.let_out.is_(True)
    ripe = not mapping.asks_for_contributions and _ripe(mapping)
    rows = session.execute(
        select(Contribution, Person.name)
        .outerjoin(Person, Person.id == Contribution.person_id)
        .where(
            *_of(mapping),
            *((Contribution.risk_id == risk.id,) if risk else ()),
            *(() if ripe else (out,)),
            Contribution.set_aside_at.is_(None),
        )
        .order_by(Contribution.id)
    )
    return [(contribution, name) for contribution, name in rows]


def readable_one(mapping: RiskMapping, contribution_id: UUID) -> Contribution | None:
    """This text, if the coordinators can read it, or if it was set aside."""
    one = session.get(Contribution, (mapping.organisation_id, contribution_id))
    if one is None or one.mapping_id != mapping.id:
        return None
    ripe = not mapping.asks_for_contributions and _ripe(mapping)
    return one if one.let_out or ripe else None


def own_in(mapping: RiskMapping, person: Person) -> list[Contribution]:
    """What the person has added under her name, and nobody has set aside."""
    return list(
        session.scalars(
            select(Contribution)
            .where(*_of(mapping), Contribution.person_id == person.id, Contribution.set_aside_at.is_(None))
            .order_by(Contribution.risk_id, Contribution.id)
        )
    )


def withdraw(mapping: RiskMapping, person: Person, contribution_id: UUID) -> bool:
    """Take back what the person wrote under her name; False when there is no such text."""
    gone = session.execute(
        delete(Contribution)
        .where(*_of(mapping), Contribution.id == contribution_id, Contribution.person_id == person.id)
        .returning(Contribution.id)
    )
    return gone.first() is not None


def asking(person: Person) -> list[tuple[Organisation, date]]:
    """Where the person is asked for contributions now, and through which day."""
    rows = session.execute(
        select(Organisation, RiskMapping)
        .join(RiskMapping, RiskMapping.organisation_id == Organisation.id)
        .join(Round, and_(Round.organisation_id == RiskMapping.organisation_id, Round.id == RiskMapping.round_id))
        .join(Employee, Employee.organisation_id == Organisation.id)
        .where(
            Employee.person_id == person.id,
            Employee.left_at.is_(None),
            Round.ended_at.is_(None),
            RiskMapping.closed_at.is_(None),
            RiskMapping.contributions_until > now(),
        )
        .order_by(Organisation.name)
    )
    return [(organisation, day) for organisation, mapping in rows if (day := mapping.last_day_of_contributions)]


def readers_in(organisation_id: UUID) -> list[str]:
    """The names of those who read contributions: the organisation's coordinators."""
    return list(
        session.scalars(
            select(Person.name)
            .join(Employee, Employee.person_id == Person.id)
            .where(
                Employee.organisation_id == organisation_id,
                Employee.role == "coordinator",
                Employee.left_at.is_(None),
                Person.erased_at.is_(None),
            )
            .order_by(Person.name)
        )
    )


def _of(mapping: RiskMapping) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Contribution.organisation_id == mapping.organisation_id, Contribution.mapping_id == mapping.id


def _ripe(mapping: RiskMapping) -> bool:
    """Whether the texts that nobody has read yet are five or more."""
    closed = select(func.count()).select_from(Contribution).where(*_of(mapping), Contribution.let_out.is_(False))
    return (session.scalar(closed) or 0) >= FEWEST_FOR_SHARING
