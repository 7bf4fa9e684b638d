"""The scheme has closed the theatre: whoever coordinates or leads there reads its pages, and writes nothing in them."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lms.database import one_transaction, session
from lms.group_sessions.models import GroupSession
from lms.organisations.events import Event
from lms.organisations.models import JoinLink, Organisation
from lms.people.models import Person
from lms.scheme.organisations.closing import close, reopen
from tests.cast import Theatre, invite_guest
from tests.doors import DOORS, Door

REFUSED = "Denne virksomheten er avsluttet"
# What is written on these pages is the person's own, wherever she works, or is about another organisation than hers.
HERS = ("lms.people.", "lms.learning.", "lms.notebook.", "lms.risk_contributions.contribute", "lms.guideline_reading.")
IN_AN_ORGANISATION = "organisation_id"


def close_theatre(app: Flask, theatre: Theatre) -> None:
    with app.app_context(), one_transaction():
        close(session.get_one(Organisation, theatre.id), session.get_one(Person, theatre.people["siv"]))


def writing(app: Flask) -> list[Door]:
    """Every door through which a coordinator of the theatre writes in it, and nobody from elsewhere does."""
    inside = {rule.endpoint for rule in app.url_map.iter_rules() if IN_AN_ORGANISATION in rule.arguments}
    return [
        door
        for door in DOORS
        if door.method == "POST"
        and door.endpoint in inside
        and door.answers["mona"] != 404
        and door.answers["kari"] == 404
        and not door.endpoint.startswith(HERS)
    ]


@pytest.mark.slow
def test_every_door_to_write_through_is_shut(
    app: Flask, mona: FlaskClient, theatre: Theatre, addresses: dict[str, Any]
) -> None:
    doors = writing(app)
    assert len(doors) > 60, "the coordinator's doors"
    close_theatre(app, theatre)
    written = _events(app)

    for door in doors:
        answer = mona.post(door.path(app, addresses))
        assert (str(door), answer.status_code) == (str(door), 409)
        assert REFUSED in answer.text
    assert _events(app) == written


def test_pages_and_files_stay_open(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    close_theatre(app, theatre)

    for page in ("", "join-links", "people", "readiness", "readiness.csv", "log", "measures", "risks", "mark"):
        address = f"/organisations/{theatre.id}/{page}"
        assert (page, mona.get(address, follow_redirects=True).status_code) == (page, 200)


def test_nobody_from_elsewhere_learns_that_it_is_closed(
    app: Flask, kari: FlaskClient, ola: FlaskClient, anonymous: FlaskClient, theatre: Theatre
) -> None:
    close_theatre(app, theatre)

    for visitor in (kari, ola, anonymous):
        assert visitor.post(f"/organisations/{theatre.id}/join-links", data={"label": "Alle"}).status_code == 404


def test_whoever_leads_its_sessions_plans_no_more(app: Flask, siv: FlaskClient, theatre: Theatre) -> None:
    with app.app_context(), one_transaction():
        close_theatre_keeping_the_session(theatre)

    answer = siv.post(f"/organisations/{theatre.id}/group-session", data={"place": "Salen"})

    assert answer.status_code == 409


def close_theatre_keeping_the_session(theatre: Theatre) -> None:
    """As when the session has been held already: she who led it follows the organisation still."""
    close(session.get_one(Organisation, theatre.id), session.get_one(Person, theatre.people["siv"]))
    session.get_one(GroupSession, (theatre.id, theatre.meeting_id)).cancelled_at = None


def test_a_letter_that_invited_lets_nobody_in(app: Flask, anonymous: FlaskClient, theatre: Theatre) -> None:
    with app.app_context(), one_transaction():
        secret = invite_guest(theatre)
    assert anonymous.get(f"/invitations/{secret}").status_code == 200
    close_theatre(app, theatre)

    assert anonymous.get(f"/invitations/{secret}").status_code == 410
    assert anonymous.post(f"/invitations/{secret}", data={"name": "Nina"}).status_code == 410


def test_opened_again_it_is_written_in_as_before(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    close_theatre(app, theatre)
    address = f"/organisations/{theatre.id}/join-links"
    assert mona.post(address, data={"label": "Nye"}).status_code == 409
    with app.app_context(), one_transaction():
        reopen(session.get_one(Organisation, theatre.id), session.get_one(Person, theatre.people["siv"]))

    assert mona.post(address, data={"label": "Nye"}).status_code == 303
    with app.app_context():
        assert session.query(JoinLink).filter_by(label="Nye").count() == 1


def test_an_employee_reads_her_courses_on(app: Flask, kari: FlaskClient, theatre: Theatre) -> None:
    close_theatre(app, theatre)

    assert kari.get(f"/learn/{theatre.id}/norms/").status_code == 200


def _events(app: Flask) -> int:
    with app.app_context():
        return session.query(Event).count()
