"""What people have answered, counted together: only from five on, and anew only when five more have answered.

What was counted is kept and shown until then, by everybody who shows it: two counts a person apart would tell what
that person answered.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKeyConstraint,
    String,
    Text,
    and_,
    case,
    cast,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column

from lms.courses.exercises import LEVELS, Rating, Stance
from lms.courses.packs import Course
from lms.database import Model, now, session, upsert
from lms.learning.models import Answer, Enrolment
from lms.organisations.models import FEWEST_FOR_SHARING, Employee, Round


class SharedCount(Model):
    """How many have answered what about one subject in one round, as it is shown; a number has nobody behind it."""

    __tablename__ = "lms_shared_count"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "round_id"], ["lms_round.organisation_id", "lms_round.id"]),
        CheckConstraint(f"people >= {FEWEST_FOR_SHARING}", name="people"),
    )

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    round_id: Mapped[UUID] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(String(250), primary_key=True)
    people: Mapped[int]
    counts: Mapped[dict[str, int]] = mapped_column(JSON)
    counted_at: Mapped[datetime]


def counts_in(organisation_id: UUID, round_id: UUID, kind: str = "") -> dict[str, SharedCount]:
    """What people have answered, by subject, as it was counted last; of one kind (rating, stance), or of all."""
    rows = session.scalars(
        select(SharedCount).where(
            SharedCount.organisation_id == organisation_id,
            SharedCount.round_id == round_id,
            SharedCount.subject.startswith(f"{kind}:") if kind else true(),
        )
    )
    return {row.subject: row for row in rows}


def ratings_in(organisation_id: UUID, round_id: UUID) -> dict[str, SharedCount]:
    """What people have said about each risk factor, as it was counted last."""
    return {
        subject.removeprefix("rating:"): row for subject, row in counts_in(organisation_id, round_id, "rating").items()
    }


def stance_subject(course: str, lesson: str, exercise: str) -> str:
    """What the count of a stance is kept under."""
    return f"stance:{course}/{lesson}/{exercise}"


def count_ratings(round: Round, courses: Iterable[Course]) -> None:
    """Count the ratings of each risk factor, where at least five more have rated it than when it was counted last.

    Somebody who has rated a factor in two courses counts once, with the higher one.
    """
    if shares(round.organisation_id):
        rated = _rated(round, courses).items()
        _keep(round, "rating", {f"rating:{factor}": counts for factor, counts in rated})


def count_stances(round: Round, courses: Iterable[Course]) -> None:
    """Count how many agree how much, where at least five more have taken a stance than when it was counted last."""
    if shares(round.organisation_id):
        _keep(round, "stance", _taken(round, courses))


def shares(organisation_id: UUID) -> bool:
    """Whether the organisation has the five people that anything gathered takes."""
    here = select(Employee.id).where(Employee.organisation_id == organisation_id, Employee.left_at.is_(None))
    return len(session.scalars(here.limit(FEWEST_FOR_SHARING)).all()) == FEWEST_FOR_SHARING


def _keep(round: Round, kind: str, counted: dict[str, dict[str, int]]) -> None:
    known = counts_in(round.organisation_id, round.id, kind)
    for subject, counts in counted.items():
        people = sum(counts.values())
        if people >= (known[subject].people if subject in known else 0) + FEWEST_FOR_SHARING:
            row = {
                "organisation_id": round.organisation_id,
                "round_id": round.id,
                "subject": subject,
                "people": people,
                "counts": counts,
                "counted_at": now(),
            }
            key = ("organisation_id", "round_id", "subject")
            upsert(SharedCount, row, key, overwrite=("people", "counts", "counted_at"), if_more="people")


def _taken(round: Round, courses: Iterable[Course]) -> dict[str, dict[str, int]]:
    asked = {
        (course.key, lesson.slug, exercise.id)
        for course in courses
        for lesson in course.written_lessons
        for exercise in lesson.exercises("nb")
        if isinstance(exercise, Stance)
    }
    where = Enrolment.course, Answer.lesson, Answer.exercise
    step = cast(Answer.value, Text)
    rows = session.execute(
        select(*where, step, func.count())
        .join(Answer, and_(Answer.organisation_id == Enrolment.organisation_id, Answer.enrolment_id == Enrolment.id))
        .where(
            Enrolment.organisation_id == round.organisation_id,
            Enrolment.round_id == round.id,
            Answer.value.is_not(None),
            Answer.exercise.in_({exercise for _course, _lesson, exercise in asked}),
        )
        .group_by(*where, step)
    )
    counted: dict[str, dict[str, int]] = {}
    scale = [str(step) for step in Stance.scale]
    for course, lesson, exercise, value, people in rows:
        if (course, lesson, exercise) in asked and value in scale:
            counts = counted.setdefault(stance_subject(course, lesson, exercise), dict.fromkeys(scale, 0))
            counts[value] = people
    return counted


def _rated(round: Round, courses: Iterable[Course]) -> dict[str, dict[str, int]]:
    asked = [
        (
            exercise.factor,
            and_(Enrolment.course == course.key, Answer.lesson == lesson.slug, Answer.exercise == exercise.id),
        )
        for course in courses
        for lesson in course.written_lessons
        for exercise in lesson.exercises("nb")
        if isinstance(exercise, Rating)
    ]
    if not asked:
        return {}
    said = (
        select(
            Enrolment.employee_id,
            case(*((where, factor) for factor, where in asked)).label("factor"),
            case({f'"{level}"': height for height, level in enumerate(LEVELS)}, value=cast(Answer.value, Text)).label(
                "height"
            ),
        )
        .join(
            Answer,
            and_(Answer.organisation_id == Enrolment.organisation_id, Answer.enrolment_id == Enrolment.id),
        )
        .where(
            Enrolment.organisation_id == round.organisation_id,
            Enrolment.round_id == round.id,
            Answer.value.is_not(None),
            or_(*(where for _factor, where in asked)),
        )
        .subquery()
    )
    highest = (
        select(said.c.employee_id, said.c.factor, func.max(said.c.height).label("height"))
        .group_by(said.c.employee_id, said.c.factor)
        .subquery()
    )
    counted: dict[str, dict[str, int]] = {}
    question = select(highest.c.factor, highest.c.height, func.count()).group_by(highest.c.factor, highest.c.height)
    for factor, height, people in session.execute(question):
        if height is not None:
            counted.setdefault(factor, dict.fromkeys(LEVELS, 0))[LEVELS[height]] = people
    return counted
