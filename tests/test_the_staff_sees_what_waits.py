"""The scheme's staff sees on one page what waits, for how long, and what to do about it."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from lms.database import now, one_transaction, session
from lms.group_sessions.models import GroupSession
from lms.measures.models import open_plan
from lms.organisations.models import Organisation, Round, found_organisation
from lms.people.models import Person
from tests.cast import COURSES, Theatre
from tests.lists import said_in
from tests.marks import asked, everything
from tests.questions import questions
from tests.rigs_browsers import OpenWindow
from tests.rigs_pages import barriers
from tests.risk_mappings import delivered
from tests.schemes import application_in, as_administrator, many_organisations
from tests.test_every_page import LOOKS


def counts_in(page: str) -> list[int]:
    """How many wait in each queue."""
    return [int(number) for number in re.findall(r"<strong>(\d+)</strong>", page)]


def deliver_for_the_festival(app: Flask, theatre: Theatre) -> None:
    with app.app_context(), one_transaction():
        festival = session.scalars(select(Organisation).where(Organisation.name == "Festivalen Deres")).one()
        form = delivered(festival.id, session.get_one(Person, theatre.people["ola"]))
        assert form.number == 1


def wait_for_plan_and_mark(app: Flask, theatre: Theatre) -> None:
    """The orchestra has handed in its plan, and asked for the mark."""
    with app.app_context(), one_transaction():
        ola, siv = (session.get_one(Person, theatre.people[name]) for name in ("ola", "siv"))
        orchestra = found_organisation("Orkesteret", COURSES, ola)
        everything(orchestra.id, ola, siv)
        open_plan(orchestra.id, ola).hand_in(ola)
        asked(orchestra.id, ola)


def test_each_queue_says_how_many_how_long_and_what_now(app: Flask, siv: FlaskClient, theatre: Theatre) -> None:
    application_in(app, name="Den gamle søknaden", confirmed_at=now() - timedelta(days=20))
    application_in(app, name="Den nye søknaden")
    application_in(app, name="Ubekreftet", confirmed_at=None)
    application_in(app, name="Spurt", asked_at=now())
    application_in(app, name="Besvart", asked_at=now() - timedelta(days=3), answered_at=now() - timedelta(days=2))
    deliver_for_the_festival(app, theatre)
    wait_for_plan_and_mark(app, theatre)

    page = siv.get("/queues").text
    said = said_in(page)
    assert counts_in(page) == [3, 1, 1, 1, 0, 1]
    assert said.index("Den gamle søknaden") < said.index("Besvart") < said.index("Den nye søknaden")
    assert "har ventet i 20 dager" in said
    assert "Les svaret og avgjør" in said
    assert "Ubekreftet" not in said
    assert "Spurt" not in said
    assert "Festivalen Deres" in said
    assert "Teatret Vårt" in said
    assert "Les tiltaksplanen og svar" in said
    assert "Tildel merket, eller si hva som mangler" in said
    assert page.count('class="late"') == 1


def test_a_facilitator_sees_her_own_sessions_and_an_administrator_all(
    app: Flask, siv: FlaskClient, theatre: Theatre
) -> None:
    una = as_administrator(app)
    with app.app_context(), one_transaction():
        session.get_one(GroupSession, (theatre.id, theatre.meeting_id)).facilitator_id = None

    assert counts_in(siv.get("/queues").text)[-1] == 0
    assert counts_in(una.get("/queues").text)[-1] == 1
    address = re.findall(r'href="(/scheme/organisations/[\w-]{36})"', una.get("/queues").text)
    assert una.get(address[0]).status_code == 200
    with app.app_context(), one_transaction():
        session.get_one(GroupSession, (theatre.id, theatre.meeting_id)).starts_at = now() + timedelta(days=40)
    assert counts_in(una.get("/queues").text)[-1] == 0


def test_the_page_asks_no_more_however_much_waits(app: Flask, siv: FlaskClient, theatre: Theatre) -> None:
    deliver_for_the_festival(app, theatre)
    application_in(app)
    siv.get("/queues")
    with questions(app) as few:
        siv.get("/queues")
    many_organisations(app, 1000)
    with app.app_context(), one_transaction():
        for number, (organisation_id,) in enumerate(session.execute(select(Round.organisation_id)).all()):
            if number < 100:
                meeting = {"starts_at": now() + timedelta(days=3), "facilitator_id": theatre.people["siv"]}
                session.add(GroupSession(organisation_id=organisation_id, **meeting))
    for number in range(60):
        application_in(app, name=f"Søker {number}")
    with questions(app) as many:
        page = siv.get("/queues").text

    assert len(many) == len(few) <= 13, "\n".join(many)
    assert counts_in(page) == [61, 1, 0, 0, 0, 101]
    assert page.count("Søker ") < 25
    assert len(re.findall(r"Søker \d", siv.get("/applications").text)) <= 50


@pytest.mark.browser
@pytest.mark.parametrize("page", ["organisation", "application", "/scheme/texts", "/scheme/holders", "/queues"])
def test_everybody_can_use_an_administrators_pages(page: str, app: Flask, theatre: Theatre, window: OpenWindow) -> None:
    number = application_in(app, member="yes", message="En lang melding. " * 30)
    path = {"organisation": f"/scheme/organisations/{theatre.id}", "application": f"/applications/{number}"}.get(
        page, page
    )
    opened = window(as_administrator(app))
    shown = opened.open(path)
    for summary in shown.locator("summary").all():
        summary.click()
    faults: list[str] = []
    for look in LOOKS:
        opened.look(**look)
        faults += [f"{look}: {barrier}" for barrier in barriers(shown)]
        faults += [f"{look}: scrolls sideways"] if opened.scrolls_sideways() else []

    assert faults + opened.complaints == []
