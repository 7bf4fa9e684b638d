"""Mona puts Nina on the roster, and Nina enters by everybody's link. Only Mona can say that they are one."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from lms.database import new_id, now, one_transaction, session
from lms.group_sessions.attendance.models import Attendance
from lms.group_sessions.models import GroupSession
from lms.group_sessions.reminders.models import Reminder
from lms.group_sessions.seats.models import Seat, WaitingPlace
from lms.learning.models import Enrolment
from lms.learning.roster import alike
from lms.organisations.course_exceptions import CourseException
from lms.organisations.models import Employee, JoinLink, Round
from lms.organisations.roster_addresses import RosterAddress
from lms.people.models import Person
from tests.at_once import all_at_once
from tests.at_the_door import PERSONAL_CODE, names_of_everybody, places_of
from tests.cast import COURSES, Theatre, cast_in, invite_guest, signed_in
from tests.lists import HEADING, put_in, said_in
from tests.questions import questions
from tests.rosters import facts_of, logged

NINA = HEADING + "Nina Ny;nina@teatret.no;Scene;ja\n"


@pytest.fixture
def nina(app: Flask, mona: FlaskClient, theatre: Theatre) -> FlaskClient:
    """Nina, who is on the roster by a list, and has entered by the link for everybody; on her own device."""
    put_in(mona, theatre, NINA)
    return enter(app, theatre, "Nina Ny")


def enter(app: Flask, theatre: Theatre, name: str) -> FlaskClient:
    device = app.test_client()
    assert device.post(f"/join/{theatre.join_code}", data={"name": name}).status_code == 200
    return device


def pairs_at(theatre: Theatre, line: UUID | None = None, entered: UUID | None = None) -> str:
    return f"/organisations/{theatre.id}/people/twice" + (f"/{line}/{entered}" if line else "")


def both_of(app: Flask, name: str = "Nina Ny") -> tuple[UUID, UUID]:
    """The line that nobody has entered by, and the one of whoever entered."""
    line, entered = sorted(places_of(app, name), key=lambda place: place.join_link_id is not None)
    assert (line.join_link_id, entered.join_link_id is None) == (None, False)
    return line.id, entered.id


def say(client: FlaskClient, theatre: Theatre, pair: tuple[UUID, UUID], answer: str, **more: str) -> str:
    told = client.post(pairs_at(theatre, *pair), data={"answer": answer, **more})
    assert told.status_code == 303
    return said_in(client.get(told.location).text)


def in_english(client: FlaskClient, address: str) -> str:
    client.post("/language", data={"language": "en"})
    shown = client.get(address)
    assert shown.status_code == 200
    return said_in(shown.text)


def is_asked(client: FlaskClient, theatre: Theatre) -> bool:
    return "may be here twice" in in_english(client, f"/organisations/{theatre.id}/people")


# What she sees


def test_she_is_asked_on_the_roster_and_sees_both(mona: FlaskClient, nina: FlaskClient, theatre: Theatre) -> None:
    assert "1 person may be here twice" in in_english(mona, f"/organisations/{theatre.id}/people")
    said = in_english(mona, pairs_at(theatre))

    assert "Nobody has entered by this line. Team Scene Role employee Leader yes Address on the roster yes" in said
    assert "Has entered by the link “Alle”. Team none Role employee Leader no Address on the roster no" in said
    assert "takes over: the team “Scene”, that she is a leader, the address on the roster." in said
    assert "That cannot be undone." in said


@pytest.mark.parametrize("written", ["nina ny", "Ny Nina", "NÍNA  NY", "Ny, Nina", "Nina-Ny", "Nin\u0061\u0301 Ny"])
def test_names_are_alike_however_they_are_written(
    written: str, app: Flask, mona: FlaskClient, theatre: Theatre
) -> None:
    put_in(mona, theatre, HEADING + "Nina Ny;;;\n")
    enter(app, theatre, written)

    assert is_asked(mona, theatre)


@pytest.mark.parametrize("written", ["Nina", "Nina Nyhus", "Nina Ny Lie", "Nina Nÿå"])
def test_other_names_are_other_people(written: str, app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    put_in(mona, theatre, HEADING + "Nina Ny;;;\n")
    enter(app, theatre, written)

    assert not is_asked(mona, theatre)


def test_whoever_enters_by_her_own_letter_is_nobodys_double(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    with app.app_context(), one_transaction():
        secret = invite_guest(theatre)
        invite_guest(theatre, email="nina.to@example.no")
    assert app.test_client().post(f"/invitations/{secret}", data={"name": "Nina Ny"}).status_code == 200

    assert not is_asked(mona, theatre)


def test_whoever_has_left_is_not_asked_about(
    app: Flask, mona: FlaskClient, nina: FlaskClient, theatre: Theatre
) -> None:
    line, _entered = both_of(app)
    mona.post(f"/organisations/{theatre.id}/people/{line}/departure")

    assert not is_asked(mona, theatre)


def test_a_page_of_pairs_asks_no_more_the_more_there_are(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    mona.get(pairs_at(theatre))
    asked = []
    for few in (2, 60):
        with app.app_context(), one_transaction():
            for number in range(few):
                for link in (None, theatre.join_link_id):
                    person = Person(name=f"Kollega {few} {number}", host_id=f"{few}-{number}" if link else None)
                    session.add(person)
                    session.flush()
                    session.add(Employee(organisation_id=theatre.id, person_id=person.id, join_link_id=link))
        with questions(app) as these:
            page = mona.get(pairs_at(theatre)).text
        asked.append(len(these))
        assert page.count('name="answer" value="one"') == min(few, alike.PAIRS_SHOWN)

    assert asked[0] == asked[1] <= 6
    assert "These are the first." in in_english(mona, pairs_at(theatre))


def test_a_roster_of_thousands_is_not_compared_at_each_visit(
    mona: FlaskClient, nina: FlaskClient, theatre: Theatre, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lms.learning.roster.views.MOST_COUNTED", 2)

    assert "Look for people who are here twice" in in_english(mona, f"/organisations/{theatre.id}/people")
    assert "Nina Ny" in in_english(mona, pairs_at(theatre))


# The same person


def test_the_same_person_keeps_her_progress_and_gets_what_was_written(
    app: Flask, mona: FlaskClient, nina: FlaskClient, theatre: Theatre
) -> None:
    line, entered = both_of(app)
    lesson = f"/learn/{theatre.id}/norms/welcome"
    assert nina.post(f"{lesson}/answers", data={}).status_code in (204, 303)
    before = facts_of(app, theatre)
    with app.app_context():
        begun = set(session.scalars(select(Enrolment.begun_at).where(Enrolment.employee_id == entered)))

    assert "They are one person now" in say_in_english(mona, theatre, (line, entered), "one")
    (place,) = places_of(app, "Nina Ny")
    assert (place.id, place.team, place.is_leader, place.role) == (entered, "Scene", True, "employee")
    with app.app_context():
        addresses = session.scalars(select(RosterAddress)).all()
        assert [(each.employee_id, each.email) for each in addresses] == [(entered, "nina@teatret.no")]
        hers = session.scalars(select(Enrolment).where(Enrolment.employee_id == entered)).all()
        assert {each.begun_at for each in hers} == begun
        assert {each.counts_as for each in hers} == {"leader"}
        assert session.scalars(select(Enrolment).where(Enrolment.employee_id == line)).all() == []
    after = facts_of(app, theatre)
    assert (before.roster, after.roster) == (4, 3)
    assert names_of_everybody(app).count("Nina Ny") == 1
    assert nina.get(lesson).status_code == 200
    assert not is_asked(mona, theatre)
    assert [event for event in logged(app, theatre) if event[0] == "roster.made_one"] == [
        (
            "roster.made_one",
            theatre.people["mona"],
            {"employee": str(entered), "line": str(line), "role": "employee"},
        )
    ]


def say_in_english(client: FlaskClient, theatre: Theatre, pair: tuple[UUID, UUID], answer: str, **more: str) -> str:
    client.post("/language", data={"language": "en"})
    return say(client, theatre, pair, answer, **more)


def test_what_she_has_stays_as_it_is(app: Flask, mona: FlaskClient, nina: FlaskClient, theatre: Theatre) -> None:
    line, entered = both_of(app)
    with app.app_context(), one_transaction():
        session.get_one(Employee, (theatre.id, entered)).team = "Kor"
        for who, words in ((line, "På turné"), (entered, "Syk")):
            more = {"reason": words, "given_by": theatre.people["mona"]}
            session.add(CourseException(organisation_id=theatre.id, employee_id=who, **more))
        session.add(RosterAddress(organisation_id=theatre.id, employee_id=entered, email="nina@hjemme.no"))
    say(mona, theatre, (line, entered), "one")

    (place,) = places_of(app, "Nina Ny")
    assert place.team == "Kor"
    with app.app_context():
        assert session.scalars(select(CourseException.reason)).all() == ["Syk"]
        assert session.scalars(select(RosterAddress.email)).all() == ["nina@hjemme.no"]


def test_nobody_waits_for_her_when_the_line_was_excused(
    app: Flask, mona: FlaskClient, nina: FlaskClient, theatre: Theatre
) -> None:
    line, entered = both_of(app)
    mona.post(f"/organisations/{theatre.id}/people/{line}/exception", data={"reason": "På turné"})
    assert "the exception" in in_english(mona, pairs_at(theatre))
    say(mona, theatre, (line, entered), "one")

    with app.app_context():
        assert session.scalars(select(CourseException.employee_id)).all() == [entered]
        counts = set(session.scalars(select(Enrolment.counts_as).where(Enrolment.employee_id == entered)))
    assert counts == {"excused"}


def test_a_letter_to_the_line_opens_nothing_any_more(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    with app.app_context(), one_transaction():
        secret = invite_guest(theatre)
    enter(app, theatre, "Nina Ny")
    say(mona, theatre, both_of(app), "one")

    assert app.test_client().get(f"/invitations/{secret}").status_code == 410
    assert app.test_client().post(f"/invitations/{secret}", data={"name": "Tove Tyv"}).status_code == 410


@pytest.mark.parametrize(("ticked", "role"), [(False, "employee"), (True, "coordinator")])
def test_a_name_at_the_door_makes_nobody_a_coordinator(
    ticked: bool, role: str, app: Flask, mona: FlaskClient, nina: FlaskClient, theatre: Theatre
) -> None:
    line, entered = both_of(app)
    mona.post(f"/organisations/{theatre.id}/people/{line}", data={"role": "coordinator", "team": "Scene"})
    assert "tick this only if you know that it is she" in in_english(mona, pairs_at(theatre))
    say(mona, theatre, (line, entered), "one", **({"coordinator": "1"} if ticked else {}))

    assert places_of(app, "Nina Ny")[0].role == role
    assert nina.get(f"/organisations/{theatre.id}/people").status_code == (200 if ticked else 404)


def test_a_forged_tick_gives_no_more_than_the_line_has(
    app: Flask, mona: FlaskClient, nina: FlaskClient, theatre: Theatre
) -> None:
    say(mona, theatre, both_of(app), "one", coordinator="1")

    assert places_of(app, "Nina Ny")[0].role == "employee"


def test_she_takes_over_a_place_in_a_session_and_in_earlier_rounds(
    app: Flask, mona: FlaskClient, nina: FlaskClient, theatre: Theatre
) -> None:
    line, entered = both_of(app)
    with app.app_context(), one_transaction():
        seat = {"group_session_id": theatre.meeting_id, "placed_by": theatre.people["mona"]}
        session.add(Seat(organisation_id=theatre.id, employee_id=line, **seat))
        earlier = Round(organisation_id=theatre.id, id=new_id(), courses=COURSES, ended_at=now())
        session.add(earlier)
        session.flush()
        session.add(Enrolment(organisation_id=theatre.id, employee_id=line, round_id=earlier.id, course="norms"))
        waiting = session.get_one(Employee, (theatre.id, line)).person_id
        here = {"organisation_id": theatre.id, "employee_id": line, "person_id": waiting}
        session.add(Reminder(occasion="day", mail_id=new_id(), **here))
        earlier_id = earlier.id
    say(mona, theatre, (line, entered), "one")

    with app.app_context():
        assert session.scalars(select(Seat.employee_id)).all() == [entered]
        assert session.get_one(GroupSession, (theatre.id, theatre.meeting_id)).letters_due
        of_then = select(Enrolment.employee_id).where(Enrolment.round_id == earlier_id)
        assert session.scalars(of_then).all() == [entered]
        assert session.scalars(select(Reminder.employee_id)).all() == [entered]


def test_the_place_nobody_is_behind_goes_to_the_next_in_line(
    app: Flask, mona: FlaskClient, nina: FlaskClient, theatre: Theatre
) -> None:
    line, entered = both_of(app)
    with app.app_context(), one_transaction():
        session.get_one(GroupSession, (theatre.id, theatre.meeting_id)).capacity = 2
        for who in (line, entered):
            here = {"organisation_id": theatre.id, "group_session_id": theatre.meeting_id, "employee_id": who}
            session.add(Seat(**here))
        waits = {**here, "employee_id": theatre.employees["kari"]}
        session.add(WaitingPlace(**waits))
    say(mona, theatre, (line, entered), "one")

    with app.app_context():
        assert set(session.scalars(select(Seat.employee_id))) == {entered, theatre.employees["kari"]}
        assert session.scalars(select(WaitingPlace)).all() == []


# When it is refused


def test_a_line_that_is_counted_stays(app: Flask, mona: FlaskClient, nina: FlaskClient, theatre: Theatre) -> None:
    pair = both_of(app)
    with app.app_context(), one_transaction():
        came = {"organisation_id": theatre.id, "group_session_id": theatre.meeting_id, "employee_id": pair[0]}
        session.add(Attendance(**came))
    mona.post("/language", data={"language": "en"})
    refused = mona.post(pairs_at(theatre, *pair), data={"answer": "one"})

    assert refused.status_code == 422
    assert "mark it as left instead" in said_in(refused.text)
    assert len(places_of(app, "Nina Ny")) == 2
    assert "roster.made_one" not in [what for what, *_rest in logged(app, theatre)]


@pytest.mark.parametrize("answer", ["one", "two"])
def test_somebody_who_has_entered_by_the_line_since_keeps_it(
    answer: str, app: Flask, mona: FlaskClient, theatre: Theatre
) -> None:
    with app.app_context(), one_transaction():
        secret = invite_guest(theatre)
    enter(app, theatre, "Nina Ny")
    pair = both_of(app)
    app.test_client().post(f"/invitations/{secret}", data={"name": "Nina Ny"})

    assert "Nothing was done" in say_in_english(mona, theatre, pair, answer)
    assert len(places_of(app, "Nina Ny")) == 2


def test_a_completed_course_is_never_taken_away(
    app: Flask, mona: FlaskClient, nina: FlaskClient, theatre: Theatre
) -> None:
    line, entered = both_of(app)
    done = {"completed_at": now(), "completed_on": now().date()}
    with app.app_context(), one_transaction():
        session.execute(update(Enrolment).where(Enrolment.employee_id == line).values(done))

    assert mona.post(pairs_at(theatre, line, entered), data={"answer": "one"}).status_code == 422
    assert len(places_of(app, "Nina Ny")) == 2


def test_only_those_who_are_alike_can_be_made_one(
    app: Flask, mona: FlaskClient, ola: FlaskClient, nina: FlaskClient, theatre: Theatre
) -> None:
    line, entered = both_of(app)
    kari = theatre.employees["kari"]
    for pair in ((line, kari), (entered, line), (kari, entered), (line, line), (line, uuid4())):
        assert "Nothing was done" in say_in_english(mona, theatre, pair, "one")
    assert mona.post(pairs_at(theatre, line, entered), data={"answer": "three"}).status_code == 400
    assert ola.post(pairs_at(theatre, line, entered), data={"answer": "one"}).status_code == 404
    assert nina.post(pairs_at(theatre, line, entered), data={"answer": "one"}).status_code == 404

    assert len(places_of(app, "Nina Ny")) == 2


def test_two_coordinators_at_once_do_it_once(database_url: str, open_app: Callable[..., Flask]) -> None:
    app = open_app(database_url)
    theatre = cast_in(app)
    with app.app_context(), one_transaction():
        session.get_one(Employee, (theatre.id, theatre.employees["kari"])).role = "coordinator"
        invite_guest(theatre)
    enter(app, theatre, "Nina Ny")
    at = pairs_at(theatre, *both_of(app))
    devices = signed_in(app, theatre, "mona"), signed_in(app, theatre, "kari")
    answers = all_at_once([partial(device.post, at, data={"answer": "one"}) for device in devices])

    assert sorted(answer.location.partition("done=")[2] for answer in answers) == ["gone", "one"]
    assert [what for what, *_rest in logged(app, theatre)].count("roster.made_one") == 1
    assert len(places_of(app, "Nina Ny")) == 1


# Two people


def test_two_people_are_not_asked_about_again(
    app: Flask, mona: FlaskClient, nina: FlaskClient, theatre: Theatre
) -> None:
    pair = both_of(app)
    assert "They are two people." in say_in_english(mona, theatre, pair, "two")
    say(mona, theatre, pair, "two")

    assert not is_asked(mona, theatre)
    assert len(places_of(app, "Nina Ny")) == 2
    assert [about for what, _by, about in logged(app, theatre) if what == "roster.told_apart"] == [
        {"line": str(pair[0]), "employee": str(pair[1])}
    ]
    enter(app, theatre, "Ny Nina")
    assert is_asked(mona, theatre), "somebody else may be she"


def test_a_slip_is_put_right(app: Flask, mona: FlaskClient, nina: FlaskClient, theatre: Theatre) -> None:
    pair = both_of(app)
    say(mona, theatre, pair, "two")
    assert "Those you have said are two people" in in_english(mona, pairs_at(theatre))
    assert "Nina Ny" in in_english(mona, f"{pairs_at(theatre)}?show=apart")
    say(mona, theatre, pair, "one")

    assert len(places_of(app, "Nina Ny")) == 1


# At the door


def test_nobody_learns_at_the_door_who_is_on_the_roster(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    put_in(mona, theatre, NINA)
    pages = []
    for name in ("Nina Ny", "Nora No"):
        answer = app.test_client().post(f"/join/{theatre.join_code}", data={"name": name})
        pages.append((answer.status_code, without_what_is_hers(answer.text, name)))

    assert pages[0] == pages[1]


def without_what_is_hers(page: str, name: str) -> str:
    page = PERSONAL_CODE.sub("", page).replace(name, "")
    return re.sub(r'data-whose="\w+"|name="csrf_token" value="[^"]*"', "", page)


def test_its_addresses_are_for_a_coordinator(kari: FlaskClient, siv: FlaskClient, theatre: Theatre) -> None:
    visitors: list[Any] = [kari, siv]

    assert [visitor.get(pairs_at(theatre)).status_code for visitor in visitors] == [404, 404]


def test_a_link_that_is_closed_still_says_how_she_came(
    app: Flask, mona: FlaskClient, nina: FlaskClient, theatre: Theatre
) -> None:
    with app.app_context(), one_transaction():
        session.get_one(JoinLink, (theatre.id, theatre.join_link_id)).revoked_at = now()

    assert "by the link “Alle”" in in_english(mona, pairs_at(theatre))
