"""A session gets into a calendar of somebody's own choice: once, by a file, or for good, by a feed that follows it."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar
from sqlalchemy import select

from lms.database import NORWAY, one_transaction, session
from lms.group_sessions.calendars.events import invitation
from lms.group_sessions.models import GroupSession
from lms.organisations.models import Employee, Organisation
from lms.people.belongings import erase
from lms.people.models import Person
from tests.calendars import events_in, faults
from tests.cast import Theatre
from tests.letters import confirm_address
from tests.meetings import meet_at

TODAY = datetime(2026, 2, 1, 9, tzinfo=UTC)
BEGINS = datetime(2026, 3, 12, 9, tzinfo=UTC)
settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")


@pytest.fixture(autouse=True)
def today() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(TODAY, tick=False) as clock:
        yield clock


@pytest.fixture
def app(open_app: Callable[..., Flask], sqlite_url: str) -> Flask:
    return open_app(sqlite_url, LMS_ORIGIN="https://kurs.example.no", LMS_MAIL_FROM="Balanse <balanse@example.no>")


@pytest.fixture
def here(app: Flask, theatre: Theatre) -> str:
    """The session of 12 March; Kari has an address, and so has Siv, who leads it."""
    confirm_address(app, theatre.people["kari"], "kari@example.no")
    confirm_address(app, theatre.people["siv"], "siv@example.no")
    return meet_at(app, theatre, BEGINS)


def moved(mona: FlaskClient, theatre: Theatre, **changed: str) -> None:
    plan = {"day": "12.3.2026", "time": "10", "minutes": "180", "place": "Prøvesalen", "link": ""}
    facilitator = {"facilitator": str(theatre.people["siv"])}
    address = f"/organisations/{theatre.id}/group-session"
    assert mona.post(address, data={**plan, **facilitator, **changed}).status_code in (303,)


def test_it_can_be_kept_as_a_file(kari: FlaskClient, siv: FlaskClient, ola: FlaskClient, here: str) -> None:
    answer = kari.get(f"{here}/session.ics")
    (event,) = events_in(answer.text)

    assert answer.mimetype == "text/calendar"
    assert faults(answer.text) == []
    assert str(Calendar.from_ical(answer.text)["METHOD"]) == "PUBLISH"
    assert event["DTSTART"].dt == BEGINS
    assert siv.get(f"{here}/session.ics").status_code == 200
    assert ola.get(f"{here}/session.ics").status_code == 404


def feed_of(client: FlaskClient, kind: str = "mine") -> str:
    page = client.post("/calendar/feeds", data={"kind": kind}).text
    found = re.search(r'value="https://kurs\.example\.no(/calendar/[\w-]{40,}\.ics)"', page)
    assert found is not None
    return found[1]


def test_a_feed_follows_the_session(
    kari: FlaskClient, mona: FlaskClient, anonymous: FlaskClient, theatre: Theatre, here: str
) -> None:
    address = feed_of(kari)
    first = anonymous.get(address)
    again = anonymous.get(address, headers={"If-None-Match": first.headers["ETag"]})
    moved(mona, theatre, day="14.3.2026")
    second = anonymous.get(address, headers={"If-None-Match": first.headers["ETag"]})

    assert faults(first.text) == faults(second.text) == []
    assert again.status_code == 304
    assert events_in(first.text)[0]["DTSTART"].dt == BEGINS
    assert events_in(second.text)[0]["DTSTART"].dt.date() == date(2026, 3, 14)
    assert events_in(first.text)[0]["UID"] == events_in(second.text)[0]["UID"]
    assert events_in(first.text)[0]["SEQUENCE"] < events_in(second.text)[0]["SEQUENCE"]
    mona.post(f"/organisations/{theatre.id}/group-session/cancellation")
    assert events_in(anonymous.get(address).text) == []


def test_a_calendar_that_asks_again_is_told_that_nothing_is_new(
    kari: FlaskClient, siv: FlaskClient, anonymous: FlaskClient, app: Flask, theatre: Theatre, here: str
) -> None:
    for who, address in (("kari", feed_of(kari)), ("siv", feed_of(siv, "led"))):

        def ask(tag: str, address: str = address) -> tuple[int, str, str]:
            answer = anonymous.get(address, headers={"If-None-Match": tag})
            assert answer.headers["Cache-Control"] == "private, no-cache"
            return answer.status_code, answer.headers["ETag"], answer.text

        _status, tag, text = ask("")
        assert ask(tag) == ask(f"W/{tag}") == (304, tag, ""), who
        assert ask('"another"') == (200, tag, text), who
        # Nothing about the session has changed, but what is said about it.
        for change in ({"name": f"Teatret til {who}"}, {"language": "en"}):
            with app.app_context(), one_transaction():
                organisation, person = (
                    session.get_one(Organisation, theatre.id),
                    session.get_one(Person, theatre.people[who]),
                )
                organisation.name = change.get("name", organisation.name)
                person.language = change.get("language", person.language)
            status, other, said = ask(tag)
            assert (status, said) != (304, ""), (who, change)
            assert said != text, (who, change)
            tag, text = other, said


def test_a_feed_names_nobody(kari: FlaskClient, siv: FlaskClient, anonymous: FlaskClient, here: str) -> None:
    for address in (feed_of(kari), feed_of(siv, "led")):
        text = anonymous.get(address).text.replace("\r\n ", "")
        assert "Teatret Vårt" in text
        for name in ("Kari", "Mona", "Siv", "example.com", "@"):
            assert name not in text


def test_a_facilitators_feed_holds_all_of_hers(
    siv: FlaskClient, anonymous: FlaskClient, app: Flask, theatre: Theatre, here: str
) -> None:
    with app.app_context(), one_transaction():
        other = session.scalars(select(Organisation).where(Organisation.name == "Festivalen Deres")).one()
        hers = {"facilitator_id": theatre.people["siv"], "starts_at": BEGINS + timedelta(days=9)}
        session.add(GroupSession(organisation_id=other.id, **hers))
        session.add(GroupSession(organisation_id=other.id, starts_at=BEGINS))

    found = events_in(anonymous.get(feed_of(siv, "led")).text)
    assert [str(event["SUMMARY"]) for event in found] == ["Kurssamling: Teatret Vårt", "Kurssamling: Festivalen Deres"]


def test_an_ended_feed_shows_nothing(kari: FlaskClient, anonymous: FlaskClient, app: Flask, theatre: Theatre) -> None:
    first = feed_of(kari)
    second = feed_of(kari)
    assert anonymous.get(first).status_code == 404, "a new address ends the old one"
    assert anonymous.get(second).status_code == 200
    kari.post("/calendar/feeds/end", data={"kind": "mine"})
    assert anonymous.get(second).status_code == 404
    third = feed_of(kari)
    with app.app_context(), one_transaction():
        erase(session.get_one(Person, theatre.people["kari"]))
    assert anonymous.get(third).status_code == 404


def test_who_has_left_sees_no_more_sessions(
    kari: FlaskClient, anonymous: FlaskClient, app: Flask, theatre: Theatre, here: str
) -> None:
    address = feed_of(kari)
    with app.app_context(), one_transaction():
        session.get_one(Employee, (theatre.id, theatre.employees["kari"])).leave()

    assert events_in(anonymous.get(address).text) == []


@pytest.mark.parametrize(("who", "kind", "status"), [("kari", "led", 404), ("kari", "x", 400), ("siv", "led", 200)])
def test_nobody_gets_a_feed_that_is_not_hers(
    who: str, kind: str, status: int, request: pytest.FixtureRequest, theatre: Theatre
) -> None:
    client: FlaskClient = request.getfixturevalue(who)

    assert client.post("/calendar/feeds", data={"kind": kind}).status_code == status


@pytest.mark.parametrize(
    ("day", "in_utc"),
    [
        ("2026-3-28", 9),  # the day before summer time
        ("2026-3-29", 8),  # the day itself
        ("2026-10-24", 8),
        ("2026-10-25", 9),
        ("2028-2-29", 9),
    ],
)
def test_the_clock_on_the_wall_is_right_in_summer_in_winter_and_on_29_february(
    day: str, in_utc: int, kari: FlaskClient, app: Flask, theatre: Theatre
) -> None:
    on_the_wall = datetime.strptime(f"{day} 10", "%Y-%m-%d %H").replace(tzinfo=NORWAY)
    here = meet_at(app, theatre, on_the_wall)
    text = kari.get(f"{here}/session.ics").text
    (event,) = events_in(text)

    assert f"DTSTART;TZID=Europe/Oslo:{on_the_wall:%Y%m%dT%H%M%S}" in text
    assert event["DTSTART"].dt.astimezone(UTC).hour == in_utc
    # The zone that travels along says the same as the one we know: programs read theirs or ours.
    zone = Calendar.from_ical(text).walk("VTIMEZONE")[0].to_tz(lookup_tzid=False)
    assert on_the_wall.replace(tzinfo=zone).utcoffset() == on_the_wall.utcoffset()


moments = st.integers(0, 11 * 365 * 24 * 60).map(lambda minutes: TODAY + timedelta(minutes=minutes))
words = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=200)


@given(name=words, place=words, starts=moments)
def test_whatever_a_place_is_called_the_calendar_can_be_read(name: str, place: str, starts: datetime) -> None:
    app = Flask("calendar")
    app.config["LMS_MAIL_FROM"] = "balanse@example.no"
    meeting: Any = GroupSession(starts_at=starts, minutes=90, place=place, link="", sequence=2)
    meeting.changed_at = TODAY
    with app.test_request_context():
        from flask import g

        g.lms_language = "en"
        text = invitation(meeting, Organisation(name=name), "REQUEST", "https://x.no", 3, "kari@example.no", name)

    assert faults(text) == []
    (event,) = events_in(text)
    assert str(event["SUMMARY"]) == f"Group session: {name}"
    assert str(event.get("LOCATION", "")) == place
