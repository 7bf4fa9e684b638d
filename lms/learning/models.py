"""What people have begun, answered, written and completed."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
    bindparam,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from lms.courses.exercises import Exercise
from lms.courses.exercises import Reflection as Private
from lms.courses.packs import Course, Lesson
from lms.database import Model, Privacy, new_id, norwegian_day, now, session, upsert


class ExercisesLeft(Exception):
    """The lesson is not done yet: these exercises are neither answered nor skipped."""

    def __init__(self, left: tuple[str, ...]):
        self.left = left


class TimeLeft(Exception):
    """The organisation asks for more time in the lesson; `seconds` are left."""

    def __init__(self, seconds: int):
        self.seconds = seconds


class StillBeingWritten(Exception):
    """The lesson has no text yet, so nobody can be done with it."""


class Enrolment(Model):
    """One employee in one course in one round: begun, completed, and with which version."""

    __tablename__ = "lms_enrolment"
    __table_args__ = (
        UniqueConstraint("organisation_id", "employee_id", "round_id", "course"),
        ForeignKeyConstraint(["organisation_id", "employee_id"], ["lms_employee.organisation_id", "lms_employee.id"]),
        ForeignKeyConstraint(["organisation_id", "round_id"], ["lms_round.organisation_id", "lms_round.id"]),
        Index(
            "ix_lms_enrolment_standing",
            "organisation_id",
            "round_id",
            "course",
            "counts_as",
            "completed_on",
            "begun_at",
        ),
        CheckConstraint("counts_as IN ('leader', 'staff', 'excused', 'left')", name="counts_as"),
        CheckConstraint("(completed_at IS NULL) = (completed_on IS NULL)", name="completed"),
    )
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To know who has completed which course before the group session; the mark rests on it.",
        retention="Two rounds; after erasure the row stays as a count without a person.",
        person="employee_id",
        export=("organisation_id", "id", "course", "begun_at", "completed_at", "completed_version"),
        erase="keep",
    )

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    employee_id: Mapped[UUID]
    round_id: Mapped[UUID]
    course: Mapped[str] = mapped_column(String(60))
    # What the person counts as in readiness and the day in Norway stand here, so that one walk through these rows
    # answers for 100 000 people without asking who each of them is.
    counts_as: Mapped[str] = mapped_column(String(10), default="staff")
    begun_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    completed_on: Mapped[date | None]
    completed_version: Mapped[str | None] = mapped_column(String(40))

    def begin(self, at: datetime) -> None:
        """The person has begun with the course; only the first time counts."""
        if self.begun_at is None:
            session.execute(update(Enrolment).where(*self._is_this(), Enrolment.begun_at.is_(None)).values(begun_at=at))

    def answer(self, lesson: Lesson, values: Mapping[str, Any]) -> None:
        """Keep what was answered; an empty answer changes nothing, and the same answer twice is one."""
        self._begin(lesson)
        before = {answer.exercise: answer.value for answer in answers_in(self, lesson)}
        news = {
            exercise: value
            for exercise, value in values.items()
            if value is not None and (exercise not in before or before[exercise] != value)
        }
        self._keep(lesson, news)

    def skip(self, lesson: Lesson, exercises: Iterable[str]) -> None:
        """Let these exercises be; whatever is answered already stays answered."""
        self._begin(lesson)
        left = left_in(lesson, {answer.exercise: answer.value for answer in answers_in(self, lesson)})
        self._keep(lesson, {exercise: None for exercise in exercises if exercise in left})

    def complete(self, course: Course, lesson: Lesson, otherwise: bool = False, seconds_asked: int = 0) -> bool:
        """The person says she is done with the lesson; True when that completes the course.

        Safe to call at once from two tabs and a phone: the enrolment is locked first, so that the last two lessons
        cannot each miss the other. Raises ExercisesLeft, TimeLeft, StillBeingWritten.
        """
        if not lesson.written:
            raise StillBeingWritten
        session.execute(select(Enrolment.id).where(*self._is_this()).with_for_update(key_share=True))
        self._begin(lesson)
        if left := left_in(lesson, {answer.exercise: answer.value for answer in answers_in(self, lesson)}):
            raise ExercisesLeft(left)
        if seconds_asked and not otherwise:
            credited = session.scalar(select(LessonProgress.credited_seconds).where(*_progress_in(self, lesson))) or 0
            if credited < seconds_asked:
                raise TimeLeft(seconds_asked - credited)
        session.execute(
            update(LessonProgress)
            .where(*_progress_in(self, lesson), LessonProgress.done_at.is_(None))
            .values(done_at=now(), otherwise=otherwise)
        )
        return self.complete_course(course)

    def complete_course(self, course: Course) -> bool:
        """Set `completed_at` once, when every lesson that counts is done; True when it was set now."""
        asked = {lesson.slug for lesson in course.written_lessons}
        done = set(
            session.scalars(
                select(LessonProgress.lesson).where(
                    LessonProgress.organisation_id == self.organisation_id,
                    LessonProgress.enrolment_id == self.id,
                    LessonProgress.done_at.is_not(None),
                )
            )
        )
        if not asked or not asked <= done:
            return False
        moment = now()
        set_now = session.execute(
            update(Enrolment)
            .where(*self._is_this(), Enrolment.completed_at.is_(None))
            .values(completed_at=moment, completed_on=norwegian_day(moment), completed_version=course.version)
            .returning(Enrolment.id)
        )
        return set_now.first() is not None

    def _begin(self, lesson: Lesson) -> None:
        row = self._place(lesson, begun_at=now(), credited_seconds=0, otherwise=False)
        self.begin(now())
        upsert(LessonProgress, row, ("organisation_id", "enrolment_id", "lesson"))

    def _keep(self, lesson: Lesson, values: Mapping[str, Any]) -> None:
        at = now()
        rows = [self._place(lesson, exercise=exercise, value=value, at=at) for exercise, value in values.items()]
        if rows:
            upsert(Answer, rows, ANSWER_KEY, overwrite=("value", "at"))

    def _place(self, lesson: Lesson, **more: Any) -> dict[str, Any]:
        return {"organisation_id": self.organisation_id, "enrolment_id": self.id, "lesson": lesson.slug, **more}

    def _is_this(self) -> tuple[Any, Any]:
        return Enrolment.organisation_id == self.organisation_id, Enrolment.id == self.id


class LessonProgress(Model):
    """One lesson in one enrolment; no row means not begun."""

    __tablename__ = "lms_lesson_progress"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "enrolment_id"], ["lms_enrolment.organisation_id", "lms_enrolment.id"]
        ),
        CheckConstraint("credited_seconds >= 0", name="credited"),
    )
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To let the person go on where she left, and tell her what is left.",
        retention="Two years after the round; nobody but the person sees it.",
        person="enrolment_id",
        export=("enrolment_id", "lesson", "begun_at", "done_at", "credited_seconds", "otherwise"),
    )

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    enrolment_id: Mapped[UUID] = mapped_column(primary_key=True)
    lesson: Mapped[str] = mapped_column(String(80), primary_key=True)
    begun_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    credited_seconds: Mapped[int] = mapped_column(default=0)
    otherwise: Mapped[bool] = mapped_column(default=False)  # read aloud, on paper, with help: as good as any


class Answer(Model):
    """What somebody chose in an exercise, or, without a value, that she let it be."""

    __tablename__ = "lms_answer"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "enrolment_id"], ["lms_enrolment.organisation_id", "lms_enrolment.id"]
        ),
    )
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To show the person her own answers again, and to know what is left of a lesson.",
        retention="Two years after the round; nobody but the person sees it.",
        person="enrolment_id",
        export=("enrolment_id", "lesson", "exercise", "value", "at"),
    )

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    enrolment_id: Mapped[UUID] = mapped_column(primary_key=True)
    lesson: Mapped[str] = mapped_column(String(80), primary_key=True)
    exercise: Mapped[str] = mapped_column(String(80), primary_key=True)
    value: Mapped[Any | None] = mapped_column(JSON(none_as_null=True))
    at: Mapped[datetime]


ANSWER_KEY = ("organisation_id", "enrolment_id", "lesson", "exercise")


def progress_in(enrolment: Enrolment) -> dict[str, LessonProgress]:
    """The lessons she has begun, by slug."""
    place = {"organisation": enrolment.organisation_id, "enrolment": enrolment.id}
    return {row.lesson: row for row in session.scalars(_PROGRESS, place)}


_PROGRESS = select(LessonProgress).where(
    LessonProgress.organisation_id == bindparam("organisation"), LessonProgress.enrolment_id == bindparam("enrolment")
)


def answers_in(enrolment: Enrolment, lesson: Lesson) -> list[Answer]:
    """What she has answered or skipped in this lesson."""
    return list(
        session.scalars(
            select(Answer).where(
                Answer.organisation_id == enrolment.organisation_id,
                Answer.enrolment_id == enrolment.id,
                Answer.lesson == lesson.slug,
            ),
            execution_options={"populate_existing": True},
        )
    )


def left_in(lesson: Lesson, answers: Mapping[str, Any]) -> tuple[str, ...]:
    """The exercises neither answered nor skipped (None); half a match is not an answer yet."""
    return tuple(
        exercise.id
        for exercise in lesson.exercises("nb")
        if exercise.id not in answers or not _is_handled(exercise, answers[exercise.id])
    )


def _is_handled(exercise: Exercise, value: Any) -> bool:
    """A private text lies elsewhere: that it is there stands in the answer as True."""
    return value is None or (isinstance(exercise, Private) and value is True) or exercise.is_answered(value)


def _progress_in(enrolment: Enrolment, lesson: Lesson) -> tuple[Any, Any, Any]:
    return (
        LessonProgress.organisation_id == enrolment.organisation_id,
        LessonProgress.enrolment_id == enrolment.id,
        LessonProgress.lesson == lesson.slug,
    )
