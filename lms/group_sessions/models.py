"""The group session: when, where, with whom, and what was true when it was held."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, exists, or_, select, text
from sqlalchemy.orm import Mapped, mapped_column

from lms.database import Model, Privacy, new_id, now, session
from lms.organisations.models import Employee, Organisation
from lms.organisations.profile import is_closed, only_read
from lms.people.models import CODE_LETTERS, Person

KINDS = ("course", "renewal")
CHECK_IN_LETTERS = 8
CHECK_IN_OPENS = timedelta(hours=1)  # before the session begins
CHECK_IN_STAYS_OPEN = timedelta(hours=4)  # after it ends
CAN_BE_REOPENED = timedelta(days=1)

NotOpen = Literal["undated", "early", "late", "cancelled", "held"]


class AlreadyHeld(Exception):
    """What was true when the session was held is frozen and does not change."""


class NotHeldYet(Exception):
    """The session has not begun, has no date or is cancelled, so it cannot have been held."""


class CannotReopen(Exception):
    """Only whoever said that the session was held can take it back, and only within a day."""


def _check_in_code() -> str:
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(CHECK_IN_LETTERS))


class GroupSession(Model):
    """The meeting after the courses, led by a facilitator."""

    __tablename__ = "lms_group_session"
    __table_args__ = (
        Index("ix_lms_group_session_facilitator", "facilitator_id", "starts_at"),
        # The worker asks again and again, and hardly ever is anything due.
        Index(
            "ix_lms_group_session_letters_due",
            "changed_at",
            sqlite_where=text("letters_due"),
            postgresql_where=text("letters_due"),
        ),
        CheckConstraint("(held_at IS NULL) = (frozen_hash IS NULL)", name="held"),
        CheckConstraint("held_at IS NULL OR cancelled_at IS NULL", name="one_end"),
        CheckConstraint("came_counted IS NULL OR came_counted >= 0", name="came_counted"),
        CheckConstraint("kind IN ('course', 'renewal')", name="kind"),
        CheckConstraint("capacity IS NULL OR capacity > 0", name="capacity"),
    )
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To know who leads the meeting, and who planned it.",
        retention="As long as the round, which the award rests on.",
        person="facilitator_id",
        erase="keep",
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("lms_organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    starts_at: Mapped[datetime | None]
    minutes: Mapped[int] = mapped_column(default=180)
    place: Mapped[str] = mapped_column(String(200), default="")
    link: Mapped[str] = mapped_column(String(500), default="")
    capacity: Mapped[int | None]
    facilitator_id: Mapped[UUID | None] = mapped_column(ForeignKey("lms_person.id"))
    planned_at: Mapped[datetime] = mapped_column(default=now)
    planned_by: Mapped[UUID | None] = mapped_column(ForeignKey("lms_person.id"))
    held_at: Mapped[datetime | None]
    held_by: Mapped[UUID | None] = mapped_column(ForeignKey("lms_person.id"))
    frozen_facts: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    frozen_hash: Mapped[str | None] = mapped_column(String(64))
    cancelled_at: Mapped[datetime | None]
    # Whether it is the one after the courses, or the one in which a renewal is talked about.
    kind: Mapped[str] = mapped_column(String(10), default="course")
    # The code in the room's short address, and how many were counted there where nobody writes down names.
    check_in_code: Mapped[str] = mapped_column(String(16), unique=True, default=_check_in_code)
    came_counted: Mapped[int | None]
    # What calendars are told: the number rises with each change, and the worker writes to those who must know.
    sequence: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime] = mapped_column(default=now)
    invited_at: Mapped[datetime | None]
    invited_by: Mapped[UUID | None] = mapped_column(ForeignKey("lms_person.id"))
    letters_due: Mapped[bool] = mapped_column(default=False)

    @property
    def ends_at(self) -> datetime | None:
        return self.starts_at and self.starts_at + timedelta(minutes=self.minutes)

    @property
    def check_in_closed(self) -> NotOpen | None:
        """Why nobody can check in now; None from an hour before the session until some hours after it."""
        if self.held_at is not None or self.cancelled_at is not None:
            return "held" if self.held_at is not None else "cancelled"
        if self.starts_at is None or self.ends_at is None:
            return "undated"
        if now() < self.starts_at - CHECK_IN_OPENS:
            return "early"
        return "late" if now() >= self.ends_at + CHECK_IN_STAYS_OPEN else None

    def plan(
        self, starts_at: datetime | None, minutes: int, place: str, link: str, facilitator_id: UUID | None
    ) -> None:
        """Set when, where and with whom. Raises AlreadyHeld."""
        if self.held_at is not None:
            raise AlreadyHeld
        before = self.starts_at, self.minutes, self.place, self.link
        self.starts_at, self.minutes, self.place, self.link = starts_at, minutes, place, link
        if before != (self.starts_at, self.minutes, self.place, self.link):
            self._tell_calendars()
        self.letters_due = self.letters_due or self.facilitator_id != facilitator_id
        self.facilitator_id = facilitator_id

    @property
    def has_begun(self) -> bool:
        return self.cancelled_at is None and self.starts_at is not None and self.starts_at <= now()

    def hold(self, by: Person, facts: dict[str, Any], digest: str) -> None:
        """The meeting took place; what was true then, as ids and counts, is frozen with it and with its hash.

        Raises AlreadyHeld, NotHeldYet.
        """
        if self.held_at is not None:
            raise AlreadyHeld
        if not self.has_begun:
            raise NotHeldYet
        self.held_at, self.held_by, self.frozen_facts, self.frozen_hash = now(), by.id, facts, digest

    def can_reopen(self, person: Person) -> bool:
        """Whether she is who said that the session was held, a day ago or less."""
        return self.held_at is not None and self.held_by == person.id and now() < self.held_at + CAN_BE_REOPENED

    def reopen(self, by: Person) -> None:
        """Take back that the session was held. Raises CannotReopen."""
        if not self.can_reopen(by):
            raise CannotReopen
        self.held_at = self.held_by = self.frozen_facts = self.frozen_hash = None

    def count(self, came: int | None) -> None:
        """Somebody has counted who is in the room. Raises AlreadyHeld."""
        if self.held_at is not None:
            raise AlreadyHeld
        self.came_counted = came

    def cancel(self) -> None:
        """There will be no such meeting. Raises AlreadyHeld."""
        if self.held_at is not None:
            raise AlreadyHeld
        if self.cancelled_at is None:
            self.cancelled_at = now()
            self._tell_calendars()

    def restore(self) -> None:
        """There will be such a meeting after all."""
        if self.cancelled_at is not None:
            self.cancelled_at = None
            self._tell_calendars()

    def invite(self, by: Person) -> None:
        """Everybody it is for gets an invitation by mail, from now on also when it is moved. Raises AlreadyHeld."""
        if self.held_at is not None:
            raise AlreadyHeld
        self.invited_at, self.invited_by = now(), by.id
        self.letters_due = True

    def _tell_calendars(self) -> None:
        self.sequence = (self.sequence or 0) + 1
        self.changed_at, self.letters_due = now(), True

    @property
    def is_on(self) -> bool:
        """Whether it belongs in a calendar: it has a day, and has not been cancelled."""
        return self.starts_at is not None and self.cancelled_at is None


def next_group_session(organisation_id: UUID, to_change: bool = False) -> GroupSession | None:
    """The session the organisation is walking towards: of several, the first.

    Readiness is towards this one: the courses, the policy and the people are the same for all of them, and everybody
    is to have taken the courses before anybody meets. What differs (day, place, who leads it) is each session's own, in
    the facilitator's list and in what is frozen when it is held.
    """
    ahead = (
        select(GroupSession)
        .where(
            GroupSession.organisation_id == organisation_id,
            GroupSession.held_at.is_(None),
            GroupSession.cancelled_at.is_(None),
        )
        .order_by(GroupSession.starts_at.is_(None), GroupSession.starts_at)
        .limit(1)
    )
    return session.scalar(ahead.with_for_update() if to_change else ahead)


def sessions_ahead(organisation_id: UUID) -> list[GroupSession]:
    """Every session that is planned and not held, in the order of their days; a big house may have several."""
    return list(
        session.scalars(
            select(GroupSession)
            .where(
                GroupSession.organisation_id == organisation_id,
                GroupSession.held_at.is_(None),
                GroupSession.cancelled_at.is_(None),
            )
            .order_by(GroupSession.starts_at.is_(None), GroupSession.starts_at, GroupSession.id)
        )
    )


def sessions_led_by(facilitator: Person, since: datetime) -> list[tuple[GroupSession, Organisation]]:
    """The facilitator's sessions from `since` on, soonest first; those without a date last."""
    rows = session.execute(
        select(GroupSession, Organisation)
        .join(Organisation, Organisation.id == GroupSession.organisation_id)
        .where(
            GroupSession.facilitator_id == facilitator.id,
            GroupSession.cancelled_at.is_(None),
            (GroupSession.starts_at >= since) | GroupSession.starts_at.is_(None),
        )
        .order_by(GroupSession.starts_at.is_(None), GroupSession.starts_at)
    )
    return [(meeting, organisation) for meeting, organisation in rows]


def last_cancelled(organisation_id: UUID) -> GroupSession | None:
    """The session that was cancelled last, for somebody who wants it back."""
    return session.scalar(
        select(GroupSession)
        .where(GroupSession.organisation_id == organisation_id, GroupSession.cancelled_at.is_not(None))
        .order_by(GroupSession.cancelled_at.desc())
        .limit(1)
    )


@dataclass(frozen=True)
class Follower:
    """Somebody who may follow an organisation's way to its group session: a coordinator, or who leads the session.

    `last_held` is the session that was held last, if one was.
    """

    organisation: Organisation
    coordinates: bool
    last_held: UUID | None = None

    @property
    def sees_names(self) -> bool:
        """Names are for the coordinator; whoever leads the session gets by with counts."""
        return self.coordinates


def follower(person: Person, organisation_id: UUID) -> Follower | None:
    """How the person may follow this organisation; None when she may not. Raises OrganisationClosed, for writing."""
    coordinates = exists().where(
        Employee.organisation_id == organisation_id,
        Employee.person_id == person.id,
        Employee.role == "coordinator",
        Employee.left_at.is_(None),
    )
    leads = exists().where(
        GroupSession.organisation_id == organisation_id,
        GroupSession.facilitator_id == person.id,
        GroupSession.cancelled_at.is_(None),
    )
    last_held = (
        select(GroupSession.id)
        .where(GroupSession.organisation_id == organisation_id, GroupSession.held_at.is_not(None))
        .order_by(GroupSession.held_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    row = session.execute(
        select(Organisation, is_closed(Organisation.id), coordinates, last_held).where(
            Organisation.id == organisation_id, or_(coordinates, leads)
        )
    ).first()
    if row is not None and row[1]:
        only_read()
    return Follower(row[0], row[2], row[3]) if row else None


def followed_session(
    person: Person, organisation_id: UUID, group_session_id: UUID, lock: Literal["", "share", "update"] = ""
) -> tuple[Follower, GroupSession] | None:
    """This session, for a coordinator of the organisation or whoever leads this very session; None for anybody else.

    Whoever writes who came holds the row together with others who do (`share`); whoever freezes or changes it holds it
    alone (`update`), so that nobody comes in between.
    """
    seen_by = follower(person, organisation_id)
    if seen_by is None:
        return None
    question = select(GroupSession).where(
        GroupSession.organisation_id == organisation_id, GroupSession.id == group_session_id
    )
    if lock:
        question = question.with_for_update(read=lock == "share").execution_options(populate_existing=True)
    meeting = session.scalar(question)
    if meeting is None or not (seen_by.coordinates or meeting.facilitator_id == person.id):
        return None
    return seen_by, meeting
