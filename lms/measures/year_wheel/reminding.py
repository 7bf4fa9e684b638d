"""Reminders of the year's activities: two weeks before, and afterwards when nobody has said that it was held.

An organisation gets one letter a week at most, about all that is due then, and each day of each activity comes once
before and once after. Its coordinators read it; so does whoever an activity says sees to it, when that is exactly the
name of one person here who has confirmed an address: she gets what is hers.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Select, and_, exists, func, or_, select

from lms.database import norwegian_day, session, upsert
from lms.group_sessions.reminders.missing import ADDRESSEE, Addressee, everybody_here, unreached
from lms.group_sessions.reminders.stopping import stop_token
from lms.languages import _, in_words, speaking
from lms.mail.hours import is_by_day
from lms.mail.models import queue_mail
from lms.measures.models import Measure, MeasurePlan
from lms.measures.year_wheel.models import ActivityHeld, ActivityReminder, YearWheel
from lms.measures.year_wheel.year import Activity, activities_of
from lms.organisations.models import Employee, Organisation, Round, hold_roster
from lms.organisations.profile import is_closed
from lms.people.letters import absolute
from lms.people.models import Address, Person
from lms.risks.words import owner_in_words

BATCH = 100
AHEAD, BEHIND = timedelta(days=14), timedelta(days=14)
IN_PEACE = timedelta(days=7)
# Whoever has just written it down needs no letter about it.
NEW = timedelta(days=1)
KEY = ("organisation_id", "measure_id", "planned_on", "kind")

Kind = Literal["ahead", "after"]


@dataclass(frozen=True)
class Due:
    """An activity that somebody is to be reminded of, before its day or after it."""

    activity: Activity
    kind: Kind


def write_letters(moment: datetime, many: int = BATCH) -> int:
    """Write to at most so many organisations; says how many letters. Those who may be written to only by day."""
    if not is_by_day(moment):
        return 0
    letters = organisations = 0
    for organisation_id, due in groupby(due_at(moment), key=lambda each: each.activity.measure.organisation_id):
        written = _write(organisation_id, list(due), moment)
        letters, organisations = letters + written, organisations + bool(written)
        if organisations >= many:
            break
    return letters


def due_at(moment: datetime) -> Iterator[Due]:
    """What is to be reminded of and has not been, organisation by organisation; three questions, however many."""
    today = norwegian_day(moment)
    since, until = today - BEHIND, today + AHEAD
    near = _near(moment)
    done = select(ActivityReminder).where(ActivityReminder.planned_on >= since)
    reminded = {(row.measure_id, row.planned_on, row.kind) for row in session.scalars(done)}
    held: dict[UUID, list[ActivityHeld]] = {}
    of_these = ActivityHeld.measure_id.in_(near.with_only_columns(Measure.id))
    for row in session.scalars(select(ActivityHeld).where(of_these).order_by(ActivityHeld.planned_on.desc())):
        held.setdefault(row.measure_id, []).append(row)
    for measure in session.scalars(near.order_by(Measure.organisation_id, Measure.id)).all():
        for activity in activities_of([measure], held, since, until, today):
            kind: Kind = "after" if activity.state == "late" else "ahead"
            if activity.state != "held" and (measure.id, activity.on, kind) not in reminded:
                yield Due(activity, kind)


def _near(moment: datetime) -> Select[Any]:
    """The measures with a day near the moment, of organisations that may be written to."""
    today = norwegian_day(moment)
    lately = exists().where(
        ActivityReminder.organisation_id == Measure.organisation_id, ActivityReminder.queued_at > moment - IN_PEACE
    )
    stopped = exists().where(YearWheel.organisation_id == Measure.organisation_id, YearWheel.stopped_at.is_not(None))
    plan = and_(MeasurePlan.organisation_id == Measure.organisation_id, MeasurePlan.id == Measure.plan_id)
    return (
        select(Measure)
        .join(MeasurePlan, plan)
        .join(Round, and_(Round.organisation_id == Measure.organisation_id, Round.id == MeasurePlan.round_id))
        .where(
            Round.ended_at.is_(None),
            Measure.removed_at.is_(None),
            Measure.status.not_in(("done", "not_relevant")),
            Measure.added_at <= moment - NEW,
            Measure.due <= today + AHEAD,
            or_(Measure.recurring != "", Measure.due >= today - BEHIND),
            ~lately,
            ~stopped,
            ~is_closed(Measure.organisation_id),
        )
    )


def _write(organisation_id: UUID, due: list[Due], moment: datetime) -> int:
    # Two workers who come at once follow one another, and the second finds that it has been written.
    hold_roster(organisation_id)
    if _written_since(organisation_id, moment - IN_PEACE):
        return 0
    coordinators, owners = _coordinators(organisation_id), _owners(organisation_id, due)
    # What nobody can be told of is not told; it waits until somebody can be reached.
    due = [each for each in due if coordinators or each.activity.measure.owner in owners]
    due = [each for each in due if _is_first(organisation_id, each, moment)]
    due.sort(key=lambda each: each.activity.on)
    if not due:
        return 0
    organisation = session.get_one(Organisation, organisation_id)
    for person in coordinators:
        _queue(organisation, person, due, True, moment)
    readers = {person.employee_id for person in coordinators}
    named = {each.activity.measure.owner for each in due}
    others = [person for person in owners.values() if person.name in named and person.employee_id not in readers]
    for person in others:
        hers = [each for each in due if each.activity.measure.owner == person.name]
        _queue(organisation, person, hers, False, moment)
    return len(coordinators) + len(others)


def _written_since(organisation_id: UUID, moment: datetime) -> bool:
    asked = select(ActivityReminder.measure_id).where(
        ActivityReminder.organisation_id == organisation_id, ActivityReminder.queued_at > moment
    )
    return session.scalars(asked.limit(1)).first() is not None


def _is_first(organisation_id: UUID, due: Due, moment: datetime) -> bool:
    row = {
        "organisation_id": organisation_id,
        "measure_id": due.activity.measure.id,
        "planned_on": due.activity.on,
        "kind": due.kind,
        "queued_at": moment,
    }
    return upsert(ActivityReminder, row, KEY)


def _coordinators(organisation_id: UUID) -> list[Addressee]:
    asked = everybody_here(organisation_id).where(Employee.role == "coordinator", unreached() == "")
    return [Addressee(*row) for row in session.execute(asked.with_only_columns(*ADDRESSEE).order_by(Employee.id))]


def _owners(organisation_id: UUID, due: Iterable[Due]) -> Mapping[str, Addressee]:
    """Who is meant by an owner's field: nobody, where two here are called that."""
    names = {each.activity.measure.owner for each in due} - {""}
    if not names:
        return {}
    namesakes = (
        select(Person.name)
        .join(Employee, Employee.person_id == Person.id)
        .where(Employee.organisation_id == organisation_id, Employee.left_at.is_(None), Person.name.in_(names))
        .group_by(Person.name)
        .having(func.count() == 1)
    )
    asked = everybody_here(organisation_id).where(
        Person.name.in_(namesakes), unreached() == "", Address.id.is_not(None)
    )
    found = [Addressee(*row) for row in session.execute(asked.with_only_columns(*ADDRESSEE).order_by(Employee.id))]
    return {person.name: person for person in found}


def _queue(organisation: Organisation, person: Addressee, due: list[Due], coordinates: bool, moment: datetime) -> None:
    reader = person.language or "nb"
    stop = absolute("lms.reminders.stop", token=stop_token(organisation.id, person.person_id))
    page = absolute("lms.year_wheel.show", organisation_id=organisation.id) if coordinates else ""
    with speaking(reader):
        queue_mail(
            person.email,
            _("The year of %(organisation)s: coming up", organisation=organisation.name),
            body_of(organisation.name, person.name, due, page, stop),
            reader,
            organisation.id,
            by_day=True,
            useless_after=moment + IN_PEACE,
            stop_address=stop,
        )


def body_of(organisation: str, name: str, due: list[Due], page: str, stop_address: str) -> str:
    """The letter, in the language that is being spoken; without a `page` for somebody who cannot open it."""
    ahead, after = (_listed([each for each in due if each.kind == kind], bool(page)) for kind in ("ahead", "after"))
    paragraphs = [_("Hello, %(name)s", name=name)]
    if ahead:
        paragraphs.append(_("Coming up in what %(organisation)s has planned:", organisation=organisation))
        paragraphs.append(ahead)
    if after:
        paragraphs.append(_("The day of this has passed, and nobody has said yet how it went:"))
        paragraphs.append(after)
    if page:
        paragraphs.append(_("Say here that it has been held, or choose another day:") + f"\n{page}")
    else:
        paragraphs.append(_("You are named as the one who sees to it. Tell your coordinator when it has been held."))
    paragraphs += [
        _("You get one such e-mail a week at most."),
        _("No more reminders from %(organisation)s? One press stops them:", organisation=organisation)
        + f" {stop_address}",
        _("Regards from Balanse"),
    ]
    return "\n\n".join(paragraphs) + "\n"


def _listed(due: list[Due], with_owner: bool) -> str:
    return "\n".join(
        f"– {in_words(each.activity.on)}: {each.activity.measure.what}"
        + (f" ({owner_in_words(each.activity.measure.owner)})" if with_owner and each.activity.measure.owner else "")
        for each in due
    )
