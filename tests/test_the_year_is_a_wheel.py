"""A coordinator sees the year as a wheel, plans what happens in it, and says what was held and what came of it."""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import expect
from sqlalchemy import select

from lms.database import NORWAY, one_transaction, session
from lms.measures.models import TIMES_A_YEAR, Measure
from lms.measures.standing import plan_of
from lms.measures.year_wheel.models import ActivityHeld
from lms.measures.year_wheel.picture import MIDDLE, OUTER, PLACES, wheel_of
from lms.measures.year_wheel.rhythm import MONTHS, days_of, months_after, next_day
from lms.measures.year_wheel.year import Activity, Month, Year
from lms.organisations.events import Event
from lms.people.models import Person
from tests.calendars import events_in, faults
from tests.cast import Theatre
from tests.plans import plan_a_measure
from tests.questions import questions
from tests.rigs_browsers import OpenWindow

TODAY = datetime(2026, 11, 25, 9, tzinfo=NORWAY)
FORM = {"what": "Samtale om makt", "due": "30.11.2026", "recurring": "", "owner": "Teatersjefen"}
DAYS = st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 12, 31))
RHYTHMS = st.sampled_from(sorted(TIMES_A_YEAR))


@pytest.fixture(autouse=True)
def today() -> Iterator[Any]:
    with time_machine.travel(TODAY, tick=False) as clock:
        yield clock


@pytest.fixture
def year(theatre: Theatre) -> str:
    return f"/organisations/{theatre.id}/year"


@given(DAYS, RHYTHMS, DAYS, st.integers(0, 800))
def test_what_recurs_comes_once_in_each_of_its_months(first: date, rhythm: str, since: date, many: int) -> None:
    until = since + timedelta(days=many)
    days = list(days_of(first, rhythm, since, until))
    step = MONTHS[rhythm]
    every = {months_after(first, number * step, first.day) for number in range(101 * 12 // step + 12)}

    assert days == sorted(day for day in every if since <= day <= until)


@given(DAYS, RHYTHMS, DAYS)
def test_the_next_day_is_the_earliest_one_later(first: date, rhythm: str, after: date) -> None:
    found = next_day(first, rhythm, after)

    assert found > max(first, after)
    assert list(days_of(first, rhythm, max(first, after) + timedelta(days=1), found)) == [found]


@given(DAYS, RHYTHMS)
def test_a_day_that_short_months_lack_comes_back(first: date, rhythm: str) -> None:
    on, kept = first, []
    for _time in range(13):
        on = next_day(on, rhythm, on, first.day)
        kept.append(on)

    assert kept == [months_after(first, (number + 1) * MONTHS[rhythm], first.day) for number in range(13)]
    assert all(day.day == first.day or (day + timedelta(days=1)).day == 1 for day in kept)


@given(st.lists(st.integers(0, 60), min_size=12, max_size=12))
def test_every_stone_lies_in_its_month_and_upon_no_other(many: list[int]) -> None:
    measure = Measure(requirement="awareness_plan")
    months = tuple(
        Month(date(2026, place + 1, 1), (Activity(measure, date(2026, place + 1, 1), "planned"),) * number, False)
        for place, number in enumerate(many)
    )
    wheel = wheel_of(Year(months, ()))

    assert [len(segment.stones) + segment.more for segment in wheel] == many
    assert all(len(segment.stones) <= PLACES for segment in wheel)
    stones = [stone for segment in wheel for stone in segment.stones]
    places = [complex(stone.x, stone.y) for stone in stones]
    assert all(abs(one - other) > 28 for n, one in enumerate(places) for other in places[:n])
    assert all(abs(place - complex(MIDDLE, MIDDLE)) < OUTER - 14 for place in places)
    assert len({stone.number for stone in stones}) == len(stones)


def test_an_activity_is_planned_right_there(mona: FlaskClient, year: str, app: Flask, theatre: Theatre) -> None:
    assert "Ingenting har en dag ennå" in mona.get(year).text
    assert mona.post(year, data={**FORM, "recurring": "quarterly"}).status_code == 303

    page = mona.get(year).text
    assert page.count("Samtale om makt</bdi>") == 4
    assert len(re.findall(r'<circle class="stone planned\s*"', page)) == 4 + 1  # and the one that explains it
    assert "31. mai 2027" not in page
    assert "30. mai 2027" in page
    with app.app_context():
        assert plan_of(theatre.id).requirement("awareness_plan").is_met


def test_the_same_talk_on_two_days_is_two_and_one_press_twice_is_one(mona: FlaskClient, year: str, app: Flask) -> None:
    for due in ("30.11.2026", "30.11.2026", "01.03.2027"):
        mona.post(year, data={**FORM, "due": due})

    with app.app_context():
        days = session.scalars(select(Measure.due).order_by(Measure.due)).all()
    assert days == [date(2026, 11, 30), date(2027, 3, 1)]
    assert "2 aktiviteter" in mona.get(year).text


def test_without_a_day_it_says_so_and_keeps_the_words(mona: FlaskClient, year: str) -> None:
    answer = mona.post(year, data={**FORM, "due": "snart"})

    assert answer.status_code == 422
    assert "Samtale om makt" in answer.text
    assert answer.text.count('aria-invalid="true"') == 1
    assert mona.post(year, data={**FORM, "recurring": "hourly"}).status_code == 400


def test_an_example_of_the_scheme_fills_the_form(mona: FlaskClient, year: str, app: Flask) -> None:
    assert "Workshops om makt" in mona.get(f"{year}?example=workshops").text.split("<textarea", 1)[1]
    mona.post(year, data={**FORM, "example": "workshops"})

    with app.app_context():
        assert session.scalars(select(Measure.example)).one() == "workshops"


def test_months_without_anything_are_seen_and_an_owner_sees_what_is_hers(mona: FlaskClient, year: str) -> None:
    mona.post(year, data=FORM)
    mona.post(year, data={**FORM, "what": "Temadag", "due": "01.02.2027", "owner": "HR"})

    page = mona.get(year).text
    empty = page.split("Ingenting skjer i:")[1].split("</p>")[0]
    assert "januar 2027" in empty
    assert "februar 2027" not in empty
    assert "Temadag" in mona.get(f"{year}?who=HR").text
    assert "Samtale om makt" not in mona.get(f"{year}?who=HR").text
    assert "Januar 2027 – desember 2027" in " ".join(mona.get(f"{year}?span=2027").text.split())


def the_measure(app: Flask) -> Measure:
    with app.app_context():
        return session.scalars(select(Measure)).one()


def held(planned_on: str, held_on: str = "25.11.2026", note: str = "Fin samtale.") -> dict[str, str]:
    return {"planned_on": planned_on, "held_on": held_on, "note": note}


def test_what_was_held_goes_on_to_its_next_day_and_can_be_taken_back(
    mona: FlaskClient, year: str, app: Flask, today: Any
) -> None:
    mona.post(year, data={**FORM, "due": "31.01.2027", "recurring": "monthly"})
    there = f"{year}/{the_measure(app).id}"
    today.move_to(datetime(2027, 2, 2, 9, tzinfo=NORWAY))
    for _press in range(2):
        assert mona.post(f"{there}/held", data=held("2027-01-31", "01.02.2027")).status_code == 303
    assert (the_measure(app).due, the_measure(app).status) == (date(2027, 2, 28), "continuing")

    today.move_to(datetime(2027, 3, 1, 9, tzinfo=NORWAY))
    mona.post(f"{there}/held", data=held("2027-02-28", "28.02.2027", "Nå med frilanserne."))
    assert the_measure(app).due == date(2027, 3, 31), "March has the day that February lacks"
    page = mona.get(there).text
    assert "Nå med frilanserne." in page
    assert "Mona Haug" in page
    assert "Fin samtale." in mona.get(f"{year}?span=2027").text

    mona.post(f"{there}/held/undo", data={"planned_on": "2027-01-31"})
    assert the_measure(app).due == date(2027, 3, 31), "only what was said last can be taken back"
    mona.post(f"{there}/held/undo", data={"planned_on": "2027-02-28"})
    mona.post(f"{there}/held/undo", data={"planned_on": "2027-01-31"})
    assert (the_measure(app).due, the_measure(app).status) == (date(2027, 1, 31), "planned")
    with app.app_context():
        assert session.scalars(select(ActivityHeld)).all() == []
        log = session.scalars(select(Event.what).where(Event.what.like("measure.held%")).order_by(Event.at)).all()
    assert log == ["measure.held"] * 2 + ["measure.held_taken_back"] * 2


def test_what_happens_once_is_done(mona: FlaskClient, year: str, app: Flask) -> None:
    mona.post(year, data=FORM)
    there = f"{year}/{the_measure(app).id}"
    mona.post(f"{there}/held", data=held("2026-11-30"))

    assert the_measure(app).status == "done"
    assert mona.get(year).text.count("Samtale om makt</bdi>") == 1
    assert "held_on" not in mona.get(there).text


def test_a_late_one_skips_what_has_passed(mona: FlaskClient, year: str, app: Flask) -> None:
    mona.post(year, data={**FORM, "due": "15.08.2026", "recurring": "monthly"})
    assert "Ikke markert som holdt" in mona.get(year).text
    mona.post(f"{year}/{the_measure(app).id}/held", data=held("2026-08-15"))

    assert the_measure(app).due == date(2026, 12, 15)


@pytest.mark.parametrize("day", ["26.11.2026", "23.11.2025", "i går", ""])
def test_a_day_that_cannot_be_is_asked_about(day: str, mona: FlaskClient, year: str, app: Flask) -> None:
    mona.post(year, data=FORM)
    answer = mona.post(f"{year}/{the_measure(app).id}/held", data=held("2026-11-30", day))

    assert answer.status_code == 422
    assert "Fin samtale." in answer.text
    assert the_measure(app).status == "planned"


def test_a_page_that_is_no_longer_true_changes_nothing(mona: FlaskClient, year: str, app: Flask) -> None:
    mona.post(year, data=FORM)
    there = f"{year}/{the_measure(app).id}"

    assert mona.post(f"{there}/held", data=held("2026-11-29")).status_code == 422
    assert mona.post(f"{there}/held", data=held("not a day")).status_code == 400
    assert the_measure(app).status == "planned"


def test_whoever_has_the_form_open_does_not_put_the_old_day_back(
    mona: FlaskClient, year: str, app: Flask, theatre: Theatre
) -> None:
    mona.post(year, data={**FORM, "recurring": "yearly"})
    measure = the_measure(app)
    mona.post(f"{year}/{measure.id}/held", data=held("2026-11-30"))
    old = {**FORM, "why": "", "requirement": "awareness_plan", "revision": "0", "recurring": "yearly"}

    answer = mona.post(f"/organisations/{theatre.id}/measures/{measure.id}", data=old)
    assert answer.status_code == 422
    assert the_measure(app).due == date(2027, 11, 30)


def feed_address(page: str) -> str:
    found = re.search(r'value="[^"]*?(/year/[\w-]+\.ics)"', page)
    assert found
    return found.group(1)


def test_a_calendar_shows_days_and_titles_until_its_address_is_ended(
    mona: FlaskClient, anonymous: FlaskClient, year: str, app: Flask
) -> None:
    mona.post(year, data={**FORM, "recurring": "quarterly", "owner": "Kari Berg"})
    mona.post(f"{year}/{the_measure(app).id}/held", data=held("2026-11-30", "25.11.2026"))
    first = feed_address(mona.post(f"{year}/calendar").text)
    answer = anonymous.get(first)

    assert faults(answer.text) == []
    days = [event["DTSTART"].dt for event in events_in(answer.text)]
    assert days[:3] == [date(2026, 11, 25), date(2027, 2, 28), date(2027, 5, 30)]
    assert str(events_in(answer.text)[0]["SUMMARY"]) == "Samtale om makt (Teatret Vårt)"
    for words in ("Kari", "Mona", "Fin samtale", "ATTENDEE", "ORGANIZER"):
        assert words not in answer.text
    assert anonymous.get(first, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304

    second = feed_address(mona.post(f"{year}/calendar").text)
    assert anonymous.get(first).status_code == 404
    assert anonymous.get(second).status_code == 200
    mona.post(f"{year}/calendar/end")
    assert anonymous.get(second).status_code == 404
    for file in (f"{year}/year.ics", f"{year}/{the_measure(app).id}/activity.ics"):
        assert len(events_in(mona.get(file).text)) == len(days)


def test_the_page_asks_no_more_for_a_hundred_activities(
    mona: FlaskClient, year: str, app: Flask, theatre: Theatre
) -> None:
    mona.post(year, data=FORM)
    with questions(app) as few:
        mona.get(year)
    with app.app_context(), one_transaction():
        by = session.get_one(Person, theatre.people["mona"])
        for number in range(100):
            due = date(2026, 11, 1) + timedelta(days=3 * number)
            plan_a_measure(theatre.id, by, f"Samtale {number}", due=due, recurring="monthly")
    with questions(app) as many:
        page = mona.get(year).text

    assert len(many) == len(few) <= 13, "\n".join(few)
    assert page.count("<tr>") == 51
    assert "Side 1 av" in page


def test_only_an_activity_with_a_day_has_a_page(mona: FlaskClient, year: str, app: Flask, theatre: Theatre) -> None:
    def planned(what: str, **values: Any) -> UUID:
        with app.app_context(), one_transaction():
            by = session.get_one(Person, theatre.people["mona"])
            return plan_a_measure(theatre.id, by, what, **values).id

    without = planned("Uten dag", recurring="monthly")
    assert mona.get(f"{year}/{without}").status_code == 404
    assert "Uten dag" in mona.get(year).text
    assert mona.get(f"{year}/{planned('Med dag', due=date(2026, 12, 1))}").status_code == 200


@pytest.mark.browser
def test_on_a_phone_the_list_comes_first(
    mona: FlaskClient, year: str, app: Flask, theatre: Theatre, window: OpenWindow
) -> None:
    with app.app_context(), one_transaction():
        by = session.get_one(Person, theatre.people["mona"])
        plan_a_measure(theatre.id, by, "Samtale om makt", due=date(2026, 11, 30), recurring="quarterly")
    opened = window(mona)
    page = opened.open(year)

    def wheel_is_first() -> bool:
        boxes = [page.locator(part).bounding_box() for part in (".year-wheel", ".year table")]
        return boxes[0]["y"] < boxes[1]["y"]

    opened.look(size="phone")
    expect(page.locator(".year-wheel .number").first).to_be_hidden()
    assert not wheel_is_first()
    opened.look(size="desktop")
    expect(page.locator(".year-wheel .number").first).to_be_visible()
    assert wheel_is_first()
