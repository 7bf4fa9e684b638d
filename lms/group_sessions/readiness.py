"""Readiness: whether an organisation is ready for its group session, and every reason why not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import and_, exists, func, literal, select, true, union_all

from lms.database import NORWAY, norwegian_day, now, session
from lms.group_sessions.models import GroupSession
from lms.group_sessions.standings import ROWS_SHOWN, Standing, standings_shown
from lms.learning.models import Enrolment
from lms.learning.receipts.counting import count_codes, places_for_unnamed
from lms.learning.receipts.models import Receipt
from lms.organisations.head_counts import head_count_of, lets_in_unnamed
from lms.organisations.models import Employee, Organisation, Round
from lms.organisations.profile import is_closed
from lms.people.models import Person

Verdict = Literal["ready", "ready_with_exceptions", "not_ready"]


@dataclass(frozen=True)
class CourseFacts:
    """How many are asked to take one course, and how many have completed it; the excused are in neither.

    `unnamed` of those staff who have completed it gave no name: the organisation has redeemed their codes. They are
    on no roster, and so not in `staff`. As many codes as are `beyond` count for nobody: there are no people for them.
    """

    course: str
    leaders: int = 0
    leaders_done: int = 0
    staff: int = 0
    staff_done: int = 0
    begun: int = 0
    unnamed: int = 0
    beyond: int = 0


@dataclass(frozen=True)
class Facts:
    """Everything the verdict rests on, and nothing else; `takes_codes` where a join link lets people in unnamed."""

    courses: tuple[CourseFacts, ...]
    roster: int
    declared: int
    leader_share: int
    staff_share: int
    excused: int
    roster_confirmed: bool
    channel_known: bool
    date_set: bool
    place_set: bool
    facilitator_set: bool
    takes_codes: bool = False

    @property
    def unnamed(self) -> int:
        """How many there are at least who give no name: each has a code for every course she has completed."""
        return max((course.unnamed for course in self.courses), default=0)

    @property
    def not_entered(self) -> int:
        """How many the organisation says it has beyond those on its roster and those whose codes it has."""
        return max(0, self.declared - self.roster - self.unnamed)

    @property
    def off_the_roster(self) -> int:
        """How many are asked whom the roster does not name; whoever is counted as done is among them."""
        return self.unnamed + self.not_entered

    @property
    def beyond(self) -> int:
        """How many codes there are, in the course that has the most, for people who cannot be there."""
        return max((course.beyond for course in self.courses), default=0)


@dataclass(frozen=True)
class Blocker:
    """One fact that stands in the way; `missing` people, where it is about people."""

    kind: Literal[
        "no_courses",
        "nobody_entered",
        "leaders",
        "staff",
        "roster_not_confirmed",
        "no_channel",
        "no_date",
        "no_place",
        "no_facilitator",
    ]
    course: str = ""
    missing: int = 0


@dataclass(frozen=True)
class Note:
    """Something about the numbers that somebody should know who relies on them; it stands in nobody's way."""

    kind: Literal["no_head_count", "codes_beyond"]
    codes: int = 0


@dataclass(frozen=True)
class Readiness:
    """The verdict with its reasons."""

    facts: Facts
    verdict: Verdict
    blockers: tuple[Blocker, ...]

    @property
    def notes(self) -> tuple[Note, ...]:
        return tuple(_notes(self.facts))


def judge(facts: Facts) -> Readiness:
    """The verdict over these facts: the same facts always give the same answer."""
    blockers = tuple(_blockers(facts))
    if blockers:
        return Readiness(facts, "not_ready", blockers)
    return Readiness(facts, "ready_with_exceptions" if facts.excused else "ready", blockers)


def needed(share: int, people: int) -> int:
    """How many of these people make the share; a share of a person is a whole person."""
    return -(-people * share // 100)


def staff_asked(facts: Facts, course: CourseFacts) -> int:
    """Everybody but the leaders, with those who give no name or are said to be there and have not entered yet."""
    return course.staff + facts.off_the_roster


def _blockers(facts: Facts) -> Sequence[Blocker]:
    found: list[Blocker] = []
    if not facts.courses:
        found.append(Blocker("no_courses"))
    if facts.roster == 0:
        found.append(Blocker("nobody_entered"))
    for course in facts.courses:
        if (missing := needed(facts.leader_share, course.leaders) - course.leaders_done) > 0:
            found.append(Blocker("leaders", course.course, missing))
        if (missing := needed(facts.staff_share, staff_asked(facts, course)) - course.staff_done) > 0:
            found.append(Blocker("staff", course.course, missing))
    if not facts.roster_confirmed:
        found.append(Blocker("roster_not_confirmed"))
    if not facts.channel_known:
        found.append(Blocker("no_channel"))
    if not facts.date_set:
        found.append(Blocker("no_date"))
    if not facts.place_set:
        found.append(Blocker("no_place"))
    if not facts.facilitator_set:
        found.append(Blocker("no_facilitator"))
    return found


def _notes(facts: Facts) -> Iterator[Note]:
    if not facts.declared and (facts.takes_codes or facts.unnamed):
        yield Note("no_head_count")
    if facts.beyond:
        yield Note("codes_beyond", facts.beyond)


@dataclass(frozen=True)
class News:
    """What has changed since a day began in Norway: courses completed, people who came in, people who left."""

    since: date
    completed: int
    came: int
    left: int

    def __bool__(self) -> bool:
        return bool(self.completed or self.came or self.left)


@dataclass(frozen=True)
class Outlook:
    """What the readiness page shows: the verdict, the meeting, what is new, the people and the days.

    `days` counts for each course how many completed it on which day in Norway; `people` is a screenful, those who are
    missing something first, and `excused` everybody nobody waits for. Both are empty for whoever sees counts alone.
    """

    readiness: Readiness
    round: Round
    meeting: GroupSession | None
    facilitator: str
    days: dict[str, dict[date, int]]
    news: News
    has_teams: bool
    has_branches: bool
    people: tuple[Standing, ...] = ()
    excused: tuple[Standing, ...] = ()

    @property
    def people_not_shown(self) -> int:
        return max(0, self.readiness.facts.roster - len(self.people))


def outlook_of(organisation: Organisation, with_names: bool) -> Outlook:
    """The organisation's readiness as it is now, with names for whoever may see them and where the round shows them.

    Four questions to the database, whatever its size.
    """
    since = norwegian_day(now()) - timedelta(days=1)
    in_a_team = exists().where(
        Employee.organisation_id == organisation.id, Employee.left_at.is_(None), Employee.team != ""
    )
    a_branch = exists().where(Organisation.parent_id == organisation.id, ~is_closed(Organisation.id))
    round, roster, takes_codes, came, left, has_teams, has_branches = session.execute(
        select(
            Round,
            head_count_of(organisation.id),
            lets_in_unnamed(organisation.id),
            *_comings_and_goings(organisation.id, since),
            in_a_team,
            a_branch,
        ).where(Round.organisation_id == organisation.id, Round.ended_at.is_(None))
    ).one()
    meeting, facilitator = _meeting_with_facilitator(organisation.id)
    tally = tally_of(_counts([round]), round.courses, places_for_unnamed(roster, round.declared_head_count))
    facts, days = _facts(organisation, round, roster, bool(takes_codes), tally, meeting), tally.days
    completed = sum(people for of_course in days.values() for day, people in of_course.items() if day >= since)
    people = standings_shown(round) if with_names or round.shows_names else []
    return Outlook(
        judge(facts),
        round,
        meeting,
        facilitator,
        days,
        News(since, completed, came, left),
        has_teams,
        has_branches,
        tuple(people[:ROWS_SHOWN]),
        tuple(line for line in people if line.excused),
    )


def readiness_for(meetings: Sequence[tuple[GroupSession | None, Organisation]]) -> list[Readiness]:
    """The verdict before each of these meetings, planned or not: two questions, however many there are."""
    here = Round.organisation_id.in_({organisation.id for _meeting, organisation in meetings}), Round.ended_at.is_(None)
    asked = Round.organisation_id
    found = session.execute(select(Round, head_count_of(asked), lets_in_unnamed(asked)).where(*here)).all()
    rounds = {round.organisation_id: (round, roster, takes_codes) for round, roster, takes_codes in found}
    rows: dict[UUID, list[Any]] = {}
    for organisation_id, *row in _counts([round for round, *_more in rounds.values()]):
        rows.setdefault(organisation_id, []).append((organisation_id, *row))
    verdicts = []
    for meeting, organisation in meetings:
        round, roster, takes_codes = rounds[organisation.id]
        places = places_for_unnamed(roster, round.declared_head_count)
        tally = tally_of(rows.get(organisation.id, []), round.courses, places)
        verdicts.append(judge(_facts(organisation, round, roster, bool(takes_codes), tally, meeting)))
    return verdicts


def _facts(
    organisation: Organisation,
    round: Round,
    roster: int,
    takes_codes: bool,
    tally: "Tally",
    meeting: GroupSession | None,
) -> Facts:
    return Facts(
        courses=tuple(tally.courses.get(key, CourseFacts(key)) for key in round.courses),
        roster=roster,
        declared=round.declared_head_count,
        leader_share=round.leader_share,
        staff_share=round.staff_share,
        excused=tally.excused,
        roster_confirmed=round.roster_confirmed_at is not None,
        channel_known=bool(organisation.reporting_channel.strip()),
        date_set=meeting is not None and meeting.starts_at is not None,
        place_set=meeting is not None and bool(meeting.place or meeting.link),
        facilitator_set=meeting is not None and meeting.facilitator_id is not None,
        takes_codes=takes_codes,
    )


def _comings_and_goings(organisation_id: UUID, since: date) -> tuple[Any, Any]:
    """How many have come in since this day began and are here, and how many have left."""
    begun = datetime.combine(since, time(), NORWAY)
    came = Employee.left_at.is_(None) & (Employee.joined_at >= begun)
    return tuple(  # type: ignore[return-value]
        select(func.count())
        .select_from(Employee)
        .where(Employee.organisation_id == organisation_id, condition)
        .scalar_subquery()
        for condition in (came, Employee.left_at >= begun)
    )


def _meeting_with_facilitator(organisation_id: UUID) -> tuple[GroupSession | None, str]:
    row = session.execute(
        select(GroupSession, Person.name)
        .outerjoin(Person, Person.id == GroupSession.facilitator_id)
        .where(
            GroupSession.organisation_id == organisation_id,
            GroupSession.held_at.is_(None),
            GroupSession.cancelled_at.is_(None),
        )
        .order_by(GroupSession.starts_at.is_(None), GroupSession.starts_at)
        .limit(1)
    ).first()
    return (row[0], row[1] or "") if row else (None, "")


def _counts(rounds: Sequence[Round]) -> Sequence[Any]:
    """Counts per course and per day in one walk through the enrolments; the groups are few, however many people."""
    if not rounds:
        return []
    # In the order of the index, which holds all that is asked: nothing is sorted, and no row of the table is read.
    # Those who have left, and courses that are no longer asked for, are a few groups: leaving them out here would be
    # asked of each of 300 000 rows.
    columns = Enrolment.organisation_id, Enrolment.course, Enrolment.counts_as, Enrolment.completed_on, Enrolment.begun
    counted = select(*columns, func.count()).group_by(*columns)
    # Whoever gave no name has no enrolment; her code stands for it, in the week it was given.
    receipts = (
        select(Receipt.organisation_id, Receipt.course, literal("unnamed"), Receipt.week, true(), func.count())
        .where(Receipt.redeemed)
        .group_by(Receipt.organisation_id, Receipt.course, Receipt.week)
    )
    if len(rounds) == 1:
        (only,) = rounds
        return session.execute(
            union_all(
                counted.where(Enrolment.organisation_id == only.organisation_id, Enrolment.round_id == only.id),
                receipts.where(Receipt.organisation_id == only.organisation_id, Receipt.round_id == only.id),
            )
        ).all()
    # Each round by itself, so that the index of its organisation is walked and no other.
    of_round = and_(Enrolment.organisation_id == Round.organisation_id, Enrolment.round_id == Round.id)
    given_in = and_(Receipt.organisation_id == Round.organisation_id, Receipt.round_id == Round.id)
    here = Round.organisation_id.in_([round.organisation_id for round in rounds]), Round.ended_at.is_(None)
    return session.execute(
        union_all(counted.join(Round, of_round).where(*here), receipts.join(Round, given_in).where(*here))
    ).all()


@dataclass(frozen=True)
class Tally:
    """The counts of one organisation by course, how many completed it on which day, and how many are excused."""

    courses: dict[str, CourseFacts]
    days: dict[str, dict[date, int]]
    excused: int


def tally_of(rows: Sequence[Any], asked: Sequence[str], places: int | None) -> Tally:
    """What the counted rows come to; of the codes no more count than there are `places` for people without a name."""
    tally: dict[str, dict[str, int]] = {}
    days: dict[str, dict[date, int]] = {}
    excused: dict[str, int] = {}
    codes: dict[str, dict[date, int]] = {}
    for _organisation, course, counts_as, completed_on, begun, people in rows:
        if counts_as == "left" or course not in asked:
            continue
        if counts_as == "excused":
            excused[course] = excused.get(course, 0) + people
            continue
        if counts_as == "unnamed":
            codes.setdefault(course, {})[completed_on] = people
            continue
        part = "leaders" if counts_as == "leader" else "staff"
        numbers = tally.setdefault(course, {})
        numbers[part] = numbers.get(part, 0) + people
        if completed_on is not None:
            numbers[f"{part}_done"] = numbers.get(f"{part}_done", 0) + people
            of_day = days.setdefault(course, {})
            of_day[completed_on] = of_day.get(completed_on, 0) + people
        elif begun:
            numbers["begun"] = numbers.get("begun", 0) + people
    for course, by_week in codes.items():
        counted, numbers, of_day = (
            count_codes(by_week, places),
            tally.setdefault(course, {}),
            days.setdefault(course, {}),
        )
        numbers |= {"unnamed": counted.people, "beyond": counted.beyond}
        numbers["staff_done"] = numbers.get("staff_done", 0) + counted.people
        for week, people in counted.by_week.items():
            of_day = days.setdefault(course, {})
            of_day[week] = of_day.get(week, 0) + people
    counts = {course: CourseFacts(course, **numbers) for course, numbers in tally.items()}
    return Tally(counts, days, max(excused.values(), default=0))
