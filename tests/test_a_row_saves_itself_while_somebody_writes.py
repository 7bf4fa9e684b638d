"""A coordinator writes in a row of the mapping: it is saved as she writes, told in words, and nobody's text is lost."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page, expect
from sqlalchemy import select, update

from lms.database import now, one_transaction, session
from lms.mail.duties import done_once, duties
from lms.organisations.models import Employee
from lms.people.models import Person
from lms.risks.changes import RiskChange
from lms.risks.models import Risk, open_mapping
from tests.cast import Theatre
from tests.rigs_browsers import OpenWindow
from tests.risk_mappings import row_named
from tests.test_two_write_in_the_same_row import form


@pytest.fixture
def here(app: Flask, theatre: Theatre) -> str:
    """A row of the mapping, which Kari may write in too."""
    with app.app_context(), one_transaction():
        session.execute(update(Employee).where(Employee.id == theatre.employees["kari"]).values(role="coordinator"))
        open_mapping(theatre.id, session.get_one(Person, theatre.people["mona"]))
    return f"/organisations/{theatre.id}/risks/{row_named(app, theatre.id, 'touring')}"


def keep(writer: FlaskClient, here: str, **changed: str) -> dict[str, object]:
    answer = writer.post(f"{here}/autosave", data=form(**changed))
    assert answer.status_code == 200
    assert isinstance(answer.json, dict)
    return answer.json


def row(app: Flask) -> Risk:
    with app.app_context():
        return session.scalars(select(Risk).where(Risk.factor == "touring")).one()


def changes(app: Flask) -> list[RiskChange]:
    with app.app_context():
        return list(session.scalars(select(RiskChange).order_by(RiskChange.at)))


def test_a_sitting_is_one_line_of_the_history(mona: FlaskClient, here: str, app: Flask) -> None:
    assert re.fullmatch(r"Lagret \d\d\.\d\d\.", str(keep(mona, here, where_and_when="I no")["told"]))
    keep(mona, here, revision="1", where_and_when="I nord.")
    mona.post(here, data=form(revision="2", where_and_when="I nord, om vinteren."))

    assert row(app).where_and_when == "I nord, om vinteren."
    page = mona.get(here).text
    assert "1 endring" in page
    assert "I no<" not in page
    mona.post(here, data=form(revision="3", where_and_when="I nord, om vinteren.", owner="Produsenten"))
    assert "2 endringer" in mona.get(here).text, "what she saved with the button is a line of its own"


def test_another_writer_or_a_pause_begins_a_new_line(
    kari: FlaskClient, mona: FlaskClient, here: str, app: Flask
) -> None:
    keep(mona, here, where_and_when="I nord.")
    keep(kari, here, revision="1", where_and_when="I nord.", proposed="Enkeltrom.")
    keep(mona, here, revision="2", where_and_when="I nord.", proposed="Enkeltrom.", already="Ingenting.")
    assert "3 endringer" in mona.get(here).text
    with app.app_context(), one_transaction():
        for change in session.scalars(select(RiskChange)):
            change.at = now() - timedelta(minutes=11)
    keep(mona, here, revision="3", where_and_when="I nord.", proposed="Enkeltrom.", already="Lite.")
    assert "4 endringer" in mona.get(here).text


def test_what_was_only_on_the_way_is_gone_after_a_day(
    mona: FlaskClient, kari: FlaskClient, here: str, app: Flask
) -> None:
    keep(mona, here, where_and_when="Per sa at")
    keep(mona, here, revision="1", where_and_when="I nord.")
    with app.app_context(), one_transaction():
        for change in session.scalars(select(RiskChange)):
            change.at = now() - timedelta(days=2)
    with app.app_context():
        done_once(duties["forget steps in the risk mapping"], now())

    assert [change.values["where_and_when"] for change in changes(app)] == ["I nord."], "though nobody writes again"
    keep(mona, here, revision="2", where_and_when="I nord.", already="Lite.")
    # Kari's page has stood open since then: what she had before her is not known, so nothing is settled for her.
    answer = keep(kari, here, revision="1", where_and_when="Per sa at", owner="Produsenten")
    assert answer["waits"]
    assert row(app).where_and_when == "I nord."


def test_both_texts_are_kept_also_when_the_page_saves(
    kari: FlaskClient, mona: FlaskClient, here: str, app: Flask
) -> None:
    keep(mona, here, where_and_when="I nord.")
    answer = keep(kari, here, where_and_when="I sør.")
    assert answer["waits"]
    assert "Begge tekstene er lagret" in str(answer["told"])
    kari.post(here, data=form(where_and_when="I sør og vest."))

    assert row(app).where_and_when == "I nord."
    waiting = [change for change in changes(app) if change.revision is None]
    assert [change.values["where_and_when"] for change in waiting] == ["I sør og vest."], "one text of hers, not two"


def test_what_cannot_be_saved_is_said(mona: FlaskClient, here: str, app: Flask) -> None:
    answer = mona.post(f"{here}/autosave", data=form(deadline="en gang"))
    assert (answer.status_code, answer.json["told"][:12]) == (422, "Ikke lagret.")
    assert mona.post(f"{here}/autosave", data=form(relevant="perhaps")).status_code == 400
    mona.post(here, data=form(relevant="yes", likelihood="1", consequence="1"))
    mona.post(f"{here.rpartition('/')[0]}/delivery")
    assert mona.post(f"{here}/autosave", data=form(revision="1", owner="X")).status_code == 422
    assert row(app).owner == ""


def test_writing_does_not_take_a_row_out_of_those_for_later(mona: FlaskClient, here: str, app: Flask) -> None:
    mona.post(here, data=form(where_and_when="I nord.", postpone="1"))
    keep(mona, here, revision="1", where_and_when="I nord og sør.")
    assert row(app).postponed


# In real browsers


@pytest.fixture
def monas_page(window: OpenWindow, mona: FlaskClient, here: str) -> Page:
    """Mona's screen, with the row open."""
    return window(mona).open(here)


def write(page: Page, name: str, text: str) -> None:
    page.locator(f"textarea[name={name}]").fill(text)


@pytest.mark.browser
def test_it_is_saved_without_a_press(monas_page: Page, app: Flask) -> None:
    write(monas_page, "where_and_when", "I nord.")
    expect(monas_page.locator("[data-state]")).to_have_text(re.compile(r"^Lagret \d\d\.\d\d\.$"))
    assert row(app).where_and_when == "I nord."
    assert monas_page.evaluate("[localStorage.length, Object.keys(sessionStorage).join()]") == [0, "lms:whose"]


@pytest.mark.browser
def test_two_browsers_at_once_lose_nothing(
    window: OpenWindow, kari: FlaskClient, monas_page: Page, here: str, app: Flask
) -> None:
    karis = window(kari).open(here)
    write(monas_page, "where_and_when", "I nord.")
    expect(monas_page.locator("[data-state]")).to_have_text(re.compile("^Lagret"))
    write(karis, "proposed", "Enkeltrom.")
    expect(karis.locator("[data-state]")).to_have_text(re.compile("et annet felt"))
    expect(karis.locator("textarea[name=where_and_when]")).to_have_value("I nord.")

    # Now in the same field, from pages that have not seen one another's words.
    write(karis, "where_and_when", "I nord og sør.")
    expect(karis.locator("[data-state]")).to_have_text(re.compile(r"^Lagret \d\d\.\d\d\.$"))
    write(monas_page, "where_and_when", "I nord og vest.")
    expect(monas_page.locator("[data-state]")).to_have_text(re.compile("Begge tekstene er lagret"))

    assert (row(app).where_and_when, row(app).proposed) == ("I nord og sør.", "Enkeltrom.")
    monas_page.locator("[data-choose]").click()
    expect(monas_page.locator("#choice")).to_contain_text("I nord og vest.")
    expect(monas_page.locator("#choice")).to_contain_text("I nord og sør.")


@pytest.mark.browser
def test_without_the_net_the_text_waits_in_the_page(monas_page: Page, app: Flask) -> None:
    monas_page.context.set_offline(True)
    write(monas_page, "where_and_when", "I nord.")
    expect(monas_page.locator("[data-state]")).to_have_text(re.compile("nettet er borte"))
    assert monas_page.evaluate("Object.keys(sessionStorage).join()") == "lms:whose"
    asked = []
    monas_page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    monas_page.close(run_before_unload=True)
    expect(monas_page.locator("textarea[name=where_and_when]")).to_have_value("I nord.")

    monas_page.context.set_offline(False)
    expect(monas_page.locator("[data-state]")).to_have_text(re.compile("^Lagret"))
    assert asked == ["beforeunload"]
    assert row(app).where_and_when == "I nord."
