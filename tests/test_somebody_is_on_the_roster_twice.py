"""Mona puts Nina on the roster, and Nina enters by everybody's link. Only Mona can say that they are one."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from lms.database import new_id, now, one_transaction, session
from lms.group_sessions.models import GroupSession
from lms.group_sessions.reminders.models import Reminder
from lms.group_sessions.seats.models import Seat, WaitingPlace
from lms.learning.models import Enrolment
from lms.learning.roster import alike
from lms.organisations.course_exceptions import CourseException
from lms.organisations.models import Employee, Round
from lms.organisations.roster_addresses import RosterAddress
from lms.people.models import Person
from tests.at_the_door import names_of_everybody, places_of
from tests.cast import COURSES, Theatre, invite_guest
from tests.lists import HEADING, put_in
from tests.questions import questions
from tests.rosters import facts_of, logged
from tests.twice import NINA, both_of, enter, in_english, is_asked, pairs_at, say, say_in_english


@pytest.fixture
def nina(app: Flask, mona: FlaskClient, theatre: Theatre) -> FlaskClient:
    """Nina, who is on the roster by a list, and has entered by the link for everybody; on her own device."""
    put_in(mona, theatre, NINA)
    return enter(app, theatre, "Nina Ny")


# What she sees


def test_she_is_asked_on_the_roster_and_sees_both(mona: FlaskClient, nina: FlaskClient, theatre: Theatre) -> None:
    assert "1 person may be here twice" in in_english(mona, f"/organisations/{theatre.id}/people")
    said = in_english(mona, pairs_at(theatre))

    assert "Nobody has entered by this line. Team Scene Role employee Leader yes Address on the roster yes" in said
    assert "Has entered by the link “Alle”. Team none Role employee Leader no Address on the roster no" in said
    assert "takes over: the team “Scene”, being a leader, the address on the roster." in said
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
    assert "tick this only if you know who it is" in in_english(mona, pairs_at(theatre))
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
