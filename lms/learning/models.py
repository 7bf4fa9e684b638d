"""What people have begun, answered, written and completed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID, uuid4

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    and_,
    delete,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from lms.courses.packs import Course, Lesson
from lms.database import Model, Privacy, new_id, norwegian_day, now, session, upsert
from lms.learning.secrecy import seal, unseal
from lms.organisations.models import FEWEST_FOR_SHARING, Employee, Organisation, Round

VISIBILITIES = ("only_me", "my_session", "without_name")


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
        ForeignKeyConstraint(
            ["organisation_id", "employee_id"], ["lms_employee.organisation_id", "lms_employee.id"]
        ),
        ForeignKeyConstraint(["organisation_id", "round_id"], ["lms_round.organisation_id", "lms_round.id"]),
        Index("ix_lms_enrolment_standing", "organisation_id", "round_id", "course", "counts_as", "completed_on"),
        CheckConstraint("counts_as IN ('leader', 'staff', 'excused', 'left')", name="counts_as"),
        CheckConstraint("(completed_at IS NULL) = (completed_on IS NULL)", name="completed"),
    )
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To know who has completed which course before the group session; the mark rests on it.",
        retention="Two rounds; after erasure the row stays as a count without a person.",
        person="employee_id",
        export=("course", "begun_at", "completed_at", "completed_version"),
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

    def answer(self, lesson: Lesson, values: Mapping[str, Any]) -> None:
        """Keep what was answered; an empty answer changes nothing, and the same answer twice is one."""
        self._begin(lesson)
        before = {answer.exercise: answer.value for answer in answers_in(self, lesson)}
        for exercise, value in values.items():
            if value is not None and (exercise not in before or before[exercise] != value):
                row = self._place(lesson, exercise=exercise, value=value, at=now())
                upsert(Answer, row, ANSWER_KEY, {"value": lambda new: new.value, "at": lambda new: new.at})

    def skip(self, lesson: Lesson, exercises: Iterable[str]) -> None:
        """Let these exercises be; whatever is answered already stays answered."""
        self._begin(lesson)
        for exercise in exercises:
            upsert(Answer, self._place(lesson, exercise=exercise, value=None, at=now()), ANSWER_KEY, {})

    def write(self, lesson: Lesson, exercise: str, text: str, visibility: str, person_id: UUID) -> None:
        """Keep a private text, encrypted for this person and this row; an emptied text is removed."""
        if visibility not in VISIBILITIES:
            raise ValueError(visibility)
        written = session.scalar(
            select(Reflection).where(
                Reflection.organisation_id == self.organisation_id,
                Reflection.enrolment_id == self.id,
                Reflection.lesson == lesson.slug,
                Reflection.exercise == exercise,
            )
        )
        if not text:
            if written is not None:
                written.remove()
            return
        key = written.id if written is not None else uuid4()
        if written is not None and written.visibility == visibility and written.text_for(person_id) == text:
            return
        row = self._place(lesson, exercise=exercise, id=key, visibility=visibility, written_at=now(), person_id=person_id)
        row["sealed"] = seal(text, person_id, key)
        upsert(
            Reflection,
            row,
            ("organisation_id", "enrolment_id", "lesson", "exercise"),
            {name: row[name] for name in ("id", "visibility", "written_at", "sealed")},
        )
        self.answer(lesson, {exercise: True})

    def complete(self, course: Course, lesson: Lesson, otherwise: bool = False, seconds_asked: int = 0) -> bool:
        """The person says she is done with the lesson; True when that completes the course.

        Safe to call at once from two tabs and a phone: the enrolment is locked first, so that the last two lessons
        cannot each miss the other. Raises ExercisesLeft, TimeLeft, StillBeingWritten.
        """
        if not lesson.written:
            raise StillBeingWritten
        session.execute(select(Enrolment.id).where(*self._is_this()).with_for_update())
        self._begin(lesson)
        handled = {answer.exercise for answer in answers_in(self, lesson)}
        if left := tuple(exercise for exercise in lesson.exercise_ids if exercise not in handled):
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
        upsert(LessonProgress, row, ("organisation_id", "enrolment_id", "lesson"), {})
        if self.begun_at is None:
            session.execute(
                update(Enrolment).where(*self._is_this(), Enrolment.begun_at.is_(None)).values(begun_at=now())
            )

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
        export=("lesson", "begun_at", "done_at", "credited_seconds", "otherwise"),
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
        export=("lesson", "exercise", "value", "at"),
    )

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    enrolment_id: Mapped[UUID] = mapped_column(primary_key=True)
    lesson: Mapped[str] = mapped_column(String(80), primary_key=True)
    exercise: Mapped[str] = mapped_column(String(80), primary_key=True)
    value: Mapped[Any | None] = mapped_column(JSON(none_as_null=True))
    at: Mapped[datetime]


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
        export=("lesson", "exercise", "text", "visibility", "written_at"),
    )

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    person_id: Mapped[UUID]
    enrolment_id: Mapped[UUID]
    lesson: Mapped[str] = mapped_column(String(80))
    exercise: Mapped[str] = mapped_column(String(80))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    visibility: Mapped[str] = mapped_column(String(20), default="only_me")
    written_at: Mapped[datetime]

    def text_for(self, person_id: UUID) -> str:
        """The text, opened for the person who wrote it. Raises SealBroken for anybody else."""
        return unseal(self.sealed, person_id, self.id)

    @property
    def text(self) -> str:
        """The text, for her own export."""
        return self.text_for(self.person_id)

    def remove(self) -> None:
        """Delete the text; the exercise counts as skipped from now on, so that nothing she has done is undone."""
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
        session.execute(
            delete(Reflection).where(Reflection.organisation_id == self.organisation_id, Reflection.id == self.id)
        )


ANSWER_KEY = ("organisation_id", "enrolment_id", "lesson", "exercise")


def enrol(employee: Employee, courses: Iterable[str]) -> None:
    """Give an employee a place in each of these courses in the current round; once."""
    round_id = session.scalars(
        select(Round.id).where(Round.organisation_id == employee.organisation_id, Round.ended_at.is_(None))
    ).one()
    for course in courses:
        row = {
            "organisation_id": employee.organisation_id,
            "id": new_id(),
            "employee_id": employee.id,
            "round_id": round_id,
            "course": course,
            "counts_as": "leader" if employee.is_leader else "staff",
        }
        upsert(Enrolment, row, ("organisation_id", "employee_id", "round_id", "course"), {})


def enrol_everybody(round: Round, courses: Iterable[str]) -> None:
    """Give everybody a place in courses the organisation has chosen, when it chooses them."""
    for course in courses:
        missing = session.execute(
            select(Employee.id, Employee.is_leader)
            .outerjoin(
                Enrolment,
                and_(
                    Enrolment.organisation_id == Employee.organisation_id,
                    Enrolment.employee_id == Employee.id,
                    Enrolment.round_id == round.id,
                    Enrolment.course == course,
                ),
            )
            .where(
                Employee.organisation_id == round.organisation_id,
                Employee.left_at.is_(None),
                Enrolment.id.is_(None),
            )
        ).all()
        if missing:
            session.execute(
                insert(Enrolment),
                [
                    {
                        "organisation_id": round.organisation_id,
                        "id": new_id(),
                        "employee_id": employee_id,
                        "round_id": round.id,
                        "course": course,
                        "counts_as": "leader" if is_leader else "staff",
                    }
                    for employee_id, is_leader in missing
                ],
            )


@dataclass(frozen=True)
class Place:
    """Where a person is learning: her enrolment, and what the page needs to know about its organisation."""

    enrolment: Enrolment
    organisation_name: str
    reporting_channel: str
    time_share: int
    shares: bool


def place_in(person_id: UUID, organisation_id: UUID, course: str) -> Place | None:
    """The person's own enrolment in this course in the organisation's current round."""
    row = session.execute(
        select(
            Enrolment,
            Organisation.name,
            Organisation.reporting_channel,
            Round.time_share,
            _enough_to_share(organisation_id),
        )
        .join(
            Employee,
            and_(Employee.organisation_id == Enrolment.organisation_id, Employee.id == Enrolment.employee_id),
        )
        .join(
            Round, and_(Round.organisation_id == Enrolment.organisation_id, Round.id == Enrolment.round_id)
        )
        .join(Organisation, Organisation.id == Enrolment.organisation_id)
        .where(
            Enrolment.organisation_id == organisation_id,
            Enrolment.course == course,
            Employee.person_id == person_id,
            Employee.left_at.is_(None),
            Round.ended_at.is_(None),
        )
    ).first()
    return Place(*row) if row else None


def _enough_to_share(organisation_id: UUID) -> Any:
    some = (
        select(literal(1))
        .select_from(Employee)
        .where(Employee.organisation_id == organisation_id, Employee.left_at.is_(None))
        .limit(FEWEST_FOR_SHARING)
        .subquery()
    )
    return select(func.count() >= FEWEST_FOR_SHARING).select_from(some).scalar_subquery()


def progress_in(enrolment: Enrolment) -> dict[str, LessonProgress]:
    """The lessons she has begun, by slug."""
    rows = session.scalars(
        select(LessonProgress).where(
            LessonProgress.organisation_id == enrolment.organisation_id, LessonProgress.enrolment_id == enrolment.id
        )
    )
    return {row.lesson: row for row in rows}


def answers_in(enrolment: Enrolment, lesson: Lesson) -> list[Answer]:
    """What she has answered or skipped in this lesson."""
    return list(
        session.scalars(
            select(Answer).where(
                Answer.organisation_id == enrolment.organisation_id,
                Answer.enrolment_id == enrolment.id,
                Answer.lesson == lesson.slug,
            )
        )
    )


def answers_and_reflections_in(enrolment: Enrolment, lesson: Lesson) -> list[tuple[Answer, Reflection | None]]:
    """Her answers in this lesson, each with the private text it stands for, in one question to the database."""
    rows = session.execute(
        select(Answer, Reflection)
        .outerjoin(
            Reflection,
            and_(
                Reflection.organisation_id == Answer.organisation_id,
                Reflection.enrolment_id == Answer.enrolment_id,
                Reflection.lesson == Answer.lesson,
                Reflection.exercise == Answer.exercise,
            ),
        )
        .where(
            Answer.organisation_id == enrolment.organisation_id,
            Answer.enrolment_id == enrolment.id,
            Answer.lesson == lesson.slug,
        )
    )
    return [(answer, reflection) for answer, reflection in rows]


def reflections_of(person_id: UUID, opens_from: datetime | None = None) -> list[tuple[Reflection, str]]:
    """Everything she has written, with the course it stands in; with `opens_from`, only what came after it."""
    question = (
        select(Reflection, Enrolment.course)
        .join(
            Enrolment,
            and_(
                Enrolment.organisation_id == Reflection.organisation_id, Enrolment.id == Reflection.enrolment_id
            ),
        )
        .where(Reflection.person_id == person_id)
        .order_by(Enrolment.course, Reflection.written_at)
    )
    if opens_from is not None:
        question = question.where(Reflection.written_at >= opens_from)
    return [(reflection, course) for reflection, course in session.execute(question)]


@dataclass(frozen=True)
class Standing:
    """One of a person's courses, for her front page."""

    organisation_id: UUID
    organisation_name: str
    course: str
    begun_at: datetime | None
    completed_at: datetime | None
    lessons_done: int


def standings_of(person_id: UUID) -> list[Standing]:
    """All the courses a person is in now, wherever she works."""
    done = (
        select(func.count())
        .select_from(LessonProgress)
        .where(
            LessonProgress.organisation_id == Enrolment.organisation_id,
            LessonProgress.enrolment_id == Enrolment.id,
            LessonProgress.done_at.is_not(None),
        )
        .scalar_subquery()
    )
    rows = session.execute(
        select(
            Enrolment.organisation_id,
            Organisation.name,
            Enrolment.course,
            Enrolment.begun_at,
            Enrolment.completed_at,
            done,
        )
        .join(
            Employee,
            and_(Employee.organisation_id == Enrolment.organisation_id, Employee.id == Enrolment.employee_id),
        )
        .join(
            Round, and_(Round.organisation_id == Enrolment.organisation_id, Round.id == Enrolment.round_id)
        )
        .join(Organisation, Organisation.id == Enrolment.organisation_id)
        .where(Employee.person_id == person_id, Employee.left_at.is_(None), Round.ended_at.is_(None))
        .order_by(Organisation.name, Enrolment.course)
    )
    return [Standing(*row) for row in rows]


def _progress_in(enrolment: Enrolment, lesson: Lesson) -> tuple[Any, Any, Any]:
    return (
        LessonProgress.organisation_id == enrolment.organisation_id,
        LessonProgress.enrolment_id == enrolment.id,
        LessonProgress.lesson == lesson.slug,
    )
