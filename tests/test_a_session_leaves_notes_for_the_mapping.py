"""What a session talks about goes on into the risk mapping: kept with a press, changed, deleted, and read there."""

import re
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from lms.database import one_transaction, session
from lms.people.belongings import erase
from lms.people.models import Person
from lms.risks.models import Risk
from lms.risks.notes.models import NOTE_LENGTH, SessionNote
from tests.cast import Theatre
from tests.in_the_room import gathered, meet_now, pages_of
from tests.meetings import log_of, meeting_in
from tests.risk_mappings import row_named
from tests.test_the_room_sees_how_people_answered import walk
from tests.test_what_people_said_fills_the_mapping import rate

BUS = "Siste buss går før premierefesten er over."


def notes(app: Flask) -> list[SessionNote]:
    with app.app_context():
        return list(session.scalars(select(SessionNote).order_by(SessionNote.written_at)))


def write(client: FlaskClient, theatre: Theatre, text: str = BUS, factor: str = "touring") -> UUID:
    answer = client.post(f"{pages_of(theatre)}/notes", data={"text": text, "factor": factor})
    assert answer.status_code == 303
    return UUID(answer.location.rpartition("#note-")[2])


def test_the_page_says_who_reads_and_that_it_is_no_channel(siv: FlaskClient, theatre: Theatre) -> None:
    page = siv.get(f"{pages_of(theatre)}/notes").text

    assert "Dette er ikke en varslingskanal." in page
    assert "Verneombudet, telefon 900 00 000" in page
    assert "Dette leses av Mona Haug, Siv Aune" in page


def test_one_press_on_the_screen_keeps_a_theme(siv: FlaskClient, app: Flask, theatre: Theatre) -> None:
    rate(app, theatre, "high", 5)
    gathered(app, theatre)
    here = meet_now(app, theatre)
    screens = walk(siv, here)
    (risks,) = [screen for screen in screens if 'class="factors"' in screen]
    form = dict(re.findall(r'name="(text|factor|at|look)" value="([^"]*)"', risks))
    assert form["factor"] == "touring"

    for _impatient in range(2):
        kept = siv.post(f"{here}/notes", data=form)
        assert kept.status_code == 303
        assert kept.location.startswith(f"{here}/screen?at={form['at']}")
    assert "Lagret som notat" in siv.get(kept.location).text
    assert [(note.factor, note.written_by) for note in notes(app)] == [("touring", theatre.people["siv"])]


def test_a_card_is_kept_in_its_own_words(siv: FlaskClient, app: Flask, theatre: Theatre) -> None:
    here = meet_now(app, theatre)
    card = next(
        screen for screen in walk(siv, here) if "face large question" in screen or "face large statement" in screen
    )
    siv.post(f"{here}/notes", data=dict(re.findall(r'name="(text|factor|at|look)" value="([^"]*)"', card)))

    known = {card.text("nb") for course in app.extensions["lms"].library.courses for card in course.cards}
    assert notes(app)[0].text in known
    assert notes(app)[0].factor is None


def test_the_row_of_the_mapping_shows_the_notes_about_it(
    siv: FlaskClient, mona: FlaskClient, app: Flask, theatre: Theatre
) -> None:
    write(siv, theatre)
    here = f"/organisations/{theatre.id}/risks"
    mona.post(here)

    assert BUS in mona.get(f"{here}/{row_named(app, theatre.id, 'touring')}").text
    assert BUS not in mona.get(f"{here}/{row_named(app, theatre.id, 'alcohol')}").text


def test_a_note_about_something_else_becomes_a_row_of_its_own(
    siv: FlaskClient, mona: FlaskClient, app: Flask, theatre: Theatre
) -> None:
    write(siv, theatre, "Vi deler bad med publikum", "")
    here = f"/organisations/{theatre.id}/risks"
    assert "Gjør det til en egen risikofaktor" not in mona.get(f"{pages_of(theatre)}/notes").text
    mona.post(here)
    assert "Vi deler bad med publikum" in mona.get(here).text
    assert "Gjør det til en egen risikofaktor" in mona.get(f"{pages_of(theatre)}/notes").text
    assert "Gjør det til en egen risikofaktor" not in siv.get(f"{pages_of(theatre)}/notes").text

    assert mona.post(f"{here}/own", data={"title": "Vi deler bad med publikum"}).status_code == 303
    with app.app_context():
        assert session.scalar(select(Risk.title).where(Risk.factor.is_(None))) == "Vi deler bad med publikum"


def test_a_note_has_who_and_when_and_can_be_changed_and_deleted(
    siv: FlaskClient, mona: FlaskClient, app: Flask, theatre: Theatre
) -> None:
    number = write(siv, theatre)
    here = f"{pages_of(theatre)}/notes"
    assert mona.post(f"{here}/{number}", data={"text": "Bussen.", "factor": "", "revision": 1}).status_code == 303
    (note,) = notes(app)
    assert (note.text, note.factor, note.written_by, note.changed_by) == (
        "Bussen.",
        None,
        theatre.people["siv"],
        theatre.people["mona"],
    )
    page = siv.get(here).text
    assert "Siv Aune" in page
    assert "Mona Haug" in page

    assert siv.post(f"{here}/{number}/removal").status_code == 303
    assert notes(app) == []
    assert [what for what in log_of(app, theatre) if "note" in what] == ["session_note.written", "session_note.removed"]


def test_two_who_write_at_once_lose_nothing(siv: FlaskClient, mona: FlaskClient, app: Flask, theatre: Theatre) -> None:
    number = write(siv, theatre)
    here = f"{pages_of(theatre)}/notes/{number}"
    mona.post(here, data={"text": "Monas ord.", "factor": "touring", "revision": 1})
    clash = siv.post(here, data={"text": "Sivs ord.", "factor": "touring", "revision": 1})

    assert clash.status_code == 422
    assert "Monas ord." in clash.text
    assert "Sivs ord." in clash.text
    assert siv.post(here, data={"text": "Begges.", "factor": "touring", "revision": 2}).status_code == 303
    assert notes(app)[0].text == "Begges."


@pytest.mark.parametrize(
    ("form", "status"),
    [({"text": ""}, 422), ({"text": "x" * (NOTE_LENGTH + 1)}, 422), ({"text": "Ja", "factor": "no-such"}, 400)],
    ids=["empty", "too long", "forged"],
)
def test_what_cannot_be_kept_comes_back(form: dict[str, str], status: int, siv: FlaskClient, theatre: Theatre) -> None:
    answer = siv.post(f"{pages_of(theatre)}/notes", data=form)

    assert answer.status_code == status
    assert status == 400 or form["text"] in answer.text


def test_another_session_and_another_place_have_their_own(
    siv: FlaskClient, ola: FlaskClient, kari: FlaskClient, app: Flask, theatre: Theatre
) -> None:
    number = write(siv, theatre)
    for client in (ola, kari):
        assert client.get(f"{pages_of(theatre)}/notes/{number}").status_code == 404
        assert client.post(f"{pages_of(theatre)}/notes", data={"text": "Hei"}).status_code == 404
    with app.app_context(), one_transaction():
        meeting_in(theatre).facilitator_id = None
    assert siv.post(f"{pages_of(theatre)}/notes/{number}/removal").status_code == 404
    assert len(notes(app)) == 1


def test_a_note_outlives_whoever_wrote_it(mona: FlaskClient, siv: FlaskClient, app: Flask, theatre: Theatre) -> None:
    write(siv, theatre)
    with app.app_context(), one_transaction():
        erase(session.get_one(Person, theatre.people["siv"]))

    page = mona.get(f"{pages_of(theatre)}/notes").text
    assert BUS in page
    assert "Siv Aune" not in page
