"""So many days after the event nobody of the crew is known by name any more, and what was counted stays counted."""

import os
import signal
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from lms.database import norwegian_day, now, one_transaction, session
from lms.group_sessions.readiness import Facts, outlook_of
from lms.journey.duties import erase_crews
from lms.learning.crews.erasing import erase_due
from lms.learning.models import Answer, Enrolment, LessonProgress
from lms.learning.places import enrol
from lms.learning.reflections import Reflection
from lms.learning.roster.people import head_count
from lms.mail.duties import done_once, duties
from lms.measures.models import Measure
from lms.organisations.after_the_event import AfterTheEvent, CrewErasure, erasure_of, set_erasure
from lms.organisations.models import Employee, JoinLink, Organisation
from lms.people.models import Person, add_address
from lms.people.names import ERASED
from lms.risks.models import Risk, mapping_in, open_mapping, rows_of
from tests.cast import REFLECTION, Theatre, cast_in, complete_by_skipping, signed_in
from tests.plans import plan_a_measure
from tests.receipts import dump
from tests.rigs_browsers import OpenWindow
from tests.rigs_pages import barriers

LAST_DAY = norwegian_day(now()) + timedelta(days=3)
DAYS = 30
ERASED_ON = LAST_DAY + timedelta(days=DAYS)
THE_DAY = datetime.combine(ERASED_ON, datetime.min.time(), UTC) + timedelta(hours=12)


@pytest.fixture
def app(open_app: Callable[..., Flask], database_url: str, request: pytest.FixtureRequest) -> Flask:
    return open_app(database_url, WTF_CSRF_ENABLED=request.node.get_closest_marker("browser") is not None)


@pytest.fixture
def page(theatre: Theatre) -> str:
    return f"/organisations/{theatre.id}/join-links/{theatre.join_link_id}/after-the-event"


@pytest.fixture
def crew(app: Flask, theatre: Theatre) -> dict[str, FlaskClient]:
    """Nina and Bo, who have entered by the link like Kari: Nina has written and is done with a course."""
    phones = {name: app.test_client() for name in ("Nina Ny", "Bo Lie")}
    for name, phone in phones.items():
        phone.post(f"/join/{theatre.join_code}", data={"name": name})
    lesson = f"/learn/{theatre.id}/harassment/welcome"
    phones["Nina Ny"].post(f"{lesson}/answers", data={REFLECTION: "Ingen skal lese dette."})
    with app.app_context(), one_transaction():
        for enrolment in session.query(Enrolment).filter_by(employee_id=place_of("Nina Ny"), course="norms"):
            complete_by_skipping(enrolment, app.extensions["lms"].library.course("norms"))
        set_erasure(link_of(theatre), AfterTheEvent(LAST_DAY, DAYS), session.get_one(Person, theatre.people["mona"]))
    return phones


def link_of(theatre: Theatre) -> JoinLink:
    return session.get_one(JoinLink, (theatre.id, theatre.join_link_id))


def place_of(name: str) -> UUID:
    return session.query(Employee.id).join(Person, Person.id == Employee.person_id).filter(Person.name == name).scalar()


def facts_of(app: Flask, theatre: Theatre) -> tuple[Facts, dict[str, dict[date, int]], int]:
    with app.app_context():
        outlook = outlook_of(session.get_one(Organisation, theatre.id), with_names=False)
        return outlook.readiness.facts, outlook.days, head_count(theatre.id)


def erase(app: Flask, moment: datetime = THE_DAY) -> int:
    with time_machine.travel(moment), app.app_context(), one_transaction():
        return erase_crews()


def names_in(app: Flask, *texts: str) -> set[tuple[str, str]]:
    return {
        (table, text)
        for table, rows in dump(app).items()
        for row in rows
        for value in row.values()
        for text in texts
        if text in str(value)
    }


def test_nobody_is_erased_by_itself_unless_a_coordinator_says_so(mona: FlaskClient, app: Flask, page: str) -> None:
    assert mona.get(page).status_code == 200
    assert erase(app, datetime.now(UTC) + timedelta(days=4000)) == 0


def test_a_coordinator_sets_the_day_and_sees_whom_it_is_about(
    mona: FlaskClient, kari: FlaskClient, app: Flask, theatre: Theatre, page: str
) -> None:
    mona.post("/language", data={"language": "en"})
    answer = mona.post(page, data={"ends_on": LAST_DAY.strftime("%d.%m.%Y"), "days": "30"})
    assert answer.status_code == 303

    shown = mona.get(page).text
    assert f"On {ERASED_ON.day} {ERASED_ON:%B} {ERASED_ON.year} those who entered by this link are erased" in shown
    assert "1 person with no other place here" in shown
    assert str(ERASED_ON.year) in mona.get(page.removesuffix("/after-the-event")).text
    door = app.test_client().get(f"/join/{theatre.join_code}", headers={"Accept-Language": "en"}).text
    assert f"On {ERASED_ON.day} {ERASED_ON:%B} {ERASED_ON.year} your name and everything" in door
    lines = [row for row in dump(app)["lms_event"] if row["what"] == "crew.erasure_set"]
    assert [(row["by"], row["about"]["day"]) for row in lines] == [(theatre.people["mona"], ERASED_ON.isoformat())]


def test_it_can_be_moved_and_stopped_until_then(
    mona: FlaskClient, crew: dict[str, FlaskClient], app: Flask, page: str
) -> None:
    mona.post(page, data={"ends_on": LAST_DAY.isoformat(), "days": "60"})
    assert erase(app) == 0
    mona.post(page, data={"ends_on": "", "days": ""})

    assert erase(app, THE_DAY + timedelta(days=400)) == 0
    assert "crew.erasure_stopped" in [row["what"] for row in dump(app)["lms_event"]]


@pytest.mark.parametrize(
    ("ends_on", "days", "wrong"),
    [
        ("", "30", "ends_on"),
        ("31.02.2027", "30", "ends_on"),
        ("29.02.2027", "30", "ends_on"),
        ("<b>", "30", "ends_on"),
        ("9999-12-31", "30", "ends_on"),
        ("2020-01-01", "30", "ends_on"),
        (LAST_DAY.isoformat(), "", "days"),
        (LAST_DAY.isoformat(), "0", "days"),
        (LAST_DAY.isoformat(), "-1", "days"),
        (LAST_DAY.isoformat(), "366", "days"),
        (LAST_DAY.isoformat(), "१२", "days"),
        (LAST_DAY.isoformat(), "9" * 400, "days"),
    ],
)
def test_a_wrong_day_is_told_and_kept_in_the_form(
    mona: FlaskClient, app: Flask, theatre: Theatre, page: str, ends_on: str, days: str, wrong: str
) -> None:
    answer = mona.post(page, data={"ends_on": ends_on, "days": days})

    assert answer.status_code == 422
    assert f'id="{wrong}-error"' in answer.text
    with app.app_context():
        assert erasure_of(link_of(theatre)) is None


def test_of_the_crew_nothing_is_left_but_the_count(crew: dict[str, FlaskClient], app: Flask, theatre: Theatre) -> None:
    before = facts_of(app, theatre)
    assert names_in(app, "Nina Ny", "Bo Lie", "Kari Berg")
    assert erase(app) == 3

    assert facts_of(app, theatre) == before
    assert names_in(app, "Nina Ny", "Bo Lie", "Kari Berg") == set()
    with app.app_context():
        for model in (Reflection, Answer, LessonProgress):
            assert session.query(model).count() == 0
        assert session.query(Enrolment).filter_by(course="norms").filter(Enrolment.completed_on.is_not(None)).count()
    for phone in crew.values():
        assert phone.get("/me").status_code == 303, "nobody is signed in as them"


def test_not_a_day_too_early_and_those_who_come_later_are_of_the_next_event(
    crew: dict[str, FlaskClient], app: Flask, theatre: Theatre
) -> None:
    assert erase(app, THE_DAY - timedelta(days=1)) == 0
    with time_machine.travel(THE_DAY + timedelta(hours=1)):
        app.test_client().post(f"/join/{theatre.join_code}", data={"name": "Nils Neste"})

    assert erase(app, THE_DAY + timedelta(days=9)) == 3, "the worker was down for a week"
    assert names_in(app, "Nils Neste")
    assert erase(app, THE_DAY + timedelta(days=99)) == 0


@pytest.mark.parametrize("more", ["place", "address", "host", "staff"])
def test_whoever_has_an_account_of_her_own_keeps_it_and_loses_the_place(
    crew: dict[str, FlaskClient], app: Flask, theatre: Theatre, more: str
) -> None:
    before = facts_of(app, theatre)
    with app.app_context(), one_transaction():
        nina = session.query(Person).filter_by(name="Nina Ny").one()
        number = nina.id
        if more == "place":
            festival = session.query(Organisation).filter_by(name="Festivalen Deres").one()
            elsewhere = Employee(organisation_id=festival.id, person_id=nina.id, team="Kor")
            session.add(elsewhere)
            session.flush()
            enrol(elsewhere, ["norms"])
        elif more == "address":
            add_address(nina, "nina@example.no").confirm()
        elif more == "host":
            nina.host_id = "host-7"
        else:
            nina.scheme_role = "facilitator"
    assert erase(app) == 3

    assert facts_of(app, theatre) == before
    assert {table for table, _text in names_in(app, "Nina Ny")} == {"lms_person"}
    rows = dump(app)
    tied = [
        name
        for name, found in rows.items()
        for row in found
        if row.get("organisation_id") == theatre.id and number in row.values()
    ]
    assert tied == [], "nothing of the theatre's leads to her"
    assert rows["lms_reflection"] == []
    phone = crew["Nina Ny"]
    assert phone.get("/me").status_code == 200
    assert phone.get(f"/learn/{theatre.id}/norms/").status_code == 404
    if more == "place":
        assert "norms" in phone.get("/").text


def see_to_a_risk_and_a_measure(organisation_id: UUID, by: UUID, owner: str) -> None:
    person = session.get_one(Person, by)
    open_mapping(organisation_id, person)
    mapping = mapping_in(organisation_id, to_change=True)
    assert mapping is not None
    row = rows_of(mapping)[0]
    row.change({**row.values, "relevant": "yes", "owner": owner}, row.revision, person)
    plan_a_measure(organisation_id, person, "Nok folk bak scenen", owner=owner)


def owners_in(app: Flask, organisation_id: UUID) -> list[str]:
    with app.app_context():
        found = []
        for model in (Risk, Measure):
            here = model.organisation_id == organisation_id, model.owner != ""
            found += session.scalars(select(model.owner).where(*here)).all()
        return found


@pytest.mark.parametrize("keeps", [False, True])
def test_what_somebody_of_the_crew_was_to_see_to_is_hers_no_more_and_elsewhere_it_stays(
    crew: dict[str, FlaskClient], app: Flask, theatre: Theatre, keeps: bool
) -> None:
    with app.app_context(), one_transaction():
        nina = session.query(Person).filter_by(name="Nina Ny").one()
        festival = session.query(Organisation).filter_by(name="Festivalen Deres").one().id
        if keeps:
            session.add(Employee(organisation_id=festival, person_id=nina.id))
        see_to_a_risk_and_a_measure(theatre.id, theatre.people["mona"], "Nina Ny")
        see_to_a_risk_and_a_measure(festival, theatre.people["ola"], "Nina Ny")
    erase(app)

    assert owners_in(app, theatre.id) == [ERASED, ERASED]
    assert owners_in(app, festival) == ["Nina Ny", "Nina Ny"], "of her namesake, or hers where she works still"


def test_a_coordinator_who_entered_by_the_link_stays(
    crew: dict[str, FlaskClient], app: Flask, theatre: Theatre, mona: FlaskClient, page: str
) -> None:
    with app.app_context(), one_transaction():
        session.get_one(Employee, (theatre.id, theatre.employees["kari"])).role = "coordinator"
    mona.post("/language", data={"language": "en"})

    assert "1 coordinator entered by this link, and stays" in mona.get(page).text
    assert erase(app) == 2
    assert names_in(app, "Kari Berg")


def test_those_of_other_links_and_organisations_are_left_alone(
    crew: dict[str, FlaskClient], app: Flask, theatre: Theatre
) -> None:
    with app.app_context(), one_transaction():
        session.add(JoinLink(organisation_id=theatre.id, label="Fast ansatte", code="faste-folk"))
    app.test_client().post("/join/faste-folk", data={"name": "Fast Ansatt"})
    erase(app)

    assert names_in(app, "Fast Ansatt")
    assert names_in(app, "Mona Haug")
    assert names_in(app, "Ola Lie")


def test_the_log_and_the_page_tell_that_it_was_done(
    crew: dict[str, FlaskClient], mona: FlaskClient, app: Flask, theatre: Theatre, page: str
) -> None:
    mona.post("/language", data={"language": "en"})
    erase(app)
    erase(app, THE_DAY + timedelta(days=1))

    lines = [row for row in dump(app)["lms_event"] if row["what"] == "crew.erased"]
    assert [(row["by"], row["about"]["people"]) for row in lines] == [(None, 3)]
    assert "3 people were erased on" in mona.get(page).text
    assert "erased after its event" in mona.get(f"/organisations/{theatre.id}/log").text
    with time_machine.travel(THE_DAY):
        again = {"ends_on": (THE_DAY + timedelta(days=300)).date().isoformat(), "days": "10"}
        assert signed_in(app, theatre, "mona").post(page, data=again).status_code == 303
    with app.app_context():
        (row,) = session.query(CrewErasure)
        assert (row.done_at, row.erased) == (None, 0)


def test_many_go_some_at_a_time(crew: dict[str, FlaskClient], app: Flask) -> None:
    told: list[Any] = []
    for expected in (2, 1, 0):
        with time_machine.travel(THE_DAY), app.app_context(), one_transaction():
            assert erase_due(2, lambda person, only_in: told.append(person.name)) == expected

    assert sorted(told) == ["Bo Lie", "Kari Berg", "Nina Ny"], "each once, while she had a name"
    assert [row["about"]["people"] for row in dump(app)["lms_event"] if row["what"] == "crew.erased"] == [3]


def test_a_worker_that_is_killed_leaves_whole_people(
    app: Flask, theatre: Theatre, crew: dict[str, FlaskClient]
) -> None:
    """Killed for good, in a process of its own, while it is at the second of them."""
    before = facts_of(app, theatre)
    app.extensions["lms"].engine.dispose()
    child = os.fork()
    if child == 0:
        asked = iter((False, True, True))
        with time_machine.travel(THE_DAY), app.app_context(), one_transaction():
            erase_due(50, lambda person, only_in: os.kill(os.getpid(), signal.SIGKILL) if next(asked) else None)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    assert names_in(app, "Nina Ny", "Bo Lie", "Kari Berg")
    assert len({text for _table, text in names_in(app, "Nina Ny", "Bo Lie", "Kari Berg")}) == 3

    assert erase(app) == 3
    assert facts_of(app, theatre) == before


def test_the_worker_does_it_and_twice_is_once(crew: dict[str, FlaskClient], app: Flask) -> None:
    duty = duties["erase crews after their event"]
    for later in (0, 1, 120, 240):
        moment = THE_DAY + timedelta(seconds=later)
        with time_machine.travel(moment), app.app_context():
            done_once(duty, moment)

    assert [row["what"] for row in dump(app)["lms_event"]].count("crew.erased") == 1


def test_a_renewed_link_has_the_same_day(
    crew: dict[str, FlaskClient], mona: FlaskClient, app: Flask, page: str
) -> None:
    fresh = mona.post(page.replace("after-the-event", "renewal")).location.partition("?")[0]

    with app.app_context():
        days = {row.join_link_id: row.erase_on for row in session.query(CrewErasure)}
    assert len(days) == 2
    assert set(days.values()) == {ERASED_ON}
    assert UUID(fresh.rpartition("/")[2]) in days


@pytest.mark.parametrize(
    ("ends_on", "days", "begins"),
    [
        (date(2028, 2, 28), 1, "2028-02-28T23:00:00+00:00"),  # on 29 February
        (date(2028, 2, 29), 365, "2029-02-27T23:00:00+00:00"),
        (date(2027, 3, 27), 1, "2027-03-27T23:00:00+00:00"),  # on the day summer time begins
        (date(2027, 3, 28), 1, "2027-03-28T22:00:00+00:00"),
        (date(2026, 10, 24), 1, "2026-10-24T22:00:00+00:00"),  # on the day it ends
        (date(2026, 10, 25), 1, "2026-10-25T23:00:00+00:00"),
    ],
)
def test_the_day_is_the_one_in_norway(
    open_app: Callable[..., Flask], sqlite_url: str, ends_on: date, days: int, begins: str
) -> None:
    begins_at = datetime.fromisoformat(begins)
    with time_machine.travel(begins_at - timedelta(days=20)):
        app = open_app(sqlite_url)
        theatre = cast_in(app)
        with app.app_context(), one_transaction():
            mona = session.get_one(Person, theatre.people["mona"])
            set_erasure(link_of(theatre), AfterTheEvent(ends_on, days), mona)
            assert session.query(CrewErasure).one().begins_at == begins_at

    assert erase(app, begins_at - timedelta(seconds=1)) == 0
    assert erase(app, begins_at) == 1


@pytest.mark.browser
def test_it_can_be_read_on_a_phone(
    window: OpenWindow, crew: dict[str, FlaskClient], mona: FlaskClient, page: str
) -> None:
    opened = window(mona)
    shown = opened.open(page)
    assert barriers(shown) == []
    opened.look(size="narrow")
    assert not opened.scrolls_sideways()
    assert opened.complaints == []
