"""The theatre shares its code of conduct; the festival looks at every version before its own people are asked."""

import re
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from lms.database import one_transaction, session
from lms.measures.guidelines.models import Confirmation, Guideline, GuidelineUse
from lms.measures.guidelines.standing import confirmed
from lms.organisations.events import Event
from lms.organisations.models import Employee, Organisation
from lms.people.models import Person
from tests.cast import Theatre
from tests.guidelines import guidelines_at, new_version, number_of, published


@pytest.fixture
def festival(app: Flask, theatre: Theatre) -> UUID:
    with app.app_context():
        return session.scalars(select(Organisation.id).where(Organisation.name == "Festivalen Deres")).one()


@pytest.fixture
def here(mona: FlaskClient, theatre: Theatre) -> str:
    """The address of the theatre's own guideline, which it offers."""
    here = published(mona, guidelines_at(theatre))
    assert mona.post(f"{here}/offer").status_code == 303
    return here


@pytest.fixture
def there(here: str, festival: UUID) -> str:
    """The address of the same guideline at the festival."""
    return f"/organisations/{festival}/guidelines/{number_of(here)}"


def code_of(app: Flask, here: str) -> str:
    with app.app_context():
        code = session.scalars(select(Guideline.offer_code).where(Guideline.id == number_of(here))).one()
        assert code is not None
        return code


def take(visitor: FlaskClient, app: Flask, here: str, organisation: UUID, number: str = "1") -> Any:
    offered = f"/guidelines/offered/{code_of(app, here)}"
    return visitor.post(offered, data={"organisation": str(organisation), "revision": number})


def standing(app: Flask, organisation_id: UUID) -> list[tuple[int, int, int]]:
    with app.app_context():
        return [(each.number, each.asked, each.confirmed) for each in confirmed(organisation_id)]


def test_another_coordinator_looks_and_takes_it_into_use(
    ola: FlaskClient, mona: FlaskClient, here: str, there: str, app: Flask, theatre: Theatre, festival: UUID
) -> None:
    at = f"/organisations/{festival}/guidelines"
    typed = code_of(app, here).upper().replace("-", " ")
    found = ola.post(f"{at}/offered", data={"code": typed})
    assert found.status_code == 303
    page = ola.get(found.location).text
    assert "Teatret Vårt" in page
    assert "Vi møter hverandre med respekt." in page
    assert standing(app, festival) == [], "looking takes nothing into use"

    assert take(ola, app, here, festival).location.startswith(there)
    assert standing(app, festival) == [(1, 1, 0)]
    assert "Eies av Teatret Vårt" in ola.get(there).text
    assert "Eies av Teatret Vårt" in ola.get(f"{there}/read").text
    assert ola.post(f"{there}/read", data={"revision": "1"}).status_code == 303
    assert standing(app, festival) == [(1, 1, 1)]
    assert standing(app, theatre.id) == [(1, 2, 0)], "each has its own confirmations"
    owner = mona.get(here).text
    assert "Festivalen Deres" in owner
    assert "Ola Lie" not in owner


def test_a_new_version_is_never_silently_accepted(
    ola: FlaskClient, mona: FlaskClient, here: str, there: str, app: Flask, theatre: Theatre, festival: UUID
) -> None:
    take(ola, app, here, festival)
    ola.post(f"{there}/read", data={"revision": "1"})
    new_version(mona, here, text_nb="Vi spør først.")

    assert standing(app, theatre.id) == [(2, 2, 0)]
    assert standing(app, festival) == [(1, 1, 1)], "nobody there has looked at it"
    assert "Vi spør først." not in ola.get(f"{there}/read").text
    assert "Les og bekreft" not in ola.get("/").text
    for page in (f"/organisations/{festival}/guidelines", there):
        assert "Teatret Vårt har publisert en ny versjon" in ola.get(page).text
    look = ola.get(f"{there}/newest").text
    assert "Vi spør først." in look
    assert "Vi møter hverandre med respekt." in look, "beside the one in use"

    assert ola.post(f"{there}/newest", data={"revision": "2"}).status_code == 303
    assert standing(app, festival) == [(2, 1, 0)]
    assert "Les og bekreft" in ola.get("/").text
    with app.app_context():
        taken = Event.organisation_id == festival, Event.what == "guideline.taken_into_use"
        assert [event.about["number"] for event in session.scalars(select(Event).where(*taken))] == [1, 2]


def test_a_version_that_was_skipped_asks_although_the_newest_is_a_small_change(
    ola: FlaskClient, mona: FlaskClient, here: str, there: str, app: Flask, festival: UUID
) -> None:
    take(ola, app, here, festival)
    ola.post(f"{there}/read", data={"revision": "1"})
    new_version(mona, here, text_nb="Helt nytt.")
    new_version(mona, here, anew="no", text_nb="Heilt nytt.")

    assert "Alle blir bedt om å lese" in ola.get(f"{there}/newest").text
    ola.post(f"{there}/newest", data={"revision": "3"})
    assert standing(app, festival) == [(3, 1, 0)]


def test_a_small_change_keeps_what_was_confirmed_there_too(
    ola: FlaskClient, mona: FlaskClient, here: str, there: str, app: Flask, festival: UUID
) -> None:
    take(ola, app, here, festival)
    ola.post(f"{there}/read", data={"revision": "1"})
    new_version(mona, here, anew="no", text_nb="Vi møter kvarandre.")
    ola.post(f"{there}/newest", data={"revision": "2"})

    assert standing(app, festival) == [(2, 1, 1)]


def test_what_she_has_not_looked_at_is_not_taken_into_use(
    ola: FlaskClient, mona: FlaskClient, here: str, there: str, app: Flask, festival: UUID
) -> None:
    new_version(mona, here, text_nb="Vi spør først.")
    late = take(ola, app, here, festival, "1")
    assert late.status_code == 422
    assert "nyere versjon" in late.text
    assert "Vi spør først." in late.text
    take(ola, app, here, festival, "2")
    new_version(mona, here, text_nb="Vi spør to ganger.")
    new_version(mona, here, text_nb="Vi spør tre ganger.")

    assert ola.post(f"{there}/newest", data={"revision": "3"}).status_code == 422
    assert standing(app, festival) == [(2, 1, 0)]


def test_the_owner_stops_and_the_others_go_on(
    ola: FlaskClient, mona: FlaskClient, here: str, there: str, app: Flask, theatre: Theatre, festival: UUID
) -> None:
    code = code_of(app, here)
    take(ola, app, here, festival)
    mona.post(f"{here}/offer/closing")
    mona.post(f"{here}/withdrawal")

    assert ola.get(f"/guidelines/offered/{code}").status_code == 404
    assert standing(app, theatre.id) == []
    assert standing(app, festival) == [(1, 1, 0)]
    ola.post(f"{there}/withdrawal")
    assert standing(app, festival) == []
    assert "Festivalen Deres" not in mona.get(here).text
    assert ola.post(f"{there}/withdrawal/undo").status_code == 303
    assert standing(app, festival) == [(1, 1, 0)]


def test_only_the_owner_writes_and_only_coordinators_look(
    ola: FlaskClient, kari: FlaskClient, siv: FlaskClient, here: str, there: str, app: Flask, festival: UUID
) -> None:
    code = code_of(app, here)
    take(ola, app, here, festival)

    for visitor in (kari, siv):
        assert visitor.get(f"/guidelines/offered/{code}").status_code == 404
    for door in ("draft", "draft/removal", "publication", "offer", "offer/closing"):
        assert ola.post(f"{there}/{door}", data={"revision": "0"}).status_code == 404, door
    assert ola.get(f"{there}/draft").status_code == 404
    assert "Skriv en ny versjon" not in ola.get(there).text


def test_it_is_taken_into_use_only_where_she_coordinates(
    ola: FlaskClient, mona: FlaskClient, here: str, app: Flask, theatre: Theatre
) -> None:
    assert take(ola, app, here, theatre.id).status_code == 400
    assert take(mona, app, here, theatre.id).status_code == 400, "it is hers already"
    offered = f"/guidelines/offered/{code_of(app, here)}"
    assert ola.post(offered, data={"organisation": "none", "revision": "1"}).status_code == 400


@pytest.mark.parametrize("code", ["", "k7m2-p9xq-r3t8", "<b>", "x" * 10_000])
def test_a_code_that_leads_nowhere_comes_back(ola: FlaskClient, festival: UUID, code: str) -> None:
    answer = ola.post(f"/organisations/{festival}/guidelines/offered", data={"code": code})

    assert answer.status_code == 422
    assert 'id="code-error"' in answer.text
    assert re.search(r'<input id="code"[^>]*aria-invalid="true"', answer.text)
    assert "<b>" not in answer.text.split("<main")[1]


def test_somebody_in_both_is_asked_in_both(
    kari: FlaskClient, ola: FlaskClient, here: str, there: str, app: Flask, theatre: Theatre, festival: UUID
) -> None:
    take(ola, app, here, festival)
    with app.app_context(), one_transaction():
        kari_herself = session.get_one(Person, theatre.people["kari"])
        session.add(Employee(organisation_id=festival, person_id=kari_herself.id))
    assert kari.get("/").text.count("Les og bekreft") == 2
    kari.post(f"{there}/read", data={"revision": "1"})

    assert kari.get("/").text.count("Les og bekreft") == 1
    with app.app_context():
        assert session.scalars(select(Confirmation.organisation_id)).all() == [festival]
        assert len(session.scalars(select(GuidelineUse)).all()) == 2
