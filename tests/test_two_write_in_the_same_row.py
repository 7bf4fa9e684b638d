"""Two coordinators write in the same row of the mapping: nothing of either is lost, and somebody chooses."""

import re
from collections.abc import Callable
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from lms.database import one_transaction, session
from lms.organisations.models import Employee
from lms.risks.changes import RiskChange
from lms.risks.models import Risk
from tests.at_once import all_at_once
from tests.cast import Theatre, cast_in, signed_in
from tests.risk_mappings import row_named


def form(**changed: str) -> dict[str, str]:
    empty = dict.fromkeys(
        ("relevant", "where_and_when", "likelihood", "consequence", "already", "proposed", "owner", "deadline"), ""
    )
    return {"revision": "0", **empty, **changed}


@pytest.fixture
def here(mona: FlaskClient, app: Flask, theatre: Theatre) -> str:
    """A row of the mapping, which Kari may write in too."""
    with app.app_context(), one_transaction():
        session.execute(update(Employee).where(Employee.id == theatre.employees["kari"]).values(role="coordinator"))
    mona.post(f"/organisations/{theatre.id}/risks")
    return f"/organisations/{theatre.id}/risks/{row_named(app, theatre.id, 'touring')}"


def row(app: Flask) -> Risk:
    with app.app_context():
        return session.scalars(select(Risk).where(Risk.factor == "touring")).one()


def choice_in(page: str) -> str:
    found = re.search(r'action="([^"]+/choices/[^"]+)"', page)
    assert found, "nothing waits for a choice"
    return found[1]


def test_different_fields_come_together_by_themselves(
    kari: FlaskClient, mona: FlaskClient, here: str, app: Flask
) -> None:
    mona.post(here, data=form(relevant="yes", where_and_when="I nord."))
    kari.post(here, data=form(proposed="Enkeltrom.", owner="Produsenten"))

    there = row(app)
    assert (there.relevant, there.where_and_when, there.proposed) == ("yes", "I nord.", "Enkeltrom.")
    assert "/choices/" not in mona.get(here).text


@pytest.mark.parametrize(("picked", "then"), [("there", "I nord."), ("hers", "I sør."), ("both", "I nord.\n\nI sør.")])
def test_both_texts_are_kept_until_somebody_chooses(
    picked: str, then: str, kari: FlaskClient, mona: FlaskClient, here: str, app: Flask
) -> None:
    mona.post(here, data=form(where_and_when="I nord."))
    answer = kari.post(here, data=form(where_and_when="I sør.", owner="Produsenten"))

    assert answer.status_code == 303
    assert row(app).owner == "Produsenten", "what nobody else has touched is kept at once"
    for reader in (kari, mona):
        page = reader.get(here).text
        assert "I nord." in page
        assert "I sør." in page
        assert "Det Kari Berg skrev" in page
    assert "to tekster venter på et valg" in mona.get(here.rpartition("/")[0]).text

    choice = choice_in(mona.get(here).text)
    assert mona.post(choice, data={"revision": "2"}).status_code == 422, "nothing is chosen by silence"
    assert mona.post(choice, data={"revision": "2", "where_and_when": "mine"}).status_code == 422
    assert mona.post(choice, data={"revision": "2", "where_and_when": picked}).status_code == 303

    assert row(app).where_and_when == then
    assert "/choices/" not in kari.get(here).text
    assert mona.post(choice, data={"revision": "3", "where_and_when": picked}).status_code == 303, "pressed twice"
    assert row(app).where_and_when == then


def test_nobody_chooses_from_a_page_that_is_out_of_date(
    kari: FlaskClient, mona: FlaskClient, here: str, app: Flask
) -> None:
    mona.post(here, data=form(where_and_when="I nord."))
    kari.post(here, data=form(where_and_when="I sør."))
    choice = choice_in(mona.get(here).text)
    kari.post(here, data=form(revision="1", where_and_when="I nord, om vinteren."))

    answer = mona.post(choice, data={"revision": "1", "where_and_when": "hers"})

    assert answer.status_code == 422
    assert "I nord, om vinteren." in answer.text
    assert row(app).where_and_when == "I nord, om vinteren."


def test_a_form_is_not_delivered_while_texts_wait(kari: FlaskClient, mona: FlaskClient, here: str) -> None:
    mona.post(here, data=form(relevant="yes", likelihood="1", consequence="1", where_and_when="I nord."))
    kari.post(here, data=form(where_and_when="I sør."))

    answer = mona.post(f"{here.rpartition('/')[0]}/delivery")

    assert answer.status_code == 422
    assert "Velg først" in answer.text


def test_many_at_once_lose_nothing(open_app: Callable[..., Flask], database_url: str) -> None:
    app = open_app(database_url)
    theatre = cast_in(app)
    mona = signed_in(app, theatre, "mona")
    mona.post(f"/organisations/{theatre.id}/risks")
    touring: UUID = row_named(app, theatre.id, "touring")
    here = f"/organisations/{theatre.id}/risks/{touring}"
    texts = [f"Tekst {number}" for number in range(6)]

    def writing(text: str) -> Callable[[], int]:
        device = signed_in(app, theatre, "mona")
        return lambda: device.post(here, data=form(where_and_when=text)).status_code

    assert all_at_once([writing(text) for text in texts]) == [303] * len(texts)
    with app.app_context():
        changes = session.scalars(select(RiskChange).where(RiskChange.risk_id == touring)).all()
        assert sorted(change.values["where_and_when"] for change in changes) == texts
        assert [change.revision for change in changes if change.revision] == [1]
