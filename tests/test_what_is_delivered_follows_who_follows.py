"""The scheme names who follows an organisation: what the organisation delivers lies with her, wherever it lies."""

from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from lms.database import now, one_transaction, session
from lms.group_sessions.models import GroupSession
from lms.measures.models import open_plan, plan_in
from lms.organisations.profile import profile_to_change
from lms.people.models import Person
from tests.cast import Theatre, signed_in
from tests.risk_mappings import delivered

QUEUES = ("/risk-mappings", "/measure-plans")
NAME = "Teatret"


@pytest.fixture
def colleague(app: Flask, theatre: Theatre) -> FlaskClient:
    """Another facilitator of the scheme's."""
    with app.app_context(), one_transaction():
        session.add(person := Person(name="Tuva Lind", language="nb", scheme_role="facilitator"))
        session.flush()
        theatre.people["tuva"] = person.id
        mona = session.get_one(Person, theatre.people["mona"])
        theatre.people["form"] = delivered(theatre.id, mona).id
        # Siv leads a session there in the cast.
        session.execute(update(GroupSession).values(facilitator_id=None))
        open_plan(theatre.id, mona)
        plan = plan_in(theatre.id, to_change=True)
        assert plan is not None
        plan.handed_in_at, plan.handed_in_by = now(), mona.id
    return signed_in(app, theatre, "tuva")


def name(app: Flask, theatre: Theatre, who: str | None) -> None:
    with app.app_context(), one_transaction():
        profile_to_change(theatre.id).facilitator_id = theatre.people[who] if who else None


def reads(client: FlaskClient, theatre: Theatre) -> bool:
    """Whether she has the organisation in every queue and opens what lies there; never one without the other."""
    form: UUID = theatre.people["form"]
    here = f"/organisations/{theatre.id}"
    pages = (f"{here}/risks/deliveries/{form}", f"{here}/measures/whole", f"{here}/evidence")
    seen = {str(theatre.id) in client.get(queue).text for queue in QUEUES}
    seen |= {client.get(page).status_code == 200 for page in pages}
    assert len(seen) == 1, "in one queue and not in another"
    return seen.pop()


def test_a_change_of_facilitator_moves_the_queue(
    colleague: FlaskClient, siv: FlaskClient, app: Flask, theatre: Theatre
) -> None:
    assert reads(siv, theatre), "nobody is named: it lies with everybody"
    assert reads(colleague, theatre)

    name(app, theatre, "siv")
    assert reads(siv, theatre)
    assert not reads(colleague, theatre)

    name(app, theatre, "tuva")
    assert not reads(siv, theatre)
    assert reads(colleague, theatre)


def test_whoever_leads_a_session_reads_it_too(
    colleague: FlaskClient, siv: FlaskClient, app: Flask, theatre: Theatre
) -> None:
    name(app, theatre, "tuva")
    with app.app_context(), one_transaction():
        meeting = GroupSession(
            organisation_id=theatre.id, starts_at=now() + timedelta(days=9), facilitator_id=theatre.people["siv"]
        )
        session.add(meeting)
    assert reads(siv, theatre)
    assert reads(colleague, theatre)


def test_nothing_lies_with_somebody_who_is_no_longer_there(
    colleague: FlaskClient, siv: FlaskClient, app: Flask, theatre: Theatre
) -> None:
    name(app, theatre, "tuva")
    assert not reads(siv, theatre)
    with app.app_context(), one_transaction():
        session.get_one(Person, theatre.people["tuva"]).scheme_role = None
    assert reads(siv, theatre), "else nobody would see it"
    assert colleague.get("/risk-mappings").status_code == 404
