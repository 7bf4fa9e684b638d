"""The draft for a renewal names every link and file at its requirement, and says which are still what they were."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from lms.database import now, one_transaction, session
from lms.measures.evidence.models import add_link
from lms.measures.models import Measure, open_plan
from lms.people.models import Person
from tests.cast import Theatre, signed_in
from tests.lists import said_in
from tests.marks import a_file
from tests.renewals import AWARDED, SIX, give_mark


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    """It is the day on which the theatre is awarded the mark."""
    with time_machine.travel(AWARDED, tick=False) as traveller:
        yield traveller


@pytest.mark.parametrize("name", ["mona", "siv"])
def test_each_link_and_file_stands_there_with_its_state(name: str, app: Flask, theatre: Theatre, clock: Any) -> None:
    give_mark(app, theatre)
    with app.test_request_context(method="POST"), one_transaction():
        mona = session.get_one(Person, theatre.people["mona"])
        plan = open_plan(theatre.id, mona)
        measure = session.scalars(select(Measure).where(Measure.what == "Tiltak for guidelines")).one()
        download = f"/organisations/{theatre.id}/evidence/{a_file(theatre.id, mona).id}/file"
        places = ("guidelines", "guidelines", "guidelines", measure.id, "guidelines")
        titles = ("Den gode", "Den endrede", "Den borte", "Den ved tiltaket", "Den fjernede")
        links = [
            add_link(plan, about, title, f"https://teatret.example/{number}", mona)
            for number, (about, title) in enumerate(zip(places, titles, strict=True))
        ]
        session.flush()
        for link in links[:3]:
            link.found("a" * 64, now())
        links[1].found("b" * 64, now())
        for _again in range(2):
            links[2].failed("404", now())
        links[4].remove(mona)
    clock.move_to(SIX)

    answer = signed_in(app, theatre, name).get(f"/organisations/{theatre.id}/renewal").text

    shown = answer[answer.index('id="evidence-heading"') :].split("</section>")[0]
    assert f'href="{download}"' in shown
    assert 'href="https://teatret.example/1"' in shown
    words = said_in(f"<main>{shown}</main>")
    for said in (
        "Husreglene våre fil",
        "Den gode i orden",
        "Den endrede endret Det står noe annet på siden",
        "Den borte borte",
        "Den ved tiltaket ikke sjekket ennå",
    ):
        assert said in words, words
    assert "Den fjernede" not in words
