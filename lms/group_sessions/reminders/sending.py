"""Putting reminders into the outbox, a batch at a time, and taking back those that are no longer true."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import and_, delete, exists, func, or_, select

from lms.courses.packs import Course
from lms.database import NORWAY, norwegian_day, session
from lms.group_sessions.models import GroupSession
from lms.group_sessions.reminders.letters import Left, Letter
from lms.group_sessions.reminders.missing import Addressee, addressees, had, had_one_since
from lms.group_sessions.reminders.models import Nudge, Reminder, ReminderPlan, ReminderRefusal
from lms.group_sessions.reminders.occasions import A_WEEK, CHOICES, FRESH_FOR, USUAL, occasion_on
from lms.group_sessions.reminders.stopping import stop_token
from lms.languages import speaking
from lms.learning.models import Enrolment, LessonProgress
from lms.mail.hours import is_by_day
from lms.mail.models import UNSENT, OutboxMail, queue_mail
from lms.organisations.models import Organisation, Round
from lms.people.letters import absolute, absolute_path, path_to
from lms.people.links import new_unasked_link

BATCH = 500
MOST_TAKEN_BACK = 5_000


@dataclass(frozen=True)
class Target:
    """What an organisation is walking towards: a day, and the moment of the group session where that is the day."""

    organisation: Organisation
    round: Round
    day: date | None
    session_at: datetime | None
    offsets: tuple[int, ...]


@dataclass(frozen=True)
class Due:
    """Letters to be written now: on which occasion, and until when they say what is so."""

    target: Target
    occasion: str
    useless_after: datetime
    nudge: Nudge | None = None


def write_reminders(moment: datetime, many: int = BATCH) -> int:
    """Put at most `many` reminders into the outbox; says how many. At night and on Sundays they wait.

    Each batch costs the same number of questions, whatever the size of the organisation. What was written and not
    sent is taken back first where it is no longer true.
    """
    take_back_stale(moment)
    written = 0
    if is_by_day(moment):
        for due in what_is_due(moment):
            if written >= many:
                break
            written += _write(due, moment, many - written)
    return written


def what_is_due(moment: datetime) -> Iterator[Due]:
    """What coordinators have pressed for, and then the occasions of the day."""
    today = norwegian_day(moment)
    pressed = list(session.scalars(select(Nudge).where(Nudge.done_at.is_(None)).order_by(Nudge.asked_at)))
    found = {target.organisation.id: target for target in _targets(moment, [each.organisation_id for each in pressed])}
    for nudge in pressed:
        target = found[nudge.organisation_id]
        last = today + FRESH_FOR if target.day is None or target.day <= today else min(today + FRESH_FOR, target.day)
        yield Due(target, f"nudge-{nudge.id.hex}", _beginning(last), nudge)
    for target in found.values():
        occasion = occasion_on(today, target.day, target.offsets) if target.day else None
        if occasion is not None:
            yield Due(target, occasion.name, _beginning(occasion.closes_on))


def target_of(organisation_id: UUID, moment: datetime) -> Target:
    """What this organisation is walking towards."""
    return next(_targets(moment, [organisation_id], only_these=True))


def _targets(moment: datetime, also: Sequence[UUID], only_these: bool = False) -> Iterator[Target]:
    today = norwegian_day(moment)
    coming = (
        select(GroupSession.organisation_id, func.min(GroupSession.starts_at).label("at"))
        .where(GroupSession.held_at.is_(None), GroupSession.cancelled_at.is_(None), GroupSession.starts_at > moment)
        .group_by(GroupSession.organisation_id)
        .subquery()
    )
    longest = timedelta(days=max(CHOICES) + 1)
    near = or_(and_(ReminderPlan.due_on > today, ReminderPlan.due_on < today + longest), coming.c.at < moment + longest)
    these = Organisation.id.in_(also)
    rows = session.execute(
        select(Organisation, Round, ReminderPlan, coming.c.at)
        .join(Round, and_(Round.organisation_id == Organisation.id, Round.ended_at.is_(None)))
        .outerjoin(ReminderPlan, ReminderPlan.organisation_id == Organisation.id)
        .outerjoin(coming, coming.c.organisation_id == Organisation.id)
        .where(these if only_these else or_(near, these))
        .order_by(coming.c.at, Organisation.id)
    )
    for organisation, round, plan, session_at in rows:
        due_on = plan.due_on if plan is not None else None
        at = session_at if due_on is None else None
        day = due_on or (norwegian_day(session_at) if session_at else None)
        yield Target(organisation, round, day, at, plan.offsets if plan is not None else USUAL)


def _beginning(day: date) -> datetime:
    return datetime.combine(day, time(), NORWAY)


def courses_asked(round: Round) -> list[Course]:
    """What the organisation has chosen, as far as there is something to read in it."""
    library = current_app.extensions["lms"].library
    found = [library.course(key) for key in round.courses]
    return [course for course in found if course is not None and course.written_lessons]


def _write(due: Due, moment: datetime, many: int) -> int:
    courses = courses_asked(due.target.round)
    keys = [course.key for course in courses]
    # A coordinator's press goes to everybody; what comes by itself leaves people in peace for a week.
    in_peace = () if due.nudge else (had_one_since(_beginning(norwegian_day(moment) - A_WEEK + timedelta(days=1))),)
    people = addressees(due.target.round, keys, (had(due.occasion), *in_peace), many)
    done = _lessons_done(due.target.round, keys, people)
    for person in people:
        _write_to(person, due, courses, done.get(person.employee_id, {}))
    if due.nudge is not None and len(people) < many:
        due.nudge.done_at = moment
    session.flush()
    return len(people)


def _lessons_done(round: Round, courses: Sequence[str], people: Sequence[Addressee]) -> dict[UUID, dict[str, set[str]]]:
    """The courses each of these people has not completed, and the lessons of each she is done with."""
    rows = session.execute(
        select(Enrolment.employee_id, Enrolment.course, LessonProgress.lesson)
        .outerjoin(
            LessonProgress,
            and_(
                LessonProgress.organisation_id == Enrolment.organisation_id,
                LessonProgress.enrolment_id == Enrolment.id,
                LessonProgress.done_at.is_not(None),
            ),
        )
        .where(
            Enrolment.organisation_id == round.organisation_id,
            Enrolment.round_id == round.id,
            Enrolment.course.in_(courses),
            Enrolment.completed_on.is_(None),
            Enrolment.employee_id.in_([person.employee_id for person in people]),
        )
    )
    found: dict[UUID, dict[str, set[str]]] = {}
    for employee_id, course, lesson in rows:
        lessons = found.setdefault(employee_id, {}).setdefault(course, set())
        if lesson is not None:
            lessons.add(lesson)
    return found


def _write_to(person: Addressee, due: Due, courses: Sequence[Course], done: dict[str, set[str]]) -> None:
    organisation = due.target.organisation
    reader = person.language or "nb"
    mine = [course.taken_by(person.is_leader) for course in courses if course.key in done]
    wanted = _where_she_left(organisation.id, mine, done)
    signs_in = person.address_id is not None
    if person.address_id is not None:
        _link, secret = new_unasked_link(person.person_id, person.address_id, wanted)
        address = absolute("lms.people.show_link", secret=secret)
    else:
        address = absolute_path(wanted)
    stop = absolute("lms.reminders.stop", token=stop_token(organisation.id, person.person_id))
    with speaking(reader):
        letter = Letter(
            organisation=organisation.name,
            target_on=due.target.day,
            session_at=due.target.session_at,
            name=person.name,
            left=tuple(Left(course.title(reader), course.minutes_ahead(done[course.key])) for course in mine),
            address=address,
            signs_in=signs_in,
            stop_address=stop,
        )
        mail = queue_mail(
            person.email,
            letter.subject,
            letter.body,
            reader,
            organisation.id,
            by_day=True,
            useless_after=due.useless_after,
            stop_address=stop,
        )
    session.add(
        Reminder(
            organisation_id=organisation.id,
            employee_id=person.employee_id,
            occasion=due.occasion,
            person_id=person.person_id,
            target_on=due.target.day,
            mail_id=mail.id,
        )
    )


def _where_she_left(organisation_id: UUID, courses: Sequence[Course], done: dict[str, set[str]]) -> str:
    """The first lesson that is left of a course she has begun, or else of the first one."""
    begun_first = sorted(courses, key=lambda course: not done[course.key])
    for course in begun_first:
        for lesson in course.written_lessons:
            if lesson.slug not in done[course.key]:
                here = {"organisation_id": organisation_id, "key": course.key}
                return path_to("lms.learning.lesson", slug=lesson.slug, **here)
    return path_to("lms.journey.front")


def take_back_stale(moment: datetime, organisation_id: UUID | None = None) -> int:
    """Take reminders out of the outbox that were not sent yet and are no longer true; says how many.

    So it is when the date has moved, the person is done or has left, or has asked for none. What a worker has in hand
    goes out. The occasion of a letter that was taken back is free again.
    """
    still_missing = exists().where(
        Enrolment.organisation_id == Reminder.organisation_id,
        Enrolment.employee_id == Reminder.employee_id,
        Enrolment.round_id == Round.id,
        Enrolment.completed_on.is_(None),
        Enrolment.counts_as.in_(("leader", "staff")),
    )
    refused = exists().where(
        ReminderRefusal.organisation_id == Reminder.organisation_id, ReminderRefusal.person_id == Reminder.person_id
    )
    here = (Reminder.organisation_id == organisation_id,) if organisation_id else ()
    rows = session.execute(
        select(Reminder.mail_id, Reminder.organisation_id, Reminder.target_on, still_missing & ~refused)
        .join(OutboxMail, OutboxMail.id == Reminder.mail_id)
        .join(Round, and_(Round.organisation_id == Reminder.organisation_id, Round.ended_at.is_(None)))
        .where(UNSENT, *here)
        .limit(MOST_TAKEN_BACK)
    ).all()
    if not rows:
        return 0
    organisations = {organisation for _mail, organisation, _day, _true in rows}
    days = {target.organisation.id: target.day for target in _targets(moment, list(organisations), only_these=True)}
    stale = [mail for mail, organisation, day, true in rows if not true or day not in (None, days[organisation])]
    return _take_back(stale, moment) if stale else 0


def _take_back(mails: list[UUID], moment: datetime) -> int:
    in_hand = OutboxMail.claimed_until > moment
    gone: Any = session.scalars(
        delete(OutboxMail)
        .where(OutboxMail.id.in_(mails), UNSENT, or_(OutboxMail.claimed_until.is_(None), ~in_hand))
        .returning(OutboxMail.id)
        .execution_options(synchronize_session=False)
    )
    taken = list(gone)
    forgotten = delete(Reminder).where(Reminder.mail_id.in_(taken))
    session.execute(forgotten.execution_options(synchronize_session=False))
    return len(taken)


def letters_lately(organisation_id: UUID, since: datetime) -> dict[str, int]:
    """How many reminders have been sent, have failed and still wait, since the moment."""
    sent, failed = OutboxMail.sent_at.is_not(None), OutboxMail.gave_up_at.is_not(None)
    rows = session.execute(
        select(sent, failed, func.count())
        .select_from(Reminder)
        .join(OutboxMail, OutboxMail.id == Reminder.mail_id)
        .where(Reminder.organisation_id == organisation_id, Reminder.queued_at > since)
        .group_by(sent, failed)
    )
    counts = {"sent": 0, "failed": 0, "waiting": 0}
    for is_sent, has_failed, number in rows:
        counts["sent" if is_sent else "failed" if has_failed else "waiting"] += number
    return counts
