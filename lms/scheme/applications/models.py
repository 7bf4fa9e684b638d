"""Applications: what an organisation has written about itself, whether its address is real, and what was decided."""

from datetime import datetime, timedelta
from typing import ClassVar, Literal
from uuid import UUID

from flask import current_app
from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, delete, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from lms.database import Model, Privacy, new_id, now, session
from lms.people.models import NAME_LENGTH, Person

UNCONFIRMED_ARE_KEPT = timedelta(days=30)
MEMBER = ("yes", "no", "unknown")

State = Literal["unconfirmed", "waiting", "asked", "accepted", "declined"]


class AlreadyDecided(Exception):
    """Somebody else in the scheme was faster; that decision stands."""


class NotConfirmed(Exception):
    """Nobody has said yet that the address is hers, so there is nobody to decide about."""


class Application(Model):
    """One organisation asks to walk the steps; decided once, kept as the trace of how it came in."""

    __tablename__ = "lms_application"
    __table_args__ = (
        CheckConstraint("employees >= 0 AND freelancers >= 0 AND volunteers >= 0", name="size"),
        CheckConstraint("member IN ('yes', 'no', 'unknown')", name="member"),
        CheckConstraint("verdict IN ('', 'accepted', 'declined')", name="verdict"),
        CheckConstraint("(decided_at IS NULL) = (verdict = '')", name="decided"),
        CheckConstraint("decided_at IS NULL OR confirmed_at IS NOT NULL", name="confirmed_first"),
        # The queue holds few rows beside years of decided ones.
        Index(
            "ix_lms_application_undecided",
            "confirmed_at",
            sqlite_where=text("decided_at IS NULL"),
            postgresql_where=text("decided_at IS NULL"),
        ),
    )
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To answer an organisation that has applied, and to invite whoever applied as its coordinator.",
        retention="A month while the address is not confirmed; else two years after the decision.",
        person="contact_email",
        export=("name", "contact_name", "contact_email", "contact_phone", "message", "applied_at", "verdict", "reason"),
        erase="blank",
        blanks=("contact_name", "contact_email", "contact_phone", "message"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(200))
    number: Mapped[str] = mapped_column(String(40), default="")
    country: Mapped[str] = mapped_column(String(2), default="NO")
    field: Mapped[str] = mapped_column(String(20))
    place: Mapped[str] = mapped_column(String(80))
    employees: Mapped[int] = mapped_column(default=0)
    freelancers: Mapped[int] = mapped_column(default=0)
    volunteers: Mapped[int] = mapped_column(default=0)
    member: Mapped[str] = mapped_column(String(10), default="unknown")
    contact_name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    contact_email: Mapped[str] = mapped_column(String(254), index=True)
    contact_phone: Mapped[str] = mapped_column(String(40), default="")
    message: Mapped[str] = mapped_column(Text, default="")
    language: Mapped[str] = mapped_column(String(2), default="nb")
    applied_at: Mapped[datetime] = mapped_column(default=now)
    confirmed_at: Mapped[datetime | None]
    asked_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    verdict: Mapped[str] = mapped_column(String(10), default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("lms_person.id"))
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("lms_organisation.id"))

    @property
    def people(self) -> int:
        return self.employees + self.freelancers + self.volunteers

    @property
    def state(self) -> State:
        """unconfirmed, waiting (for the scheme), asked (waiting for the applicant), accepted or declined."""
        if self.verdict:
            return "accepted" if self.verdict == "accepted" else "declined"
        if self.confirmed_at is None:
            return "unconfirmed"
        asked = self.asked_at is not None and (self.answered_at is None or self.answered_at < self.asked_at)
        return "asked" if asked else "waiting"

    @property
    def waits_since(self) -> datetime:
        """Since when it has been as it is now."""
        if self.decided_at is not None:
            return self.decided_at
        if self.state == "asked" and self.asked_at is not None:
            return self.asked_at
        return self.answered_at or self.confirmed_at or self.applied_at

    @property
    def token(self) -> str:
        """What the address of the applicant's own page ends with: signed, so that only our letters hold it."""
        return str(_signing().dumps(self.id.hex))

    def confirm(self) -> None:
        """Whoever reads the address has applied; once, however often she presses."""
        if self.confirmed_at is None:
            self.confirmed_at = now()

    def say(self, text: str, by: Person | None) -> None:
        """A question of the scheme's, or the applicant's answer where `by` is None. Raises AlreadyDecided."""
        if self.decided_at is not None:
            raise AlreadyDecided
        if by is None:
            self.answered_at = now()
        else:
            self.asked_at = now()
        session.add(ApplicationMessage(application_id=self.id, text=text, by=by.id if by else None))

    def decide(self, verdict: Literal["accepted", "declined"], by: Person, reason: str = "") -> None:
        """Give the one decision there can be; of two who do at once, one does. Raises AlreadyDecided, NotConfirmed."""
        if self.confirmed_at is None:
            raise NotConfirmed
        session.flush()
        decided = session.execute(
            update(Application)
            .where(Application.id == self.id, Application.decided_at.is_(None))
            .values(verdict=verdict, reason=reason, decided_at=now(), decided_by=by.id)
            .returning(Application.id)
            .execution_options(synchronize_session=False)
        )
        if decided.first() is None:
            raise AlreadyDecided
        session.refresh(self)


class ApplicationMessage(Model):
    """A question that the scheme asked about an application, or what the applicant answered."""

    __tablename__ = "lms_application_message"
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To ask back before an application is decided.",
        retention="As long as the application.",
        person="application_id",
        export=("text", "at"),
    )

    application_id: Mapped[UUID] = mapped_column(ForeignKey("lms_application.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    at: Mapped[datetime] = mapped_column(default=now)
    by: Mapped[UUID | None] = mapped_column(ForeignKey("lms_person.id"))
    text: Mapped[str] = mapped_column(Text)


def application_with(token: str) -> Application | None:
    """The application whose applicant has this in her letters."""
    try:
        number = UUID(_signing().loads(token))
    except (BadData, ValueError, TypeError, AttributeError):
        return None
    return session.get(Application, number)


def messages_about(application: Application) -> list[tuple[ApplicationMessage, str]]:
    """What has been asked and answered, the oldest first, and who in the scheme asked."""
    rows = session.execute(
        select(ApplicationMessage, Person.name)
        .outerjoin(Person, Person.id == ApplicationMessage.by)
        .where(ApplicationMessage.application_id == application.id)
        .order_by(ApplicationMessage.at, ApplicationMessage.id)
    )
    return [(message, name or "") for message, name in rows]


def forget_unconfirmed(before: datetime) -> int:
    """Remove applications that nobody has confirmed since the moment; say how many."""
    gone = session.execute(
        delete(Application)
        .where(Application.confirmed_at.is_(None), Application.applied_at < before)
        .execution_options(synchronize_session=False)
    )
    return int(getattr(gone, "rowcount", 0))


def forget_decided(before: datetime) -> int:
    """Remove applications that were decided before the moment, with what was asked about them; say how many."""
    gone = session.execute(
        delete(Application).where(Application.decided_at < before).execution_options(synchronize_session=False)
    )
    return int(getattr(gone, "rowcount", 0))


def _signing() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.extensions["lms"].secret_key, salt="application")
