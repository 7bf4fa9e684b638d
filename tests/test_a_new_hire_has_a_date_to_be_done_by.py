"""Mona opens one link for new hires; each has fourteen days from the day she came, and Mona sees who is late."""

import re
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from lms.database import norwegian_day, now, one_transaction, session
from lms.learning.models import Enrolment
from lms.learning.onboarding.deadlines import who_is_due
from lms.learning.roster.changes import give_exception, mark_as_left
from lms.organisations.events import Event
from lms.organisations.models import Employee, JoinLink, current_round
from lms.people.models import Person
from tests.cast import Theatre, complete_by_skipping
from tests.spoken import reading

FRIDAY = datetime(2026, 11, 27, 9, tzinfo=UTC)


def open_link(app: Flask, mona: FlaskClient, theatre: Theatre, **written: object) -> JoinLink:
    """The link that Mona opens for new hires."""
    form = {"label": "Nyansatte", "due_days": "14", **written}
    assert mona.post(f"/organisations/{theatre.id}/join-links", data=form).status_code == 303
    with app.app_context():
        return session.scalars(select(JoinLink).where(JoinLink.label == form["label"])).one()


def enter(app: Flask, link: JoinLink, name: str) -> FlaskClient:
    newcomer = app.test_client()
    assert newcomer.post(f"/join/{link.code}", data={"name": name}).status_code == 200
    return newcomer


def place_of(name: str) -> Employee:
    return session.scalars(
        select(Employee).join(Person, Person.id == Employee.person_id).where(Person.name == name)
    ).one()


def dates_of(app: Flask, name: str) -> dict[str, date | None]:
    with app.app_context():
        hers = Enrolment.employee_id == place_of(name).id
        return dict(session.execute(select(Enrolment.course, Enrolment.due_on).where(hers)).all())


def lines(page: str) -> list[str]:
    """Who stands in the table, from the top."""
    return re.findall(r'<th scope="row">\s*<a[^>]*>(?:<bdi>)?([^<]+)', page)


def test_the_door_and_her_own_page_say_by_when(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    link = open_link(app, mona, theatre, courses=["norms"])
    with time_machine.travel(FRIDAY, tick=False):
        door = app.test_client().get(f"/join/{link.code}", headers=reading("nb")).text
        abroad = app.test_client().get(f"/join/{link.code}", headers=reading("en")).text
        nina = enter(app, link, "Nina Ny")
        front = nina.get("/", headers=reading("nb")).text
        course = nina.get(f"/learn/{theatre.id}/norms/", headers=reading("nb")).text

    assert "Du har 14 dager på deg: ferdig innen 11. desember." in door
    assert "You have 14 days: be done by 11 December." in abroad
    assert "ferdig innen 11. desember" in front
    assert "Ferdig innen 11. desember." in course
    assert dates_of(app, "Nina Ny") == {"norms": date(2026, 12, 11)}


def test_the_day_is_counted_in_norway(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    """At half past midnight in Oslo it is still yesterday in UTC."""
    link = open_link(app, mona, theatre, due_days="1")
    with time_machine.travel(datetime(2028, 2, 27, 23, 30, tzinfo=UTC), tick=False):
        enter(app, link, "Nina Ny")

    assert set(dates_of(app, "Nina Ny").values()) == {date(2028, 2, 29)}


def test_a_date_in_another_year_says_which(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    link = open_link(app, mona, theatre, due_days="60")
    with time_machine.travel(FRIDAY, tick=False):
        nina = enter(app, link, "Nina Ny")

        assert "ferdig innen 26. januar 2027" in nina.get("/", headers=reading("nb")).text


def test_nothing_that_becomes_of_the_link_moves_a_date(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    link = open_link(app, mona, theatre)
    page = f"/organisations/{theatre.id}/join-links/{link.id}"
    with time_machine.travel(FRIDAY, tick=False):
        nina = enter(app, link, "Nina Ny")
        assert mona.post(f"{page}/deadline", data={"due_days": "30"}).status_code == 303
        nina.post(f"/join/{link.code}")
        enter(app, link, "Bo Lie")
        mona.post(f"{page}/deadline", data={"due_days": ""})
        enter(app, link, "Ida Vik")
        mona.post(f"{page}/revocation")

    assert set(dates_of(app, "Nina Ny").values()) == {date(2026, 12, 11)}
    assert set(dates_of(app, "Bo Lie").values()) == {date(2026, 12, 27)}
    assert set(dates_of(app, "Ida Vik").values()) == {None}
    with app.app_context():
        log = session.scalars(select(Event).where(Event.what == "join_link.deadline_set")).all()
    assert {(event.by, event.about["days"]) for event in log} == {
        (theatre.people["mona"], 30),
        (theatre.people["mona"], None),
    }


def test_a_renewed_link_gives_the_same_time(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    link = open_link(app, mona, theatre)
    mona.post(f"/organisations/{theatre.id}/join-links/{link.id}/renewal")
    with app.app_context():
        fresh = session.scalars(select(JoinLink).where(JoinLink.label == "Nyansatte", JoinLink.id != link.id)).one()

    assert fresh.due_days == 14


def test_somebody_who_was_here_before_gets_no_date_by_it(
    app: Flask, mona: FlaskClient, kari: FlaskClient, theatre: Theatre
) -> None:
    link = open_link(app, mona, theatre)

    assert "dager på deg" not in kari.get(f"/join/{link.code}").text
    kari.post(f"/join/{link.code}")
    assert set(dates_of(app, "Kari Berg").values()) == {None}
    assert "Kari Berg" not in mona.get(f"/organisations/{theatre.id}/new-hires").text


def test_whoever_comes_back_has_her_time_anew(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    """Hired for one season, and for the next."""
    link = open_link(app, mona, theatre)
    with time_machine.travel(FRIDAY - timedelta(days=100), tick=False):
        nina = enter(app, link, "Nina Ny")
        with app.app_context(), one_transaction():
            employee = place_of("Nina Ny")
            mark_as_left(employee, session.get_one(Person, theatre.people["mona"]), sure=True)
    with time_machine.travel(FRIDAY, tick=False):
        nina.post(f"/join/{link.code}")

        assert set(dates_of(app, "Nina Ny").values()) == {date(2026, 12, 11)}
        assert lines(mona.get(f"/organisations/{theatre.id}/new-hires").text) == ["Nina Ny"]


@pytest.mark.parametrize("written", ["0", "-3", "366", "to uker", "9" * 5_000, "²"])
def test_a_wrong_number_of_days_comes_back(app: Flask, mona: FlaskClient, theatre: Theatre, written: str) -> None:
    page = f"/organisations/{theatre.id}/join-links"
    for answer in (
        mona.post(page, data={"label": "Nyansatte", "due_days": written}),
        mona.post(f"{page}/{theatre.join_link_id}/deadline", data={"due_days": written}),
    ):
        assert answer.status_code == 422
        assert 'id="due_days-error"' in answer.text
        assert f'value="{written}"' in answer.text


@pytest.fixture
def hired(app: Flask, mona: FlaskClient, theatre: Theatre) -> JoinLink:
    """Ada is done, Bo is late, Cam has time, and Dina came last spring; Eli is excused and Fia has left again."""
    link = open_link(app, mona, theatre)
    for name, days_ago in (("Dina", 200), ("Bo", 20), ("Ada", 18), ("Eli", 17), ("Fia", 16), ("Cam", 2)):
        with time_machine.travel(now() - timedelta(days=days_ago)):
            enter(app, link, name)
    with app.app_context(), one_transaction():
        mona_herself = session.get_one(Person, theatre.people["mona"])
        for enrolment in session.query(Enrolment).filter_by(employee_id=place_of("Ada").id):
            complete_by_skipping(enrolment, app.extensions["lms"].library.course(enrolment.course))
        give_exception(place_of("Eli"), "Foreldrepermisjon", mona_herself)
        mark_as_left(place_of("Fia"), mona_herself, sure=True)
    return link


@pytest.mark.parametrize(
    ("asked", "who"),
    [
        ("", ["Bo", "Cam", "Ada", "Eli"]),
        ("?days=365", ["Dina", "Bo", "Cam", "Ada", "Eli"]),
        ("?show=overdue", ["Bo"]),
        ("?show=missing", ["Bo", "Cam"]),
        ("?show=done", ["Ada", "Eli"]),
        ("?sort=name", ["Ada", "Bo", "Cam", "Eli"]),
        ("?sort=joined", ["Cam", "Eli", "Ada", "Bo"]),
        ("?days=7&sort=x&show=%00&page=-1", ["Bo", "Cam", "Ada", "Eli"]),
        ("?page=9999", ["Bo", "Cam", "Ada", "Eli"]),
    ],
)
def test_the_coordinator_sees_who_is_late_first(
    mona: FlaskClient, theatre: Theatre, hired: JoinLink, asked: str, who: list[str]
) -> None:
    page = mona.get(f"/organisations/{theatre.id}/new-hires{asked}", headers=reading("nb")).text

    assert lines(page) == who
    assert page.count('class="tag late"') == len({"Bo", "Dina"} & set(who))
    assert "Nyansatte" in page


def test_the_numbers_are_over_all_of_them(mona: FlaskClient, theatre: Theatre, hired: JoinLink) -> None:
    page = mona.get(f"/organisations/{theatre.id}/new-hires?show=overdue").text

    assert re.findall(r"<strong>(\d+)</strong>", page) == ["4", "2", "1"]


def test_those_who_remind_are_told_who_is_due_when(app: Flask, theatre: Theatre, hired: JoinLink) -> None:
    today = norwegian_day(now())
    with app.app_context():
        round = current_round(theatre.id)
        names = {place_of(name).id: name for name in ("Ada", "Bo", "Cam", "Dina", "Eli", "Fia")}

        def due(first: date, last: date) -> dict[str, date]:
            return {names[who]: day for who, day in who_is_due(round, first, last).items()}

        assert due(today, today + timedelta(days=12)) == {"Cam": today + timedelta(days=12)}
        assert due(today - timedelta(days=7), today) == {"Bo": today - timedelta(days=6)}
        assert due(today, today) == {}


def test_the_list_comes_in_pages(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    link = open_link(app, mona, theatre)
    with app.app_context(), one_transaction():
        for number in range(51):
            link_here = session.get_one(JoinLink, (theatre.id, link.id))
            person = Person(name=f"Ny {number:02}", language="nb")
            session.add(person)
            session.flush()
            employee = link_here.admit(person)
            session.flush()
            _enrol_with_date(employee, theatre.id)
    here = f"/organisations/{theatre.id}/new-hires"
    first, second = mona.get(f"{here}?sort=name").text, mona.get(f"{here}?sort=name&page=2").text

    assert len(lines(first)) == 50
    assert lines(second) == ["Ny 50"]
    assert 'rel="next"' in first
    assert 'rel="prev"' in second


def _enrol_with_date(employee: Employee, organisation_id: UUID) -> None:
    round_id = current_round(organisation_id).id
    due_on = norwegian_day(now()) + timedelta(days=14)
    place = {"organisation_id": organisation_id, "employee_id": employee.id, "round_id": round_id}
    session.add(Enrolment(course="norms", due_on=due_on, **place))


def test_the_page_says_how_to_begin(mona: FlaskClient, theatre: Theatre) -> None:
    page = mona.get(f"/organisations/{theatre.id}/new-hires").text
    way = re.search(r'href="([^"]+new_hires=1[^"]*)"', page)

    assert way is not None
    form = mona.get(way[1].partition("#")[0], headers=reading("nb")).text
    assert 'value="14"' in form
    assert 'value="Nyansatte"' in form


@pytest.mark.parametrize("copied", [str.upper, lambda code: code.replace("-", ""), lambda code: code.replace("-", " ")])
def test_a_code_copied_by_hand_still_opens(app: Flask, mona: FlaskClient, theatre: Theatre, copied: object) -> None:
    code = open_link(app, mona, theatre).code

    assert re.fullmatch(r"[a-z2-9]{4}(-[a-z2-9]{4}){2}", code)
    assert callable(copied)
    assert app.test_client().get(f"/join/{copied(code)}").status_code == 200
