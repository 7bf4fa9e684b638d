"""An organisation's coordinators read who did what and when; so does the scheme, without employees' names."""

import re
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from flask import Flask
from flask.testing import FlaskClient

import lms
from lms.database import now, one_transaction, session
from lms.organisations.events import Event, record
from lms.people.models import Person
from lms.scheme.log.words import GROUPS, WORDS
from tests.cast import Theatre
from tests.lists import said_in
from tests.questions import questions


def log_at(theatre: Theatre) -> str:
    return f"/organisations/{theatre.id}/log"


def write(app: Flask, theatre: Theatre, what: str, by: str | None, **about: object) -> None:
    with app.app_context(), one_transaction():
        record(theatre.id, what, session.get_one(Person, theatre.people[by]) if by else None, **about)


def test_a_coordinator_reads_who_did_what(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    write(app, theatre, "join_link.opened", "mona")
    write(app, theatre, "employee.changed", "mona", employee=str(theatre.employees["kari"]))
    write(app, theatre, "risk_mapping.accepted", "siv")
    write(app, theatre, "something.from_tomorrow", None)

    said = said_in(mona.get(log_at(theatre)).text)
    assert "Mona Haug En påmeldingslenke ble åpnet" in said
    assert "En rolle eller et team ble endret: Kari Berg" in said
    assert "Siv Aune Risikokartleggingen ble godkjent" in said
    assert "Noe ble skrevet ned (something.from_tomorrow)" in said


def test_everything_that_is_written_down_has_words_and_a_group() -> None:
    written = re.compile(r"record\(\s*[^()\"]*\"(\w+\.\w+)\"")
    kinds = {kind for file in Path(lms.__file__).parent.rglob("*.py") for kind in written.findall(file.read_text())}

    assert len(kinds) > 50
    assert kinds - set(WORDS) == set()
    assert {kind.partition(".")[0] for kind in WORDS} <= {first for group in GROUPS.values() for first in group}


def test_the_log_is_read_by_kind(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    write(app, theatre, "join_link.opened", "mona")
    write(app, theatre, "risk_mapping.opened", "mona")
    write(app, theatre, "something.from_tomorrow", "mona")

    risks = said_in(mona.get(f"{log_at(theatre)}?group=risks").text)
    assert "Risikokartleggingen ble åpnet" in risks
    assert "påmeldingslenke ble" not in risks
    other = said_in(mona.get(f"{log_at(theatre)}?group=other").text)
    assert "something.from_tomorrow" in other
    assert "ble åpnet" not in other


def test_the_scheme_reads_it_without_employees_names(app: Flask, siv: FlaskClient, theatre: Theatre) -> None:
    write(app, theatre, "invitation.accepted", "kari", employee=str(theatre.employees["kari"]))
    write(app, theatre, "courses.chosen", "mona")
    for page in (siv.get(log_at(theatre)).text, siv.get(f"{log_at(theatre)}.csv").text):
        assert "Kari" not in page
        assert "Mona Haug" in page
        assert "noen i virksomheten" in page


def test_who_marked_a_report_is_nobodys_to_read(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    write(app, theatre, "risk_text.set_aside", "kari")

    said = said_in(mona.get(log_at(theatre)).text)
    assert "En tekst ble tatt ut av risikokartleggingen" in said
    assert "Kari" not in said
    assert "Kari" not in mona.get(f"{log_at(theatre)}.csv").text


def test_whoever_was_erased_is_named_no_more(
    app: Flask, mona: FlaskClient, kari: FlaskClient, theatre: Theatre
) -> None:
    write(app, theatre, "invitation.accepted", "kari", employee=str(theatre.employees["kari"]))
    assert kari.post("/me/erasure", data={"sure": "1"}).status_code == 200

    said = said_in(mona.get(log_at(theatre)).text)
    assert "slettet person En invitasjon ble tatt imot: slettet person" in said
    assert "Kari" not in said


def test_another_organisations_log_does_not_exist(
    app: Flask, ola: FlaskClient, kari: FlaskClient, theatre: Theatre
) -> None:
    write(app, theatre, "courses.chosen", "mona")
    for reader in (ola, kari):
        assert reader.get(log_at(theatre)).status_code == 404
        assert reader.get(f"{log_at(theatre)}.csv").status_code == 404


def test_a_long_log_is_paged_and_asks_no_more(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    write(app, theatre, "employee.changed", "mona", employee=str(theatre.employees["kari"]))
    mona.get(log_at(theatre))
    with questions(app) as few:
        mona.get(log_at(theatre))
    with app.app_context(), one_transaction():
        for number in range(1000):
            about = {"employee": str(theatre.employees["kari"] if number % 2 else uuid4())}
            at = now() - timedelta(minutes=number)
            session.add(
                Event(organisation_id=theatre.id, what="employee.left", by=theatre.people["mona"], at=at, about=about)
            )
    with questions(app) as many:
        first = mona.get(log_at(theatre)).text

    assert len(many) == len(few) <= 5, "\n".join(many)
    assert first.count("<tr>") == 51
    assert "1001 linjer" in said_in(first)
    assert mona.get(f"{log_at(theatre)}?page=21").text.count("<tr>") == 2
    assert len(mona.get(f"{log_at(theatre)}.csv?group=people").text.splitlines()) == 1002


def test_a_name_in_the_file_is_no_formula(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    with app.app_context(), one_transaction():
        session.get_one(Person, theatre.people["kari"]).name = "=HYPERLINK(1)"
    write(app, theatre, "employee.changed", "kari", employee=str(theatre.employees["kari"]))

    assert "'=HYPERLINK(1)" in mona.get(f"{log_at(theatre)}.csv").text
    assert mona.get(f"{log_at(theatre)}.xlsx").data[:2] == b"PK"
