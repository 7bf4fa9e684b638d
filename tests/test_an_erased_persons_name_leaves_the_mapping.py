"""Kari was to see to a risk, and has herself erased: her name leaves the mapping, also where it was delivered."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from lms.database import one_transaction, session
from lms.organisations.events import Event
from lms.organisations.models import Organisation
from lms.people.models import Person
from lms.people.names import ERASED
from lms.risks.changes import RiskChange
from lms.risks.delivery import DeliveredMapping
from lms.risks.models import Risk, RiskMapping, mapping_in, open_mapping, rows_of
from tests.cast import Theatre

NAME = "Kari Berg"


def fill_in(organisation_id: object, by: Person, owner: str, proposed: str = "") -> None:
    organisation = session.get_one(Organisation, organisation_id)
    open_mapping(organisation.id, by)
    mapping = mapping_in(organisation.id, to_change=True)
    assert mapping is not None
    row = rows_of(mapping)[0]
    wanted = {**row.values, "relevant": "yes", "likelihood": 1, "consequence": 1, "owner": owner, "proposed": proposed}
    row.change(wanted, row.revision, by)


@pytest.fixture
def here(mona: FlaskClient, app: Flask, theatre: Theatre) -> str:
    """A mapping in which Kari sees to a row, delivered, returned, and begun anew."""
    with app.app_context(), one_transaction():
        fill_in(theatre.id, session.get_one(Person, theatre.people["mona"]), NAME)
    here = f"/organisations/{theatre.id}/risks"
    assert mona.post(f"{here}/delivery").status_code == 303
    return here


def logged(app: Flask, what: str) -> list[Event]:
    with app.app_context():
        return list(session.scalars(select(Event).where(Event.what == what)))


def test_it_leaves_the_row_its_history_and_the_delivered_form(
    kari: FlaskClient, mona: FlaskClient, here: str, app: Flask, theatre: Theatre
) -> None:
    with app.app_context():
        before = session.scalars(select(DeliveredMapping.digest)).one()
    assert kari.post("/me/erasure", data={"sure": "1"}).status_code == 200

    with app.app_context():
        delivered = session.scalars(select(DeliveredMapping)).one()
        row = session.scalars(select(Risk).where(Risk.owner != "")).one()
        histories = [change.values["owner"] for change in session.scalars(select(RiskChange))]
        form, row_page = f"{here}/deliveries/{delivered.id}", f"{here}/{row.id}"
        assert row.owner == ERASED
        assert set(histories) == {ERASED}
        assert delivered.is_whole
        assert delivered.digest != before
    told = [event.about for event in logged(app, "risk_mapping.owner_erased") if "delivery" in event.about]
    assert [(about["before"], about["digest"]) for about in told] == [(before, delivered.digest)]
    for page in (form, here, row_page, f"{here}/form"):
        assert NAME not in mona.get(page).text
    said = mona.get(form).text
    assert "slettet person" in said
    assert "slettet, ble tatt ut" in said
    assert "tatt ut av risikokartleggingen" in mona.get(f"/organisations/{theatre.id}/log").text
    assert logged(app, "risk_mapping.name_left") == []


def test_another_of_the_same_name_elsewhere_stays(kari: FlaskClient, here: str, app: Flask, theatre: Theatre) -> None:
    with app.app_context(), one_transaction():
        festival = session.scalars(select(Organisation).where(Organisation.name == "Festivalen Deres")).one()
        fill_in(festival.id, session.get_one(Person, theatre.people["ola"]), NAME)
    kari.post("/me/erasure", data={"sure": "1"})
    with app.app_context():
        owners = select(Risk.owner).join(RiskMapping, RiskMapping.id == Risk.mapping_id)
        assert sorted(filter(None, session.scalars(owners))) == [NAME, ERASED]


def test_where_it_stands_in_longer_words_the_coordinators_are_asked(
    kari: FlaskClient, mona: FlaskClient, app: Flask, theatre: Theatre
) -> None:
    with app.app_context(), one_transaction():
        mona_herself = session.get_one(Person, theatre.people["mona"])
        fill_in(theatre.id, mona_herself, "Kari Berg og verneombudet", "Be Kari Berg følge med.")
    kari.post("/me/erasure", data={"sure": "1"})

    assert len(logged(app, "risk_mapping.name_left")) == 1
    assert "les gjennom" in mona.get(f"/organisations/{theatre.id}/log").text
    with app.app_context():
        assert session.scalars(select(Risk.owner).where(Risk.owner != "")).one() == "Kari Berg og verneombudet"
