"""The group session gets its day, its place and its facilitator; whoever plans it can change her mind."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from lms.database import session
from lms.group_sessions.models import GroupSession
from lms.organisations.events import Event
from tests.cast import Theatre

TODAY = datetime(2026, 2, 1, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    """Before anybody signs in: a ticket from the future opens nothing."""
    with time_machine.travel(TODAY, tick=False):
        yield


def planned(app: Flask, theatre: Theatre) -> GroupSession:
    with app.app_context():
        return session.scalars(select(GroupSession).where(GroupSession.organisation_id == theatre.id)).one()


def here(theatre: Theatre) -> str:
    return f"/organisations/{theatre.id}/group-session"


def form(theatre: Theatre, **changed: str) -> dict[str, str]:
    siv = str(theatre.people["siv"])
    whole = {
        "day": "27.11.2026",
        "time": "09.30",
        "minutes": "120",
        "place": "Store sal",
        "link": "",
        "facilitator": siv,
    }
    return {**whole, **changed}


@pytest.mark.parametrize(
    ("day", "time", "moment"),
    [
        ("27.11.2026", "09.30", datetime(2026, 11, 27, 8, 30, tzinfo=UTC)),
        ("2026-11-27", "09:30", datetime(2026, 11, 27, 8, 30, tzinfo=UTC)),
        ("1. 7. 2026", "18", datetime(2026, 7, 1, 16, tzinfo=UTC)),
        ("25.10.2026", "02.30", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
    ],
)
def test_the_clock_is_norways_in_summer_and_winter(
    day: str, time: str, moment: datetime, mona: FlaskClient, app: Flask, theatre: Theatre
) -> None:
    answer = mona.post(here(theatre), data=form(theatre, day=day, time=time))

    assert answer.status_code == 303
    meeting = planned(app, theatre)
    assert meeting.starts_at == moment
    assert (meeting.minutes, meeting.place, meeting.facilitator_id) == (120, "Store sal", theatre.people["siv"])
    assert "Lagret." in mona.get(answer.location).text
    assert "Planlagt av Mona Haug 1. februar 2026." in mona.get(here(theatre)).text


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"day": "i morgen"}, "Skriv datoen slik: 31.12.2026"),
        ({"day": "31.02.2026"}, "Skriv datoen slik: 31.12.2026"),
        ({"day": "31.01.2026"}, "Den dagen har vært"),
        ({"time": "kl. ti"}, "Skriv når den begynner"),
        ({"time": "25.00"}, "Skriv når den begynner"),
        ({"day": ""}, "Skriv dagen også"),
        ({"day": "29.03.2026", "time": "02.30"}, "denne timen finnes ikke"),
        ({"link": "http://example.no/rom"}, "fra https://"),
        ({"link": "https://" + "a" * 600 + ".no"}, "fra https://"),
        ({"place": "x" * 201}, "Stedet kan ha høyst 200 tegn"),
    ],
)
def test_what_cannot_be_used_comes_back_with_what_to_do(
    changed: dict[str, str], says: str, mona: FlaskClient, app: Flask, theatre: Theatre
) -> None:
    before = planned(app, theatre).starts_at
    answer = mona.post(here(theatre), data=form(theatre, **changed))

    assert answer.status_code == 422
    assert says in answer.text
    assert "Store sal" in answer.text or "x" * 201 in answer.text, "what was written is still there"
    assert planned(app, theatre).starts_at == before


@pytest.mark.parametrize("forged", [{"minutes": "7"}, {"facilitator": "kari"}])
def test_what_the_page_does_not_offer_is_refused(forged: dict[str, str], mona: FlaskClient, theatre: Theatre) -> None:
    assert mona.post(here(theatre), data=form(theatre, **forged)).status_code == 400


def test_an_ordinary_employee_cannot_be_made_its_facilitator(mona: FlaskClient, theatre: Theatre) -> None:
    kari = str(theatre.people["kari"])

    assert mona.post(here(theatre), data=form(theatre, facilitator=kari)).status_code == 400


def test_everything_may_wait(mona: FlaskClient, app: Flask, theatre: Theatre) -> None:
    empty = {"day": "", "time": "", "place": "", "facilitator": ""}

    assert mona.post(here(theatre), data=form(theatre, **empty)).status_code == 303
    assert planned(app, theatre).starts_at is None


def test_a_cancelled_session_can_be_taken_back(
    mona: FlaskClient, siv: FlaskClient, app: Flask, theatre: Theatre
) -> None:
    mona.post(f"{here(theatre)}/cancellation")

    assert planned(app, theatre).cancelled_at is not None
    assert "ble avlyst" in mona.get(here(theatre)).text
    assert siv.get(f"/organisations/{theatre.id}/readiness").status_code == 404

    mona.post(f"{here(theatre)}/cancellation/undo")

    assert planned(app, theatre).cancelled_at is None
    assert siv.get(f"/organisations/{theatre.id}/readiness").status_code == 200
    with app.app_context():
        log = session.scalars(select(Event.what).where(Event.organisation_id == theatre.id))
        assert sorted(log) == ["group_session.cancelled", "group_session.restored"]


def test_the_facilitator_moves_it_and_hands_it_over(siv: FlaskClient, app: Flask, theatre: Theatre) -> None:
    assert siv.post(here(theatre), data=form(theatre, day="28.11.2026")).status_code == 303
    handed_over = siv.post(here(theatre), data=form(theatre, day="28.11.2026", facilitator=""))

    assert handed_over.location == "/group-sessions"
    assert planned(app, theatre).facilitator_id is None
    assert siv.get(here(theatre)).status_code == 404
