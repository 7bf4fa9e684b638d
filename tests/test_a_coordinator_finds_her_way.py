"""An organisation begins empty and is ready to meet: the page says where it is, and the one thing to do next."""

import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import expect
from sqlalchemy import select

from lms.database import norwegian_day, now, one_transaction, session
from lms.group_sessions.models import GroupSession
from lms.group_sessions.readiness import CourseFacts, Facts
from lms.journey.way import Thing, Way
from lms.learning.models import Enrolment
from lms.organisations.models import Employee, JoinLink, Round, found_organisation
from lms.people.models import Person
from tests.cast import Theatre, complete_by_skipping, signed_in
from tests.rigs_browsers import OpenWindow
from tests.rigs_pages import barriers, html_faults
from tests.spoken import said

FEWER_THAN_FIVE = (
    "You are fewer than five, so nothing is collected to be shown without names: "
    "you talk with one another instead, with cards to begin from."
)


@pytest.fixture
def duo(app: Flask, theatre: Theatre) -> UUID:
    """Two musicians: Ola coordinates, and nothing has been chosen yet."""
    with app.app_context(), one_transaction():
        return found_organisation("Tone og Tor", [], session.get_one(Person, theatre.people["ola"])).id


@pytest.fixture
def home(duo: UUID) -> str:
    return f"/organisations/{duo}/"


def next_of(client: FlaskClient, home: str) -> str:
    """What the page says is next."""
    page = client.get(home).text
    found = re.search(r'<h2 id="next-heading">\s*(.*?)\s*</h2>', page, re.DOTALL)
    assert found is not None
    return found[1]


def step(client: FlaskClient, home: str, to: str, **form: object) -> None:
    """Fill in the form of one step as it stands on the page."""
    assert f'action="{home}{to}"' in client.get(home).text
    answer = client.post(f"{home}{to}", data={**form, "onwards": "home"})
    assert answer.status_code == 303
    assert answer.location == f"{home}#next"


def test_from_an_empty_organisation_to_the_first_invitation(
    app: Flask, ola: FlaskClient, theatre: Theatre, duo: UUID, home: str
) -> None:
    assert next_of(ola, home) == said("nb", "Choose the courses")
    step(ola, home, "choices/courses", courses=["norms"])
    assert next_of(ola, home) == said("nb", "Say who receives reports")
    step(ola, home, "choices/channel", reporting_channel="Kim Vik, 900 00 000")
    assert next_of(ola, home) == said("nb", "Let the first people in")
    step(ola, home, "choices/head-count", declared_head_count="2")
    step(ola, home, "join-links", label="Alle")
    with app.app_context():
        code = session.scalars(select(JoinLink.code).where(JoinLink.organisation_id == duo)).one()
    assert f'value="http://localhost/join/{code}"' in ola.get(home).text, "the link can be sent before there is a date"
    assert next_of(ola, home) == said("nb", "Set the date of the group session")
    step(ola, home, "group-session", day=norwegian_day(now()) + timedelta(days=20), time="10.00")
    assert next_of(ola, home) == said("nb", "Share the link with your people")

    page = ola.get(home).text
    assert 'class="preparing"' not in page
    app.test_client().post(f"/join/{code}", data={"name": "Tone"})
    assert next_of(ola, home) == said("nb", "Say where you meet")


def test_the_path_can_be_left_and_is_the_same_for_whoever_goes_on(
    app: Flask, ola: FlaskClient, kari: FlaskClient, theatre: Theatre, duo: UUID, home: str
) -> None:
    """Nothing but the choices remembers how far she came: not the device, and not who she is."""
    step(ola, home, "choices/courses", courses=["norms"])
    with app.app_context(), one_transaction():
        session.add(Employee(organisation_id=duo, person_id=theatre.people["kari"], role="coordinator"))

    for whoever in (signed_in(app, theatre, "ola"), kari):
        assert next_of(whoever, home) == said("nb", "Say who receives reports")


def test_steps_can_be_taken_in_any_order(ola: FlaskClient, home: str) -> None:
    step(ola, home, "group-session", day=norwegian_day(now()) + timedelta(days=20), time="10.00")
    step(ola, home, "join-links", label="Alle")

    assert next_of(ola, home) == said("nb", "Choose the courses")
    step(ola, home, "choices/courses", courses=["norms"])
    assert next_of(ola, home) == said("nb", "Say who receives reports")


def test_a_date_set_on_the_way_forgets_nothing_that_was_planned(
    app: Flask, ola: FlaskClient, theatre: Theatre, duo: UUID, home: str
) -> None:
    with app.app_context(), one_transaction():
        session.add(
            GroupSession(organisation_id=duo, place="Øvingsrommet", minutes=90, facilitator_id=theatre.people["siv"])
        )
    page = ola.get(home).text
    form = page[page.index(f'action="{home}group-session"') :]
    kept = dict(re.findall(r'type="hidden"\s+name="(\w+)"\s+value="([^"]*)"', form))
    step(ola, home, "group-session", **{**kept, "day": norwegian_day(now()) + timedelta(days=20), "time": "10.00"})
    with app.app_context():
        meeting = session.scalars(select(GroupSession).where(GroupSession.organisation_id == duo)).one()

    assert (meeting.place, meeting.minutes, meeting.facilitator_id) == ("Øvingsrommet", 90, theatre.people["siv"])


@pytest.mark.parametrize(
    ("place", "form"),
    [
        ("choices/courses", {}),
        ("choices/channel", {"reporting_channel": "x" * 2_000}),
        ("choices/head-count", {"declared_head_count": "many"}),
        ("join-links", {"label": ""}),
        ("group-session", {"day": "2001-01-01", "time": "10"}),
    ],
)
def test_a_mistake_on_the_way_is_told_on_the_page_of_its_own(
    ola: FlaskClient, home: str, place: str, form: dict[str, str]
) -> None:
    answer = ola.post(f"{home}{place}", data={**form, "onwards": "home"})

    assert answer.status_code == 422
    assert "-error" in answer.text


def test_nobody_is_sent_to_a_page_that_a_form_names(ola: FlaskClient, home: str) -> None:
    answer = ola.post(f"{home}choices/courses", data={"courses": "norms", "onwards": "https://example.com/"})

    assert answer.location.startswith(f"{home}choices")


def test_two_people_are_not_asked_what_only_big_ones_need(ola: FlaskClient, home: str) -> None:
    step(ola, home, "choices/head-count", declared_head_count="2")
    page = ola.get(home).text

    assert said("nb", FEWER_THAN_FIVE) in page
    assert "declared_head_count" not in page
    assert said("nb", "Open links for teams") not in page
    assert f"{home}new-hires" not in page


def test_a_festival_is_told_of_teams(ola: FlaskClient, home: str) -> None:
    step(ola, home, "choices/head-count", declared_head_count="3000")
    page = ola.get(home).text

    assert said("nb", "Open links for teams") in page
    assert said("nb", FEWER_THAN_FIVE) not in page


def test_the_page_says_who_is_missing_until_nobody_is(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    home = f"/organisations/{theatre.id}/"
    assert next_of(mona, home).startswith("2 personer mangler «")
    with app.app_context(), one_transaction():
        for enrolment in session.query(Enrolment).filter_by(organisation_id=theatre.id):
            complete_by_skipping(enrolment, app.extensions["lms"].library.course(enrolment.course))
    assert next_of(mona, home) == said("nb", "Look through the roster and confirm it")
    mona.post(f"{home}choices/roster")
    assert next_of(mona, home) == said("nb", "You are ready to meet")
    with app.app_context(), one_transaction():
        meeting = session.get_one(GroupSession, (theatre.id, theatre.meeting_id))
        meeting.starts_at = now() - timedelta(hours=3)
        meeting.hold(session.get_one(Person, theatre.people["siv"]), {}, "digest")
    assert next_of(mona, home) == said("nb", "Carry on with the risk mapping")
    assert mona.get(home).text.count('class="past"') == 1


def test_the_front_page_says_what_is_next(mona: FlaskClient, theatre: Theatre) -> None:
    page = mona.get("/").text

    assert f'href="/organisations/{theatre.id}/"' in page
    assert "2 personer mangler «" in page


@pytest.mark.browser
@pytest.mark.parametrize("look", [{"size": "narrow"}, {"size": "desktop", "scheme": "dark"}], ids=["narrow", "dark"])
def test_everybody_can_walk_it(
    look: dict[str, Any], window: OpenWindow, ola: FlaskClient, home: str, tmp_path: Path
) -> None:
    opened = window(ola, **look)
    page = opened.open(home)
    summaries = page.locator(".preparing summary")
    for number in range(1, summaries.count()):
        summaries.nth(number).click()

    assert barriers(page) == []
    assert not opened.scrolls_sideways()
    assert opened.complaints == []
    saved = tmp_path / "saved"
    saved.mkdir()
    (saved / "home.html").write_bytes(ola.get(home).data)
    assert html_faults(saved) == []


# The rule itself

WHOLE = Facts(
    courses=(CourseFacts("norms", staff=10, staff_done=10),),
    roster=10,
    declared=10,
    leader_share=100,
    staff_share=80,
    excused=0,
    roster_confirmed=True,
    channel_known=True,
    date_set=True,
    place_set=True,
    facilitator_set=True,
)
TODAY = date(2026, 11, 27)
DONE = Way(WHOLE, Round(), GroupSession(), {}, (JoinLink(),), None, TODAY)


@pytest.mark.parametrize(
    ("change", "thing"),
    [
        ({}, Thing("meet")),
        ({"courses": ()}, Thing("courses")),
        ({"channel_known": False}, Thing("channel")),
        ({"date_set": False}, Thing("date")),
        ({"roster": 1}, Thing("send")),
        ({"roster": 1, "declared": 1}, Thing("meet")),
        ({"place_set": False}, Thing("place")),
        ({"facilitator_set": False}, Thing("facilitator")),
        ({"declared": 21}, Thing("send", people=11)),
        ({"declared": 20}, Thing("meet")),
        ({"roster_confirmed": False}, Thing("roster")),
        ({"courses": (), "channel_known": False, "place_set": False}, Thing("courses")),
    ],
)
def test_there_is_always_one_next_thing(change: dict[str, object], thing: Thing) -> None:
    assert replace(DONE, facts=replace(WHOLE, **change)).next_thing == thing


def test_without_a_way_in_nobody_can_come() -> None:
    alone = replace(WHOLE, roster=1)

    assert replace(DONE, facts=alone, links=()).next_thing == Thing("people")
    assert replace(DONE, facts=WHOLE, links=()).next_thing == Thing("meet"), "whoever is here came in some way"


def test_the_course_most_people_are_missing_comes_first() -> None:
    assert replace(DONE, missing={"norms": 2, "harassment": 5}).next_thing == Thing("missing", "harassment", 5)


def test_a_meeting_that_has_passed_asks_for_a_word() -> None:
    meeting = GroupSession(starts_at=now() - timedelta(days=1))

    assert replace(DONE, meeting=meeting, today=norwegian_day(now())).next_thing == Thing("passed")
    assert replace(DONE, meeting=meeting, held_on=TODAY).next_thing == Thing("mapping")


@pytest.mark.parametrize(
    ("mapping", "step", "kind"),
    [
        ("none", "mapping", "mapping"),
        ("draft", "mapping", "mapping"),
        ("delivered", "mapping", "delivered"),
        ("returned", "mapping", "returned"),
        ("accepted", "measures", "measures"),
    ],
)
def test_after_the_session_the_mapping_leads_on(mapping: str, step: str, kind: str) -> None:
    way = replace(DONE, held_on=TODAY, mapping=mapping)

    assert (way.step, way.next_thing.kind) == (step, kind)


@pytest.mark.browser
def test_esc_closes_the_menu_of_pages(mona: FlaskClient, theatre: Theatre, window: OpenWindow) -> None:
    page = window(mona, size="phone").open(f"/organisations/{theatre.id}/people")
    menu = page.locator("nav.pages details")
    page.locator("nav.pages summary").focus()
    page.keyboard.press("Enter")
    expect(menu).to_have_attribute("open", "")
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")

    expect(menu).not_to_have_attribute("open", "")
    expect(page.locator("nav.pages summary")).to_be_focused()
