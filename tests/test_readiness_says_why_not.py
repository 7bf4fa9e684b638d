"""The verdict before a group session: a pure function of its facts, with every reason and what mends it."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from lms.database import now, one_transaction, session
from lms.group_sessions.models import GroupSession
from lms.group_sessions.readiness import Blocker, CourseFacts, Facts, judge, needed
from lms.learning.models import Enrolment
from lms.learning.places import count_anew, enrol
from lms.organisations.course_exceptions import excuse
from lms.organisations.models import Employee, Organisation, current_round, found_organisation
from lms.people.models import Person
from tests.cast import COURSES, Theatre, complete_by_skipping
from tests.questions import questions

people = st.integers(0, 40)


@st.composite
def course_facts(draw: st.DrawFn) -> CourseFacts:
    leaders, staff = draw(people), draw(people)
    return CourseFacts(
        course=draw(st.sampled_from(["harassment", "norms", "power_techniques"])),
        leaders=leaders,
        leaders_done=draw(st.integers(0, leaders)),
        staff=staff,
        staff_done=draw(st.integers(0, staff)),
        begun=draw(people),
    )


facts = st.builds(
    Facts,
    courses=st.lists(course_facts(), max_size=3, unique_by=lambda course: course.course).map(tuple),
    roster=people,
    declared=people,
    leader_share=st.integers(0, 100),
    staff_share=st.integers(0, 100),
    excused=st.integers(0, 3),
    roster_confirmed=st.booleans(),
    channel_known=st.booleans(),
    date_set=st.booleans(),
    place_set=st.booleans(),
    facilitator_set=st.booleans(),
)
# A fact of yes or no, and the reason it stands for.
CLAIMS = {
    "roster_confirmed": "roster_not_confirmed",
    "channel_known": "no_channel",
    "date_set": "no_date",
    "place_set": "no_place",
    "facilitator_set": "no_facilitator",
}


@given(facts)
def test_the_verdict_follows_from_the_reasons(found: Facts) -> None:
    judged = judge(found)

    assert judged == judge(found)
    assert (judged.verdict == "not_ready") == bool(judged.blockers)
    if not judged.blockers:
        assert judged.verdict == ("ready_with_exceptions" if found.excused else "ready")


@given(facts, st.sampled_from(sorted(CLAIMS)))
def test_mending_one_thing_takes_away_its_reason_and_no_other(found: Facts, claim: str) -> None:
    missing, mended = replace(found, **{claim: False}), replace(found, **{claim: True})

    assert Blocker(CLAIMS[claim]) in judge(missing).blockers  # type: ignore[arg-type]
    assert [each for each in judge(missing).blockers if each.kind != CLAIMS[claim]] == list(judge(mended).blockers)


@given(facts, st.data())
def test_one_more_who_is_done_is_one_fewer_missing(found: Facts, data: st.DataObject) -> None:
    waiting = [each for each in judge(found).blockers if each.kind in ("leaders", "staff")]
    if not waiting:
        return
    blocker = data.draw(st.sampled_from(waiting))
    done = f"{blocker.kind}_done"
    courses = tuple(
        replace(each, **{done: getattr(each, done) + 1}) if each.course == blocker.course else each
        for each in found.courses
    )
    after = judge(replace(found, courses=courses)).blockers

    left = [replace(blocker, missing=blocker.missing - 1)] if blocker.missing > 1 else []
    assert sorted(after, key=repr) == sorted(
        [each for each in judge(found).blockers if each != blocker] + left, key=repr
    )


@given(facts, people)
def test_who_has_only_begun_changes_nothing(found: Facts, begun: int) -> None:
    courses = tuple(replace(each, begun=begun) for each in found.courses)

    assert judge(replace(found, courses=courses)).blockers == judge(found).blockers


@given(st.integers(0, 100), st.integers(0, 3_000))
def test_shares_round_up_and_never_ask_for_more_than_there_are(share: int, number: int) -> None:
    assert number * share <= needed(share, number) * 100 < number * share + 100
    assert needed(share, number) <= number


@given(facts)
def test_those_who_have_not_entered_count_as_staff_who_have_not_begun(found: Facts) -> None:
    for course in found.courses:
        asked = course.staff + max(0, found.declared - found.roster)
        missing = needed(found.staff_share, asked) - course.staff_done
        assert (Blocker("staff", course.course, missing) in judge(found).blockers) == (missing > 0)


def hrefs(page: str) -> list[str]:
    return re.findall(r'href="([^"]+)"', page.split('class="blockers"')[1].split("</section>")[0])


def test_each_reason_leads_the_coordinator_to_what_mends_it(mona: FlaskClient, app: Flask, theatre: Theatre) -> None:
    with app.app_context(), one_transaction():
        meeting = session.get_one(GroupSession, (theatre.id, theatre.meeting_id))
        meeting.starts_at, meeting.place, meeting.facilitator_id = None, "", None
        session.get_one(Organisation, theatre.id).reporting_channel = ""
    page = mona.get(f"/organisations/{theatre.id}/readiness").text
    found = hrefs(page)

    for path, anchor in (
        ("readiness/missing?who=staff&amp;course=norms", None),
        ("choices", "roster"),
        ("choices", "channel"),
        ("group-session", "when"),
        ("group-session", "where"),
        ("group-session", "facilitator"),
    ):
        address = f"/organisations/{theatre.id}/{path}" + (f"#{anchor}" if anchor else "")
        assert address in found
        target = mona.get(address)
        assert target.status_code == 200
        assert anchor is None or f'id="{anchor}"' in target.text


def test_a_facilitator_sees_numbers_and_no_names_and_no_doors_she_cannot_open(
    siv: FlaskClient, theatre: Theatre
) -> None:
    page = siv.get(f"/organisations/{theatre.id}/readiness").text

    assert "Kari Berg" not in page
    assert "Mona Haug" not in page
    for address in set(re.findall(r'href="(/organisations/[^"#]+)', page)):
        assert siv.get(address).status_code == 200, address


def test_an_exception_is_named_with_its_reason_and_not_waited_for(
    mona: FlaskClient, siv: FlaskClient, app: Flask, theatre: Theatre
) -> None:
    with app.app_context(), one_transaction():
        kari = session.get_one(Employee, (theatre.id, theatre.employees["kari"]))
        excuse(kari, "På permisjon til mars", session.get_one(Person, theatre.people["mona"]))
        count_anew(kari)

    assert "På permisjon til mars" in mona.get(f"/organisations/{theatre.id}/readiness").text
    assert "På permisjon til mars" not in siv.get(f"/organisations/{theatre.id}/readiness").text


def test_when_everything_is_in_place_it_says_so(
    mona: FlaskClient, siv: FlaskClient, app: Flask, theatre: Theatre
) -> None:
    with app.app_context(), one_transaction():
        current_round(theatre.id).confirm_roster(session.get_one(Person, theatre.people["mona"]))
        for enrolment in session.query(Enrolment).filter_by(organisation_id=theatre.id):
            complete_by_skipping(enrolment, app.extensions["lms"].library.course(enrolment.course))

    for client in (mona, siv):
        assert "<h1>Klar til samling</h1>" in client.get(f"/organisations/{theatre.id}/readiness").text
    assert "<strong>Klar til samling</strong>" in siv.get("/group-sessions").text


def test_a_facilitators_list_asks_no_more_for_thirty_organisations_than_for_one(
    siv: FlaskClient, app: Flask, theatre: Theatre
) -> None:
    with questions(app) as few:
        siv.get("/group-sessions")
    with app.app_context(), one_transaction():
        for number in range(30):
            organisation = found_organisation(f"Scene {number}", COURSES)
            person = Person(name=f"Noen {number}")
            session.add(person)
            session.flush()
            employee = Employee(organisation_id=organisation.id, person_id=person.id)
            session.add(employee)
            enrol(employee, COURSES)
            starts_at = now() + timedelta(days=number)
            session.add(
                GroupSession(organisation_id=organisation.id, starts_at=starts_at, facilitator_id=theatre.people["siv"])
            )
    with questions(app) as many:
        page = siv.get("/group-sessions").text

    assert "Scene 29" in page
    assert len(many) == len(few) <= 5


@pytest.mark.parametrize("door", ["/", "/readiness", "/group-session"])
def test_nobody_elses_session_is_here(door: str, ola: FlaskClient, kari: FlaskClient, theatre: Theatre) -> None:
    for client in (ola, kari):
        assert client.get(f"/organisations/{theatre.id}{door}").status_code == 404
        assert client.get("/group-sessions").status_code == 404
