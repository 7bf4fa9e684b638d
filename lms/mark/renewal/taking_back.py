"""Taking back that the next round has begun, while nothing has happened in it."""

from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, exists, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from lms.database import session
from lms.group_sessions.models import GroupSession
from lms.learning.models import Answer, Enrolment, LessonProgress
from lms.measures.models import Measure, MeasurePlan
from lms.organisations.events import Event, record
from lms.organisations.models import Employee, Round, hold_roster
from lms.people.models import Person

BEGUN = "renewal.begun"


class SomethingHappened(Exception):
    """Somebody has done something since the round began, which would be lost."""


def can_take_back(round: Round) -> bool:
    """Whether this round was begun as a renewal, and nothing has happened since; one question."""
    return session.scalar(select(Event.id).where(*_begun(round), ~or_(*_since(round)))) is not None


def take_back(organisation_id: UUID, round_id: UUID, by: Person) -> None:
    """Open the round before again, with everything as it was. Raises SomethingHappened.

    Pressed twice it is done once: the round is gone then, and nothing is left to take back.
    """
    hold_roster(organisation_id)
    round = session.get(Round, (organisation_id, round_id), populate_existing=True)
    if round is None or round.ended_at is not None:
        return
    if not can_take_back(round):
        raise SomethingHappened
    begun = session.scalars(select(Event).where(*_begun(round))).one()
    before = session.get_one(Round, (organisation_id, UUID(begun.about["before"])))
    try:
        _let_go(round, before)
    except IntegrityError as held:  # a note or a remark holds on to it, which no line in the log tells of
        raise SomethingHappened from held
    before.ended_at = None
    record(organisation_id, "renewal.taken_back", by, round=str(round_id))
    session.flush()


def _let_go(round: Round, before: Round) -> None:
    organisation_id = round.organisation_id
    here = Enrolment.organisation_id == organisation_id, Enrolment.round_id == round.id
    # What somebody was in the middle of came along with all she had done, and goes back so; the rest was made anew.
    half_way = Enrolment.begun_at.is_not(None), Enrolment.completed_at.is_(None)
    unsynced = {"synchronize_session": False}
    session.execute(update(Enrolment).where(*here, *half_way).values(round_id=before.id), execution_options=unsynced)
    session.execute(delete(Enrolment).where(*here), execution_options=unsynced)
    plan = and_(MeasurePlan.organisation_id == organisation_id, MeasurePlan.round_id == round.id)
    of_plan = Measure.plan_id.in_(select(MeasurePlan.id).where(plan))
    session.execute(delete(Measure).where(Measure.organisation_id == organisation_id, of_plan))
    session.execute(delete(MeasurePlan).where(plan))
    session.delete(round)
    session.flush()


def _begun(round: Round) -> tuple[ColumnElement[bool], ...]:
    here = Event.organisation_id == round.organisation_id, Event.what == BEGUN
    return (*here, Event.about["round"].as_string() == str(round.id))


def _since(round: Round) -> tuple[ColumnElement[bool], ...]:
    """What may have happened: any other line in the log, work in a lesson, somebody who came or left, a meeting."""
    started, organisation_id = round.started_at, round.organisation_id
    line = aliased(Event)
    # These are of the beginning itself, or change nothing in the round.
    ours = line.what.in_((BEGUN, "measure.carried", "plan.opened", "renewal.address"))
    in_round = Enrolment.organisation_id == organisation_id, Enrolment.round_id == round.id
    return (
        exists().where(line.organisation_id == organisation_id, line.at >= started, ~ours),
        exists().where(
            *in_round,
            LessonProgress.organisation_id == Enrolment.organisation_id,
            LessonProgress.enrolment_id == Enrolment.id,
            or_(LessonProgress.begun_at >= started, LessonProgress.done_at >= started),
        ),
        exists().where(
            *in_round,
            Answer.organisation_id == Enrolment.organisation_id,
            Answer.enrolment_id == Enrolment.id,
            Answer.at >= started,
        ),
        exists().where(
            Employee.organisation_id == organisation_id,
            or_(Employee.joined_at >= started, Employee.left_at >= started),
        ),
        exists().where(GroupSession.organisation_id == organisation_id, GroupSession.held_at >= started),
    )
