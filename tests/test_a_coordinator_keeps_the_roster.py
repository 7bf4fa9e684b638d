"""Mona sees who is here and how far each has come, and keeps the roster as it is."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from markupsafe import escape
from sqlalchemy import select

from lms.database import norwegian_day, now, one_transaction, session
from lms.learning.models import Enrolment
from lms.organisations.models import Employee
from tests.cast import Theatre, cast_in, signed_in
from tests.questions import questions
from tests.rigs_browsers import OpenWindow
from tests.rosters import come_in, names_on, people_at
from tests.writing import report

ENGLISH = {"Accept-Language": "en"}


def in_english(client: FlaskClient, address: str) -> str:
    """A page in English, whatever the reader has chosen."""
    client.post("/language", data={"language": "en"})
    return client.get(address, headers=ENGLISH).text


def without_token(page: str) -> str:
    """The page without its form token, which holds the second it was made in."""
    return re.sub(r'(name="csrf_token" value=)"[^"]*"', r"\1", page)


def row_of(page: str, name: str) -> list[str]:
    """The cells of somebody's line, as they read."""
    row = next(row for row in re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL) if f"<bdi>{name}</bdi>" in row)
    cells = re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)
    return [" ".join(unescape(re.sub(r"<[^>]+>", "", cell)).split()) for cell in cells]


def test_each_course_is_not_begun_begun_or_completed_on_a_day(
    app: Flask, kari: FlaskClient, mona: FlaskClient, theatre: Theatre
) -> None:
    lesson = f"/learn/{theatre.id}/harassment/welcome"
    kari.post(f"{lesson}/answers", data={"what-you-need": "Dette er bare mitt."})
    page = in_english(mona, people_at(theatre))

    assert names_on(page) == ["Kari Berg", "Mona Haug"]
    assert row_of(page, "Kari Berg") == ["", "begun", "not begun"]
    assert "0 of 2 have completed it" in page
    assert "1 begun, 1 not begun" in page

    with app.app_context(), one_transaction():
        library = app.extensions["lms"].library
        for enrolment in session.scalars(select(Enrolment).where(Enrolment.employee_id == theatre.employees["kari"])):
            for each in library.course(enrolment.course).written_lessons:
                enrolment.skip(each, each.exercise_ids)
                enrolment.complete(library.course(enrolment.course), each)
    page = in_english(mona, people_at(theatre))

    assert all(re.fullmatch(r"completed \d{1,2} \w{3,4} \d{4}", cell) for cell in row_of(page, "Kari Berg")[1:])
    assert "1 of 2 have completed it" in page


def test_nothing_more_than_that_is_on_her_pages(
    app: Flask, kari: FlaskClient, mona: FlaskClient, theatre: Theatre
) -> None:
    """Not how many lessons, how long, what was skipped: before and after, the pages are the same but for one word."""
    lesson = f"/learn/{theatre.id}/harassment/welcome"
    kari.post(f"{lesson}/answers", data={"what-you-need": "Kanarifugl"})
    pages = people_at(theatre), people_at(theatre, "kari")
    before = [without_token(mona.get(page).text) for page in pages]
    kari.post(f"{lesson}/time", data=report(kari, lesson))
    kari.post(f"{lesson}/skips", data={"part": "all"})
    kari.post(f"{lesson}/completion")

    assert [without_token(mona.get(page).text) for page in pages] == before
    assert "Kanarifugl" not in "".join(before)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("", ["Kari Berg", "Mona Haug", "Ærlend Åsen", "Øyvor Dal", "Åse Lie"]),
        ("sort=team", ["Åse Lie", "Ærlend Åsen", "Øyvor Dal", "Kari Berg", "Mona Haug"]),
        ("text=åse", ["Ærlend Åsen", "Åse Lie"]),
        ("text=LIE", ["Åse Lie"]),
        ("text=verk åsen", ["Ærlend Åsen"]),
        ("text=%25", []),
        ("text=_", []),
        ("sort=age&show=everyone&page=-1", ["Kari Berg", "Mona Haug", "Ærlend Åsen", "Øyvor Dal", "Åse Lie"]),
        ("page=99999999999999999999", ["Kari Berg", "Mona Haug", "Ærlend Åsen", "Øyvor Dal", "Åse Lie"]),
        ("page=7", ["Kari Berg", "Mona Haug", "Ærlend Åsen", "Øyvor Dal", "Åse Lie"]),
        ("show=excused", []),
        ("show=done", []),
    ],
)
def test_the_address_says_whom_to_show_in_which_order(
    app: Flask, mona: FlaskClient, theatre: Theatre, asked: str, found: list[str]
) -> None:
    come_in(app, theatre, "Ærlend Åsen", "Øyvor Dal", team="Verksted")
    come_in(app, theatre, "Åse Lie", team="Orkester")

    answer = mona.get(f"{people_at(theatre)}?{asked}")
    assert answer.status_code == 200
    assert names_on(answer.text) == found


def test_both_databases_know_the_norwegian_alphabet(open_app: Callable[..., Flask], database_url: str) -> None:
    app = open_app(database_url)
    theatre = cast_in(app)
    mona = signed_in(app, theatre, "mona")
    come_in(app, theatre, "Zara É", "Åse Lie", "ærlig Talt", "Øyvor Dal", "Ánne Čálli", team="Ås")

    assert names_on(mona.get(people_at(theatre)).text) == [
        "Ánne Čálli",
        "Kari Berg",
        "Mona Haug",
        "Zara É",
        "ærlig Talt",
        "Øyvor Dal",
        "Åse Lie",
    ]
    assert names_on(mona.get(f"{people_at(theatre)}?text=anne+calli").text) == ["Ánne Čálli"]
    assert names_on(mona.get(f"{people_at(theatre)}?text=åS&sort=team&show=missing").text)[0] == "Ánne Čálli"


def test_fifty_at_a_time_and_every_link_keeps_the_search(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    come_in(app, theatre, *(f"Frivillig {number:03}" for number in range(120)), team="Festival")
    first = f"{people_at(theatre)}?text=frivillig&sort=team"
    seen: list[str] = []
    address: str | None = first
    while address is not None:
        page = mona.get(address).text
        assert len(names_on(page)) <= 50
        seen += names_on(page)
        onwards = re.search(r'rel="next"\s+href="([^"]+)"', page)
        address = unescape(onwards[1]) if onwards else None

    assert seen == [f"Frivillig {number:03}" for number in range(120)]
    back = re.search(r'rel="prev"\s+href="([^"]+)"', page)
    assert back is not None
    assert "text=frivillig" in back[1]
    assert "sort=team" in back[1]


def test_those_who_are_missing_something(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    done, excused, left = come_in(app, theatre, "Ferdig", "Unntatt", "Sluttet")
    with app.app_context(), one_transaction():
        for enrolment in session.scalars(select(Enrolment).where(Enrolment.employee_id == done)):
            enrolment.begun_at = enrolment.completed_at = now()
            enrolment.completed_on = norwegian_day(now())
    mona.post(f"{people_at(theatre)}/{excused}/exception", data={"reason": "I permisjon"})
    mona.post(f"{people_at(theatre)}/{left}/departure")
    found = {
        show: names_on(mona.get(f"{people_at(theatre)}?show={show}").text)
        for show in ("everybody", "missing", "done", "excused", "left")
    }

    assert found == {
        "everybody": ["Ferdig", "Kari Berg", "Mona Haug", "Unntatt"],
        "missing": ["Kari Berg", "Mona Haug"],
        "done": ["Ferdig"],
        "excused": ["Unntatt"],
        "left": ["Sluttet"],
    }


def test_somebody_alone_is_led_to_the_join_links(app: Flask, ola: FlaskClient, theatre: Theatre) -> None:
    with app.app_context():
        place = session.scalars(select(Employee).where(Employee.person_id == theatre.people["ola"])).one()
    page = ola.get(f"/organisations/{place.organisation_id}/people").text

    note = page.partition('class="note"')[2].partition("</div>")[0]
    assert f"/organisations/{place.organisation_id}/join-links" in note


NAMES = [
    "<script>alert(1)</script>",
    "שלום עולם",
    "🎭" * 120,
    "W" * 120,
    "O’Brien & “Sønner”",
]


@pytest.mark.parametrize("name", NAMES)
def test_any_name_is_shown_as_it_is_and_does_nothing(
    app: Flask, mona: FlaskClient, theatre: Theatre, name: str
) -> None:
    (employee,) = come_in(app, theatre, name, team=name[:80])
    for address in (people_at(theatre), f"{people_at(theatre)}/{employee}"):
        page = mona.get(address).text
        assert f"<bdi>{escape(name)}</bdi>" in page
        assert "<script>alert" not in page
    code = mona.post(f"{people_at(theatre)}/{employee}/code").text
    assert f"<bdi>{escape(name)}</bdi>" in code
    assert "<script>alert" not in code


@pytest.mark.browser
@pytest.mark.parametrize("size", ["narrow", "phone", "desktop"])
def test_long_names_push_nothing_off_the_screen(
    app: Flask, mona: FlaskClient, theatre: Theatre, window: OpenWindow, size: Any
) -> None:
    employees = come_in(app, theatre, *NAMES, team="T" * 80)
    opened = window(mona, size=size)
    for address in (people_at(theatre), *(f"{people_at(theatre)}/{employee}" for employee in employees)):
        opened.open(address)
        assert not opened.scrolls_sideways(), address
    assert opened.complaints == []


@pytest.mark.parametrize("address", ["people", "people?show=missing&text=o&sort=team", "people/{kari}", "choices"])
def test_three_hundred_cost_no_more_questions_than_five(
    app: Flask, mona: FlaskClient, theatre: Theatre, address: str
) -> None:
    address = f"/organisations/{theatre.id}/{address.format(kari=theatre.employees['kari'])}"
    come_in(app, theatre, "Anno", "Bo", "Cato")
    mona.get(address)
    with questions(app) as few:
        assert mona.get(address).status_code == 200
    come_in(app, theatre, *(f"Kollega {number}" for number in range(295)), team="Kor")
    with questions(app) as many:
        assert mona.get(address).status_code == 200

    assert len(many) == len(few), "\n".join(many)
    assert len(few) <= 10, "\n".join(few)


def test_the_front_page_leads_to_all_pages_of_the_organisation(
    mona: FlaskClient, kari: FlaskClient, theatre: Theatre
) -> None:
    ways = [f"/organisations/{theatre.id}/{page}" for page in ("readiness", "people", "join-links", "choices")]
    for page in ("/", ways[1], ways[2], ways[3]):
        shown = mona.get(page).text
        assert [way for way in ways if f'href="{way}"' not in shown] == [], page
    assert "/organisations/" not in kari.get("/").text
