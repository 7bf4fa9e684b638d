"""A text of the form that may be a report leaves the row, its history and every delivered form."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from lms.database import session
from lms.organisations.events import Event
from lms.risks.changes import RiskChange
from lms.risks.delivery import DeliveredMapping
from lms.risks.models import Risk
from lms.risks.set_aside import SetAsideText
from tests.cast import Theatre
from tests.risk_mappings import row_named

CANARY = "Kanarifuglen i garderoben"
FILLED_IN = {"revision": "0", "relevant": "yes", "likelihood": "3", "consequence": "2", "where_and_when": CANARY}


@pytest.fixture
def here(mona: FlaskClient, app: Flask, theatre: Theatre) -> str:
    """A row in which somebody has written, and written again."""
    mona.post(f"/organisations/{theatre.id}/risks")
    here = f"/organisations/{theatre.id}/risks/{row_named(app, theatre.id, 'touring')}"
    mona.post(here, data=FILLED_IN)
    mona.post(here, data={**FILLED_IN, "revision": "1", "proposed": "Enkeltrom."})
    return here


def form_of(siv: FlaskClient) -> str:
    return next(part.split('"')[0] for part in siv.get("/risk-mappings").text.split('href="') if "/deliveries/" in part)


def test_a_coordinator_takes_it_out_of_the_draft_and_its_history(
    mona: FlaskClient, here: str, app: Flask, theatre: Theatre
) -> None:
    asks = mona.get(f"{here}/report").text
    assert CANARY in asks
    assert "Verneombudet, telefon 900 00 000" in asks

    answer = mona.post(f"{here}/report", data={"field": "where_and_when"}, follow_redirects=True)

    mapping = here.rpartition("/")[0]
    pages = [answer.text, *(mona.get(page).text for page in (here, mapping, f"{mapping}/form", f"{here}/report"))]
    assert all(CANARY not in page for page in pages)
    assert "tatt ut av alle sider" in answer.text
    assert "Enkeltrom." in mona.get(here).text
    with app.app_context():
        assert all(change.values["where_and_when"] == "" for change in session.scalars(select(RiskChange)))
        assert session.scalars(select(Risk.where_and_when).where(Risk.factor == "touring")).one() == ""
        line = session.scalars(select(Event).where(Event.what == "risk_text.set_aside")).one()
        assert line.about == {}, "only that it happened"
        assert session.scalars(select(SetAsideText.texts)).one() == [CANARY], "out of sight, and not destroyed"
    mona.post(here, data={**FILLED_IN, "revision": "2"})
    assert CANARY not in mona.get(here).text, "a page that stood open does not bring it back"
    again = {**FILLED_IN, "revision": "3", "where_and_when": "På turné."}
    assert mona.post(here, data=again).status_code == 303
    assert "På turné." in mona.get(here).text


def test_a_facilitator_takes_it_out_of_what_was_delivered(
    mona: FlaskClient, siv: FlaskClient, here: str, app: Flask
) -> None:
    assert siv.get(f"{here}/report").status_code == 404, "the draft is not hers to read"
    mona.post(f"{here.rpartition('/')[0]}/delivery")
    form = form_of(siv)
    assert CANARY in siv.get(form).text
    with app.app_context():
        before = session.scalars(select(DeliveredMapping.digest)).one()

    answer = siv.post(f"{here}/report", data={"field": "where_and_when"}, follow_redirects=True)

    assert answer.status_code == 200
    for page in (answer.text, siv.get(form).text, mona.get(form).text, mona.get(here).text):
        assert CANARY not in page
    assert "ble tatt ut" in siv.get(form).text
    with app.app_context():
        delivered = session.scalars(select(DeliveredMapping)).one()
        assert delivered.is_whole
        assert delivered.digest != before
        assert session.scalars(select(SetAsideText.digests)).one() == {"1": before}
    siv.post(f"{here}/report", data={"field": "where_and_when"})
    with app.app_context():
        assert len(session.scalars(select(SetAsideText)).all()) == 1, "pressed twice"


def test_an_answer_that_frames_the_rows_leaves_the_form_too(
    mona: FlaskClient, siv: FlaskClient, here: str, app: Flask
) -> None:
    mapping = here.rpartition("/")[0]
    answers = {"revision": "0", "can_go_wrong": "Kanarifuglen sa det", "can_prevent": "", "can_soften": "Noen å ringe"}
    mona.post(f"{mapping}/framing", data=answers)
    assert f"{mapping}/framing/report" in mona.get(mapping).text
    mona.post(f"{mapping}/delivery")
    form = form_of(siv)
    assert "Kanarifuglen sa det" in siv.get(f"{mapping}/framing/report").text

    answer = siv.post(f"{mapping}/framing/report", data={"field": "can_go_wrong"}, follow_redirects=True)

    assert "Verneombudet, telefon 900 00 000" in answer.text
    pages = (siv.get(form), mona.get(form), mona.get(mapping), mona.get(f"{mapping}/form"), answer)
    assert all("Kanarifuglen sa det" not in page.text for page in pages)
    assert "Noen å ringe" in siv.get(form).text
    assert "ble tatt ut" in siv.get(form).text
    siv.post(f"{form}/decision", data={"verdict": "returned", "comment": "Se én gang til."})
    mona.post(f"{mapping}/framing", data={**answers, "revision": "2"})
    assert "Kanarifuglen sa det" not in mona.get(mapping).text, "a page that stood open does not bring it back"
    with app.app_context():
        assert session.scalars(select(DeliveredMapping)).one().is_whole
        kept = session.scalars(select(SetAsideText)).one()
        assert (kept.risk_id, kept.field, kept.texts) == (None, "can_go_wrong", ["Kanarifuglen sa det"])
        assert session.scalars(select(Event).where(Event.what == "risk_text.set_aside")).one().about == {}


def test_what_the_page_does_not_offer_is_refused(mona: FlaskClient, ola: FlaskClient, here: str) -> None:
    assert mona.post(f"{here}/report", data={"field": "owner"}).status_code == 400
    framing = f"{here.rpartition('/')[0]}/framing/report"
    assert mona.post(framing, data={"field": "where_and_when"}).status_code == 400
    assert ola.get(framing).status_code == 404
    assert ola.get(f"{here}/report").status_code == 404
    assert ola.post(f"{here}/report", data={"field": "where_and_when"}).status_code == 404
