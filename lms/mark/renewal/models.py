"""What is kept about a renewal: who was told when, where else to write, and who wants everybody asked anew."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, String, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from lms.database import Model, Privacy, now, session, upsert
from lms.organisations.events import record
from lms.people.models import Person

SIDES = ("organisation", "scheme")


class RenewalNotice(Model):
    """Organisation and facilitator have been told how long an award lasts, or that it has lapsed; once each time."""

    __tablename__ = "lms_renewal_notice"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "award_id"], ["lms_award.organisation_id", "lms_award.id"]),
        CheckConstraint("occasion IN ('six', 'three', 'one', 'lapsed')", name="occasion"),
    )

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    award_id: Mapped[UUID] = mapped_column(primary_key=True)
    occasion: Mapped[str] = mapped_column(String(10), primary_key=True)
    told_at: Mapped[datetime] = mapped_column(default=now)


class RenewalAddress(Model):
    """A general address of the organisation that is told too: people leave within two years, this one stays."""

    __tablename__ = "lms_renewal_address"
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To know who gave the organisation's general address for letters about renewal.",
        retention="As long as the organisation; the address is the organisation's, not a person's.",
        person="changed_by",
        erase="keep",
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("lms_organisation.id"), primary_key=True)
    email: Mapped[str] = mapped_column(String(254), default="")
    changed_at: Mapped[datetime] = mapped_column(default=now)
    changed_by: Mapped[UUID] = mapped_column(ForeignKey("lms_person.id"))


class AskedAnew(Model):
    """One side would have everybody take the courses again in the next round; it counts when both sides would."""

    __tablename__ = "lms_asked_anew"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "round_id"], ["lms_round.organisation_id", "lms_round.id"]),
        CheckConstraint("side IN ('organisation', 'scheme')", name="side"),
    )
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To know who wanted that everybody takes the courses again.",
        retention="As long as the round, which the award rests on.",
        person="wanted_by",
        erase="keep",
    )

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    round_id: Mapped[UUID] = mapped_column(primary_key=True)
    side: Mapped[str] = mapped_column(String(12), primary_key=True)
    wanted_at: Mapped[datetime] = mapped_column(default=now)
    wanted_by: Mapped[UUID] = mapped_column(ForeignKey("lms_person.id"))


def address_of(organisation_id: UUID) -> str:
    """The organisation's general address; empty where there is none."""
    here = RenewalAddress.organisation_id == organisation_id
    return session.scalar(select(RenewalAddress.email).where(here)) or ""


def keep_address(organisation_id: UUID, email: str, by: Person) -> None:
    """Write to this address too from now on, or to none; whoever calls holds the roster."""
    if email == address_of(organisation_id):
        return
    row = {"organisation_id": organisation_id, "email": email, "changed_at": now(), "changed_by": by.id}
    upsert(RenewalAddress, row, ("organisation_id",), overwrite=("email", "changed_at", "changed_by"))
    record(organisation_id, "renewal.address", by)


def sides_for_anew(organisation_id: UUID, round_id: UUID) -> set[str]:
    """Which sides would have everybody take the courses again after this round."""
    here = AskedAnew.organisation_id == organisation_id, AskedAnew.round_id == round_id
    return set(session.scalars(select(AskedAnew.side).where(*here)))


def want_anew(organisation_id: UUID, round_id: UUID, side: str, wanted: bool, by: Person) -> None:
    """Say for one side whether everybody is to take the courses again; whoever calls holds the roster."""
    if wanted == (side in sides_for_anew(organisation_id, round_id)):
        return
    key = {"organisation_id": organisation_id, "round_id": round_id, "side": side}
    if wanted:
        upsert(AskedAnew, {**key, "wanted_at": now(), "wanted_by": by.id}, tuple(key))
    else:
        here = AskedAnew.organisation_id == organisation_id, AskedAnew.round_id == round_id, AskedAnew.side == side
        session.execute(delete(AskedAnew).where(*here))
    record(organisation_id, "renewal.anew", by, side=side, wanted=wanted)
