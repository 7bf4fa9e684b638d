"""The scheme brings in who held the mark before: row by row, with their dates and words, seen before it is written."""

import io
import re
from datetime import date

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import Workbook, load_workbook
from sqlalchemy import select

from lms.database import norwegian_day, now, one_transaction, session
from lms.mark.models import Award, OwnWords
from lms.organisations.models import Organisation, found_organisation
from lms.organisations.profile import OrganisationProfile, profile_to_change
from lms.scheme.holders.entries import PATTERN
from tests.cast import COURSES, Theatre
from tests.letters import letters_to
from tests.lists import said_in
from tests.schemes import as_administrator

HEADING = ";".join(PATTERN)
CONTACT = "styrer@kystscenen.example"
LIST = f"""{HEADING}
Kystscenen;974 760 673;Teater;Ålesund;28.02.2025;;Vi snakker sammen.;We talk.;kystscenen.example;{CONTACT}
Kystscenen;974 760 673;Teater;Ålesund;01.03.2023;;;;;
Teatret Vårt;;Teater;Bergen;2026-01-15;;;;;
Danselaget;123456789;Dans;Oslo;31.12.2030;;;;;ikke en adresse
;;Sirkus;Oslo;i fjor;;;;;
"""


@pytest.fixture
def una(app: Flask, theatre: Theatre) -> FlaskClient:
    return as_administrator(app)


def text_in(page: str) -> str:
    """What the page would bring in."""
    found = re.search(r'name="list"\s+value="([^"]*)"', page)
    assert found
    return found[1].replace("&#34;", '"')


def awards(app: Flask) -> list[tuple[str, date, date]]:
    with app.app_context():
        rows = session.execute(
            select(Organisation.name, Award.awarded_on, Award.valid_until)
            .join(Organisation, Organisation.id == Award.organisation_id)
            .order_by(Organisation.name, Award.awarded_on)
        )
        return [tuple(row) for row in rows]


def bring_in(una: FlaskClient, text: str = LIST, **more: str) -> str:
    page = una.post("/scheme/holders", data={"list": text}).text
    answer = una.post("/scheme/holders/bringing-in", data={"list": text_in(page), **more})
    assert answer.status_code == 303
    return page


def test_a_list_is_looked_through_before_anything_is_written(app: Flask, una: FlaskClient) -> None:
    said = said_in(una.post("/scheme/holders", data={"list": LIST}).text)

    assert "Noe er feil: disse radene tas ikke inn (2)" in said
    assert "Nye: virksomheten og tildelingen (2)" in said
    assert "Kjent fra før: får tildelingen (1)" in said
    for fault in (
        "Navnet mangler",
        "ikke et norsk organisasjonsnummer",
        "ikke kommet ennå",
        "Vi kjenner ikke noe felt som heter Sirkus",
        "Skriv dagen som 31.12.2026",
        "ikke ut som en e-postadresse",
    ):
        assert fault in said, fault
    assert awards(app) == []


def test_what_is_right_is_brought_in_once(app: Flask, una: FlaskClient, anonymous: FlaskClient) -> None:
    bring_in(una)
    again = una.post("/scheme/holders", data={"list": LIST}).text
    una.post("/scheme/holders/bringing-in", data={"list": LIST})

    assert "Her fra før: ingenting skjer (3)" in said_in(again)
    assert "bringing-in" not in again
    assert awards(app) == [
        ("Kystscenen", date(2023, 3, 1), date(2025, 3, 1)),
        ("Kystscenen", date(2025, 2, 28), date(2027, 2, 28)),
        ("Teatret Vårt", date(2026, 1, 15), date(2028, 1, 15)),
    ]
    register = anonymous.get("/register").text
    assert "Kystscenen" in register
    assert "Vi snakker sammen." in register
    with app.app_context():
        first, second = session.scalars(
            select(Award).join(Organisation).where(Organisation.name == "Kystscenen").order_by(Award.awarded_on)
        )
        assert first.replaced_by == second.id
        assert (first.state(date(2025, 2, 28)), second.state(date(2027, 2, 28))) == ("renewed", "valid")


def test_what_is_written_here_already_is_newer_than_a_list(app: Flask, una: FlaskClient, theatre: Theatre) -> None:
    with app.app_context(), one_transaction():
        profile_to_change(theatre.id).place = "Trondheim"
        session.add(OwnWords(organisation_id=theatre.id, words_nb="Våre egne ord."))

    bring_in(una, f"{HEADING}\nTeatret Vårt;;Teater;Bergen;2026-01-15;;Ord fra lista.;From the list.;;\n")

    with app.app_context():
        profile = session.get_one(OrganisationProfile, theatre.id)
        words = session.get_one(OwnWords, theatre.id)
        assert (profile.place, profile.field) == ("Trondheim", "theatre")
        assert (words.words_nb, words.words_en) == ("Våre egne ord.", "From the list.")


def test_two_of_one_name_are_told_apart_by_their_number(app: Flask, una: FlaskClient) -> None:
    with app.app_context(), one_transaction():
        for number in ("974760673", ""):
            profile_to_change(found_organisation("Kulturhuset", COURSES).id).number = number

    row = "Kulturhuset;{};;;2026-01-15;;;;;\n"
    unclear = una.post("/scheme/holders", data={"list": f"{HEADING}\n{row.format('')}"}).text
    clear = una.post("/scheme/holders", data={"list": f"{HEADING}\n{row.format('974760673')}"}).text

    assert "Kjent fra før: får tildelingen (1)" in said_in(unclear)
    assert "Kjent fra før: får tildelingen (1)" in said_in(clear)
    with app.app_context(), one_transaction():
        found_organisation("Kulturhuset", COURSES)
    assert "Flere virksomheter har dette navnet" in said_in(
        una.post("/scheme/holders", data={"list": f"{HEADING}\n{row.format('')}"}).text
    )


def test_contacts_are_written_to_only_when_somebody_says_so(app: Flask, una: FlaskClient) -> None:
    bring_in(una)
    assert letters_to(app, CONTACT) == []

    bring_in(una, f"{HEADING}\nScenehuset;;;;2026-01-15;;;;;vert@scenehuset.example\n", invites="1")
    assert len(letters_to(app, "vert@scenehuset.example")) == 1


def test_a_workbook_is_read_and_an_empty_one_is_handed_out(app: Flask, una: FlaskClient) -> None:
    empty = load_workbook(io.BytesIO(una.get("/scheme/holders/pattern.xlsx").data))
    assert [cell.value for cell in empty.worksheets[0][1]] == list(PATTERN)

    book = Workbook()
    book.active.append(PATTERN)
    book.active.append(["Kystscenen", "", "Teater", "Ålesund", date(2025, 2, 28), date(2026, 12, 31)])
    file = io.BytesIO()
    book.save(file)
    file.seek(0)
    page = una.post("/scheme/holders", data={"file": (file, "merket.xlsx")}).text
    una.post("/scheme/holders/bringing-in", data={"list": text_in(page)})

    assert awards(app) == [("Kystscenen", date(2025, 2, 28), date(2026, 12, 31))]


def test_a_list_with_much_to_say_is_brought_in_whole(app: Flask, una: FlaskClient) -> None:
    words = "Vi snakker om det på hver prøve. " * 18
    rows = "".join(f"Scene {number};;;;2026-01-15;;{words};{words};;\n" for number in range(340))
    page = una.post("/scheme/holders", data={"file": (io.BytesIO(f"{HEADING}\n{rows}".encode()), "merket.csv")}).text
    whole = {"list": text_in(page)}

    assert len(whole["list"]) > 400_000
    assert una.post("/scheme/holders/bringing-in", data=whole).status_code == 303
    assert len(awards(app)) == 340


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "minst ett navn"),
        ("Kystscenen;28.02.2025\n", "en rad med overskrifter"),
        (f"{HEADING}\n", "ingen virksomhet under overskriftene"),
    ],
)
def test_what_is_no_list_is_told_so_and_kept(una: FlaskClient, text: str, told: str) -> None:
    answer = una.post("/scheme/holders", data={"list": text})

    assert answer.status_code == 422
    assert told in answer.text
    assert text.strip() in answer.text


def test_a_mark_is_never_longer_than_two_years(una: FlaskClient) -> None:
    row = "Kystscenen;;;;28.02.2025;01.03.2027;;;;\n"

    assert "høyst gyldig i to år" in una.post("/scheme/holders", data={"list": f"{HEADING}\n{row}"}).text


def test_an_old_one_is_expired_in_the_register(una: FlaskClient, anonymous: FlaskClient) -> None:
    with time_machine.travel("2027-03-01 12:00 +0100", tick=False):
        bring_in(una, f"{HEADING}\nKystscenen;;;;28.02.2025;;;;;\n")
        assert norwegian_day(now()) == date(2027, 3, 1)
        assert "Kystscenen" not in anonymous.get("/register").text


def test_a_holder_is_not_said_to_be_at_the_course(una: FlaskClient) -> None:
    bring_in(una)
    rows = una.get("/scheme/organisations?step=holds").text
    assert "<td>Har merket</td>" in rows
    assert "<td>Kurs</td>" not in rows
    assert "<td>Har merket</td>" not in una.get("/scheme/organisations?step=course").text
