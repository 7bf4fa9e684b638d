"""Who came to the group session: marked in a list, counted in the room, or said by people on their own phones."""

import re
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from lms.database import one_transaction, session
from lms.group_sessions.attendance.models import Attendance
from lms.group_sessions.models import GroupSession
from lms.organisations.models import Employee, JoinLink
from lms.organisations.ways_in import join_link
from lms.people.models import Person
from tests.at_once import all_at_once
from tests.cast import Theatre, cast_in, signed_in
from tests.letters import confirm_address, link_by_mail
from tests.meetings import BEGINS, code_of, log_of, meet_at, meeting_in, who_came
from tests.questions import questions
from tests.rosters import come_in


@pytest.fixture(autouse=True)
def the_day() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(BEGINS + timedelta(minutes=5), tick=False) as clock:
        yield clock


@pytest.fixture
def here(app: Flask, theatre: Theatre) -> str:
    return meet_at(app, theatre)


@pytest.fixture
def door(app: Flask, theatre: Theatre, here: str) -> str:
    return f"/here/{code_of(app, theatre)}"


def test_the_coordinator_ticks_those_who_came(mona: FlaskClient, app: Flask, theatre: Theatre, here: str) -> None:
    kari, boss = str(theatre.employees["kari"]), str(theatre.employees["mona"])

    assert mona.post(f"{here}/attendance", data={"shown": [kari, boss], "came": [kari]}).status_code == 303
    assert who_came(app, theatre) == {theatre.employees["kari"]}
    assert mona.post(f"{here}/attendance", data={"shown": [kari, boss], "came": [boss]}).status_code == 303
    assert who_came(app, theatre) == {theatre.employees["mona"]}


def test_another_page_of_the_list_stays_as_it_is(mona: FlaskClient, app: Flask, theatre: Theatre, here: str) -> None:
    some = come_in(app, theatre, *(f"Gjest {number:02}" for number in range(60)))
    first = mona.get(f"{here}/attendance").text
    mona.post(f"{here}/attendance/all", data={"who": "everybody"})
    shown = re.findall(r'name="shown" value="([^"]+)"', first)
    mona.post(f"{here}/attendance", data={"shown": shown})

    assert len(shown) == 50
    assert who_came(app, theatre) == {*some, *list(theatre.employees.values())[:2]} - {
        employee for employee in [*some, *theatre.employees.values()] if str(employee) in shown
    }
    assert "Side 2 av 2" in mona.get(f"{here}/attendance?page=2").text


def test_a_team_is_marked_at_once_and_the_list_emptied(
    mona: FlaskClient, app: Flask, theatre: Theatre, here: str
) -> None:
    crew = come_in(app, theatre, "Pål Rigg", "Åse Lys", team="Rigg")
    come_in(app, theatre, "Una Vakt", team="Vakt")
    mona.post(f"{here}/attendance/all", data={"who": "everybody", "text": "rigg"})

    assert who_came(app, theatre) == set(crew)
    assert mona.post(f"{here}/attendance/all", data={"who": "perhaps"}).status_code == 400
    mona.post(f"{here}/attendance/all", data={"who": "nobody"})
    assert who_came(app, theatre) == set()


def test_somebody_elses_people_cannot_be_marked(mona: FlaskClient, theatre: Theatre, here: str) -> None:
    ola = str(theatre.employees["ola"])

    for forged in ({"shown": [ola], "came": [ola]}, {"came": [str(theatre.employees["kari"])]}, {"shown": ["x"]}):
        assert mona.post(f"{here}/attendance", data=forged).status_code == 400


def test_a_facilitator_counts_and_sees_no_names(siv: FlaskClient, app: Flask, theatre: Theatre, here: str) -> None:
    page = siv.get(f"{here}/attendance").text

    assert "Kari Berg" not in page
    assert siv.post(f"{here}/attendance/count", data={"counted": "42"}).status_code == 303
    assert "<strong>42</strong>" in siv.get(f"{here}/attendance").text
    assert siv.post(f"{here}/attendance/count", data={"counted": "mange"}).status_code == 422
    assert siv.post(f"{here}/attendance/count", data={"counted": ""}).status_code == 303
    with app.app_context():
        assert meeting_in(theatre).came_counted is None


def test_who_leads_another_session_of_the_same_place_gets_no_closer(
    siv: FlaskClient, app: Flask, theatre: Theatre, here: str
) -> None:
    with app.app_context(), one_transaction():
        meeting_in(theatre).facilitator_id = None

    assert siv.get(f"{here}/attendance").status_code == 404


def test_somebody_says_on_her_phone_that_she_is_here(
    kari: FlaskClient, mona: FlaskClient, app: Flask, theatre: Theatre, here: str, door: str
) -> None:
    assert "Jeg er her" in kari.get(door).text
    assert who_came(app, theatre) == set(), "looking writes nothing"
    for _press in range(2):
        assert kari.post(door).status_code == 303
    assert who_came(app, theatre) == {theatre.employees["kari"]}
    assert "Du står i listen" in kari.get(door).text
    assert "fra telefonen" in mona.get(f"{here}/attendance").text


@pytest.mark.parametrize("written", ["{code}", "{spoken}", "{low}"])
def test_the_code_is_read_as_people_write_it(
    written: str, kari: FlaskClient, app: Flask, theatre: Theatre, here: str
) -> None:
    code = code_of(app, theatre)
    spoken = written.format(code=code, spoken=f"{code[:4]}-{code[4:]}", low=code.lower())

    assert kari.get(f"/here/{spoken}").status_code == 200


@pytest.mark.parametrize(
    ("since_it_began", "open"),
    [
        (timedelta(hours=-1, seconds=-1), False),
        (timedelta(hours=-1), True),
        (timedelta(hours=7, seconds=-1), True),
        (timedelta(hours=7), False),
    ],
)
def test_the_code_works_around_the_session_only(
    since_it_began: timedelta, open: bool, app: Flask, theatre: Theatre, door: str
) -> None:
    with time_machine.travel(BEGINS + since_it_began, tick=False):
        kari = signed_in(app, theatre, "kari")
        assert kari.get(door).status_code == (200 if open else 410)
        assert kari.post(door).status_code == (303 if open else 410)
    assert bool(who_came(app, theatre)) == open


def test_a_code_is_for_its_own_session(kari: FlaskClient, mona: FlaskClient, theatre: Theatre, door: str) -> None:
    mona.post(f"/organisations/{theatre.id}/group-session/cancellation")

    assert kari.post(door).status_code == 410
    assert "er avlyst" in kari.get(door).text
    assert kari.get("/here/ABCD-EFGH").status_code == 404


def test_who_works_elsewhere_is_not_written_down(ola: FlaskClient, app: Flask, theatre: Theatre, door: str) -> None:
    assert ola.post(door).status_code == 422
    assert "Enter" not in ola.get(door).text
    assert who_came(app, theatre) == set()


def test_who_works_in_two_places_is_written_down_where_she_is(
    kari: FlaskClient, app: Flask, theatre: Theatre, door: str
) -> None:
    with app.app_context(), one_transaction():
        other = session.get_one(Person, theatre.people["ola"])
        festival = session.query(Employee).filter_by(person_id=other.id).one().organisation_id
        session.add(Employee(organisation_id=festival, person_id=theatre.people["kari"]))
        elsewhere = GroupSession(organisation_id=festival, starts_at=BEGINS)
        session.add(elsewhere)
        session.flush()
        number = elsewhere.id
    kari.post(door)

    with app.app_context():
        assert [row.organisation_id for row in session.query(Attendance)] == [theatre.id]
        assert session.query(Attendance).filter_by(group_session_id=number).count() == 0
    assert kari.get("/calendar").text.count('class="card"') == 2


def test_the_way_survives_signing_in_by_code(anonymous: FlaskClient, app: Flask, theatre: Theatre, door: str) -> None:
    onwards = re.search(r'href="(/sign-in\?[^"]+)"', anonymous.get(door).text)
    assert onwards is not None
    wanted = parse_qs(urlsplit(onwards[1]).query)["wanted"][0]
    answer = anonymous.post("/sign-in", data={"code": theatre.codes["kari"], "wanted": wanted})

    assert anonymous.post(answer.location).status_code == 303
    assert who_came(app, theatre) == {theatre.employees["kari"]}


def test_the_way_survives_a_link_by_mail(app: Flask, theatre: Theatre, door: str) -> None:
    confirm_address(app, theatre.people["kari"], "kari@example.no")
    phone = app.test_client()
    link = link_by_mail(app, phone, "kari@example.no", wanted=door)
    answer = phone.post(link)

    assert answer.location == door
    assert phone.post(door).status_code == 303
    assert who_came(app, theatre) == {theatre.employees["kari"]}


def test_the_way_survives_entering_by_name(anonymous: FlaskClient, app: Flask, theatre: Theatre, door: str) -> None:
    onwards = re.search(r'href="(/join/[^"]+)"', anonymous.get(door).text)
    assert onwards is not None
    form = anonymous.get(onwards[1]).text.split("<footer")[0]
    fields = dict(re.findall(r'name="(entry|wanted)"\s+value="([^"]+)"', form))
    welcome = anonymous.post(urlsplit(onwards[1]).path, data={"name": "Nina Ny", **fields})

    assert f'href="{fields["wanted"]}"' in welcome.text
    assert anonymous.post(fields["wanted"]).status_code == 303
    with app.app_context():
        (came,) = who_came(app, theatre)
        newcomer = session.get_one(Employee, (theatre.id, came))
        assert session.get_one(Person, newcomer.person_id).name == "Nina Ny"


def test_the_way_on_never_leads_away_from_here(anonymous: FlaskClient, theatre: Theatre) -> None:
    answer = anonymous.post(f"/join/{theatre.join_code}", data={"name": "Nina Ny", "wanted": "//evil.example"})

    assert "evil.example" not in answer.text


def test_the_room_never_offers_a_way_in_for_leaders(
    anonymous: FlaskClient, app: Flask, theatre: Theatre, door: str
) -> None:
    with app.app_context(), one_transaction():
        link = join_link(theatre.join_code)
        assert isinstance(link, JoinLink)
        link.is_leader = True

    assert "/join/" not in anonymous.get(door).text
    assert "Si fra til koordinatoren" in anonymous.get(door).text


def test_a_whole_house_checks_in_at_once(open_app: object, database_url: str) -> None:
    app = open_app(database_url)  # type: ignore[operator]
    theatre = cast_in(app)
    meet_at(app, theatre)
    door = f"/here/{code_of(app, theatre)}"
    phones = [signed_in(app, theatre, who) for who in ("kari", "mona") for _phone in range(4)]
    answers = all_at_once([lambda phone=phone: phone.post(door).status_code for phone in phones])  # type: ignore[misc]

    assert set(answers) == {303}
    assert who_came(app, theatre) == {theatre.employees["kari"], theatre.employees["mona"]}


def test_the_list_asks_no_more_however_many_we_are(mona: FlaskClient, app: Flask, theatre: Theatre, here: str) -> None:
    with questions(app) as few:
        mona.get(f"{here}/attendance")
    come_in(app, theatre, *(f"Gjest {number:03}" for number in range(200)))
    with questions(app) as many:
        mona.get(f"{here}/attendance")
    with questions(app) as marking:
        mona.post(f"{here}/attendance/all", data={"who": "everybody"})

    assert len(many) == len(few) <= 6
    assert len(marking) <= 5
    assert len(who_came(app, theatre)) == 202


def test_the_room_shows_an_address_short_enough_to_write(
    siv: FlaskClient, app: Flask, theatre: Theatre, here: str
) -> None:
    code = code_of(app, theatre)
    page = siv.get(f"{here}/room").text

    assert f"localhost/here/{code[:4]}-{code[4:]}" in page
    assert "<svg" in page
    assert log_of(app, theatre) == []
