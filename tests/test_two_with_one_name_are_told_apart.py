"""Two may have one name. Mona says that they are two, or is told why they cannot be made one."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from lms.database import now, one_transaction, session
from lms.group_sessions.attendance.models import Attendance
from lms.learning.models import Enrolment
from lms.organisations.models import Employee, JoinLink
from tests.at_once import all_at_once
from tests.at_the_door import PERSONAL_CODE, places_of
from tests.cast import Theatre, cast_in, invite_guest, signed_in
from tests.lists import put_in, said_in
from tests.rosters import logged
from tests.twice import NINA, both_of, enter, in_english, is_asked, pairs_at, say, say_in_english


@pytest.fixture
def nina(app: Flask, mona: FlaskClient, theatre: Theatre) -> FlaskClient:
    """Nina, who is on the roster by a list, and has entered by the link for everybody; on her own device."""
    put_in(mona, theatre, NINA)
    return enter(app, theatre, "Nina Ny")


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


def test_when_all_are_decided_the_roster_still_leads_to_them(
    app: Flask, mona: FlaskClient, nina: FlaskClient, theatre: Theatre
) -> None:
    roster, apart = f"/organisations/{theatre.id}/people", f"{pairs_at(theatre)}?show=apart"
    assert apart not in mona.get(roster).text
    say(mona, theatre, both_of(app), "two")

    assert f'href="{apart}"' in mona.get(roster).text


def test_it_is_undone_and_she_is_asked_again(
    app: Flask, mona: FlaskClient, nina: FlaskClient, theatre: Theatre
) -> None:
    pair, apart = both_of(app), f"{pairs_at(theatre)}?show=apart"
    say(mona, theatre, pair, "two")
    assert 'value="again"' in mona.get(apart).text
    assert "You are asked about them again." in say_in_english(mona, theatre, pair, "again")
    say(mona, theatre, pair, "again")

    assert is_asked(mona, theatre)
    assert "nobody you have told apart" in in_english(mona, apart)
    assert len(places_of(app, "Nina Ny")) == 2
    assert [what for what, *_rest in logged(app, theatre) if what.startswith("roster.")][-2:] == [
        "roster.told_apart",
        "roster.asked_again",
    ]
    assert "It was taken back that two" in in_english(mona, f"/organisations/{theatre.id}/log")
    say(mona, theatre, pair, "two")
    assert not is_asked(mona, theatre), "and decided once more"


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
