"""Kari is erased while pages that name her stand open: none brings her name back, and nobody's words are lost."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import expect
from sqlalchemy import select, update

from lms.database import one_transaction, session
from lms.journey.forgetting import take_name_out
from lms.measures.models import Measure
from lms.organisations.models import Employee
from lms.people.belongings import erase as erase_person
from lms.people.models import Person
from lms.people.names import ERASED
from lms.risks.changes import RiskChange
from lms.risks.models import Risk, open_mapping, rows_of
from tests.at_once import all_at_once
from tests.cast import Theatre, cast_in, signed_in
from tests.plans import form as measure_form
from tests.rigs_browsers import OpenWindow
from tests.risk_mappings import row_named
from tests.test_two_write_in_the_same_row import form

NAME = "Kari Berg"
TOLD = "noen blitt slettet"


@pytest.fixture
def here(mona: FlaskClient, app: Flask, theatre: Theatre) -> str:
    """A row of the mapping that Kari is to see to, and in which she is named in longer words too."""
    with app.app_context(), one_transaction():
        session.add(coordinator := Person(name="Eva Dahl", language="nb"))
        session.flush()
        session.add(Employee(organisation_id=theatre.id, person_id=coordinator.id, role="coordinator"))
    mona.post(f"/organisations/{theatre.id}/risks")
    here = f"/organisations/{theatre.id}/risks/{row_named(app, theatre.id, 'touring')}"
    mona.post(here, data=form(owner=NAME, already="Kari Bergs vaktliste.", proposed="Enkeltrom."))
    return here


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"\s+value="([^"]*)"', page)
    assert found, f"no field {name}"
    return found[1]


def erase(kari: FlaskClient) -> None:
    assert kari.post("/me/erasure", data={"sure": "1"}).status_code == 200


def row(app: Flask) -> Risk:
    with app.app_context():
        return session.scalars(select(Risk).where(Risk.factor == "touring")).one()


def written_of_the_row(app: Flask) -> str:
    """Everything that is kept of the row, also what no page shows."""
    with app.app_context():
        return str([row(app).values, *(change.values for change in session.scalars(select(RiskChange)))])


def test_a_row_that_stood_open_is_asked_about_once_more(
    kari: FlaskClient, mona: FlaskClient, here: str, app: Flask
) -> None:
    stale = form(revision="1", owner=NAME, already="Kari Bergs vaktliste.", proposed="Enkeltrom, og to biler.")
    erase(kari)
    answer = mona.post(here, data=stale)

    assert answer.status_code == 422
    assert TOLD in answer.text
    assert "Enkeltrom, og to biler." in answer.text, "what she wrote stands in the form"
    assert 'value="Kari Berg"' in answer.text
    assert row(app).owner == ERASED
    assert row(app).proposed == "Enkeltrom."
    assert "data-autosave" not in answer.text, "what she has yet to look at does not save itself"
    again = {**stale, "told_at": hidden(answer.text, "told_at")}
    assert mona.post(f"{here}/autosave", data=again).status_code == 422
    again["owner"] = "Produsenten"
    assert mona.post(here, data=again).status_code == 303
    assert (row(app).owner, row(app).proposed) == ("Produsenten", "Enkeltrom, og to biler.")


def test_a_row_that_saves_itself_says_so_and_keeps_nothing(
    kari: FlaskClient, mona: FlaskClient, here: str, app: Flask
) -> None:
    erase(kari)
    answer = mona.post(f"{here}/autosave", data=form(revision="1", owner=NAME, already="Kari Bergs vaktliste."))

    assert answer.status_code == 422
    assert "Ikke lagret" in answer.json["told"]
    assert row(app).owner == ERASED
    with app.app_context():
        assert session.scalars(select(RiskChange).where(RiskChange.revision.is_(None))).all() == []


def test_a_page_opened_afterwards_saves_as_always(kari: FlaskClient, mona: FlaskClient, here: str, app: Flask) -> None:
    erase(kari)
    page = mona.get(here).text
    revision = hidden(page, "revision")
    answer = mona.post(here, data=form(revision=revision, already="Kari Bergs vaktliste.", proposed="Tomannsrom."))

    assert answer.status_code == 303
    assert row(app).proposed == "Tomannsrom."
    assert "1 endring" in page, "an erasure is nobody's line in the history"


def test_what_was_cleaned_does_not_come_back_by_the_way_of_a_choice(
    kari: FlaskClient, mona: FlaskClient, here: str, app: Flask
) -> None:
    erase(kari)
    revision = hidden(mona.get(here).text, "revision")
    mona.post(here, data=form(revision=revision, already="Vaktlista.", proposed="Enkeltrom."))
    stale = form(revision="1", already="Kari Bergs vaktliste.", proposed="Enkeltrom.", relevant="yes")

    answer = mona.post(here, data=stale)
    assert answer.status_code == 422
    assert "Vaktlista." in answer.text, "she sees what stands there now"
    assert "Kari Bergs" not in written_of_the_row(app).replace(kept_for_a_day(app), "")
    again = {**stale, "told_at": hidden(answer.text, "told_at"), "already": "Ei vaktliste."}
    assert mona.post(here, data=again).status_code == 303
    choice = re.search(r'action="([^"]+/choices/[^"]+)"', mona.get(here).text)
    assert choice, "two texts of two hands wait for a choice, as always"
    revision = hidden(mona.get(here).text, "revision")
    mona.post(choice[1], data={"revision": revision, "already": "there"})
    assert row(app).already == "Vaktlista."
    assert row(app).relevant == "yes"
    assert "Ei vaktliste." not in written_of_the_row(app), "what nobody chose is kept nowhere"


def kept_for_a_day(app: Flask) -> str:
    """The revision that the erasure itself made: it lies as long as a page may rest on it."""
    with app.app_context():
        return str(session.scalars(select(RiskChange).where(RiskChange.by.is_(None))).one().values)


def test_words_that_waited_for_a_choice_lose_her_too(
    kari: FlaskClient, mona: FlaskClient, here: str, app: Flask, theatre: Theatre
) -> None:
    mona.post(here, data=form(revision="1", proposed="Enkeltrom.", owner="Produsenten"))
    mona.post(here, data=form(revision="1", proposed="Enkeltrom.", owner=NAME, already="Kari Bergs vaktliste."))
    mona.post(here, data=form(revision="1", proposed="Dobbeltrom.", owner="Styret", already="Kari Berg."))
    erase(kari)

    with app.app_context():
        for change in session.scalars(select(RiskChange)):
            assert change.values["owner"] != NAME
            assert change.waits or change.passed or NAME not in str(change.values), "nobody sees these again"
    assert f"/organisations/{theatre.id}/names-left" in mona.get(f"/organisations/{theatre.id}/").text


def test_the_framing_questions_that_stood_open(
    kari: FlaskClient, mona: FlaskClient, here: str, app: Flask, theatre: Theatre
) -> None:
    at = here.rpartition("/")[0]
    words = {"can_go_wrong": "Spør Kari Berg.", "can_prevent": "", "can_soften": ""}
    mona.post(f"{at}/framing", data={**words, "revision": "0"})
    erase(kari)
    answer = mona.post(f"{at}/framing", data={**words, "can_soften": "En telefon.", "revision": "1"})

    assert answer.status_code == 422
    assert TOLD in answer.text
    assert "En telefon." in answer.text
    revision = hidden(answer.text, "revision")
    cleaned = {**words, "can_go_wrong": "Spør oss.", "revision": revision}
    assert mona.post(f"{at}/framing", data=cleaned).status_code == 303


@pytest.mark.parametrize("many", range(3))
def test_both_at_once(many: int, open_app: Callable[..., Flask], database_url: str) -> None:
    app = open_app(database_url)
    theatre = cast_in(app)
    mona, kari = (signed_in(app, theatre, name) for name in ("mona", "kari"))
    mona.post(f"/organisations/{theatre.id}/risks")
    at = f"/organisations/{theatre.id}/measures"
    here = f"/organisations/{theatre.id}/risks/{row_named(app, theatre.id, 'touring')}"
    mona.post(here, data=form(owner=NAME))
    mona.post(at, data=measure_form(what="Enkeltrom", owner=NAME))
    with app.app_context():
        there = f"{at}/{session.scalars(select(Measure.id)).one()}"

    def writing(number: int) -> Callable[[], int]:
        device = signed_in(app, theatre, "mona")
        written = form(revision="1", owner=NAME, proposed=f"Tekst {number}")
        return lambda: device.post(f"{here}/autosave", data=written).status_code

    def planning() -> int:
        written = measure_form(what="Enkeltrom på turné", owner=NAME, revision="0")
        return signed_in(app, theatre, "mona").post(there, data=written).status_code

    erased, *answers = all_at_once(
        [lambda: kari.post("/me/erasure", data={"sure": "1"}).status_code, *map(writing, range(4)), planning]
    )
    assert erased == 200
    assert set(answers) <= {200, 303, 422}
    with app.app_context():
        assert session.scalars(select(Risk.owner).where(Risk.owner != "")).one() == ERASED
        assert [change for change in session.scalars(select(RiskChange)) if NAME in str(change.values)] == []
        assert session.scalars(select(Measure.owner)).one() == ERASED


def test_two_of_one_name_are_not_mixed_up(
    kari: FlaskClient, mona: FlaskClient, here: str, app: Flask, theatre: Theatre
) -> None:
    """What nobody can change stays as it was, where it may be about the other one."""
    with app.app_context(), one_transaction():
        eva = select(Person.id).where(Person.name == "Eva Dahl").scalar_subquery()
        session.execute(update(Person).where(Person.id == eva).values(name="Kari Berg"))
    at = f"/organisations/{theatre.id}/measures"
    mona.post(at, data=measure_form(what="Enkeltrom"))
    with app.app_context():
        there = str(session.scalars(select(Measure.id)).one())
    mona.post(f"{at}/remarks", data={"about": there, "text": "Kari Berg tar det."})
    erase(kari)
    assert "Kari Berg tar det." in mona.get(f"{at}/{there}").text


@pytest.mark.browser
def test_whoever_is_writing_is_told_by_the_page(
    kari: FlaskClient, mona: FlaskClient, app: Flask, theatre: Theatre, window: OpenWindow
) -> None:
    with app.test_request_context(method="POST"), one_transaction():
        mona_herself = session.get_one(Person, theatre.people["mona"])
        mapping, _opened = open_mapping(theatre.id, mona_herself)
        touring = next(row for row in rows_of(mapping) if row.factor == "touring")
        touring.change({**touring.values, "owner": NAME}, touring.revision, mona_herself)
        address = f"/organisations/{theatre.id}/risks/{touring.id}"
    page = window(mona).open(address)
    with app.test_request_context(method="POST"), one_transaction():
        hers = session.get_one(Person, theatre.people["kari"])
        take_name_out(hers)
        erase_person(hers)
    page.locator("#proposed").press_sequentially("Enkeltrom.")
    expect(page.locator("[data-state]")).to_contain_text("Ikke lagret: Noen er blitt slettet")
    page.get_by_role("button", name="Lagre raden", exact=True).click()
    expect(page.get_by_role("alert").first).to_contain_text("noen blitt slettet")
    expect(page.locator("#proposed")).to_have_value("Enkeltrom.")
    page.locator("#owner").fill("Produsenten")
    page.get_by_role("button", name="Lagre raden", exact=True).click()
    expect(page.get_by_text("Lagret.")).to_be_visible()
    assert (row(app).owner, row(app).proposed) == ("Produsenten", "Enkeltrom.")
