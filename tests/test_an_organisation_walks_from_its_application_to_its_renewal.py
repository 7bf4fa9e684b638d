"""The whole way through the pages: an organisation applies, walks to its mark, and again two years on."""

import re
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from lms.database import NORWAY, norwegian_day, now, session
from lms.group_sessions.models import next_group_session
from lms.learning.models import Enrolment
from lms.mark.models import latest_award
from lms.mark.standing import standing_of_mark
from lms.measures.catalogue import catalogue
from lms.measures.models import measures_of, plan_in
from lms.organisations.models import Employee, JoinLink, Organisation, Round
from lms.risks.delivery import mapping_of
from lms.risks.models import mapping_in, rows_of
from tests.cast import Theatre, signed_in
from tests.letters import found_in, letters_to
from tests.lists import said_in
from tests.marks import THE_WAY_ON
from tests.plans import form
from tests.reminded import be_done
from tests.renewals import tell
from tests.schemes import apply, as_administrator

DINA = "dina@dans.example"
PAGE = re.compile(r"(/apply/[\w.-]+)")
INVITATION = re.compile(r"(/invitations/[\w-]+)")
SPRING = datetime(2026, 3, 2, 10, tzinfo=NORWAY)


@pytest.fixture
def app(open_app: Any, database_url: str) -> Flask:
    opened: Flask = open_app(database_url, LMS_ORIGIN="https://kurs.example.no")
    return opened


class Walk:
    """One organisation on its way, with whoever coordinates it and whoever of the scheme follows it."""

    def __init__(self, app: Flask, theatre: Theatre, clock: Any, organisation_id: UUID, coordinator: UUID) -> None:
        self.app, self.theatre, self.clock = app, theatre, clock
        self.id, self.coordinator = organisation_id, coordinator
        self.home = f"/organisations/{organisation_id}"
        self.go_on(now())

    def go_on(self, moment: datetime) -> None:
        """It is later, and both sign in again."""
        self.clock.move_to(moment)
        self.dina, self.siv = self.app.test_client(), signed_in(self.app, self.theatre, "siv")
        with self.dina.session_transaction() as ticket:
            ticket["_user_id"] = f"{self.coordinator}.1"
            ticket.permanent = True

    def post(self, who: FlaskClient, page: str, **written: Any) -> None:
        assert who.post(f"{self.home}/{page}", data=written).status_code == 303, page

    def meet(self, **more: str) -> None:
        """They plan the session, and meet."""
        day = norwegian_day(now()) + timedelta(days=14)
        plan = {"day": f"{day:%d.%m.%Y}", "time": "10.00", "place": "Salen", "minutes": "180", **more}
        self.post(self.dina, "group-session", facilitator=str(self.theatre.people["siv"]), **plan)
        with self.app.app_context():
            meeting = next_group_session(self.id)
            assert meeting is not None
            number = meeting.id
        self.go_on(datetime(day.year, day.month, day.day, 13, 30, tzinfo=NORWAY))
        self.post(self.siv, f"group-sessions/{number}/held")

    def map(self, likelihood: str) -> None:
        """They fill in a row, deliver the form, and the scheme accepts it."""
        self.post(self.dina, "risks")
        with self.app.app_context():
            mapping = mapping_in(self.id)
            assert mapping is not None
            row = rows_of(mapping)[0]
            written = {"revision": str(row.revision), "relevant": "yes", "likelihood": likelihood, "consequence": "2"}
            address = f"risks/{row.id}"
        self.post(self.dina, address, **written)
        self.post(self.dina, "risks/delivery")
        with self.app.app_context():
            delivered = mapping_of(self.id).delivered
            assert delivered is not None
            address = f"risks/deliveries/{delivered.id}/decision"
        self.post(self.siv, address, verdict="accepted")

    def plan(self) -> None:
        """They plan a measure for each of the requirements, and start it."""
        for requirement in catalogue().requirements:
            what = f"Tiltak: {requirement.key}"
            self.post(self.dina, "measures", **form(what=what, requirement=requirement.key, recurring="quarterly"))
        with self.app.app_context():
            plan = plan_in(self.id)
            assert plan is not None
            numbers = [measure.id for measure in measures_of(plan)]
        for number in numbers:
            self.post(self.dina, f"measures/{number}/status", status="started")

    def be_awarded(self) -> tuple[date, date]:
        """They ask, and are awarded the mark: from which day to which."""
        self.post(self.dina, "mark/request", statement=THE_WAY_ON)
        with self.app.app_context():
            request = standing_of_mark(self.id).request
            assert request is not None
            address = f"mark/requests/{request.id}/decision"
        self.post(self.siv, address, verdict="awarded")
        with self.app.app_context():
            award = latest_award(self.id)
            assert award is not None
            return award.awarded_on, award.valid_until


def come_in(app: Flask, theatre: Theatre, clock: Any) -> Walk:
    """Dina applies, is accepted, and opens the door that was sent to her."""
    dina, una = app.test_client(), as_administrator(app)
    assert apply(app, dina).status_code == 303
    page = found_in(letters_to(app, DINA)[-1], PAGE)
    assert dina.post(f"{page}/confirmation").status_code == 303
    number = found_in(una.get("/applications").text, re.compile(r"/applications/([\w-]{36})"))
    assert una.post(f"/applications/{number}/acceptance").status_code == 303
    door = found_in(letters_to(app, DINA)[-1], INVITATION)
    assert dina.post(door, data={"name": "Dina Dans"}).status_code == 200
    with app.app_context():
        company = session.scalars(select(Organisation).where(Organisation.name == "Dansekompaniet")).one()
        coordinates = select(Employee.person_id).where(Employee.organisation_id == company.id)
        return Walk(app, theatre, clock, company.id, session.scalars(coordinates).one())


def test_from_the_application_to_the_mark_and_to_the_next_one(app: Flask, request: pytest.FixtureRequest) -> None:
    with time_machine.travel(SPRING, tick=False) as clock:
        walk = come_in(app, request.getfixturevalue("theatre"), clock)
        walk.post(walk.dina, "choices/courses", courses=["harassment"])
        walk.post(walk.dina, "choices/channel", reporting_channel="Kim Vik, 900 00 000")
        walk.post(walk.dina, "join-links", label="Alle")
        with app.app_context():
            code = session.scalars(select(JoinLink.code).where(JoinLink.organisation_id == walk.id)).one()
        assert app.test_client().post(f"/join/{code}", data={"name": "Tone"}).status_code == 200
        with app.app_context():
            everybody = list(session.scalars(select(Employee.id).where(Employee.organisation_id == walk.id)))
        be_done(app, everybody)
        walk.meet()
        walk.map("3")
        walk.plan()
        awarded_on, valid_until = walk.be_awarded()
        assert (awarded_on, valid_until) == (date(2026, 3, 16), date(2028, 3, 16))
        assert "Dansekompaniet" in app.test_client().get("/register").text
        assert "Dere har Balansemerket" in walk.dina.get(f"{walk.home}/").text

        walk.go_on(datetime(2027, 9, 16, 9, tzinfo=NORWAY))
        assert tell(app) == 1
        assert "Om seks måneder" in letters_to(app, DINA)[-1]
        assert f"{walk.home}/renewal" in letters_to(app, DINA)[-1]
        page = walk.dina.get(f"{walk.home}/renewal").text
        assert "5 tiltak ble lovet" in said_in(page)
        keep = re.findall(r'name="keep"\s+value="([\w-]+)"[^>]*\schecked', page)
        number = re.search(r'name="round" value="([\w-]+)"', page)
        assert number
        assert len(keep) == 5
        walk.post(walk.dina, "renewal/round", round=number[1], keep=keep)
        with app.app_context():
            today = select(Enrolment.completed_on).join(Round, Round.id == Enrolment.round_id)
            here = Enrolment.organisation_id == walk.id, Round.ended_at.is_(None)
            assert None not in session.scalars(today.where(*here)).all(), "nobody is asked again"
        assert "har ennå ikke fullført" not in walk.dina.get(f"{walk.home}/").text
        walk.meet(kind="renewal")
        walk.map("1")
        assert "6 2 lavere" in said_in(walk.dina.get(f"{walk.home}/renewal").text)
        assert "Dansekompaniet" in walk.siv.get("/renewals").text
        assert walk.be_awarded() == (date(2027, 9, 30), date(2030, 3, 16)), "the cycle keeps its day"
        assert "Dansekompaniet" not in walk.siv.get("/renewals").text
        assert "til og med 16. mars 2030" in walk.dina.get(f"{walk.home}/mark").text
