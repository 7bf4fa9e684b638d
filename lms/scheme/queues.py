"""What waits for the scheme's staff: each queue with its count, the longest wait first, and what to do next."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from flask import url_for
from sqlalchemy import select

from lms.database import NORWAY, norwegian_day, now, session
from lms.group_sessions.models import GroupSession
from lms.group_sessions.readiness import readiness_for
from lms.languages import _, lazy, ngettext
from lms.mark.renewal.expiring import expiring_first
from lms.mark.reviews.queue import how_many_marks_wait, marks_waiting
from lms.measures.reviews.queue import how_many_plans_wait, plans_waiting
from lms.organisations.models import Organisation
from lms.people.models import Person
from lms.risks.reviews.queue import how_many_wait, waiting_for
from lms.scheme.applications.queue import waiting

SHOWN = 20
SESSIONS_AHEAD = timedelta(days=28)
MOST_SESSIONS = 200
# A session that began this morning is still the one of today.
STAYS = timedelta(hours=12)


@dataclass(frozen=True)
class Waiting:
    """One thing in a queue: whose it is, since when it waits or when it is to be, and what to do."""

    name: str
    what: str
    address: str
    since: datetime | None = None
    to_be: datetime | None = None

    @property
    def days(self) -> int:
        """How many days it has waited, or how many there are left."""
        if self.to_be is not None:
            return max(0, (norwegian_day(self.to_be) - norwegian_day(now())).days)
        return max(0, (norwegian_day(now()) - norwegian_day(self.since)).days) if self.since else 0


Found = tuple[Sequence[Waiting], int]


@dataclass(frozen=True)
class Queue:
    """One kind of thing that waits, for `patience` days without being late.

    `find` gives the first of them, and how many there are for this person.
    """

    key: str
    title: str
    empty: str
    endpoint: str
    patience: int
    find: Callable[[Person], Found]

    def is_late(self, waiting: Waiting) -> bool:
        """Whether it has waited longer than anybody should."""
        return waiting.since is not None and waiting.days >= self.patience


def _applications(person: Person) -> Found:
    found, number = waiting(SHOWN)
    rows = [
        Waiting(
            each.name,
            _("Read the answer and decide") if each.answered_at else _("Read the application and decide"),
            url_for("lms.applications.one", application_id=each.id),
            since=each.waits_since,
        )
        for each in found
    ]
    return rows, number


def _mappings(person: Person) -> Found:
    found, _more = waiting_for(person)
    rows = [
        Waiting(
            each.organisation.name,
            _("Accept the mapping, or return it with what to look at again"),
            url_for("lms.risk_reviews.delivered", organisation_id=each.organisation.id, delivery_id=each.delivered.id),
            since=each.delivered.delivered_at,
        )
        for each in found[:SHOWN]
    ]
    return rows, how_many_wait(person)


def _renewals(person: Person) -> Found:
    """Marks of hers that expire within six months, or have lapsed; the day is the last one, or the first without it."""
    found, number = expiring_first(person, SHOWN)
    said = {"answer": _("Answer their request"), "begin": _("They begin the new round")}
    rows = []
    for each in found:
        lasts = datetime.combine(each.award.valid_until, time(), NORWAY)
        rows.append(
            Waiting(
                each.organisation.name,
                said.get(each.next_action, _("The new round goes on")),
                url_for("lms.renewal.show", organisation_id=each.organisation.id),
                **({"since": lasts + timedelta(days=1)} if each.state == "lapsed" else {"to_be": lasts}),
            )
        )
    return rows, number


def _plans(person: Person) -> Found:
    found, _more = plans_waiting(person)
    rows = [
        Waiting(
            each.organisation.name,
            _("Read the plan of measures and answer"),
            url_for("lms.plan_reviews.whole", organisation_id=each.organisation.id),
            since=each.plan.handed_in_at,
        )
        for each in found[:SHOWN]
    ]
    return rows, how_many_plans_wait(person)


def _marks(person: Person) -> Found:
    found, _more = marks_waiting(person)
    rows = [
        Waiting(
            each.organisation.name,
            _("Confirm the award, or say why not") if each.proposal else _("Award the mark, or say what is missing"),
            url_for("lms.mark_reviews.asked", organisation_id=each.organisation.id, request_id=each.request.id),
            since=each.request.requested_at,
        )
        for each in found[:SHOWN]
    ]
    return rows, how_many_marks_wait(person)


def _sessions(person: Person) -> Found:
    """Sessions in the next weeks that are not ready: a facilitator's own, and everybody's for an administrator."""
    mine = () if person.is_administrator else (GroupSession.facilitator_id == person.id,)
    found = session.execute(
        select(GroupSession, Organisation)
        .join(Organisation, Organisation.id == GroupSession.organisation_id)
        .where(
            GroupSession.held_at.is_(None),
            GroupSession.cancelled_at.is_(None),
            GroupSession.starts_at >= now() - STAYS,
            GroupSession.starts_at < now() + SESSIONS_AHEAD,
            *mine,
        )
        .order_by(GroupSession.starts_at, GroupSession.id)
        .limit(MOST_SESSIONS)
    )
    meetings = [(meeting, organisation) for meeting, organisation in found]
    rows = [
        Waiting(
            organisation.name,
            ngettext("%(num)s thing is missing", "%(num)s things are missing", len(verdict.blockers)),
            _session_address(person, meeting),
            to_be=meeting.starts_at,
        )
        for (meeting, organisation), verdict in zip(meetings, readiness_for(meetings), strict=True)
        if verdict.blockers
    ]
    return rows[:SHOWN], len(rows)


def _session_address(person: Person, meeting: GroupSession) -> str:
    """Readiness is for whoever leads the session; others are shown whose it is."""
    page = "lms.group_sessions.readiness" if meeting.facilitator_id == person.id else "lms.scheme_organisations.one"
    return url_for(page, organisation_id=meeting.organisation_id)


# Another thing that waits is one more entry here.
QUEUES = (
    Queue(
        "applications",
        lazy("Applications"),
        lazy("No application waits for an answer."),
        "lms.applications.queue",
        14,
        _applications,
    ),
    Queue(
        "mappings",
        lazy("Risk mappings"),
        lazy("No delivered mapping waits for an answer."),
        "lms.risk_reviews.queue",
        14,
        _mappings,
    ),
    Queue(
        "plans",
        lazy("Plans of measures"),
        lazy("No plan of measures waits for an answer."),
        "lms.plan_reviews.queue",
        14,
        _plans,
    ),
    Queue(
        "marks",
        lazy("Requests for the mark"),
        lazy("No request for the mark waits for an answer."),
        "lms.mark_reviews.queue",
        14,
        _marks,
    ),
    Queue(
        "renewals",
        lazy("Marks to be renewed, and marks that have lapsed"),
        lazy("No mark expires within six months, and none has lapsed."),
        "lms.renewal.what_expires",
        1,
        _renewals,
    ),
    Queue(
        "sessions",
        lazy("Sessions in the next four weeks that are not ready"),
        lazy("Every session in the next four weeks is ready, or there is none."),
        "lms.group_sessions.sessions",
        0,
        _sessions,
    ),
)
