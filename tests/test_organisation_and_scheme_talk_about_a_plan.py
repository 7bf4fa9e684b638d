"""Organisation and scheme talk about the plan where it stands; letters say that there is news, and not what."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import expect
from sqlalchemy import select, update

from lms.database import norwegian_day, now, one_transaction, session
from lms.group_sessions.models import GroupSession
from lms.mail.models import OutboxMail
from lms.measures.models import Measure, MeasurePlan, Remark
from lms.measures.reviews.queue import plans_waiting
from lms.organisations.events import Event
from lms.organisations.models import Organisation
from lms.people.models import Person, add_address
from lms.people.names import ERASED
from tests.cast import Theatre
from tests.plans import form, plan_a_measure
from tests.rigs_browsers import OpenWindow
from tests.rigs_pages import barriers


@pytest.fixture
def here(mona: FlaskClient, app: Flask, theatre: Theatre) -> str:
    """A plan with one measure, and addresses that Mona and Siv have confirmed."""
    with app.app_context(), one_transaction():
        for name in ("mona", "siv"):
            person = session.get_one(Person, theatre.people[name])
            add_address(person, f"{name}@example.no").confirmed_at = now()
        plan_a_measure(theatre.id, session.get_one(Person, theatre.people["mona"]), "Enkeltrom", owner="Kari Berg")
    return f"/organisations/{theatre.id}/measures"


def measure_id(app: Flask) -> str:
    with app.app_context():
        return str(session.scalars(select(Measure.id)).one())


def letters(app: Flask) -> list[OutboxMail]:
    with app.app_context():
        return list(session.scalars(select(OutboxMail).order_by(OutboxMail.queued_at)))


def plan(app: Flask) -> MeasurePlan:
    with app.app_context():
        return session.scalars(select(MeasurePlan)).one()


def test_they_talk_about_a_measure_a_requirement_and_the_whole(
    mona: FlaskClient, siv: FlaskClient, here: str, app: Flask
) -> None:
    there = measure_id(app)
    answer = mona.post(f"{here}/remarks", data={"about": there, "text": "Holder dette?"})
    assert answer.location == f"{here}/{there}#talk-{there}"
    answer = siv.post(f"{here}/remarks", data={"about": "guidelines", "text": "Hvor står de?"})
    assert answer.location == f"{here}/whole#talk-guidelines"
    siv.post(f"{here}/remarks", data={"about": "", "text": "God begynnelse."})

    assert "Holder dette?" in mona.get(f"{here}/{there}").text
    assert "Hvor står de?" in mona.get(f"{here}/requirements").text
    assert "God begynnelse." in mona.get(here).text
    whole = siv.get(f"{here}/whole").text
    for words in ("Holder dette?", "Hvor står de?", "God begynnelse.", "Mona Haug"):
        assert words in whole


def test_an_empty_remark_says_so_and_a_forged_one_is_refused(mona: FlaskClient, here: str, app: Flask) -> None:
    assert mona.post(f"{here}/remarks", data={"about": measure_id(app), "text": " "}).status_code == 422
    assert mona.post(f"{here}/remarks", data={"about": "no such thing", "text": "Hei"}).status_code == 400
    stranger = "0198c0de-0000-7000-8000-000000000000"
    assert mona.post(f"{here}/remarks", data={"about": stranger, "text": "Hei"}).status_code == 404
    long = mona.post(f"{here}/remarks", data={"about": "", "text": "a" * 3001})
    assert long.status_code == 422
    assert "a" * 3001 in long.text


def test_the_same_press_twice_is_one_remark(mona: FlaskClient, here: str, app: Flask) -> None:
    for _press in range(2):
        mona.post(f"{here}/remarks", data={"about": "", "text": "Hei"})

    with app.app_context():
        assert len(session.scalars(select(Remark)).all()) == 1


def test_the_other_side_gets_one_letter_a_day_without_the_words(
    mona: FlaskClient, siv: FlaskClient, here: str, app: Flask
) -> None:
    for text in ("En hemmelighet", "En til"):
        mona.post(f"{here}/remarks", data={"about": "", "text": text})
    assert [letter.recipient for letter in letters(app)] == ["siv@example.no"]
    siv.post(f"{here}/remarks", data={"about": "", "text": "Et svar"})

    assert [letter.recipient for letter in letters(app)] == ["siv@example.no", "mona@example.no"]
    for letter in letters(app):
        assert "hemmelighet" not in f"{letter.subject} {letter.body}"
        assert here in (letter.body or "")
    with app.app_context(), one_transaction():
        session.execute(update(MeasurePlan).values(scheme_told_at=now() - timedelta(hours=25)))
    mona.post(f"{here}/remarks", data={"about": "", "text": "Enda en"})
    assert len(letters(app)) == 3


def test_a_plan_is_handed_in_answered_and_handed_in_again(
    mona: FlaskClient, siv: FlaskClient, here: str, app: Flask, theatre: Theatre
) -> None:
    mona.post(f"{here}/hand-in")
    mona.post(f"{here}/hand-in")
    assert plan(app).waits
    assert here in siv.get("/measure-plans").text.partition("<h2>")[2]
    with app.app_context():
        siv_herself = session.get_one(Person, theatre.people["siv"])
        assert [each.organisation.id for each in plans_waiting(siv_herself)[0]] == [theatre.id]

    # Both go on writing while it waits.
    assert mona.post(here, data=form(what="Plakater")).status_code == 303
    assert siv.post(f"{here}/answer", data={"text": "Fint så langt."}).status_code == 303
    assert not plan(app).waits
    assert "Fint så langt." in mona.get(here).text
    with app.app_context():
        assert plans_waiting(session.get_one(Person, theatre.people["siv"]))[0] == []
        handed_in = session.scalars(select(Event).where(Event.what == "plan.handed_in")).all()
        assert len(handed_in) == 1

    mona.post(f"{here}/hand-in")
    assert plan(app).waits


def test_the_second_of_two_answers_is_told_so_and_keeps_its_words(
    mona: FlaskClient, siv: FlaskClient, here: str
) -> None:
    mona.post(f"{here}/hand-in")
    siv.post(f"{here}/answer", data={"text": "Fint."})
    second = siv.post(f"{here}/answer", data={"text": "Også fint."})

    assert second.status_code == 422
    assert "Også fint." in second.text


def test_an_empty_plan_is_not_handed_in(mona: FlaskClient, theatre: Theatre) -> None:
    assert mona.post(f"/organisations/{theatre.id}/measures/hand-in").status_code == 422


def test_somebody_elses_facilitator_reads_nothing(
    mona: FlaskClient, siv: FlaskClient, ola: FlaskClient, here: str, app: Flask, theatre: Theatre
) -> None:
    mona.post(f"{here}/hand-in")
    with app.app_context(), one_transaction():
        other = Person(name="Nora Vik", scheme_role="facilitator")
        session.add(other)
        session.flush()
        session.execute(update(GroupSession).values(facilitator_id=other.id))

    assert siv.get(f"{here}/whole").status_code == 404
    assert siv.post(f"{here}/remarks", data={"text": "Hei"}).status_code == 404
    assert siv.post(f"{here}/answer").status_code == 404
    assert "Teatret Vårt" not in siv.get("/measure-plans").text
    assert ola.get(here).status_code == 404


def test_nobody_answers_her_own_plan(mona: FlaskClient, here: str, app: Flask, theatre: Theatre) -> None:
    with app.app_context(), one_transaction():
        session.get_one(Person, theatre.people["mona"]).scheme_role = "facilitator"
    mona.post(f"{here}/hand-in")

    assert mona.post(f"{here}/answer").status_code == 404
    assert plan(app).waits


def test_a_person_erased_whose_name_stands_in_a_plan(
    kari: FlaskClient, mona: FlaskClient, here: str, app: Flask, theatre: Theatre
) -> None:
    with app.app_context(), one_transaction():
        mona_herself = session.get_one(Person, theatre.people["mona"])
        plan_a_measure(theatre.id, mona_herself, "Plakater", owner="Kari Berg og verneombudet")
        festival = session.scalars(select(Organisation).where(Organisation.name == "Festivalen Deres")).one()
        plan_a_measure(festival.id, session.get_one(Person, theatre.people["ola"]), "Vakter", owner="Kari Berg")
    assert kari.post("/me/erasure", data={"sure": "1"}).status_code == 200

    with app.app_context():
        owners = dict(session.execute(select(Measure.what, Measure.owner)).all())
        told = session.scalars(select(Event).where(Event.what == "measure.owner_erased")).all()
    # Another Kari Berg elsewhere, and what is more than her name, are not hers to take.
    assert owners == {"Enkeltrom": ERASED, "Plakater": "Kari Berg og verneombudet", "Vakter": "Kari Berg"}
    assert [(event.organisation_id, len(event.about["measures"])) for event in told] == [(theatre.id, 1)]
    assert mona.get(here).status_code == 200
    assert mona.get(f"{here}/history").status_code == 200


@pytest.mark.browser
def test_the_facilitators_side_is_for_every_eye_too(
    siv: FlaskClient, addresses: dict[str, Any], window: OpenWindow
) -> None:
    """The table of doors looks at this page as Mona sees it; Siv answers there."""
    opened = window(siv)
    page = opened.open(f"/organisations/{addresses['organisation_id']}/measures/whole")
    expect(page.locator("#answer-text")).to_be_visible()

    for look in ({"size": "phone"}, {"size": "narrow"}, {"size": "desktop", "scheme": "dark"}):
        opened.look(**look)
        assert barriers(page) == []
        assert not opened.scrolls_sideways()
    assert opened.complaints == []


@pytest.mark.parametrize("name", ["mona", "siv"])
def test_the_year_stands_in_the_whole_plan_as_picture_and_table_and_is_only_read(
    name: str, here: str, app: Flask, theatre: Theatre, request: pytest.FixtureRequest
) -> None:
    reader: FlaskClient = request.getfixturevalue(name)
    assert "year-wheel" not in reader.get(f"{here}/whole").text, "nothing has a day yet"
    with app.app_context(), one_transaction():
        mona = session.get_one(Person, theatre.people["mona"])
        soon = norwegian_day(now()) + timedelta(days=3)
        talk = plan_a_measure(theatre.id, mona, "Samtale om makt", due=soon, requirement="awareness_plan").id

    page = reader.get(f"{here}/whole").text

    year = page[page.index('<section class="year"') :].split("</section>")[0]
    assert "<svg" in year
    assert f'<a href="#measure-{talk}"><bdi>Samtale om makt</bdi></a>' in year
    assert f'id="measure-{talk}"' in page
    assert "<form" not in year
    assert "/year" not in year
