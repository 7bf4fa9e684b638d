"""Siv looks through her sessions: ahead and behind, ready or not, by name and by date, and a month at a time."""

import re
from datetime import datetime, timedelta
from html import unescape

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from lms.database import NORWAY, norwegian_day, now, one_transaction, session
from lms.group_sessions.diary import read_month
from lms.group_sessions.models import GroupSession
from lms.organisations.models import current_round, found_organisation
from tests.cast import COURSES, Theatre
from tests.questions import questions
from tests.test_a_coordinator_sees_what_is_new_and_what_to_expect import complete


def plan(app: Flask, theatre: Theatre, name: str, starts_at: datetime | None, place: str = "Salen") -> None:
    """Another organisation with a session that Siv leads."""
    with app.app_context(), one_transaction():
        organisation = found_organisation(name, COURSES)
        session.add(
            GroupSession(
                organisation_id=organisation.id,
                starts_at=starts_at,
                place=place,
                facilitator_id=theatre.people["siv"],
            )
        )


def listed(siv: FlaskClient, query: str = "") -> list[str]:
    answer = siv.get(f"/group-sessions{query}")
    assert answer.status_code == 200
    return [unescape(name) for name in re.findall(r"<h2>\s*<a [^>]*><bdi>(.*?)</bdi>", answer.text)]


def test_what_is_ahead_stands_by_date_and_what_is_behind_for_itself(
    app: Flask, siv: FlaskClient, theatre: Theatre
) -> None:
    plan(app, theatre, "Uten dato", None)
    plan(app, theatre, "Snart", now() + timedelta(days=1))
    plan(app, theatre, "I dag tidlig", now() - timedelta(hours=6))
    plan(app, theatre, "I fjor", now() - timedelta(days=400))
    plan(app, theatre, "I går", now() - timedelta(days=1))

    assert listed(siv) == ["I dag tidlig", "Snart", "Teatret Vårt", "Uten dato"]
    assert listed(siv, "?show=past") == ["I går", "I fjor"]
    assert "Ikke klar" not in siv.get("/group-sessions?show=past").text, "today's verdict says nothing about then"
    assert listed(siv, "?sort=organisation") == ["I dag tidlig", "Snart", "Teatret Vårt", "Uten dato"]
    assert listed(siv, "?sort=luck&show=never&verdict=maybe&page=-1") == listed(siv)


def test_she_finds_by_name_and_place_also_without_accents(app: Flask, siv: FlaskClient, theatre: Theatre) -> None:
    plan(app, theatre, "Café Opera", now() + timedelta(days=3), place="Ålesund")

    assert listed(siv, "?text=cafe") == ["Café Opera"]
    assert listed(siv, "?text=ÅLESUND") == ["Café Opera"]
    assert listed(siv, "?text=100%25") == []
    assert "Ingen samling passer" in siv.get("/group-sessions?text=zzz").text


def test_she_sees_those_that_are_ready_or_those_that_are_not(app: Flask, siv: FlaskClient, theatre: Theatre) -> None:
    plan(app, theatre, "Ikke klare", now() + timedelta(days=3), place="")
    for who in ("kari", "mona"):
        for course in COURSES:
            complete(app, theatre.employees[who], course, norwegian_day(now()))
    with app.app_context(), one_transaction():
        current_round(theatre.id).roster_confirmed_at = now()

    assert listed(siv, "?verdict=ready") == ["Teatret Vårt"]
    assert listed(siv, "?verdict=not_ready") == ["Ikke klare"]
    assert listed(siv, "?sort=missing") == ["Ikke klare", "Teatret Vårt"]


def test_another_facilitators_and_cancelled_sessions_are_not_hers(
    app: Flask, siv: FlaskClient, ola: FlaskClient, theatre: Theatre
) -> None:
    with app.app_context(), one_transaction():
        session.get_one(GroupSession, (theatre.id, theatre.meeting_id)).cancelled_at = now()

    assert listed(siv) == []
    assert ola.get("/group-sessions").status_code == 404
    assert ola.get("/group-sessions/calendar").status_code == 404


def test_a_long_list_has_pages_and_asks_no_more(app: Flask, siv: FlaskClient, theatre: Theatre) -> None:
    for query in ("", "?verdict=not_ready", "?show=past"):
        listed(siv, query)
    with questions(app) as few:
        listed(siv, "?verdict=not_ready")
    for number in range(60):
        plan(app, theatre, f"Huset {number:02}", now() + timedelta(days=10 + number))
    with questions(app) as many:
        first = listed(siv, "?verdict=not_ready")

    assert len(first) == 50
    assert listed(siv, "?page=2") == [f"Huset {number:02}" for number in range(49, 60)]
    assert len(few) == len(many) <= 5
    with questions(app) as month:
        assert siv.get("/group-sessions/calendar").status_code == 200
    assert len(month) <= 5


def test_a_month_holds_its_sessions_on_their_days(app: Flask, theatre: Theatre) -> None:
    """Half past midnight in Norway on 1 April 2027 is still March in UTC; the clocks changed four days before."""
    plan(app, theatre, "Natt til april", datetime(2027, 4, 1, 0, 30, tzinfo=NORWAY))
    plan(app, theatre, "Kvelden før", datetime(2027, 3, 31, 23, 30, tzinfo=NORWAY))
    with time_machine.travel(datetime(2027, 3, 10, 12, tzinfo=NORWAY), tick=False), app.test_client() as siv:
        with siv.session_transaction() as ticket:
            ticket["_user_id"] = f"{theatre.people['siv']}.1"
        march, april = (siv.get(f"/group-sessions/calendar?month=2027-{month}").text for month in ("03", "04"))

    def on(page: str, day: str) -> list[str]:
        cells = re.findall(r"<td.*?</td>", page, re.DOTALL)
        (cell,) = [cell for cell in cells if f'<time datetime="{day}"' in cell]
        return re.findall(r"<bdi>(.*?)</bdi>", cell)

    assert on(april, "2027-04-01") == on(march, "2027-04-01") == ["Natt til april"]
    assert on(march, "2027-03-31") == ["Kvelden før"]
    in_list = march.split('class="month-list"')[1]
    assert "Kvelden før" in in_list
    assert "Natt til april" not in in_list, "a phone's list holds the month alone"
    assert len(re.findall(r"<td", march)) == 35
    assert "month=2027-02" in march
    assert "month=2027-05" in april


@pytest.mark.parametrize(
    "written", ["", "2026-13", "26-11", "2026-1", "x", "9999-99", "2026-00", "٢٠٢٦-١١", "2026-11-01"]
)
def test_a_month_there_is_not_is_this_month(written: str) -> None:
    assert read_month(written) == norwegian_day(now()).replace(day=1)
