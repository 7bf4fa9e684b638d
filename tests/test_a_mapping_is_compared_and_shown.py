"""A mapping goes out as a file, is laid beside the one before, and is shown to everybody if its people want that."""

import io
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select

from lms.database import one_transaction, session
from lms.organisations.models import Organisation
from lms.people.models import Person
from lms.risks.models import Risk
from lms.risks.outcome.before import compared
from tests.cast import Theatre
from tests.risk_mappings import delivered, published_before, row_named

FILLED_IN = {"revision": "0", "relevant": "yes", "where_and_when": "=SUM(A1)", "likelihood": "3", "consequence": "3"}


@pytest.fixture
def festival(app: Flask, theatre: Theatre) -> UUID:
    with app.app_context():
        return session.scalars(select(Organisation.id).where(Organisation.name == "Festivalen Deres")).one()


@pytest.fixture
def before(app: Flask, theatre: Theatre, festival: UUID) -> UUID:
    """The festival's form of the round before, which everybody can read."""
    with app.app_context(), one_transaction():
        ola, siv = (session.get_one(Person, theatre.people[name]) for name in ("ola", "siv"))
        return published_before(festival, ola, siv).id


def row(factor: str | None, title: str = "", **values: Any) -> dict[str, Any]:
    here = {"relevant": "yes", "likelihood": 2, "consequence": 2, **values}
    return {"factor": factor, "title": title, "names": {"nb": title or factor}, **here}


def test_every_risk_says_which_way_it_went() -> None:
    then = [
        row("touring", likelihood=3),
        row("alcohol"),
        row("hours"),
        row("tone"),
        row("access", relevant="no"),
        row(None, "Én nøkkel"),
        row("intimacy"),
    ]
    today = [
        row("touring", likelihood=1),
        row("alcohol", relevant="no"),
        row("hours"),
        row("tone", likelihood=None),
        row("access"),
        row(None, "én NØKKEL", consequence=3),
        row("audition"),
    ]

    told = {each.names["nb"]: each.course for each in compared(then, today)}

    assert told == {
        "touring": "lower",
        "alcohol": "lower",
        "hours": "same",
        "tone": "open",
        "access": "higher",
        "én NØKKEL": "higher",
        "audition": "new",
        "intimacy": "gone",
    }


@pytest.mark.usefixtures("before")
def test_a_coordinator_sees_both_rounds_side_by_side(ola: FlaskClient, app: Flask, festival: UUID) -> None:
    here = f"/organisations/{festival}/risks"
    ola.post(here)
    with app.app_context():
        own = session.scalars(select(Risk).where(Risk.title == "Vi bor sammen på tur").order_by(Risk.id.desc())).first()
        assert own is not None
        assert own.likelihood is None, "its words have come along, and nothing else"
    ola.post(f"{here}/{own.id}/removal")
    ola.post(f"{here}/{row_named(app, festival, 'touring')}", data={**FILLED_IN, "relevant": "no"})

    assert f"{here}/comparison" in ola.get(here).text
    page = ola.get(f"{here}/comparison").text
    assert "lavere" in page
    assert "Vi bor sammen på tur" in page
    assert "ikke med i denne runden" in page


def test_in_the_first_round_there_is_nothing_to_compare(mona: FlaskClient, theatre: Theatre) -> None:
    here = f"/organisations/{theatre.id}/risks"
    mona.post(here)

    assert f"{here}/comparison" not in mona.get(here).text
    assert "første runde" in mona.get(f"{here}/comparison").text


def test_the_form_is_a_workbook_in_which_nothing_becomes_a_formula(
    mona: FlaskClient, app: Flask, theatre: Theatre
) -> None:
    here = f"/organisations/{theatre.id}/risks"
    mona.post(here)
    mona.post(f"{here}/{row_named(app, theatre.id, 'touring')}", data=FILLED_IN)

    book = load_workbook(io.BytesIO(mona.get(f"{here}/form.xlsx").data))
    lines = list(book.worksheets[0].iter_rows(values_only=True))
    touring = next(line for line in lines if str(line[1]).startswith("Turné"))
    assert touring[2:7] == ("Ja", "=SUM(A1)", 3, 3, 9)
    assert book.worksheets[0].cell(lines.index(touring) + 1, 4).data_type == "s"
    assert "'=SUM(A1)" in mona.get(f"{here}/form.csv").text
    assert mona.get(f"{here}/form.exe").status_code == 404


def test_everybody_reads_what_is_published_and_nothing_of_who_does_what(anonymous: FlaskClient, before: UUID) -> None:
    page = anonymous.get(f"/published-risk-mappings/{before}")

    assert page.status_code == 200
    assert "På turné." in page.text
    assert "Turnélederen" not in page.text
    assert "varsel" not in page.text.partition("<main")[2].partition("</main")[0]


def test_a_coordinator_takes_it_back_and_shows_it_again(
    ola: FlaskClient, anonymous: FlaskClient, festival: UUID, before: UUID
) -> None:
    public = f"/published-risk-mappings/{before}"
    here = f"/organisations/{festival}/risks/deliveries/{before}"
    assert public in ola.get(here).text

    ola.post(f"{here}/publication", data={"end": "1"})
    assert anonymous.get(public).status_code == 404
    assert public not in ola.get(here).text

    ola.post(f"{here}/publication")
    assert anonymous.get(public).status_code == 200


def test_what_the_scheme_has_not_accepted_is_not_published(
    ola: FlaskClient, anonymous: FlaskClient, app: Flask, theatre: Theatre, festival: UUID
) -> None:
    with app.app_context(), one_transaction():
        form = delivered(festival, session.get_one(Person, theatre.people["ola"])).id
    here = f"/organisations/{festival}/risks/deliveries/{form}"

    assert ola.post(f"{here}/publication").status_code == 400
    assert "publication" not in ola.get(here).text
    assert anonymous.get(f"/published-risk-mappings/{form}").status_code == 404
