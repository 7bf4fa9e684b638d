"""A session that has been held is frozen: readiness, policy and who came, sealed with a hash that stays true."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, func, select, update

from lms.database import now, one_transaction, session
from lms.group_sessions.attendance.models import Attendance, mark, mark_everybody, mark_nobody
from lms.group_sessions.attendance.people import found_in, look_at
from lms.group_sessions.held import canonical, seal
from lms.group_sessions.models import AlreadyHeld, GroupSession
from lms.learning.models import Enrolment
from lms.organisations.course_exceptions import excuse
from lms.organisations.events import Event
from lms.organisations.models import Employee, Organisation, Round, current_round
from lms.people.belongings import belongings_of, erase
from lms.people.models import Person
from tests.at_once import all_at_once
from tests.cast import Theatre, cast_in, signed_in
from tests.meetings import BEGINS, as_held, code_of, log_of, meet_at, meeting_in, who_came
from tests.questions import questions
from tests.rosters import come_in


@pytest.fixture(autouse=True)
def the_day() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(BEGINS + timedelta(hours=3), tick=False) as clock:
        yield clock


@pytest.fixture
def here(app: Flask, theatre: Theatre) -> str:
    return meet_at(app, theatre)


@pytest.fixture
def held_session(mona: FlaskClient, app: Flask, theatre: Theatre, here: str) -> str:
    """Kari and Mona came, and Mona said that it has been held."""
    mona.post(f"{here}/attendance/all", data={"who": "everybody"})
    assert mona.post(f"{here}/held").status_code == 303
    return here


def test_what_was_true_is_shown_as_it_was(mona: FlaskClient, siv: FlaskClient, app: Flask, held_session: str) -> None:
    for client in (mona, siv):
        page = client.get(f"{held_session}/held").text
        assert "Samlingen er holdt" in page
        assert "<strong>2</strong>" in page
        assert "Mona Haug meldte 27. november 2026 kl. 13.00 at samlingen var holdt." in page
        assert "Ingenting er endret siden." in page
    assert "Ikke klar ennå" in page
    assert "Kari Berg" not in siv.get(f"{held_session}/held").text


def test_the_snapshot_holds_numbers_and_ids_and_no_name(app: Flask, theatre: Theatre, held_session: str) -> None:
    with app.app_context():
        meeting = meeting_in(theatre)
        written = canonical(meeting.frozen_facts or {})
        log = session.scalars(select(Event.about).where(Event.what == "group_session.held")).one()

    for name in ("Kari", "Berg", "Mona", "Haug", "Siv", "Teatret", "Prøvesalen", "Verneombudet"):
        assert name not in written
    assert str(theatre.employees["kari"]) not in written, "it must not grow with the head count"
    assert meeting.frozen_hash == seal(json.loads(written)) == log["hash"]


def change_policy(app: Flask, theatre: Theatre) -> None:
    round = current_round(theatre.id)
    round.leader_share, round.staff_share, round.declared_head_count, round.courses = 10, 10, 500, ["norms"]


def come_new_people(app: Flask, theatre: Theatre) -> None:
    person = Person(name="Nina Ny")
    session.add(person)
    session.flush()
    session.add(Employee(organisation_id=theatre.id, person_id=person.id, is_leader=True))


def erase_kari(app: Flask, theatre: Theatre) -> None:
    erase(session.get_one(Person, theatre.people["kari"]))


def erase_who_pressed(app: Flask, theatre: Theatre) -> None:
    erase(session.get_one(Person, theatre.people["mona"]))


def kari_leaves(app: Flask, theatre: Theatre) -> None:
    session.get_one(Employee, (theatre.id, theatre.employees["kari"])).leave()


def kari_leads(app: Flask, theatre: Theatre) -> None:
    session.get_one(Employee, (theatre.id, theatre.employees["kari"])).change("employee", True, "Ledelsen")


def somebody_is_excused(app: Flask, theatre: Theatre) -> None:
    kari = session.get_one(Employee, (theatre.id, theatre.employees["kari"]))
    excuse(kari, "Permisjon", session.get_one(Person, theatre.people["mona"]))


def everybody_completes(app: Flask, theatre: Theatre) -> None:
    done = {"begun_at": now(), "completed_at": now(), "completed_on": now().date()}
    session.execute(update(Enrolment).where(Enrolment.organisation_id == theatre.id).values(done))


def the_channel_goes(app: Flask, theatre: Theatre) -> None:
    session.get_one(Organisation, theatre.id).reporting_channel = ""


def the_round_ends(app: Flask, theatre: Theatre) -> None:
    current_round(theatre.id).ended_at = now()
    session.flush()
    session.add(Round(organisation_id=theatre.id, courses=["norms"]))


@pytest.mark.parametrize(
    "happens",
    [
        change_policy,
        come_new_people,
        erase_kari,
        erase_who_pressed,
        kari_leaves,
        kari_leads,
        somebody_is_excused,
        everybody_completes,
        the_channel_goes,
        the_round_ends,
    ],
)
def test_nothing_that_happens_afterwards_changes_it(
    happens: Callable[[Flask, Theatre], None], siv: FlaskClient, app: Flask, theatre: Theatre, held_session: str
) -> None:
    before = as_held(app, theatre)
    with app.app_context(), one_transaction():
        happens(app, theatre)
    after = as_held(app, theatre)

    assert before.is_true
    assert after == before
    assert "Ingenting er endret siden." in siv.get(f"{held_session}/held").text


def test_an_erased_person_is_nameless_on_the_page(siv: FlaskClient, app: Flask, theatre: Theatre, here: str) -> None:
    mona = signed_in(app, theatre, "mona")
    mona.post(f"{here}/held")
    with app.app_context(), one_transaction():
        erase(session.get_one(Person, theatre.people["mona"]))

    page = siv.get(f"{here}/held").text
    assert "Mona" not in page
    assert "En som er slettet, meldte" in page


@pytest.mark.parametrize(
    ("address", "form"),
    [
        ("attendance", {}),
        ("attendance/all", {"who": "everybody"}),
        ("attendance/all", {"who": "nobody"}),
        ("attendance/count", {"counted": "7"}),
        ("held", {}),
    ],
)
def test_no_form_of_ours_changes_it(
    address: str, form: dict[str, str], mona: FlaskClient, app: Flask, theatre: Theatre, held_session: str
) -> None:
    before = as_held(app, theatre)
    if not form and address == "attendance":
        form = {"shown": str(theatre.employees["kari"])}
    answer = mona.post(f"{held_session}/{address}", data=form)

    assert (answer.status_code, answer.location) == (303, f"{held_session}/held?closed=1")
    assert as_held(app, theatre) == before
    assert log_of(app, theatre).count("group_session.held") == 1


def test_planning_and_cancelling_do_not_touch_it(
    mona: FlaskClient, app: Flask, theatre: Theatre, held_session: str
) -> None:
    plan = {"day": "1.12.2026", "time": "9", "minutes": "60", "place": "Et annet sted", "facilitator": ""}
    assert mona.post(f"/organisations/{theatre.id}/group-session", data=plan).status_code == 303
    mona.post(f"/organisations/{theatre.id}/group-session/cancellation")

    assert as_held(app, theatre).is_true
    with app.app_context():
        assert meeting_in(theatre).place == "Prøvesalen"
        assert session.scalar(select(func.count()).select_from(GroupSession)) == 2


def test_no_verb_changes_it(app: Flask, theatre: Theatre, held_session: str) -> None:
    with app.app_context():
        meeting, mona = meeting_in(theatre), session.get_one(Person, theatre.people["mona"])
        verbs: list[Callable[[], Any]] = [
            lambda: mark(meeting, [theatre.employees["kari"]], [], mona),
            lambda: mark_everybody(meeting, found_in(meeting, look_at({})), mona),
            lambda: mark_nobody(meeting),
            lambda: meeting.count(3),
            lambda: meeting.plan(None, 60, "", "", None),
            lambda: meeting.cancel(),
            lambda: meeting.hold(mona, {}, ""),
        ]
        for verb in verbs:
            with pytest.raises(AlreadyHeld):
                verb()
    assert as_held(app, theatre).is_true


def test_nobody_checks_in_afterwards(
    kari: FlaskClient, mona: FlaskClient, app: Flask, theatre: Theatre, here: str
) -> None:
    mona.post(f"{here}/attendance", data={who: str(theatre.employees["mona"]) for who in ("shown", "came")})
    mona.post(f"{here}/held")

    assert kari.post(f"/here/{code_of(app, theatre)}").status_code == 410
    assert who_came(app, theatre) == {theatre.employees["mona"]}
    assert as_held(app, theatre).is_true


def tamper_with_facts(theatre: Theatre) -> None:
    meeting = meeting_in(theatre)
    facts = json.loads(canonical(meeting.frozen_facts or {}))
    facts["came"]["listed"] = 12
    meeting.frozen_facts = facts


def tamper_with_the_list(theatre: Theatre) -> None:
    session.execute(delete(Attendance).where(Attendance.employee_id == theatre.employees["kari"]))


def tamper_with_the_day(theatre: Theatre) -> None:
    meeting_in(theatre).starts_at = BEGINS - timedelta(days=1)


def tamper_with_the_count(theatre: Theatre) -> None:
    meeting_in(theatre).came_counted = 300


@pytest.mark.parametrize(
    "tamper", [tamper_with_facts, tamper_with_the_list, tamper_with_the_day, tamper_with_the_count]
)
def test_what_somebody_changes_in_the_database_is_seen(
    tamper: Callable[[Theatre], None], mona: FlaskClient, app: Flask, theatre: Theatre, held_session: str
) -> None:
    with app.app_context(), one_transaction():
        tamper(theatre)

    assert not as_held(app, theatre).is_true
    assert "Noe er endret siden." in mona.get(f"{held_session}/held").text


def test_who_pressed_takes_it_back_within_a_day(
    mona: FlaskClient, siv: FlaskClient, app: Flask, theatre: Theatre, held_session: str, the_day: Any
) -> None:
    assert siv.post(f"{held_session}/held/undo").status_code == 422
    the_day.shift(timedelta(hours=23, minutes=59))
    assert "Åpne listen igjen" in mona.get(f"{held_session}/held").text
    assert mona.post(f"{held_session}/held/undo").status_code == 303
    assert log_of(app, theatre) == ["group_session.held", "group_session.reopened"]
    assert mona.post(f"{held_session}/held/undo").status_code == 303, "pressed twice"
    assert mona.get(f"{held_session}/held").status_code == 404
    assert siv.post(f"{held_session}/held").status_code == 303, "and holds it anew"
    assert mona.post(f"{held_session}/held/undo").status_code == 422


def test_after_a_day_it_is_for_good(
    mona: FlaskClient, app: Flask, theatre: Theatre, held_session: str, the_day: Any
) -> None:
    the_day.shift(timedelta(days=1))

    assert "Åpne listen igjen" not in mona.get(f"{held_session}/held").text
    assert mona.post(f"{held_session}/held/undo").status_code == 422
    assert log_of(app, theatre) == ["group_session.held"]


def test_a_session_that_has_not_begun_has_not_been_held(mona: FlaskClient, app: Flask, theatre: Theatre) -> None:
    here = meet_at(app, theatre, now() + timedelta(minutes=1))

    answer = mona.post(f"{here}/held")
    assert answer.status_code == 422
    assert "Samlingen har ikke begynt ennå" in answer.text


def test_of_two_who_press_at_once_one_freezes_it(open_app: Callable[..., Flask], database_url: str) -> None:
    app = open_app(database_url)
    theatre = cast_in(app)
    here = meet_at(app, theatre)
    door = f"/here/{code_of(app, theatre)}"
    with time_machine.travel(BEGINS + timedelta(hours=1), tick=False):
        pressing = [signed_in(app, theatre, who) for who in ("mona", "siv", "mona", "siv")]
        kari = signed_in(app, theatre, "kari")
        acts = [lambda each=each: each.post(f"{here}/held").status_code for each in pressing]  # type: ignore[misc]
        answers = all_at_once([*acts, lambda: kari.post(door).status_code])

    assert answers[:4] == [303] * 4
    assert log_of(app, theatre) == ["group_session.held"]
    frozen = as_held(app, theatre)
    assert frozen.is_true, "whoever came in between is in both or in neither"
    assert frozen.came.listed == len(who_came(app, theatre)) == (answers[4] == 303)


def test_she_is_given_when_she_came(app: Flask, theatre: Theatre, held_session: str) -> None:
    with app.app_context():
        given = belongings_of(session.get_one(Person, theatre.people["kari"]))["lms_attendance"]

    assert [line["group_session_id"] for line in given] == [str(theatre.meeting_id)]


def test_readiness_and_the_list_of_sessions_lead_to_it(
    mona: FlaskClient, siv: FlaskClient, theatre: Theatre, held_session: str
) -> None:
    link = f'href="{held_session}/held"'

    assert link in mona.get(f"/organisations/{theatre.id}/readiness").text
    assert link in mona.get(f"/organisations/{theatre.id}/group-session").text
    assert link in siv.get("/group-sessions?show=past").text


def test_the_page_asks_no_more_however_many_came(mona: FlaskClient, app: Flask, theatre: Theatre, here: str) -> None:
    come_in(app, theatre, *(f"Gjest {number:03}" for number in range(200)))
    mona.post(f"{here}/attendance/all", data={"who": "everybody"})
    with questions(app) as holding:
        mona.post(f"{here}/held")
    with questions(app) as asked:
        assert "<strong>202</strong>" in mona.get(f"{here}/held").text

    assert len(holding) <= 10
    assert len(asked) <= 5
