"""Kari is erased while forms stand open elsewhere: measures, channel, notes, guidelines, words, requests, lists."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from lms.database import session
from lms.mark.models import MarkRequest
from lms.measures.models import Measure
from lms.organisations.models import Organisation
from lms.people.models import Person
from lms.people.names import ERASED
from tests.cast import Theatre, signed_in
from tests.guidelines import FORM, published
from tests.marks import bring_on
from tests.plans import form as measure_form
from tests.risk_mappings import row_named
from tests.test_an_erased_name_does_not_come_back import NAME, TOLD, erase, hidden
from tests.test_two_write_in_the_same_row import form


@pytest.fixture
def here(mona: FlaskClient, app: Flask, theatre: Theatre) -> str:
    """A row of the mapping that Kari is to see to."""
    mona.post(f"/organisations/{theatre.id}/risks")
    here = f"/organisations/{theatre.id}/risks/{row_named(app, theatre.id, 'touring')}"
    mona.post(here, data=form(owner=NAME, proposed="Enkeltrom."))
    return here


def test_a_measure_that_stood_open(kari: FlaskClient, mona: FlaskClient, app: Flask, theatre: Theatre) -> None:
    at = f"/organisations/{theatre.id}/measures"
    mona.post(at, data=measure_form(what="Enkeltrom", owner=NAME))
    with app.app_context():
        there = f"{at}/{session.scalars(select(Measure.id)).one()}"
    erase(kari)
    stale = measure_form(what="Enkeltrom på turné", owner=NAME, revision="0")
    answer = mona.post(there, data=stale)

    assert answer.status_code == 422
    assert TOLD in answer.text
    assert "Enkeltrom på turné" in answer.text
    assert owner_and_words(app) == (ERASED, "Enkeltrom")


def test_why_a_measure_is_not_relevant_does_not_come_back(
    kari: FlaskClient, mona: FlaskClient, app: Flask, theatre: Theatre
) -> None:
    at = f"/organisations/{theatre.id}/measures"
    mona.post(at, data=measure_form(what="Enkeltrom"))
    with app.app_context():
        there = f"{at}/{session.scalars(select(Measure.id)).one()}"
    mona.post(f"{there}/status", data={"status": "not_relevant", "because": "Kari Berg ordner det."})
    page = mona.get(there).text
    erase(kari)
    opened = hidden(mona.get(there).text.split('value="not_relevant"')[1], "revision")
    mona.post(f"{there}/status", data={"status": "not_relevant", "because": "Andre ordner det.", "revision": opened})
    stale = hidden(page.split('value="not_relevant"')[1], "revision")
    answer = mona.post(
        f"{there}/status", data={"status": "not_relevant", "because": "Kari Berg ordner det.", "revision": stale}
    )

    assert answer.status_code == 422
    assert "Kari Berg ordner det." in answer.text
    with app.app_context():
        assert session.scalars(select(Measure.status_because)).one() == "Andre ordner det."


def test_a_new_measure_whose_form_began_with_her_risk(
    kari: FlaskClient, mona: FlaskClient, here: str, app: Flask, theatre: Theatre
) -> None:
    at, risk = f"/organisations/{theatre.id}/measures", here.rpartition("/")[2]
    page = mona.get(f"{at}/new?risk={risk}").text
    assert 'value="Kari Berg"' in page
    begun = {"risk": risk, "risk_revision": hidden(page, "risk_revision")}
    erase(kari)
    answer = mona.post(at, data=measure_form(what="Enkeltrom.", owner=NAME, **begun))

    assert answer.status_code == 422
    assert "Enkeltrom." in answer.text
    with app.app_context():
        assert session.scalars(select(Measure.owner)).all() == []
    begun["risk_revision"] = hidden(answer.text, "risk_revision")
    assert mona.post(at, data=measure_form(what="Enkeltrom.", owner="Produsenten", **begun)).status_code == 303


def owner_and_words(app: Flask) -> tuple[str, str]:
    with app.app_context():
        found = session.scalars(select(Measure)).one()
        return found.owner, found.what


def test_the_reporting_channel_that_stood_open(
    kari: FlaskClient, mona: FlaskClient, app: Flask, theatre: Theatre
) -> None:
    at = f"/organisations/{theatre.id}/choices"
    mona.post(f"{at}/channel", data={"reporting_channel": "Kari Berg, telefon 900 00 000"})
    opened = {"channel_revision": hidden(mona.get(at).text, "channel_revision")}
    erase(kari)
    now_there = {"channel_revision": hidden(mona.get(at).text, "channel_revision")}
    mona.post(f"{at}/channel", data={"reporting_channel": "Verneombudet", **now_there})
    answer = mona.post(f"{at}/channel", data={"reporting_channel": "Kari Berg, telefon 900 11 111", **opened})

    assert answer.status_code == 422
    assert TOLD in answer.text
    assert "900 11 111" in answer.text
    assert "Verneombudet" in answer.text
    with app.app_context():
        assert session.get_one(Organisation, theatre.id).reporting_channel == "Verneombudet"


def test_the_words_for_the_register_that_stood_open(
    kari: FlaskClient, mona: FlaskClient, app: Flask, theatre: Theatre
) -> None:
    at = f"/organisations/{theatre.id}/mark"
    words = {"words_nb": "Kari Berg leder arbeidet.", "words_en": "", "website": "", "in_register": "1"}
    assert mona.post(f"{at}/own-words", data={**words, "revision": "0"}).status_code == 303
    opened = hidden(mona.get(at).text, "revision")
    erase(kari)
    answer = mona.post(f"{at}/own-words", data={**words, "words_en": "Kari Berg leads it.", "revision": opened})

    assert answer.status_code == 422
    assert TOLD in answer.text
    assert "Kari Berg leads it." in answer.text
    cleaned = {**words, "words_nb": "Vi leder det.", "revision": hidden(answer.text, "revision")}
    assert mona.post(f"{at}/own-words", data=cleaned).status_code == 303


def test_a_note_and_a_guideline_that_stood_open(
    kari: FlaskClient, mona: FlaskClient, siv: FlaskClient, theatre: Theatre
) -> None:
    notes = f"/organisations/{theatre.id}/group-sessions/{theatre.meeting_id}/notes"
    kept = siv.post(notes, data={"text": "Kari Berg tar bussen.", "factor": ""})
    note = f"{notes}/{kept.location.rpartition('note-')[2]}"
    guideline = published(mona, f"/organisations/{theatre.id}/guidelines", text_nb="Si fra til Kari Berg.")
    draft = mona.get(f"{guideline}/draft").text
    erase(kari)

    answer = siv.post(note, data={"text": "Kari Berg tar bussen hjem.", "factor": "", "revision": "1"})
    assert answer.status_code == 422
    assert TOLD in answer.text
    written = {**FORM, "text_nb": "Si fra til oss.", "revision": "0", "number": hidden(draft, "number")}
    assert mona.post(f"{guideline}/draft", data=written).status_code == 303
    mona.post(f"{guideline}/publication", data={"revision": "1", "anew": "no"})
    stale = {**written, "text_nb": "Si fra til Kari Berg, da."}
    answer = mona.post(f"{guideline}/draft", data=stale)
    assert answer.status_code == 422
    assert TOLD in answer.text
    assert "Si fra til Kari Berg, da." in answer.text


def test_a_request_that_is_asked_anew(kari: FlaskClient, mona: FlaskClient, app: Flask, theatre: Theatre) -> None:
    bring_on(app, theatre)
    at = f"/organisations/{theatre.id}/mark"
    assert mona.post(f"{at}/request", data={"statement": "Kari Berg følger opp."}).status_code == 303
    with app.app_context():
        request, before = session.scalars(select(MarkRequest)).one(), session.scalars(select(MarkRequest.digest)).one()
    answer = {"verdict": "returned", "reason-courses": "Kari Berg mangler."}
    signed_in(app, theatre, "siv").post(f"{at}/requests/{request.id}/decision", data=answer)
    opened = hidden(mona.get(at).text, "returned")
    erase(kari)

    stale = mona.post(f"{at}/request", data={"statement": "Kari Berg følger opp.", "returned": opened})
    assert stale.status_code == 422
    assert TOLD in stale.text
    with app.app_context():
        there = session.scalars(select(MarkRequest)).one()
        assert there.is_whole
        assert there.digest != before
        assert NAME not in str(there.form)
    page = mona.get(f"{at}/requests/{request.id}").text
    assert NAME not in page
    assert "slettet, ble tatt ut" in page
    assert "uendret" not in page


def test_a_list_that_waits_to_be_carried_out(
    kari: FlaskClient, mona: FlaskClient, app: Flask, theatre: Theatre
) -> None:
    at = f"/organisations/{theatre.id}/people/lists"
    listed = mona.post(at, data={"list": "Kari Berg\nNils Ny"}).location
    page = mona.get(listed).text
    assert NAME in page
    erase(kari)

    assert NAME not in mona.get(listed).text
    mona.post(f"{listed}/application", data={"seal": hidden(page, "seal")})
    with app.app_context():
        names = session.scalars(select(Person.name)).all()
    assert "Nils Ny" in names
    assert NAME not in names
