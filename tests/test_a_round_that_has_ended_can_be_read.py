"""A round that has ended stays: its mapping, its plan with what became of each measure, and the mark it led to."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from lms.database import one_transaction, session
from lms.group_sessions.models import GroupSession
from lms.measures.evidence.models import Evidence, add_link
from lms.measures.models import Measure, measures_of, open_plan, plan_in
from lms.organisations.models import Round, current_round
from lms.people.models import Person
from tests.cast import Theatre, signed_in
from tests.marks import a_file
from tests.plans import plan_a_measure
from tests.questions import questions
from tests.renewals import AWARDED, SIX, give_mark

SITE = "https://teatret.example/enkeltrom"


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    """It is the day on which the theatre is awarded the mark."""
    with time_machine.travel(AWARDED, tick=False) as traveller:
        yield traveller


@pytest.fixture
def ended(app: Flask, theatre: Theatre, clock: Any) -> UUID:
    """The round of an award, ended when the next one was begun with one of its measures; it had a link and a file."""
    with app.test_request_context(method="POST"), one_transaction():
        mona = session.get_one(Person, theatre.people["mona"])
        a_file(theatre.id, mona)
    give_mark(app, theatre)
    with app.test_request_context(method="POST"), one_transaction():
        mona = session.get_one(Person, theatre.people["mona"])
        rooms = session.scalars(select(Measure).where(Measure.what == "Enkeltrom på turné")).one()
        add_link(open_plan(theatre.id, mona), rooms.id, "Reiserutinen", SITE, mona)
        round_id = current_round(theatre.id).id
        kept = [str(each.id) for each in measures_of(plan_in(theatre.id)) if each.what == "Samtale hvert halvår"]
    clock.move_to(SIX)
    begun = signed_in(app, theatre, "mona").post(
        f"/organisations/{theatre.id}/renewal/round", data={"round": str(round_id), "keep": kept}
    )
    assert begun.status_code == 303
    return round_id


def address(theatre: Theatre, round_id: UUID | None = None) -> str:
    return f"/organisations/{theatre.id}/rounds" + (f"/{round_id}" if round_id else "")


@pytest.mark.parametrize("name", ["mona", "siv"])
def test_the_rounds_stand_newest_first_with_what_came_of_them(
    name: str, app: Flask, theatre: Theatre, ended: UUID
) -> None:
    page = signed_in(app, theatre, name).get(address(theatre)).text

    with app.app_context():
        now_walked = current_round(theatre.id).id
    assert page.index(str(now_walked)) < page.index(str(ended))
    assert "27. november 2026 – 27. mai 2028" in page
    now_, then = page.split(str(ended), 1)
    assert "Gjennomført: 1" in then
    assert "Gjennomført" not in now_
    assert "Tildelt 27. november 2026" in then
    assert "/risks/deliveries/" in then
    assert "Avholdt 27. november 2026." in then


@pytest.mark.parametrize("name", ["mona", "siv"])
def test_its_plan_is_read_with_what_became_of_each_measure(
    name: str, app: Flask, theatre: Theatre, ended: UUID
) -> None:
    client = signed_in(app, theatre, name)
    page = client.get(address(theatre, ended)).text

    rooms = page[page.index("Enkeltrom på turné") :]
    assert "<strong>Gjennomført</strong>" in rooms[:300]
    assert "For dyrt." in page
    assert f'href="{SITE}"' in page
    assert "<textarea" not in page
    with app.app_context():
        file = session.scalars(select(Evidence).where(Evidence.kind == "file")).one()
        download = f"/organisations/{theatre.id}/evidence/{file.id}/file"
    assert f'href="{download}"' in page
    assert client.get(download).status_code == 200
    main = page[page.index("<main") : page.index("</main>")]
    for part in main.split('href="/organisations/')[1:]:
        opened = "/organisations/" + part.split('"')[0]
        assert client.get(opened).status_code == 200, opened


def test_what_is_written_in_the_next_round_changes_nothing_there(app: Flask, theatre: Theatre, ended: UUID) -> None:
    mona_ = signed_in(app, theatre, "mona")
    before = mona_.get(address(theatre, ended)).text.split("<main", 1)[1]
    with app.test_request_context(method="POST"), one_transaction():
        mona = session.get_one(Person, theatre.people["mona"])
        for measure in measures_of(plan_in(theatre.id)):
            measure.become("done", "", mona)
        plan_a_measure(theatre.id, mona, "Noe nytt")

    after = mona_.get(address(theatre, ended)).text.split("<main", 1)[1]

    assert before == after
    with app.app_context():
        now_walked = current_round(theatre.id).id
    assert "Noe nytt" in mona_.get(address(theatre, now_walked)).text


def test_the_request_of_an_ended_round_leads_to_its_own_plan(app: Flask, theatre: Theatre, ended: UUID) -> None:
    mona = signed_in(app, theatre, "mona")
    main = mona.get(address(theatre, ended)).text
    request = "/organisations/" + main.split("/mark/requests/")[0].rsplit("/organisations/", 1)[1]
    request += "/mark/requests/" + main.split("/mark/requests/")[1].split('"')[0]

    page = mona.get(request).text

    assert f'href="{address(theatre, ended)}#measure-' in page
    assert f'href="{address(theatre, ended)}#evidence-' in page


def test_it_is_found_from_the_measures_and_the_mark(mona: FlaskClient, siv: FlaskClient, theatre: Theatre) -> None:
    there = f'href="{address(theatre)}"'

    assert there in mona.get(f"/organisations/{theatre.id}/measures").text
    assert there in mona.get(f"/organisations/{theatre.id}/mark").text
    assert siv.get(address(theatre)).status_code == 200


def test_whoever_does_not_follow_the_organisation_sees_none_of_it(app: Flask, theatre: Theatre, ended: UUID) -> None:
    with app.app_context(), one_transaction():
        another = Person(name="Else Moe", scheme_role="facilitator")
        session.add(another)
        session.flush()
        theatre.people["else"] = another.id
    for name in ("else", "kari", "ola"):
        client = signed_in(app, theatre, name)
        assert client.get(address(theatre)).status_code == 404
        assert client.get(address(theatre, ended)).status_code == 404
    del theatre.people["else"]


def test_a_round_is_found_only_where_it_was_walked(app: Flask, theatre: Theatre, ended: UUID) -> None:
    with app.app_context():
        elsewhere = session.scalars(select(Round.id).where(Round.organisation_id != theatre.id)).first()

    assert signed_in(app, theatre, "mona").get(address(theatre, elsewhere)).status_code == 404


def asked_for(app: Flask, client: FlaskClient, theatre: Theatre, round_id: UUID) -> list[int]:
    """How much is asked of the database for the list of rounds, and for this one."""
    many = []
    for page in (address(theatre), address(theatre, round_id)):
        client.get(page)
        with questions(app) as asked:
            client.get(page)
        many.append(len(asked))
    return many


def test_however_many_measures_there_are_the_page_asks_as_often(app: Flask, theatre: Theatre, ended: UUID) -> None:
    mona = signed_in(app, theatre, "mona")
    few = asked_for(app, mona, theatre, ended)
    with app.test_request_context(method="POST"), one_transaction():
        person = session.get_one(Person, theatre.people["mona"])
        plan = plan_in(theatre.id, ended)
        for number in range(20):
            session.add(
                Measure(
                    organisation_id=theatre.id,
                    plan_id=plan.id,
                    what=f"Nr. {number}",
                    added_by=person.id,
                    changed_by=person.id,
                )
            )

    assert asked_for(app, mona, theatre, ended) == few


def test_a_round_in_which_nothing_came_about_says_so(mona: FlaskClient, app: Flask, theatre: Theatre) -> None:
    with app.app_context(), one_transaction():
        session.execute(update(GroupSession).values(cancelled_at=AWARDED))

    page = mona.get(address(theatre)).text

    assert "Ingen ble levert." in page
    assert "Ikke tildelt ennå." in page
