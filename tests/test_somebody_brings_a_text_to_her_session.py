"""Kari marks what she wrote to bring along, and finds it on her own phone when they meet; nobody else does."""

from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from lms.database import session
from lms.learning.reflections import Reflection
from tests.cast import REFLECTION, Theatre
from tests.in_the_room import gathered, meet_now, pages_of, write_texts
from tests.meetings import code_of
from tests.questions import questions
from tests.test_the_room_sees_how_people_answered import texts_shown

CANARY = "kanarifuglen synger 91be03dc"


def writes(client: FlaskClient, theatre: Theatre, visibility: str) -> None:
    form = {REFLECTION: CANARY, f"{REFLECTION}.visibility": visibility}
    assert client.post(f"/learn/{theatre.id}/harassment/welcome/answers", data=form).status_code == 303


def reflection(app: Flask) -> Reflection:
    with app.app_context():
        return session.scalars(
            select(Reflection).where(Reflection.let_out.is_(False)).order_by(Reflection.written_at)
        ).one()


def readers(app: Flask) -> str:
    return f"/me/reflections/{reflection(app).id}/readers"


def test_she_finds_what_she_marked_on_her_own_phone(
    kari: FlaskClient, mona: FlaskClient, siv: FlaskClient, theatre: Theatre
) -> None:
    writes(kari, theatre, "my_session")
    here = f"{pages_of(theatre)}/brought"
    assert here in kari.get("/calendar").text
    page = kari.get(here)

    assert CANARY in page.text
    assert "no-store" in page.headers["Cache-Control"]
    for other in (mona, siv):
        assert CANARY not in other.get(here).text


def test_what_she_keeps_to_herself_stays_at_home(kari: FlaskClient, theatre: Theatre) -> None:
    writes(kari, theatre, "only_me")
    page = kari.get(f"{pages_of(theatre)}/brought").text

    assert CANARY not in page
    assert "Du har ikke merket noe å ta med." in page


def test_the_door_of_the_room_leads_to_it(kari: FlaskClient, app: Flask, theatre: Theatre) -> None:
    here, door = meet_now(app, theatre), f"/here/{code_of(app, theatre)}"
    kari.post(door)

    assert f"{here}/brought" in kari.get(door).text


def test_she_changes_her_mind_in_her_notebook(kari: FlaskClient, app: Flask, theatre: Theatre) -> None:
    writes(kari, theatre, "only_me")
    assert readers(app) in kari.get("/me/reflections").text
    assert "without_name" not in kari.get(readers(app)).text, "they are three"

    assert kari.post(readers(app), data={"visibility": "my_session"}).status_code == 303
    assert CANARY in kari.get(f"{pages_of(theatre)}/brought").text
    assert "Det du tar med til kurssamlingen" in kari.get("/me/reflections").text
    assert kari.post(readers(app), data={"visibility": "everybody"}).status_code == 400


def test_in_a_place_of_fewer_than_five_nothing_is_shared_from_there(
    kari: FlaskClient, app: Flask, theatre: Theatre
) -> None:
    writes(kari, theatre, "my_session")
    refused = kari.post(readers(app), data={"visibility": "without_name"})

    assert refused.status_code == 422
    assert "Ingenting ble endret" in refused.text
    assert reflection(app).visibility == "my_session"


def test_what_she_takes_back_is_gone_from_the_room_at_once(kari: FlaskClient, app: Flask, theatre: Theatre) -> None:
    write_texts(app, theatre, ["Én", "To", "Tre", "Fire", "Fem"])
    writes(kari, theatre, "without_name")
    gathered(app, theatre)
    assert texts_shown(app, theatre) == 6
    with app.app_context():
        number: UUID = session.scalars(
            select(Reflection.id).where(Reflection.person_id == theatre.people["kari"])
        ).one()
    kari.post(f"/me/reflections/{number}/readers", data={"visibility": "only_me"})

    assert texts_shown(app, theatre) == 5
    kari.post(f"/me/reflections/{number}/readers", data={"visibility": "without_name"})
    gathered(app, theatre)
    assert texts_shown(app, theatre) == 5, "shared again, it waits for four others"


def test_only_a_person_of_the_place_sees_the_page(ola: FlaskClient, anonymous: FlaskClient, theatre: Theatre) -> None:
    here = f"{pages_of(theatre)}/brought"

    assert ola.get(here).status_code == 404
    assert anonymous.get(here).status_code == 303


@pytest.mark.usefixtures("addresses")
def test_nobody_changes_who_reads_the_texts_of_somebody_else(mona: FlaskClient, app: Flask) -> None:
    assert mona.get(readers(app)).status_code == 404
    assert mona.post(readers(app), data={"visibility": "without_name"}).status_code == 404


def test_her_page_costs_little(kari: FlaskClient, app: Flask, theatre: Theatre) -> None:
    writes(kari, theatre, "my_session")
    with questions(app) as asked:
        kari.get(f"{pages_of(theatre)}/brought")

    assert len(asked) <= 3, "\n".join(asked)
