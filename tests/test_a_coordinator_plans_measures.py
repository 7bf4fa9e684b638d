"""A coordinator plans what they will do: from the risks, from what others do, from what exists, and her own."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from lms.database import norwegian_day, now, one_transaction, session
from lms.measures.models import LivesWith, Measure
from lms.measures.standing import plan_of
from lms.organisations.events import Event
from lms.organisations.models import Employee
from lms.people.models import Person
from lms.risks.models import Risk, mapping_in, open_mapping, rows_of
from tests.cast import Theatre
from tests.plans import form
from tests.questions import questions
from tests.risk_mappings import DONE, row_named


@pytest.fixture
def here(theatre: Theatre) -> str:
    return f"/organisations/{theatre.id}/measures"


@pytest.fixture
def touring(app: Flask, theatre: Theatre) -> UUID:
    """A high risk of the theatre, with a proposal, an owner and a deadline."""
    with app.app_context(), one_transaction():
        mona = session.get_one(Person, theatre.people["mona"])
        open_mapping(theatre.id, mona)
        mapping = mapping_in(theatre.id, to_change=True)
        assert mapping is not None
        row = next(row for row in rows_of(mapping) if row.factor == "touring")
        row.change({**row.values, **DONE, "owner": "Produsenten", "deadline": "2031-05-01"}, row.revision, mona)
    return row_named(app, theatre.id, "touring")


def the_measure(app: Flask) -> Measure:
    with app.app_context():
        return session.scalars(select(Measure).order_by(Measure.added_at)).one()


def events(app: Flask) -> list[str]:
    with app.app_context():
        return [what for what in session.scalars(select(Event.what).order_by(Event.at)) if what[:4] in ("plan", "meas")]


def test_nobody_has_to_wait_for_the_mapping(mona: FlaskClient, here: str, app: Flask) -> None:
    assert mona.get(here).status_code == 200
    answer = mona.post(here, data=form(what="Enkeltrom på turné", owner="Produsenten", due="01.05.2031"))

    assert answer.status_code == 303
    page = mona.get(here).text
    assert "Enkeltrom på turné" in page
    assert "Produsenten" in page
    assert events(app) == ["plan.opened", "measure.added"]


def test_the_same_press_twice_is_one_measure(mona: FlaskClient, here: str, app: Flask) -> None:
    for _press in range(2):
        mona.post(here, data=form(what="Enkeltrom på turné"))

    assert the_measure(app).status == "planned"


def test_a_measure_needs_words_and_a_day_a_date(mona: FlaskClient, here: str, app: Flask) -> None:
    answer = mona.post(here, data=form(what="", why="Ro om natta", due="snart"))

    assert answer.status_code == 422
    assert "Ro om natta" in answer.text
    assert answer.text.count('aria-invalid="true"') == 2
    assert events(app) == []


@pytest.mark.parametrize("forged", [{"recurring": "daily"}, {"requirement": "all"}, {"risks": "1"}, {"example": "x"}])
def test_what_the_page_does_not_offer_is_refused(
    forged: dict[str, str], mona: FlaskClient, here: str, app: Flask
) -> None:
    assert mona.post(here, data=form(what="Noe", **forged)).status_code == 400


def test_a_high_risk_asks_and_its_proposal_fills_the_form(
    mona: FlaskClient, here: str, touring: UUID, theatre: Theatre, app: Flask
) -> None:
    assert f"new?risk={touring}" in mona.get(here).text
    page = mona.get(f"{here}/new?risk={touring}").text
    assert "Enkeltrom." in page
    assert 'value="Produsenten"' in page
    assert 'value="2031-05-01"' in page
    assert re.search(rf'value="{touring}"\s+checked', page)

    mona.post(here, data=form(what="Enkeltrom.", risks=str(touring)))

    assert f"new?risk={touring}" not in mona.get(here).text
    with app.app_context():
        assert plan_of(theatre.id).high_risks_unanswered == ()


@pytest.mark.parametrize("end", ["removal", "status"])
def test_a_risk_asks_again_when_its_measure_is_gone(
    end: str, mona: FlaskClient, here: str, touring: UUID, app: Flask, theatre: Theatre
) -> None:
    mona.post(here, data=form(what="Enkeltrom.", risks=str(touring)))
    there = f"{here}/{the_measure(app).id}"
    mona.post(f"{there}/{end}", data={"status": "not_relevant", "because": "Vi turnerer ikke."})

    assert f"new?risk={touring}" in mona.get(here).text
    with app.app_context():
        assert [risk.id for risk in plan_of(theatre.id).high_risks_unanswered] == [touring]


def test_a_risk_can_be_lived_with_for_a_reason(
    mona: FlaskClient, here: str, touring: UUID, app: Flask, theatre: Theatre
) -> None:
    refused = mona.post(f"{here}/risks/{touring}/living-with", data={"because": " "})
    assert refused.status_code == 422
    mona.post(f"{here}/risks/{touring}/living-with", data={"because": "Vi reiser bare på dagen."})

    assert "Vi reiser bare på dagen." in mona.get(here).text
    with app.app_context():
        assert plan_of(theatre.id).high_risks_unanswered == ()

    mona.post(f"{here}/risks/{touring}/living-with/undo")
    with app.app_context():
        assert session.scalars(select(LivesWith)).all() == []
        assert len(plan_of(theatre.id).high_risks_unanswered) == 1


def test_a_low_risk_asks_for_nothing_but_its_proposal_is_offered(
    mona: FlaskClient, here: str, touring: UUID, app: Flask, theatre: Theatre
) -> None:
    with app.app_context(), one_transaction():
        session.execute(update(Risk).where(Risk.id == touring).values(likelihood=1))

    page = mona.get(here).text
    assert "living-with" not in page
    assert f"new?risk={touring}" in page
    with app.app_context():
        assert plan_of(theatre.id).high_risks_unanswered == ()


def test_the_catalogue_suggests_what_suits_the_risks(mona: FlaskClient, here: str, touring: UUID) -> None:
    page = mona.get(f"{here}/examples").text
    offered = re.findall(r"new\?example=(\w+)", page)

    assert len(offered) == 15
    assert set(offered[:2]) == {"conversations", "partners"}
    found = mona.get(f"{here}/examples?area=access").text
    assert re.findall(r"new\?example=(\w+)", found) == ["accessibility", "accommodation_talks"]
    assert "new?example=" not in mona.get(f"{here}/examples?text=finnes+ikke").text


def test_an_example_becomes_a_measure_that_knows_what_it_is_for(
    mona: FlaskClient, here: str, touring: UUID, app: Flask
) -> None:
    page = mona.get(f"{here}/new?example=conversations").text
    assert re.search(rf'value="{touring}"\s+checked', page)
    assert re.search(r'value="awareness_plan"\s+selected', page)

    mona.post(here, data=form(what="Samtaler før hver produksjon", example="conversations"))
    assert the_measure(app).example == "conversations"


def test_what_is_done_already_goes_on(mona: FlaskClient, here: str, app: Flask) -> None:
    mona.post(here, data=form(what="Plakater i foajeen", already="1"))

    assert the_measure(app).status == "continuing"


def test_one_press_says_how_far_it_has_come(mona: FlaskClient, here: str, app: Flask) -> None:
    mona.post(here, data=form(what="Enkeltrom"))
    there = f"{here}/{the_measure(app).id}"
    mona.post(f"{there}/status", data={"status": "started", "list": "1"})
    assert the_measure(app).status == "started"

    assert mona.post(f"{there}/status", data={"status": "not_relevant"}).status_code == 422
    assert the_measure(app).status == "started"
    assert mona.post(f"{there}/status", data={"status": "forgotten"}).status_code == 400
    assert "measure.status" in events(app)


def test_a_late_measure_is_pointed_out_until_it_is_done(mona: FlaskClient, here: str, app: Flask) -> None:
    yesterday = norwegian_day(now()) - timedelta(days=1)
    mona.post(here, data=form(what="Enkeltrom", due=yesterday.isoformat()))
    assert "status=overdue" in mona.get(here).text

    mona.post(f"{here}/{the_measure(app).id}/status", data={"status": "done"})
    assert "status=overdue" not in mona.get(here).text


def test_what_is_taken_out_can_be_put_back(mona: FlaskClient, here: str, app: Flask) -> None:
    mona.post(here, data=form(what="Enkeltrom"))
    there = f"{here}/{the_measure(app).id}"
    mona.post(f"{there}/removal")
    assert f'id="measure-{the_measure(app).id}"' not in mona.get(here).text
    mona.post(f"{there}/removal/undo")

    assert f'id="measure-{the_measure(app).id}"' in mona.get(here).text
    assert events(app)[-2:] == ["measure.removed", "measure.put_back"]


def test_who_did_what_can_be_read(mona: FlaskClient, here: str, app: Flask) -> None:
    mona.post(here, data=form(what="Enkeltrom"))
    there = f"{here}/{the_measure(app).id}"
    mona.post(there, data=form(what="Enkeltrom til alle", revision="0"))

    page = mona.get(f"{here}/history").text
    assert page.count("Mona Haug") >= 3
    assert "Enkeltrom til alle" in page
    assert "Mona Haug" in mona.get(there).text


def test_two_who_write_at_once_lose_nothing(
    kari: FlaskClient, mona: FlaskClient, here: str, app: Flask, theatre: Theatre
) -> None:
    with app.app_context(), one_transaction():
        session.execute(update(Employee).where(Employee.id == theatre.employees["kari"]).values(role="coordinator"))
    mona.post(here, data=form(what="Enkeltrom"))
    there = f"{here}/{the_measure(app).id}"
    mona.post(there, data=form(what="Enkeltrom til alle", revision="0"))
    # A press on a status is no change of words, and is in nobody's way.
    mona.post(f"{there}/status", data={"status": "started"})

    answer = kari.post(there, data=form(what="Enkeltrom på turné", owner="Teknisk sjef", revision="0"))
    assert answer.status_code == 422
    for words in ("Enkeltrom til alle", "Enkeltrom på turné", "Teknisk sjef", 'name="revision" value="1"'):
        assert words in re.sub(r"\s+", " ", answer.text), words
    assert the_measure(app).what == "Enkeltrom til alle"

    both = form(what="Enkeltrom til alle på turné", owner="Teknisk sjef", revision="1")
    assert kari.post(there, data=both).status_code == 303
    assert (the_measure(app).what, the_measure(app).status) == ("Enkeltrom til alle på turné", "started")


def test_the_list_is_searched_and_sorted(mona: FlaskClient, here: str) -> None:
    for number, (what, owner) in enumerate([("Alfa", "Kari B"), ("Beta", "Ola"), ("Gamma", "Kari B")]):
        mona.post(here, data=form(what=what, owner=owner, due=f"0{3 - number}.05.2031"))

    def rows(query: str) -> list[str]:
        table = mona.get(f"{here}?{query}").text.partition("<tbody>")[2].partition("</tbody>")[0]
        return re.findall("Alfa|Beta|Gamma", table)

    assert rows("") == ["Gamma", "Beta", "Alfa"]
    assert rows("sort=added") == ["Alfa", "Beta", "Gamma"]
    assert rows("owner=Ola") == ["Beta"]
    assert rows("text=amm") == ["Gamma"]
    assert rows("status=done") == []


@pytest.mark.parametrize(
    ("page", "most"), [("", 14), ("/requirements", 10), ("/whole", 15), ("/examples", 12), ("/history", 8)]
)
def test_a_page_asks_no_more_with_many_measures(
    page: str, most: int, mona: FlaskClient, here: str, touring: UUID, theatre: Theatre, app: Flask
) -> None:
    mona.post(here, data=form(what="Tiltak nummer null", risks=str(touring)))
    mona.get(here + page)
    with questions(app) as few:
        assert mona.get(here + page).status_code == 200
    for number in range(60):
        mona.post(here, data=form(what=f"Tiltak nummer {number}", risks=str(touring), requirement="guidelines"))
    with questions(app) as many:
        assert mona.get(here + page).status_code == 200

    assert len(many) <= min(most, len(few)), "\n".join(many)


def test_a_long_plan_is_shown_a_screenful_at_a_time(mona: FlaskClient, here: str) -> None:
    for number in range(51):
        mona.post(here, data=form(what=f"Tiltak nummer {number}"))

    assert mona.get(here).text.count('<tr id="measure-') == 50
    assert mona.get(f"{here}?page=2").text.count('<tr id="measure-') == 1
