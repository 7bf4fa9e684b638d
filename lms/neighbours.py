"""The organisations beside the demonstration's theatre: each at a stage of its own, made by what people press.

Invented, as everything in the demonstration. They walk by the verbs of the pages, on days counted back from now.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from flask import current_app
from sqlalchemy import select

from lms.courses.exercises import LEVELS, Rating
from lms.database import as_of, new_id, norwegian_day, now, session
from lms.group_sessions.attendance.models import check_in
from lms.group_sessions.held import hold
from lms.group_sessions.models import GroupSession
from lms.learning.credit import start_clock
from lms.learning.models import Enrolment
from lms.learning.places import enrol
from lms.learning.together import ratings_in
from lms.mark.dates import months_before
from lms.mark.models import OwnWords
from lms.mark.renewal.beginning import begin_round
from lms.mark.requests import ask_for_mark, grant
from lms.measures.asking import live_with
from lms.measures.carrying import goes_on
from lms.measures.evidence.kinds import PDF
from lms.measures.evidence.models import add_file, add_link
from lms.measures.evidence.store import store
from lms.measures.guidelines.drafts import Draft, begin, publish
from lms.measures.guidelines.models import GuidelineUse
from lms.measures.models import Measure, MeasurePlan, measures_of, open_plan
from lms.measures.talk import say
from lms.measures.year_wheel.models import hold as hold_activity
from lms.neighbours_papers import FATES, GUIDELINES, MEASURES, NOTICE, PROMISED, ROWS, WAY_ON, Promise
from lms.organisations.events import record
from lms.organisations.models import Employee, Organisation, current_round, found_organisation
from lms.organisations.profile import OrganisationProfile
from lms.people.models import Person
from lms.risks.contributions.models import ask_until, contribute
from lms.risks.delivery import DeliveredMapping, decide, deliver
from lms.risks.models import Risk, RiskMapping, open_mapping, rows_of

COURSE = "harassment"
# Who coordinates which of them, for whoever wants to be her.
MAPS, DELIVERED, PLANS, RENEWS = "Liv Strand", "Oda Brekke", "Tuva Rønning", "Ravi Hansen"


@dataclass(frozen=True)
class House:
    """One neighbour and its people; the coordinator is the first of them."""

    organisation: Organisation
    people: tuple[Person, ...]
    employees: tuple[Employee, ...]

    @property
    def id(self) -> UUID:
        """The organisation's."""
        return self.organisation.id

    @property
    def coordinator(self) -> Person:
        """Who does what the organisation does in this story."""
        return self.people[0]


def number_of(name: str) -> UUID:
    """The id somebody of the demonstration always has, so that links to her outlive a restart."""
    return uuid5(NAMESPACE_URL, f"balanse:demonstration:{name}")


def found_neighbours(siv: Person) -> None:
    """Five that Siv follows: at the mapping, with one delivered, with a plan, asking for the mark, and renewing it."""
    _maps(siv)
    _has_delivered(siv)
    _hands_in_its_plan(siv)
    _asks_for_the_mark(siv)
    _renews(siv)


def _maps(siv: Person) -> None:
    """The mapping is half written, in many hands, and everybody is asked to add what they see."""
    names = (MAPS, "Pål Enger", "Sunniva Lie", "Amir Rahimi", "Berit Os", "Torgeir Nes", "Mina Falk")
    with as_of(60):
        house = _house("Figurteatret Trebukken", "theatre", "Hamar", names, siv)
        house.employees[1].role = "coordinator"
    liv, pal, sunniva, amir, *_others = house.people
    _meet(house, siv, 14)
    with as_of(12):
        mapping = _open(house)
        mapping.answer_framing({"can_go_wrong": "At noen slutter uten å si hvorfor."}, 0)
        rows = _fill_in(mapping, ("touring", "hierarchy"), liv)
    with as_of(5):
        tone = rows["tone"]
        before = tone.values
        tone.change({**before, **_written("tone")}, tone.revision, pal)
        session.flush()
        # Liv had the page open since before Pål wrote: both texts wait until somebody chooses.
        tone.change({**before, "where_and_when": "På verkstedet, mest når vi har dårlig tid."}, 0, liv)
        own = mapping.add_own("Vi låner verksted av naboen, og kjenner ikke alle som har nøkkel", pal)
        own.change({**own.values, "relevant": "partly", "likelihood": 1}, own.revision, pal)
        alcohol = rows["alcohol"]
        alcohol.change({**alcohol.values, "relevant": "unknown", "postponed": True}, alcohol.revision, liv)
    with as_of(3):
        ask_until(mapping, now() + timedelta(days=8), liv)
        contribute(mapping, rows["touring"], "Bussen hjem etter kveldsforestilling er verst.", sunniva)
        contribute(mapping, rows["freelance"], "Jeg visste ikke hvem jeg kunne ringe da jeg var vikar.", amir)
        contribute(mapping, rows["hierarchy"], "Det er vanskelig å si nei til den som lager turnéplanen.", None)
        contribute(mapping, rows["touring"], "Vi deler rom uten å ha blitt spurt.", None)


def _has_delivered(siv: Person) -> None:
    """The mapping waits for the scheme."""
    names = (DELIVERED, "Kjell Aas", "Samira Haddad", "Vidar Moe", "Ylva Krogh", "Noor Ali")
    with as_of(80):
        house = _house("Samtidsensemblet Kvinte", "music", "Stavanger", names, siv)
    _meet(house, siv, 30)
    _deliver(house, 24, 6)


def _hands_in_its_plan(siv: Person) -> None:
    """The mapping is accepted, and the scheme is asked whether the plan is on the right way; not all of it is there."""
    names = ("Eva Lind", "Bjarne Tuv", "Leila Nouri", "Oskar Rein", "Signe Hauk", "Jens Myrvold")
    with as_of(120):
        house = _house("Bokscenen Margen", "literature", "Kristiansand", names, siv)
    eva = house.coordinator
    _meet(house, siv, 60)
    _accept(_deliver(house, 50, 42), siv, 40)
    with as_of(28):
        plan, rows = open_plan(house.id, eva), _rows_by_factor(house)
        unplanned = ("public_position", "awareness_plan")
        promised = [each for each in MEASURES if each.requirement not in unplanned and each.factor != "alcohol"]
        measures = _put_in(plan, promised, rows, eva)
        live_with(rows["alcohol"], "Vi serverer ikke alkohol selv, og har avtalt vakthold med kafeen i huset.", eva)
    with as_of(6):
        talk = measures["Samtale med frilansere etter siste dag"]
        say(plan, "Er det nok å ringe, eller bør vi ha det skriftlig?", eva, False, talk.id, None)
        plan.hand_in(eva)


def _asks_for_the_mark(siv: Person) -> None:
    """Everything is there, the plan has been talked about, and the request waits."""
    names = (PLANS, "Lars Holt", "Emine Kaya", "Sigrid Bø", "Anders Vang", "Hanne Fure")
    with as_of(150):
        house = _house("Galleri Nordlokket", "visual_arts", "Bodø", names, siv)
    tuva = house.coordinator
    _meet(house, siv, 110)
    _accept(_deliver(house, 100, 92), siv, 88)
    plan, measures = _plan(house, 84)
    with as_of(30):
        plan.hand_in(tuva)
        talk = measures["Samtale om samspill på første prøvedag"]
        say(plan, "Holder det med fire samtaler i året?", tuva, False, talk.id, None)
    with as_of(21):
        say(plan, "Ja, og skriv gjerne litt om hva som kom ut av hver av dem.", siv, True, talk.id, None)
        plan.answer(siv)
    with as_of(3):
        ask_for_mark(house.id, WAY_ON, tuva)


def _renews(siv: Person) -> None:
    """The mark expires in three months; the next round has begun, and five have come since the last one."""
    names = (RENEWS, "Ida Skog", "Marte Lund", "Elias Berge", "Zara Khan", "Odd Myhre")
    given = (norwegian_day(now()) - months_before(norwegian_day(now()), 21)).days
    with as_of(given + 150):
        house = _house("Dansekompaniet Driv", "dance", "Trondheim", names, siv)
    ravi = house.coordinator
    _meet(house, siv, given + 90)
    _accept(_deliver(house, given + 80, given + 70), siv, given + 60)
    plan, measures = _plan(house, given + 50, PROMISED)
    with as_of(given + 45):
        _show(plan, ravi)
    with as_of(given + 5):
        request = ask_for_mark(house.id, WAY_ON, ravi)
    with as_of(given):
        grant(request, "", siv, four_eyes=False)
        session.add(
            OwnWords(
                organisation_id=house.id,
                words_nb="Ingen tar i noen uten å ha spurt. Vi begynner hver prøve med en runde der alle kan si hva "
                "kroppen deres orker i dag, og det er like greit å si nei den tiende gangen som den første.",
                words_en="Nobody touches anybody without asking. It is as fine to say no the tenth time as the first.",
                changed_by=ravi.id,
            )
        )
    for days_ago, what, status, because in FATES:
        with as_of(days_ago):
            measures[what].become(status, because, ravi)
    with as_of(120):
        joined = _join(house.organisation, ("Nils Vad", "Petra Holm", "Selma Tveit", "Jo Aasen", "Ingvild Kro"))
        for employee in joined:
            enrol(employee, [COURSE])
        for employee in joined[:3]:
            _complete(employee)
    with as_of(18):
        round = current_round(house.id)
        keep = [each.id for each in measures_of(plan) if goes_on(each)]
        begin_round(house.id, round.id, keep, ravi)
    with as_of(9):
        mapping = _open(house)
        rows = _fill_in(mapping, ("touring", "tone", "hierarchy"), ravi)
        rows["touring"].change({**rows["touring"].values, "likelihood": 1}, rows["touring"].revision, ravi)
        rows["tone"].change({**rows["tone"].values, "consequence": 2}, rows["tone"].revision, ravi)


def _show(plan: MeasurePlan, by: Person) -> None:
    """What shows the requirements: a file, a page as it was, one that has changed since, and one that is gone."""
    kept = store().keep(BytesIO(NOTICE), plan.organisation_id)
    add_file(plan, "reporting_channels", "Oppslaget i garderoben", "oppslag-varsling.pdf", PDF, kept, by)
    well = add_link(plan, "guidelines", "Retningslinjene på nettsida", "https://example.org/retningslinjer", by)
    changed = add_link(plan, "public_position", "Det vi sier til publikum", "https://example.org/publikum", by)
    gone = add_link(plan, "awareness_plan", "Årsplanen i det gamle intranettet", "https://example.org/plan", by)
    session.flush()
    for link in (well, changed, gone):
        link.found("as it was", now())
    # Looked at yesterday, so that the worker of whoever tries this leaves them alone for some days.
    with as_of(1):
        well.found("as it was", now())
        changed.found("something else", now())
        gone.failed("404", now())
        gone.failed("404", now())


def _house(name: str, field: str, place: str, names: tuple[str, ...], siv: Person) -> House:
    """An organisation that the scheme follows, whose people have taken the course."""
    organisation = found_organisation(name, [COURSE])
    organisation.reporting_channel = "Verneombudet, eller styreleder på telefon 900 00 000"
    size = len(names)
    session.add(
        OrganisationProfile(
            organisation_id=organisation.id, field=field, place=place, employees=size, facilitator_id=siv.id
        )
    )
    current_round(organisation.id).declared_head_count = size
    employees = _join(organisation, names)
    employees[0].role, employees[0].is_leader = "coordinator", True
    session.flush()
    for employee in employees:
        enrol(employee, [COURSE])
        _complete(employee)
    people = tuple(session.get_one(Person, employee.person_id) for employee in employees)
    return House(organisation, people, employees)


def _join(organisation: Organisation, names: tuple[str, ...]) -> tuple[Employee, ...]:
    people = [Person(id=number_of(name), name=name, language="nb") for name in names]
    session.add_all(people)
    session.flush()
    here = {"organisation_id": organisation.id}
    employees = tuple(Employee(id=new_id(), person_id=person.id, **here) for person in people)
    session.add_all(employees)
    session.flush()
    for person in people:
        start_clock(person.id, now())
    return employees


def _complete(employee: Employee) -> None:
    """She has taken the course, and said how great she thinks each risk is where she works."""
    course = current_app.extensions["lms"].library.course(COURSE).taken_by(employee.is_leader)
    enrolment = session.scalars(select(Enrolment).where(Enrolment.employee_id == employee.id)).one()
    for lesson in course.written_lessons:
        rated = {
            each.id: LEVELS[1 + (employee.person_id.int + len(each.factor)) % 3]
            for each in lesson.exercises("nb")
            if isinstance(each, Rating)
        }
        enrolment.answer(lesson, rated)
        enrolment.skip(lesson, lesson.exercise_ids)
        enrolment.complete(course, lesson)


def _meet(house: House, siv: Person, days_ago: int) -> None:
    """The session was held, and everybody came."""
    with as_of(days_ago + 21):
        meeting = GroupSession(
            organisation_id=house.id,
            starts_at=now() + timedelta(days=21, hours=-2),
            place="Salen",
            facilitator_id=siv.id,
            planned_by=house.coordinator.id,
        )
        session.add(meeting)
    with as_of(days_ago):
        for employee in house.employees:
            check_in(meeting, employee)
        hold(meeting, house.organisation, siv)


def _written(factor: str) -> Mapping[str, Any]:
    likelihood, consequence, where_and_when, already, proposed, owner = ROWS[factor]
    degrees = {"relevant": "yes", "likelihood": likelihood, "consequence": consequence}
    return {**degrees, "where_and_when": where_and_when, "already": already, "proposed": proposed, "owner": owner}


def _fill_in(mapping: RiskMapping, factors: tuple[str, ...], by: Person) -> dict[str, Risk]:
    rows = {row.factor: row for row in rows_of(mapping) if row.factor}
    for factor in factors:
        rows[factor].change({**rows[factor].values, **_written(factor)}, rows[factor].revision, by)
    session.flush()
    return rows


def _open(house: House) -> RiskMapping:
    """The mapping of its round, opened as by the button, with its line in the log."""
    mapping, _opened = open_mapping(house.id, house.coordinator)
    record(house.id, "risk_mapping.opened", by=house.coordinator)
    return mapping


def _deliver(house: House, opened: int, delivered: int) -> DeliveredMapping:
    """The mapping, opened and delivered so many days ago; what they have not written about does not concern them."""
    with as_of(opened):
        mapping = _open(house)
        rows = _fill_in(mapping, tuple(ROWS), house.coordinator)
        for factor, row in rows.items():
            if factor not in ROWS:
                row.change({**row.values, "relevant": "no"}, row.revision, house.coordinator)
    with as_of(delivered):
        ratings = ratings_in(house.id, mapping.round_id)
        return deliver(mapping, rows_of(mapping), ratings, house.coordinator)


def _accept(delivered: DeliveredMapping, siv: Person, days_ago: int) -> None:
    with as_of(days_ago):
        decide(delivered, "accepted", "Grundig, og godt at frilanserne er med.", {}, siv)


def _rows_by_factor(house: House) -> dict[str, Risk]:
    mapping, _opened = open_mapping(house.id, house.coordinator)
    return {row.factor: row for row in rows_of(mapping) if row.factor}


def _put_in(plan: MeasurePlan, promised: Sequence[Promise], rows: Mapping[str, Risk], by: Person) -> dict[str, Measure]:
    """These measures in the plan, as far as they have come, by what they are called."""
    measures, today = {}, norwegian_day(now())
    for each in promised:
        wanted = {
            "what": each.what,
            "why": each.why,
            "owner": each.owner,
            "due": None if each.days is None else today + timedelta(days=each.days),
            "recurring": each.recurring,
            "requirement": each.requirement,
            "already": False,
        }
        measures[each.what] = plan.add(wanted, [rows[each.factor].id] if each.factor else [], None, by)
        measures[each.what].become(each.status, "", by)
    return measures


def _plan(
    house: House, days_ago: int, promised: Sequence[Promise] = MEASURES
) -> tuple[MeasurePlan, dict[str, Measure]]:
    """A plan in which every requirement is met, with a guideline that nearly everybody has confirmed."""
    by = house.coordinator
    with as_of(days_ago):
        plan = open_plan(house.id, by)
        measures = _put_in(plan, promised, _rows_by_factor(house), by)
        add_link(plan, "public_position", "Om oss: slik vil vi ha det", "https://example.org/", by)
        guideline = begin(house.id, Draft("against_harassment", GUIDELINES), by)
        version = publish(guideline, 1, False, by)
    with as_of(days_ago - 10):
        use = session.get_one(GuidelineUse, (house.id, guideline.id))
        for employee in house.employees[:-1]:
            use.confirm(version, 1, employee)
    talk = measures["Samtale om samspill på første prøvedag"]
    with as_of(days_ago - 26):
        planned = talk.due or norwegian_day(now())
        hold_activity(talk, planned, norwegian_day(now()), "Alle fikk ordet. Neste gang tar vi også med vertene.", by)
    return plan, measures
