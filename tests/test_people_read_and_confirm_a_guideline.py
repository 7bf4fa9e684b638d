"""Mona publishes a code of conduct; Kari reads it and confirms; who is missing is seen and reminded."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select

from lms.database import now, one_transaction, session
from lms.measures.guidelines.models import Confirmation, GuidelineVersion
from lms.measures.guidelines.reminding import write_letters
from lms.measures.guidelines.standing import confirmed
from lms.organisations.events import Event
from lms.organisations.models import Employee
from lms.people.belongings import erase
from lms.people.models import Person
from tests.cast import Theatre, signed_in
from tests.guidelines import FORM, guidelines_at, new_version, number_of, published
from tests.questions import questions
from tests.reminded import MORNING, colleagues, let_be_reached, outbox


@pytest.fixture
def app(open_app: Callable[..., Flask], sqlite_url: str) -> Flask:
    """The worker writes letters with links, so it has to know where people open the site."""
    return open_app(sqlite_url, LMS_ORIGIN="https://kurs.example.no")


@pytest.fixture
def here(mona: FlaskClient, theatre: Theatre) -> str:
    """The address of a code of conduct that Mona has published."""
    return published(mona, guidelines_at(theatre))


def confirm(visitor: FlaskClient, here: str, number: str = "1") -> Any:
    return visitor.post(f"{here}/read", data={"revision": number})


def kept(app: Flask) -> list[tuple[int, Any]]:
    with app.app_context():
        return [(row.number, row.employee_id) for row in session.scalars(select(Confirmation))]


def standing(app: Flask, theatre: Theatre) -> list[tuple[int, int, int]]:
    with app.app_context():
        return [(each.number, each.asked, each.confirmed) for each in confirmed(theatre.id)]


def logged(app: Flask, theatre: Theatre, what: str) -> list[dict[str, Any]]:
    with app.app_context():
        mine = Event.organisation_id == theatre.id, Event.what == what
        return [event.about for event in session.scalars(select(Event).where(*mine).order_by(Event.id))]


def test_a_draft_is_seen_by_coordinators_only_until_it_is_published(
    mona: FlaskClient, kari: FlaskClient, siv: FlaskClient, app: Flask, theatre: Theatre
) -> None:
    at = guidelines_at(theatre)
    assert "Det er ingen ennå" in mona.get(at).text
    here = str(mona.post(at, data=FORM).location).split("?")[0]

    assert "Slik er vi mot hverandre" in mona.get(at).text
    assert "Slik er vi" not in siv.get(at).text
    assert siv.get(here).status_code == 404
    assert kari.get(f"{here}/read").status_code == 404
    assert "Les og bekreft" not in kari.get("/").text
    assert standing(app, theatre) == []


def test_kari_reads_it_from_her_front_page_and_confirms_once(
    mona: FlaskClient, kari: FlaskClient, here: str, app: Flask, theatre: Theatre
) -> None:
    front = kari.get("/").text
    assert "Les og bekreft" in front
    assert f"{here}/read" in front
    page = kari.get(f"{here}/read").text
    assert '<p class="written-text">Vi møter hverandre med respekt.</p>' in page
    for _press in range(2):
        assert confirm(kari, here).status_code == 303

    assert kept(app) == [(1, theatre.employees["kari"])]
    assert "Du bekreftet versjon 1" in kari.get(f"{here}/read").text
    assert "Les og bekreft" not in kari.get("/").text
    assert "Slik er vi mot hverandre" in kari.get("/me/guidelines").text
    assert standing(app, theatre) == [(1, 2, 1)]
    assert kari.get("/me/data.json").get_json()["lms_guideline_confirmation"][0]["number"] == 1


def test_the_link_leads_through_the_sign_in_and_back(anonymous: FlaskClient, here: str, theatre: Theatre) -> None:
    away = anonymous.get(f"{here}/read")
    assert away.status_code == 303
    assert f"{here}/read" in away.location
    entered = anonymous.post("/sign-in", data={"code": theatre.codes["kari"], "wanted": f"{here}/read"})

    assert entered.status_code == 303
    assert entered.location == f"{here}/read"


def test_whoever_enters_by_a_join_link_is_told_of_it(here: str, app: Flask, theatre: Theatre) -> None:
    newcomer = app.test_client()
    door = newcomer.get(f"/join/{theatre.join_code}").text
    assert "Slik er vi mot hverandre" in door
    assert f"{here}/read" not in door, "she has no account yet"
    welcome = newcomer.post(f"/join/{theatre.join_code}", data={"name": "Nils Ny"}).text

    assert f'href="{here}/read"' in welcome
    assert confirm(newcomer, here).status_code == 303
    assert standing(app, theatre) == [(1, 3, 1)]


def test_a_new_version_asks_everybody_anew_and_an_old_page_is_told_so(
    mona: FlaskClient, kari: FlaskClient, here: str, app: Flask, theatre: Theatre
) -> None:
    confirm(kari, here)
    new_version(mona, here, text_nb="Vi spør først.")

    assert standing(app, theatre) == [(2, 2, 0)]
    assert "Les og bekreft" in kari.get("/").text
    late = confirm(kari, here)
    assert late.status_code == 422
    assert "Det har kommet en ny versjon" in late.text
    assert "Vi spør først." in late.text
    assert kept(app) == [(1, theatre.employees["kari"])]
    assert confirm(kari, here, "2").status_code == 303
    assert standing(app, theatre) == [(2, 2, 1)]
    mine = kari.get("/me/guidelines").text
    assert "versjon 1" in mine
    assert "versjon 2" in mine


def test_a_small_change_asks_nobody_anew_and_that_is_recorded(
    mona: FlaskClient, kari: FlaskClient, here: str, app: Flask, theatre: Theatre
) -> None:
    confirm(kari, here)
    new_version(mona, here, anew="no", text_nb="Vi møter kvarandre med respekt.")

    assert standing(app, theatre) == [(2, 2, 1)]
    assert [about["asks_anew"] for about in logged(app, theatre, "guideline.published")] == [True, False]
    assert confirm(mona, here).status_code == 303, "the words she read are as good"
    assert standing(app, theatre) == [(2, 2, 2)]
    new_version(mona, here, text_nb="Helt nytt.")
    assert standing(app, theatre) == [(3, 2, 0)]


def test_mona_sees_who_is_missing_and_siv_sees_numbers(
    mona: FlaskClient, kari: FlaskClient, siv: FlaskClient, here: str
) -> None:
    confirm(kari, here)

    missing, done = (mona.get(f"{here}/people?show={show}").text for show in ("missing", "confirmed"))
    assert "Mona Haug</bdi></a>" in missing
    assert "Kari Berg" not in missing
    assert "Kari Berg" in done
    for page in (siv.get(here).text, siv.get(here.rsplit("/", 1)[0]).text):
        assert "1 av 2 har bekreftet" in page
        assert "Kari Berg" not in page
        assert "Mona Haug" not in page
    assert "<form" not in siv.get(here).text.split("<main")[1].split("</main>")[0]


def test_many_are_seen_a_page_at_a_time_and_by_team(mona: FlaskClient, here: str, app: Flask, theatre: Theatre) -> None:
    people = colleagues(app, theatre, 60)
    with app.app_context(), one_transaction():
        session.get_one(Employee, (theatre.id, people[7])).team = "Kor & kjeller"

    first = mona.get(f"{here}/people").text
    assert first.count("Kollega") == 49
    assert "62 personer" in first
    assert mona.get(f"{here}/people?page=2").text.count("Kollega") == 11
    choir = mona.get(f"{here}/people?team=Kor+%26+kjeller").text
    assert re.findall(r"Kollega \d+", choir) == ["Kollega 7"]


def test_it_is_withdrawn_and_put_back_with_its_confirmations(
    mona: FlaskClient, kari: FlaskClient, here: str, app: Flask, theatre: Theatre
) -> None:
    confirm(kari, here)
    mona.post(f"{here}/withdrawal")

    assert standing(app, theatre) == []
    assert "Les og bekreft" not in mona.get("/").text
    assert confirm(mona, here).status_code == 422
    assert "ikke lenger i bruk" in mona.get(f"{here}/read").text
    assert "versjon 1" in kari.get("/me/guidelines").text
    mona.post(f"{here}/withdrawal/undo")
    assert standing(app, theatre) == [(1, 2, 1)]


def test_somebody_who_is_erased_or_has_left_stays_counted_as_it_was(
    kari: FlaskClient, mona: FlaskClient, here: str, app: Flask, theatre: Theatre
) -> None:
    (silent,) = colleagues(app, theatre, 1)
    confirm(kari, here)
    with app.app_context(), one_transaction():
        erase(session.get_one(Person, theatre.people["kari"]))
        erase(session.get_one(Person, session.get_one(Employee, (theatre.id, silent)).person_id))

    assert standing(app, theatre) == [(1, 2, 1)], "Kari still counts; who had not confirmed is waited for no longer"
    page = mona.get(f"{here}/people?show=confirmed").text
    assert "slettet" in page
    assert "Kari" not in page
    with app.app_context(), one_transaction():
        session.get_one(Employee, (theatre.id, theatre.employees["kari"])).left_at = now()
    assert standing(app, theatre) == [(1, 1, 0)]


@pytest.fixture
def november() -> Iterator[Any]:
    with time_machine.travel(MORNING, tick=False) as clock:
        yield clock


def write(app: Flask, many: int = 500) -> int:
    with app.app_context(), one_transaction():
        return write_letters(now(), many)


def test_one_press_writes_to_those_who_are_missing(november: Any, app: Flask, theatre: Theatre) -> None:
    mona, kari = signed_in(app, theatre, "mona"), signed_in(app, theatre, "kari")
    here = published(mona, guidelines_at(theatre))
    let_be_reached(app, theatre.people["kari"], "kari@example.no")
    colleagues(app, theatre, 5)
    confirm(kari, here)
    assert mona.post(f"{here}/reminders").location.startswith(f"{here}?done=reminded")

    assert [write(app, 3) for _round in range(3)] == [3, 2, 0], "nobody gets two, and Kari none"
    letters = outbox(app)
    assert len({letter.recipient for letter in letters}) == len(letters) == 5
    assert letters[0].subject == "Les og bekreft: Slik er vi mot hverandre"
    assert letters[0].stop_address is not None
    assert [about["number"] for about in logged(app, theatre, "guideline.reminded")] == [1]
    link = re.search(r"https://kurs\.example\.no(/sign-in/links/\S+)", letters[0].body or "")
    assert link is not None
    entered = app.test_client().post(link[1])
    assert entered.location.endswith(f"{here}/read"), "one link, and she is at the text"


def test_once_a_week_is_enough(november: Any, app: Flask, theatre: Theatre) -> None:
    mona = signed_in(app, theatre, "mona")
    here = published(mona, guidelines_at(theatre))
    colleagues(app, theatre, 1)
    mona.post(f"{here}/reminders")
    assert write(app) == 1
    november.shift(timedelta(days=6))
    assert "done=enough" in mona.post(f"{here}/reminders").location
    assert write(app) == 0
    november.shift(timedelta(days=1))
    assert "done=reminded" in mona.post(f"{here}/reminders").location
    assert write(app) == 1


def test_a_letter_that_is_no_longer_true_is_not_written(november: Any, app: Flask, theatre: Theatre) -> None:
    mona = signed_in(app, theatre, "mona")
    here = published(mona, guidelines_at(theatre))
    colleagues(app, theatre, 1)
    november.shift(timedelta(hours=14))
    mona.post(f"{here}/reminders")
    assert write(app) == 0, "at night they wait"
    mona.post(f"{here}/withdrawal")
    november.shift(timedelta(hours=11))

    assert write(app) == 0
    assert outbox(app) == []


def test_what_is_published_is_not_changed(mona: FlaskClient, here: str, app: Flask) -> None:
    with app.app_context():
        before = session.scalars(select(GuidelineVersion)).one().words
    mona.post(f"{here}/draft", data={**FORM, "text_nb": "Noe annet."})
    mona.post(f"{here}/draft/removal")

    with app.app_context():
        version = session.scalars(select(GuidelineVersion)).one()
        assert (version.words, version.id, version.guideline_id) == (before, version.id, number_of(here))


@pytest.mark.parametrize(
    ("page", "who", "most"),
    [
        ("/", "kari", 5),
        ("{here}/read", "kari", 8),
        ("/me/guidelines", "kari", 3),
        ("{at}", "mona", 4),
        ("{at}", "siv", 3),
        ("{here}", "mona", 9),
        ("{here}/people", "mona", 6),
        ("/join/{code}", "kari", 12),
    ],
)
def test_a_page_asks_no_more_however_many_we_are(
    page: str, who: str, most: int, here: str, app: Flask, theatre: Theatre
) -> None:
    visitor = signed_in(app, theatre, who)
    confirm(signed_in(app, theatre, "mona"), here)
    address = page.format(here=here, at=guidelines_at(theatre), code=theatre.join_code)
    visitor.get(address)
    with questions(app) as few:
        assert visitor.get(address).status_code == 200
    people = colleagues(app, theatre, 120)
    with app.app_context(), one_transaction():
        rows = [
            {"organisation_id": theatre.id, "guideline_id": number_of(here), "employee_id": employee, "number": 1}
            for employee in people[:60]
        ]
        session.execute(insert(Confirmation), rows)
    with questions(app) as many:
        assert visitor.get(address).status_code == 200

    assert len(few) <= most, "\n".join(few)
    assert len(many) == len(few)


def test_the_standing_is_one_question_whatever_the_head_count(here: str, app: Flask, theatre: Theatre) -> None:
    colleagues(app, theatre, 120)
    with questions(app) as asked:
        assert standing(app, theatre) == [(1, 122, 0)]

    assert len(asked) == 1


def test_the_pages_lead_there(mona: FlaskClient, siv: FlaskClient, kari: FlaskClient, theatre: Theatre) -> None:
    at = guidelines_at(theatre)

    assert f'href="{at}"' in mona.get(f"/organisations/{theatre.id}/").text
    assert f'href="{at}"' in siv.get(f"/organisations/{theatre.id}/readiness").text
    assert 'href="/me/guidelines"' in kari.get("/me").text
