"""What a session has talked about, noted down for the risk mapping by whoever leads it or coordinates it."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from lms.database import Model, Privacy, new_id, now, session
from lms.group_sessions.models import GroupSession
from lms.organisations.events import record
from lms.organisations.models import Round
from lms.people.models import Person
from lms.risks.catalogue import catalogue
from lms.risks.models import ChangedMeanwhile

NOTE_LENGTH = 2000
MOST_NOTES = 200  # in one session


class EnoughNotes(Exception):
    """Nobody reads more notes than this."""


class SessionNote(Model):
    """One note from a session, about a risk factor of the catalogue or about anything else."""

    __tablename__ = "lms_session_note"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "group_session_id"], ["lms_group_session.organisation_id", "lms_group_session.id"]
        ),
        ForeignKeyConstraint(["organisation_id", "round_id"], ["lms_round.organisation_id", "lms_round.id"]),
        Index("ix_lms_session_note_round", "organisation_id", "round_id", "factor"),
        CheckConstraint("revision >= 1", name="revision"),
    )
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To bring what a session has talked about into the risk mapping, and to know who wrote it down.",
        retention="As long as the round; a note can be deleted at any time.",
        person="written_by",
        export=("organisation_id", "group_session_id", "factor", "text", "written_at"),
        erase="keep",
    )

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    group_session_id: Mapped[UUID]
    round_id: Mapped[UUID]
    factor: Mapped[str | None] = mapped_column(String(60))
    text: Mapped[str] = mapped_column(Text)
    revision: Mapped[int] = mapped_column(default=1)
    written_at: Mapped[datetime] = mapped_column(default=now)
    written_by: Mapped[UUID] = mapped_column(ForeignKey("lms_person.id"))
    changed_at: Mapped[datetime | None]
    changed_by: Mapped[UUID | None] = mapped_column(ForeignKey("lms_person.id"))

    def title(self, locale: str) -> str:
        """The factor it is about; nothing where it is about something else."""
        factor = catalogue().factor(self.factor)
        return factor.title(locale) if factor else ""

    def change(self, text: str, factor: str | None, based_on: int, by: Person) -> None:
        """Write it anew. Raises ChangedMeanwhile when somebody else has since the page was opened."""
        if (text, factor) == (self.text, self.factor):
            return
        if based_on != self.revision:
            raise ChangedMeanwhile
        self.text, self.factor, self.revision = text, factor, self.revision + 1
        self.changed_at, self.changed_by = now(), by.id

    def remove(self, by: Person) -> None:
        """Delete it for good; the log keeps that somebody did, and not what it said."""
        session.delete(self)
        record(self.organisation_id, "session_note.removed", by, group_session=str(self.group_session_id))


def write_note(meeting: GroupSession, round: Round, text: str, factor: str | None, by: Person) -> SessionNote:
    """Note something down; the same about the same thing twice is one note. Raises EnoughNotes.

    Whoever calls holds the session, so that an impatient finger presses once.
    """
    notes = notes_of(meeting)
    for note in notes:
        if (note.text, note.factor) == (text, factor):
            return note
    if len(notes) >= MOST_NOTES:
        raise EnoughNotes
    note = SessionNote(
        organisation_id=meeting.organisation_id,
        id=new_id(),
        group_session_id=meeting.id,
        round_id=round.id,
        factor=factor,
        text=text,
        written_by=by.id,
    )
    session.add(note)
    record(meeting.organisation_id, "session_note.written", by, group_session=str(meeting.id))
    return note


def notes_of(meeting: GroupSession) -> list[SessionNote]:
    """The notes of one session, in the order they were written."""
    return list(
        session.scalars(
            select(SessionNote)
            .where(SessionNote.organisation_id == meeting.organisation_id, SessionNote.group_session_id == meeting.id)
            .order_by(SessionNote.written_at, SessionNote.id)
        )
    )


def note_of(meeting: GroupSession, note_id: UUID) -> SessionNote | None:
    """This note of the session, held until the change is kept."""
    note = session.get(SessionNote, (meeting.organisation_id, note_id), populate_existing=True, with_for_update=True)
    return note if note is not None and note.group_session_id == meeting.id else None


def notes_about(organisation_id: UUID, round_id: UUID, factor: str | None) -> list[tuple[SessionNote, datetime | None]]:
    """What the sessions of a round have noted about a factor, or about no factor, each with its session's day."""
    rows = session.execute(
        select(SessionNote, GroupSession.starts_at)
        .join(
            GroupSession,
            (GroupSession.organisation_id == SessionNote.organisation_id)
            & (GroupSession.id == SessionNote.group_session_id),
        )
        .where(
            SessionNote.organisation_id == organisation_id,
            SessionNote.round_id == round_id,
            SessionNote.factor == factor if factor else SessionNote.factor.is_(None),
        )
        .order_by(SessionNote.written_at, SessionNote.id)
    )
    return [(note, day) for note, day in rows]


def names_of(notes: list[SessionNote]) -> dict[UUID, str]:
    """Who wrote and changed them, by name; somebody who was erased has none."""
    people = {number for note in notes for number in (note.written_by, note.changed_by) if number}
    if not people:
        return {}
    return dict(session.execute(select(Person.id, Person.name).where(Person.id.in_(people))).all())
