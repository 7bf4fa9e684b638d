"""Employees add to a row of the mapping, with a name or without one; what may be a report is taken out of sight."""

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text

from lms.database import one_transaction, session
from lms.organisations.events import Event
from lms.organisations.models import Employee
from lms.people.models import Person
from lms.risks.contributions.models import Contribution, ask_until, contribute
from lms.risks.models import open_mapping, rows_of
from tests.cast import Theatre, cast_in, signed_in
from tests.rigs_browsers import OpenWindow
from tests.rigs_pages import barriers
from tests.risk_mappings import row_named

CANARY = "Kanarifuglen synger i kulissene"
NAMELESS = [f"{CANARY} nummer {number}" for number in range(5)]


def come_in(app: Flask, theatre: Theatre, people: int = 4) -> None:
    """Let more people in: in the smallest organisations nothing is gathered."""
    with app.app_context(), one_transaction():
        for number in range(people):
            person = Person(name=f"Kollega {number}", language="nb")
            session.add(person)
            session.flush()
            session.add(Employee(organisation_id=theatre.id, person_id=person.id))


@pytest.fixture
def here(mona: FlaskClient, app: Flask, theatre: Theatre) -> str:
    """The address of the theatre's mapping, where everybody is asked for a week."""
    come_in(app, theatre)
    here = f"/organisations/{theatre.id}/risks"
    mona.post(here)
    last_day = (datetime.now(UTC) + timedelta(days=7)).strftime("%d.%m.%Y")
    assert mona.post(f"{here}/contribution-period", data={"last_day": last_day}).status_code == 303
    return here


@pytest.fixture
def touring(here: str, app: Flask, theatre: Theatre) -> str:
    return str(row_named(app, theatre.id, "touring"))


def say(visitor: FlaskClient, here: str, row: str, words: str, name: str = "without") -> Any:
    return visitor.post(f"{here}/contributions", data={"row": row, "text": words, "name": name})


def kept(app: Flask) -> list[Contribution]:
    with app.app_context():
        return list(session.scalars(select(Contribution)))


def test_the_field_says_who_reads_it_and_what_it_is_not(kari: FlaskClient, here: str, touring: str) -> None:
    assert "spør hva slags risiko du ser" in kari.get("/").text
    page = kari.get(f"{here}/contributions?row={touring}").text

    assert "Dette er ikke en varslingskanal." in page
    assert "Verneombudet, telefon 900 00 000" in page
    assert "De som leser det, er Mona Haug" in page
    assert "kan du heller ikke trekke det tilbake" in page


def test_without_a_name_nothing_leads_to_anybody(
    kari: FlaskClient, here: str, touring: str, app: Flask, theatre: Theatre, caplog: pytest.LogCaptureFixture
) -> None:
    with app.app_context():
        log_before = session.query(Event).count()
    with caplog.at_level(logging.DEBUG):
        assert say(kari, here, touring, CANARY).status_code == 303

    (row,) = kept(app)
    assert (row.person_id, row.set_aside_at, row.set_aside_by) == (None, None, None)
    assert row.id.version == 4, "the number tells no time"
    assert {column.name for column in Contribution.__table__.columns if column.name.endswith("_at")} == {"set_aside_at"}
    with app.app_context():
        assert session.query(Event).count() == log_before
    assert CANARY not in caplog.text
    assert CANARY not in kari.get("/me/data.json").get_data(as_text=True)
    assert CANARY not in kari.get(f"{here}/contributions").text


def test_the_order_they_came_in_is_nowhere(open_app: Callable[..., Flask], database_url: str) -> None:
    app = open_app(database_url)
    theatre = cast_in(app)
    come_in(app, theatre)
    here = f"/organisations/{theatre.id}/risks"
    mona, kari = signed_in(app, theatre, "mona"), signed_in(app, theatre, "kari")
    mona.post(here)
    mona.post(f"{here}/contribution-period", data={"last_day": "31.12.2999"})
    rows = [str(row_named(app, theatre.id, factor)) for factor in ("touring", "alcohol", "tone")]
    for number in range(12):
        assert say(kari, here, rows[number % 3], f"Tekst {number}").status_code == 303

    with app.app_context():
        as_they_lie = session.execute(text("SELECT id, text FROM lms_contribution")).all()
    assert len(as_they_lie) == 12
    ids = [UUID(str(id)) for id, _text in as_they_lie]
    assert ids == sorted(ids), "the rows lie in the order of their chance numbers"


def test_without_a_name_they_are_read_together_when_the_period_is_over(
    mona: FlaskClient, kari: FlaskClient, here: str, touring: str
) -> None:
    for words in NAMELESS[:4]:
        say(kari, here, touring, words)
    assert CANARY not in mona.get(f"{here}/{touring}").text
    mona.post(f"{here}/contribution-period", data={"stop": "1"})
    assert CANARY not in mona.get(f"{here}/{touring}").text, "four are too few"
    mona.post(f"{here}/contribution-period", data={"last_day": "31.12.2999"})
    say(kari, here, touring, NAMELESS[4])
    assert CANARY not in mona.get(f"{here}/{touring}").text, "not while others still write"
    mona.post(f"{here}/contribution-period", data={"stop": "1"})

    page = mona.get(f"{here}/{touring}").text
    assert all(words in page for words in NAMELESS)
    mona.post(f"{here}/contribution-period", data={"last_day": "31.12.2999"})
    say(kari, here, touring, f"{CANARY} nummer 6")
    mona.post(f"{here}/contribution-period", data={"stop": "1"})
    page = mona.get(f"{here}/{touring}").text
    assert all(words in page for words in NAMELESS), "what has been read can still be read"
    assert f"{CANARY} nummer 6" not in page, "one more is not five more"


@pytest.fixture
def in_a_fortnight() -> Iterator[Callable[[], Any]]:
    travellers: list[Any] = []

    def go() -> None:
        traveller = time_machine.travel(datetime.now(UTC) + timedelta(days=14), tick=False)
        traveller.start()
        travellers.append(traveller)

    yield go
    for traveller in travellers:
        traveller.stop()


def test_the_period_ends_by_itself(
    kari: FlaskClient, here: str, touring: str, in_a_fortnight: Callable[[], Any], app: Flask
) -> None:
    in_a_fortnight()
    answer = say(kari, here, touring, CANARY)

    assert answer.status_code == 422
    assert CANARY in answer.text, "what was written is not lost"
    assert "Perioden er over" in answer.text
    assert "spør hva slags risiko" not in kari.get("/").text
    assert kept(app) == []


def test_with_a_name_it_is_read_at_once_and_can_be_taken_back(
    mona: FlaskClient, kari: FlaskClient, ola: FlaskClient, here: str, touring: str, app: Flask
) -> None:
    for _press in range(2):
        assert say(kari, here, touring, CANARY, name="with").status_code == 303
    page = mona.get(f"{here}/{touring}").text
    assert page.count(CANARY) == 1
    assert "Kari Berg" in page
    assert CANARY in kari.get(f"{here}/contributions").text
    (row,) = kept(app)

    assert mona.post(f"{here}/contributions/{row.id}/withdrawal").status_code == 404
    assert kari.post(f"{here}/contributions/{row.id}/withdrawal").status_code == 303
    assert kept(app) == []
    assert CANARY not in mona.get(f"{here}/{touring}").text


@pytest.mark.parametrize(
    ("words", "says"), [("  \n ", "Skriv noe først."), ("x" * 2001, "Teksten kan ha høyst 2000 tegn")]
)
def test_what_cannot_be_used_comes_back(words: str, says: str, kari: FlaskClient, here: str, touring: str) -> None:
    answer = say(kari, here, touring, words, name="with")

    assert answer.status_code == 422
    assert says in answer.text
    assert words.strip() in answer.text


@pytest.mark.parametrize("forged", [{"row": "touring"}, {"row": str(UUID(int=7))}, {"name": "somebody"}])
def test_what_the_page_does_not_offer_is_refused(
    forged: dict[str, str], kari: FlaskClient, here: str, touring: str
) -> None:
    form = {"row": touring, "text": CANARY, "name": "without", **forged}

    assert kari.post(f"{here}/contributions", data=form).status_code == 400


def test_a_text_that_may_be_a_report_is_taken_out_of_every_view(
    mona: FlaskClient, kari: FlaskClient, siv: FlaskClient, here: str, touring: str, app: Flask
) -> None:
    say(kari, here, touring, CANARY, name="with")
    (row,) = kept(app)
    one = f"{here}/contributions/{row.id}"
    asks = mona.get(one).text
    assert CANARY in asks
    assert "Verneombudet, telefon 900 00 000" in asks
    assert "116 006" in asks, "help from outside"

    after = mona.post(f"{one}/set-aside", follow_redirects=True).text

    pages = [after, *(mona.get(page).text for page in (here, f"{here}/{touring}", f"{here}/form", one))]
    pages.append(kari.get(f"{here}/contributions").text)
    assert all(CANARY not in page for page in pages)
    assert "tatt ut av alle sider" in after
    with app.app_context():
        line = session.scalars(select(Event).where(Event.what == "contribution.set_aside")).one()
        assert line.about == {}, "only that it happened"
    assert mona.post(f"{one}/set-aside/undo").status_code == 303
    assert CANARY in mona.get(f"{here}/{touring}").text


def test_a_coordinator_who_is_the_channel_is_told_to_let_somebody_else_take_it(
    mona: FlaskClient, kari: FlaskClient, here: str, touring: str, app: Flask, theatre: Theatre
) -> None:
    mona.post(f"/organisations/{theatre.id}/choices/channel", data={"reporting_channel": "Mona Haug, 900 00 000"})
    say(kari, here, touring, CANARY, name="with")
    (row,) = kept(app)

    assert "bør noen upartiske ta det videre" in mona.get(f"{here}/contributions/{row.id}").text


def test_nothing_of_it_reaches_the_scheme_or_another_organisation(
    mona: FlaskClient, kari: FlaskClient, siv: FlaskClient, ola: FlaskClient, here: str, touring: str
) -> None:
    say(kari, here, touring, CANARY, name="with")
    mona.post(f"{here}/{touring}", data={"revision": "0", "relevant": "no"})
    mona.post(f"{here}/delivery")
    delivered = siv.get("/risk-mappings").text.split('href="')
    form = next(part.split('"')[0] for part in delivered if "/deliveries/" in part)

    assert CANARY not in siv.get(form).text
    for stranger in (siv, ola):
        assert stranger.get(f"{here}/contributions").status_code == 404
        assert say(stranger, here, touring, CANARY).status_code == 404


def test_erasing_her_takes_her_texts_and_leaves_those_without_a_name(
    kari: FlaskClient, here: str, touring: str, app: Flask
) -> None:
    say(kari, here, touring, "Med navn.", name="with")
    say(kari, here, touring, "Uten navn.")
    assert "Med navn." in kari.get("/me/data.json").get_data(as_text=True)
    assert kari.post("/me/erasure", data={"sure": "1"}).status_code == 200

    assert [row.text for row in kept(app)] == ["Uten navn."]


@pytest.mark.browser
def test_everybody_can_use_the_field(
    kari: FlaskClient, mona: FlaskClient, window: OpenWindow, app: Flask, theatre: Theatre
) -> None:
    come_in(app, theatre)
    with app.app_context(), one_transaction():
        people = {name: session.get_one(Person, theatre.people[name]) for name in ("kari", "mona")}
        mapping, _opened = open_mapping(theatre.id, people["mona"])
        ask_until(mapping, datetime.now(UTC) + timedelta(days=7), people["mona"])
        risk = rows_of(mapping)[6]
        contribute(mapping, risk, CANARY, people["kari"])
        here, touring = f"/organisations/{theatre.id}/risks", risk.id
    faults = []
    pages = [(kari, "/"), (kari, f"{here}/contributions"), (kari, f"{here}/contributions?row={touring}")]
    for client, address in [*pages, (mona, here), (mona, f"{here}/{touring}")]:
        for look in ({"size": "narrow"}, {"size": "desktop", "scheme": "dark"}):
            opened = window(client, **look)
            page = opened.open(address)
            faults += [f"{address} {look}: {barrier}" for barrier in barriers(page)]
            faults += [f"{address} {look}: scrolls sideways"] if opened.scrolls_sideways() else []

    assert faults == []
