"""Private texts: what a person has written to herself, sealed so that only she can read it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID, uuid4

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    Select,
    String,
    UniqueConstraint,
    and_,
    bindparam,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from lms.courses.packs import Lesson
from lms.database import Model, Privacy, ask, now, session, upsert
from lms.learning.models import Answer, Enrolment
from lms.learning.secrecy import SealBroken, newest_key, seal, sealed_with_newest, unseal

VISIBILITIES = ("only_me", "my_session", "without_name")


class Reflection(Model):
    """A private text, encrypted; its id tells no time."""

    __tablename__ = "lms_reflection"
    __table_args__ = (
        UniqueConstraint("organisation_id", "enrolment_id", "lesson", "exercise"),
        ForeignKeyConstraint(
            ["organisation_id", "enrolment_id"], ["lms_enrolment.organisation_id", "lms_enrolment.id"]
        ),
        Index("ix_lms_reflection_person", "person_id"),
        CheckConstraint("visibility IN ('only_me', 'my_session', 'without_name')", name="visibility"),
    )
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To let the person think in writing, and find it again.",
        retention="Until she deletes it or erases herself, at the latest two years after the round.",
        person="person_id",
        export=("enrolment_id", "lesson", "exercise", "text", "visibility", "written_at"),
        written_at="written_at",
    )

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    person_id: Mapped[UUID]
    enrolment_id: Mapped[UUID]
    lesson: Mapped[str] = mapped_column(String(80))
    exercise: Mapped[str] = mapped_column(String(80))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    visibility: Mapped[str] = mapped_column(String(20), default="only_me")
    # Whether it is among those that were let out together; a text that is shared without a name waits for others.
    let_out: Mapped[bool] = mapped_column(default=False)
    written_at: Mapped[datetime]

    @property
    def text(self) -> str | None:
        """The text, for her own pages and export; None when its key is lost, and the text with it."""
        try:
            return unseal(self.sealed, self.person_id, self.id)
        except SealBroken:
            return None

    def show_to(self, visibility: str) -> None:
        """Choose anew who may read it: a shared text is gone from among the others at once. Raises ValueError."""
        if visibility not in VISIBILITIES:
            raise ValueError(visibility)
        if visibility != self.visibility:
            self.visibility, self.let_out = visibility, False

    def remove(self) -> None:
        """Delete the text; the exercise counts as skipped from now on, so that nothing she has done is undone."""
        session.execute(
            delete(Reflection).where(Reflection.organisation_id == self.organisation_id, Reflection.id == self.id)
        )
        session.execute(
            update(Answer)
            .where(
                Answer.organisation_id == self.organisation_id,
                Answer.enrolment_id == self.enrolment_id,
                Answer.lesson == self.lesson,
                Answer.exercise == self.exercise,
            )
            .values(value=None)
        )


def write(
    enrolment: Enrolment,
    lesson: Lesson,
    texts: Mapping[str, tuple[str, str]],
    person_id: UUID,
    opens_from: datetime | None = None,
    before: Mapping[str, Reflection] | None = None,
) -> dict[str, bool]:
    """Keep private texts, encrypted for this person and their rows; an emptied text is removed.

    `texts` holds each exercise's text and who may read it; `before` her texts in this lesson, for whoever has asked
    already. With `opens_from`, a text written before it is closed to this visitor, and stays as it is; so does a text
    whose key is lost, until something else is written in its place. Returns what stands for the new texts among the
    answers, for `Enrolment.answer`.
    """
    if unknown := {visibility for _text, visibility in texts.values()}.difference(VISIBILITIES):
        raise ValueError(*unknown)
    if before is None:
        before = {exercise: text for exercise, _value, text in answers_and_reflections_in(enrolment, lesson) if text}
    rows = []
    for exercise, (text, visibility) in texts.items():
        written = before.get(exercise)
        if written is not None and opens_from is not None and written.written_at < opens_from:
            continue
        if not text:
            # A text whose key is lost shows as an empty field: the key may be found again.
            if written is not None and written.text is not None:
                written.remove()
            continue
        if written is not None and written.visibility == visibility and written.text == text:
            continue
        number = written.id if written is not None else uuid4()
        rows.append(
            {
                "organisation_id": enrolment.organisation_id,
                "enrolment_id": enrolment.id,
                "lesson": lesson.slug,
                "exercise": exercise,
                "id": number,
                "person_id": person_id,
                "visibility": visibility,
                "let_out": False,
                "written_at": now(),
                "sealed": seal(text, person_id, number),
            }
        )
    if rows:
        upsert(
            Reflection,
            rows,
            ("organisation_id", "enrolment_id", "lesson", "exercise"),
            overwrite=("id", "visibility", "let_out", "written_at", "sealed"),
        )
    return dict.fromkeys((str(row["exercise"]) for row in rows), True)


def answers_and_reflections_in(enrolment: Enrolment, lesson: Lesson) -> list[tuple[str, Any, Reflection | None]]:
    """Her answers in this lesson, by exercise, each with the private text it stands for; in one question."""
    place = {"organisation": enrolment.organisation_id, "enrolment": enrolment.id, "lesson": lesson.slug}
    return [
        (exercise, value, Reflection(**dict(zip(_COLUMNS, text, strict=True))) if text[0] else None)
        for exercise, value, *text in ask(_ANSWERS_AND_REFLECTIONS, place).all()
    ]


# Of the tables, since what the ORM would do about it takes longer than the answer. A text that is read is not changed
# by hand: it is written anew, or removed.
_TEXTS = Model.metadata.tables[Reflection.__tablename__]
_GIVEN = Model.metadata.tables[Answer.__tablename__]
_COLUMNS = ("id", *(column.name for column in _TEXTS.c if column.name != "id"))
_ANSWERS_AND_REFLECTIONS: Select[tuple[Any, ...]] = (
    select(_GIVEN.c.exercise, _GIVEN.c.value, *(_TEXTS.c[name] for name in _COLUMNS))
    .outerjoin_from(
        _GIVEN,
        _TEXTS,
        and_(
            _TEXTS.c.organisation_id == _GIVEN.c.organisation_id,
            _TEXTS.c.enrolment_id == _GIVEN.c.enrolment_id,
            _TEXTS.c.lesson == _GIVEN.c.lesson,
            _TEXTS.c.exercise == _GIVEN.c.exercise,
        ),
    )
    .where(
        _GIVEN.c.organisation_id == bindparam("organisation"),
        _GIVEN.c.enrolment_id == bindparam("enrolment"),
        _GIVEN.c.lesson == bindparam("lesson"),
    )
)


def reflections_of(person_id: UUID, opens_from: datetime | None = None) -> list[tuple[Reflection, str]]:
    """Everything she has written, with the course it stands in; with `opens_from`, only what came after it."""
    question = (
        select(Reflection, Enrolment.course)
        .join(
            Enrolment,
            and_(Enrolment.organisation_id == Reflection.organisation_id, Enrolment.id == Reflection.enrolment_id),
        )
        .where(Reflection.person_id == person_id)
        .order_by(Enrolment.course, Reflection.written_at)
    )
    if opens_from is not None:
        question = question.where(Reflection.written_at >= opens_from)
    return [(reflection, course) for reflection, course in session.execute(question)]


MANY = 500


def reseal_after(last: UUID | None) -> tuple[UUID | None, int]:
    """Seal the next texts with the key in use; returns the last one looked at, None at the end, and how many changed.

    A text that is written anew meanwhile, or whose key is lost, is left as it is.
    """
    question = select(Reflection).order_by(Reflection.id).limit(MANY)
    rows = session.scalars(question if last is None else question.where(Reflection.id > last)).all()
    changed = 0
    for row in rows:
        if sealed_with_newest(row.sealed) or (text := row.text) is None:
            continue
        here = Reflection.organisation_id == row.organisation_id, Reflection.id == row.id
        fresh = update(Reflection).where(*here, Reflection.sealed == row.sealed)
        sealed = session.execute(fresh.values(sealed=seal(text, row.person_id, row.id)).returning(Reflection.id))
        changed += sealed.first() is not None
    return (rows[-1].id if rows else None), changed


def sealed_with_old_keys() -> int:
    """How many texts are lost when every key but the one in use goes."""
    newest = bytes([newest_key()])
    return (
        session.scalar(
            select(func.count()).select_from(Reflection).where(func.substr(Reflection.sealed, 1, 1) != newest)
        )
        or 0
    )


def own_reflection(person_id: UUID, number: UUID, opens_from: datetime | None = None) -> Reflection | None:
    """This text, if she has written it and this sign-in opens it."""
    question = select(Reflection).where(Reflection.id == number, Reflection.person_id == person_id)
    if opens_from is not None:
        question = question.where(Reflection.written_at >= opens_from)
    return session.scalar(question)
