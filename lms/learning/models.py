"""What people have begun, answered, written and completed."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Computed,
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
from lms.database import Model, Privacy, ask, new_id, norwegian_day, now, upsert


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
            "begun",
        ),
        CheckConstraint("counts_as IN ('leader', 'staff', 'excused', 'left')", name="counts_as"),
        CheckConstraint("(completed_at IS NULL) = (completed_on IS NULL)", name="completed"),
    )
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To know who has completed which course before the group session; the mark rests on it.",
        retention="Two rounds; after erasure the row stays as a count without a person.",
        person="employee_id",
        export=("organisation_id", "id", "course", "begun_at", "completed_at", "completed_version", "due_on"),
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
    # Whether, without when: rows that are alike share a place in the index, which is a seventh of the size for it.
    begun: Mapped[bool] = mapped_column(Computed("begun_at IS NOT NULL", persisted=True))
    completed_at: Mapped[datetime | None]
    completed_on: Mapped[date | None]
    completed_version: Mapped[str | None] = mapped_column(String(40))
    # By when, in Norway: kept here, so that what becomes of the link she entered by moves nobody's day.
    due_on: Mapped[date | None]

    def begin(self, at: datetime) -> None:
        """The person has begun with the course; only the first time counts."""
        if self.begun_at is None:
            ask(BEGIN, {**self._named, "at": at})

    def answer(
        self, lesson: Lesson, values: Mapping[str, Any], before: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Keep what was answered; an empty answer changes nothing, and the same answer twice is one.

        Whoever holds the enrolment's row and has asked what is there already says it in `before`. Returns what is
        there now.
        """
        before = self._answers_before(lesson, before)
        news = {
            exercise: value
            for exercise, value in values.items()
            if value is not None and (exercise not in before or before[exercise] != value)
        }
        self._keep(lesson, news)
        return {**before, **news}

    def skip(self, lesson: Lesson, exercises: Iterable[str], answers: Mapping[str, Any] | None = None) -> None:
        """Let these exercises be; whatever is answered already stays answered, and stands in `answers` if given."""
        left = left_in(lesson, self._answers_before(lesson, answers))
        self._keep(lesson, {exercise: None for exercise in exercises if exercise in left})

    def complete(
        self,
        course: Course,
        lesson: Lesson,
        otherwise: bool = False,
        seconds_asked: int = 0,
        answers: Mapping[str, Any] | None = None,
    ) -> bool:
        """The person says she is done with the lesson; True when that completes the course.

        Whoever calls holds the enrolment's row, as `place_in` does to write: two tabs and a phone follow one another,
        and the last two lessons cannot each miss the other. `answers` are what `answer` has returned.
        Raises ExercisesLeft, TimeLeft, StillBeingWritten.
        """
        if not lesson.written:
            raise StillBeingWritten
        if left := left_in(lesson, self._answers_before(lesson, answers)):
            raise ExercisesLeft(left)
        named = {**self._named, "slug": lesson.slug}
        if seconds_asked and not otherwise:
            credited = ask(_CREDITED, named).scalar() or 0
            if credited < seconds_asked:
                raise TimeLeft(seconds_asked - credited)
        ask(_DONE, {**named, "at": now(), "another_way": otherwise})
        return self.complete_course(course)

    def complete_course(self, course: Course) -> bool:
        """Set `completed_at` once, when every lesson that counts is done; True when it was set now."""
        if self.completed_at is not None:
            return False
        asked = {lesson.slug for lesson in course.written_lessons}
        done = {slug for slug, done_at in progress_in(self).items() if done_at}
        if not asked or not asked <= done:
            return False
        at = now()
        set_now = ask(_COMPLETED, {**self._named, "at": at, "day": norwegian_day(at), "version": course.version})
        return set_now.rowcount > 0

    def _answers_before(self, lesson: Lesson, before: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        """What is answered already; a lesson without an answer in it begins now."""
        if before is None:
            before = answers_in(self, lesson)
        if not before:
            self.begin(now())
            row = self._place(lesson, begun_at=now(), credited_seconds=0, otherwise=False)
            upsert(LessonProgress, row, ("organisation_id", "enrolment_id", "lesson"))
        return before

    def _keep(self, lesson: Lesson, values: Mapping[str, Any]) -> None:
        at = now()
        rows = [self._place(lesson, exercise=exercise, value=value, at=at) for exercise, value in values.items()]
        if rows:
            upsert(Answer, rows, ANSWER_KEY, overwrite=("value", "at"))

    def _place(self, lesson: Lesson, **more: Any) -> dict[str, Any]:
        return {"organisation_id": self.organisation_id, "enrolment_id": self.id, "lesson": lesson.slug, **more}

    @property
    def _named(self) -> dict[str, Any]:
        return {"organisation": self.organisation_id, "enrolment": self.id}


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


def progress_in(enrolment: Enrolment) -> dict[str, datetime | None]:
    """The lessons she has begun, by slug: when she was done with each, None where she is not yet."""
    return dict(ask(_PROGRESS, enrolment._named).all())


def answers_in(enrolment: Enrolment, lesson: Lesson) -> dict[str, Any]:
    """What she has answered in this lesson, by exercise; None where she let it be."""
    return dict(ask(_ANSWERS, {**enrolment._named, "slug": lesson.slug}).all())


# Asked for each page and each form: put together once, and of the tables. What the ORM would do about it takes longer
# than the answer.
_ENROLMENTS = Model.metadata.tables[Enrolment.__tablename__]
_LESSONS = Model.metadata.tables[LessonProgress.__tablename__]
_GIVEN = Model.metadata.tables[Answer.__tablename__]
BEGIN = (
    update(_ENROLMENTS)
    .where(
        _ENROLMENTS.c.organisation_id == bindparam("organisation"),
        _ENROLMENTS.c.id == bindparam("enrolment"),
        _ENROLMENTS.c.begun_at.is_(None),
    )
    .values(begun_at=bindparam("at"))
)
_COMPLETED = (
    update(_ENROLMENTS)
    .where(
        _ENROLMENTS.c.organisation_id == bindparam("organisation"),
        _ENROLMENTS.c.id == bindparam("enrolment"),
        _ENROLMENTS.c.completed_at.is_(None),
    )
    .values(completed_at=bindparam("at"), completed_on=bindparam("day"), completed_version=bindparam("version"))
)
_OF_HERS = (
    _LESSONS.c.organisation_id == bindparam("organisation"),
    _LESSONS.c.enrolment_id == bindparam("enrolment"),
)
_THIS_LESSON = (*_OF_HERS, _LESSONS.c.lesson == bindparam("slug"))
_PROGRESS = select(_LESSONS.c.lesson, _LESSONS.c.done_at).where(*_OF_HERS)
_CREDITED = select(_LESSONS.c.credited_seconds).where(*_THIS_LESSON)
_DONE = (
    update(_LESSONS)
    .where(*_THIS_LESSON, _LESSONS.c.done_at.is_(None))
    .values(done_at=bindparam("at"), otherwise=bindparam("another_way"))
)
_ANSWERS = select(_GIVEN.c.exercise, _GIVEN.c.value).where(
    _GIVEN.c.organisation_id == bindparam("organisation"),
    _GIVEN.c.enrolment_id == bindparam("enrolment"),
    _GIVEN.c.lesson == bindparam("slug"),
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
