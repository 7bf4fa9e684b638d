"""Mona hands in the list she has, sees what it would change, and lets it be written."""

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from lms.database import now, one_transaction, session
from lms.learning.duties import forget_lists
from lms.learning.models import Enrolment
from lms.learning.roster_import.models import RosterAct
from lms.organisations.models import Employee
from lms.people.models import Address, Person
from tests.cast import COURSES, Theatre, cast_in, signed_in
from tests.lists import (
    HEADING,
    carry_out,
    counts_in,
    drafts_in,
    hand_in,
    looked_through,
    paste,
    people_of,
    put_in,
    roster_of,
    said_in,
    workbook,
)
from tests.questions import questions
from tests.rosters import come_in, facts_of, logged, names_on

TWO = "Åse Øien;ase@teatret.no;Kor;ja\nNils Ny;nils@teatret.no;Scene;nei\n"
IN_THE_ROSTER = {
    "Åse Øien": ("ase@teatret.no", "Kor", "employee", True, True),
    "Nils Ny": ("nils@teatret.no", "Scene", "employee", False, True),
}
SHEET = [
    ["Navn", "E-post", "Team", "Leder"],
    ["Åse Øien", "ase@teatret.no", "Kor", "ja"],
    ["Nils Ny", "nils@teatret.no", "Scene", "nei"],
]


def english(text: str) -> str:
    return text.replace("Navn", "Name").replace("Leder", "Leader").replace(";ja", ";yes").replace(";nei", ";no")


def nynorsk(text: str) -> str:
    return text.replace("Navn", "Namn").replace("Leder", "Leiar").replace("Team", "Avdeling")


@pytest.mark.parametrize(
    "content",
    [
        (HEADING + TWO).encode(),
        (HEADING + TWO).encode("cp1252"),
        (HEADING + TWO).encode("utf-8-sig"),
        (HEADING + TWO).encode("utf-16"),
        (HEADING + TWO).encode("utf-16-le"),
        (HEADING + TWO).replace(";", ",").encode(),
        (HEADING + TWO).replace(";", "\t").encode(),
        ("sep=;\r\n" + HEADING + TWO).replace("\n", "\r\n").encode("cp1252"),
        english(HEADING + TWO).encode(),
        nynorsk(HEADING + TWO).encode(),
        ("Ansatte 2026\n\n" + HEADING + TWO).encode(),
        ("Person;;Arbeid;\n" + HEADING + TWO + HEADING).encode(),
        b"Fornavn;Etternavn;EPOST;Avdeling;Er leder\n"
        b"\xc5se;\xd8ien;ase@teatret.no;Kor;x\nNils;Ny;Nils@Teatret.NO;Scene;\n",
        'Leder;Team;E-post;Navn\nja;Kor;ase@teatret.no;"Øien, Åse"\n;Scene;mailto:nils@teatret.no;Nils  Ny\n'.encode(),
        workbook(SHEET),
        workbook([["Ansatte 2026"], [], *SHEET], merged={"A1:D1": "Ansatte 2026"}),
        workbook(
            [*SHEET[:2], ["", "nils@teatret.no", "Scene", False]], formulas={"A3": ('=CONCAT("Nils"," Ny")', "Nils Ny")}
        ),
    ],
    ids=range(17),
)
def test_excel_in_any_of_its_dialects_is_read(app: Flask, mona: FlaskClient, theatre: Theatre, content: bytes) -> None:
    put_in(mona, theatre, content)

    found = roster_of(app, theatre.id)
    assert {name: found.get(name) for name in IN_THE_ROSTER} == IN_THE_ROSTER
    assert len(found) == 4


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Åse Øien\nNils Ny", {"Åse Øien": "", "Nils Ny": ""}),
        ("Åse Øien; ase@teatret.no; Kor\nNils Ny;;Kor", {"Åse Øien": "ase@teatret.no", "Nils Ny": ""}),
        ("Åse Øien\tase@teatret.no\tKor\r\nNils Ny\t\tKor", {"Åse Øien": "ase@teatret.no", "Nils Ny": ""}),
        (
            'Åse Øien <ase@teatret.no>; "Nils Ny" <nils@teatret.no>',
            {"Åse Øien": "ase@teatret.no", "Nils Ny": "nils@teatret.no"},
        ),
        ("navn, epost\nÅse Øien, ase@teatret.no\nNils Ny,", {"Åse Øien": "ase@teatret.no", "Nils Ny": ""}),
    ],
)
def test_a_list_is_pasted_as_it_stood(
    app: Flask, mona: FlaskClient, theatre: Theatre, text: str, found: dict[str, str]
) -> None:
    carry_out(mona, paste(mona, theatre, text))

    roster = roster_of(app, theatre.id)
    assert {name: roster[name][0] for name in roster if name not in ("Kari Berg", "Mona Haug")} == found


def test_nothing_is_written_before_she_says_so(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    before = roster_of(app, theatre.id)
    answer = hand_in(mona, theatre, HEADING + TWO)
    page = looked_through(mona, answer)

    assert "Nothing has been written yet." in said_in(page)
    assert counts_in(page) == {"All rows": 2, "New": 2, "Not in the list": 1}
    assert roster_of(app, theatre.id) == before
    assert logged(app, theatre) == []
    assert mona.post(f"{answer.location}/removal").status_code == 303
    assert drafts_in(app) == 0
    assert mona.get(answer.location).status_code == 404


def test_whoever_is_added_has_a_place_in_the_courses_and_counts(
    app: Flask, mona: FlaskClient, theatre: Theatre
) -> None:
    before = facts_of(app, theatre)
    put_in(mona, theatre, HEADING + TWO)

    with app.app_context():
        added = session.execute(
            select(Person.name, Enrolment.course, Enrolment.counts_as)
            .join(Employee, Employee.person_id == Person.id)
            .join(Enrolment, Enrolment.employee_id == Employee.id)
            .where(Person.name.in_(IN_THE_ROSTER))
        ).all()
    assert sorted(tuple(row) for row in added) == sorted(
        (name, course, as_what)
        for name, as_what in (("Åse Øien", "leader"), ("Nils Ny", "staff"))
        for course in COURSES
    )
    assert facts_of(app, theatre).roster == before.roster + 2
    (event,) = logged(app, theatre)
    assert (event[0], event[1]) == ("roster.imported", theatre.people["mona"])
    numbers = {name: event[2][name] for name in ("added", "changed", "returned", "departed")}
    assert numbers == {"added": 2, "changed": 0, "returned": 0, "departed": 0}
    assert drafts_in(app) == 0
    assert names_on(mona.get(people_of(theatre)).text) == ["Kari Berg", "Mona Haug", "Nils Ny", "Åse Øien"]


def test_seven_bad_rows_of_three_thousand_are_told_one_by_one(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    lines = [f"Frivillig {number};f{number}@festival.no;Vakt;nei" for number in range(3_000)]
    bad = {
        12: (";f12@festival.no;Vakt;nei", "There is no name."),
        99: ("Ida;ida(at)festival.no;Vakt;nei", "“ida(at)festival.no” does not look like an e-mail address."),
        500: (f"{'N' * 121};n@festival.no;Vakt;nei", "The name can have at most 120 characters."),
        501: ("Per;01.02.1990;Vakt;nei", "“01.02.1990” is a date and no e-mail address."),
        1_000: (f"Pia;pia@festival.no;{'T' * 81};nei", "The team can have at most 80 characters."),
        2_000: ("Tor;tor@festival.no;Vakt;kanskje", "Write yes or no for leader, not “kanskje”."),
        2_999: ("=A1;f@festival.no;Vakt;nei", "“=A1” is a formula."),
    }
    for place, (line, _why) in bad.items():
        lines[place] = line
    answer = hand_in(mona, theatre, HEADING + "\n".join(lines))
    page = looked_through(mona, answer)
    said = said_in(page)

    assert "7 rows cannot be used" in said
    for place, (_line, why) in bad.items():
        assert re.search(rf"Row {place + 2}: [^:]*{re.escape(why)}", said), why
    assert counts_in(page) == {"All rows": 3_000, "With mistakes": 7, "New": 2_993, "Not in the list": 1}
    assert len(re.findall(r'class="line ', page)) == 50
    assert "Page 60 of 60" in said_in(looked_through(mona, answer, page=60))
    assert len(re.findall(r'class="line wrong', looked_through(mona, answer, kind="wrong"))) == 7
    assert carry_out(mona, answer).status_code == 303
    assert len(roster_of(app, theatre.id)) == 2_995


def test_three_thousand_cost_no_more_statements_than_three(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    def asked(names: list[str], team: str) -> tuple[int, int]:
        content = HEADING + "\n".join(f"{name};{name.replace(' ', '')}@festival.no;{team};nei" for name in names)
        answer = hand_in(mona, theatre, content)
        with questions(app) as looking:
            mona.get(answer.location)
        with questions(app) as writing:
            assert carry_out(mona, answer).status_code == 303
        return len(looking), len(writing)

    few = [f"Få {number}" for number in range(3)]
    many = [f"Mange {number}" for number in range(3_000)]
    first, changed = asked(few, "Vakt"), asked(few, "Bar")

    assert asked([*few, *many], "Bar") == first
    assert asked([*few, *many], "Kjøkken") == changed
    assert max(first[0], changed[0]) <= 6
    assert max(first[1], changed[1]) <= 30


def test_both_databases_carry_it_out(open_app: Callable[..., Flask], database_url: str) -> None:
    app = open_app(database_url)
    theatre = cast_in(app)
    mona = signed_in(app, theatre, "mona")
    put_in(mona, theatre, HEADING + TWO)
    put_in(mona, theatre, HEADING + TWO.replace("Kor", "Orkester").replace(";nei", ";ja"))
    assert roster_of(app, theatre.id)["Åse Øien"][1] == "Orkester"
    last = mona.get(f"{people_of(theatre)}/lists/last").text
    for _time in range(2):
        which = re.search(r'name="import" value="([^"]+)"', last)
        assert which is not None
        assert mona.post(f"{people_of(theatre)}/lists/last/undo", data={"import": which[1]}).status_code == 303
        last = mona.get(f"{people_of(theatre)}/lists/last").text

    assert set(roster_of(app, theatre.id)) == {"Kari Berg", "Mona Haug"}


def test_columns_that_were_misunderstood_are_put_right(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    """Its leader column holds the leader's name, and its teams are under a heading nobody could know."""
    content = "Kallenavn;Hvem;Leder;Hvor\nÅs;Åse Øien;Mona Haug;Kor\nNi;Nils Ny;Mona Haug;Scene\n"
    answer = hand_in(mona, theatre, content)
    page = looked_through(mona, answer)
    assert "Kallenavn" in said_in(page)
    columns = f"{answer.location}/columns"
    form = {"heading": "1", "column-0": "", "column-1": "name", "column-2": "", "column-3": "team"}

    twice = mona.post(columns, data={**form, "column-0": "name"})
    assert (twice.status_code, "Two columns cannot be the same thing." in twice.text) == (422, True)
    nameless = mona.post(columns, data={**form, "column-1": ""})
    assert (nameless.status_code, "Say in which column the names are." in nameless.text) == (422, True)
    assert mona.post(columns, data={**form, "column-0": "salary"}).status_code == 400
    assert mona.post(columns, data=form).status_code == 303
    carry_out(mona, answer)

    found = roster_of(app, theatre.id)
    assert (found["Åse Øien"][1], found["Nils Ny"][1]) == ("Kor", "Scene")


def test_identity_numbers_are_not_even_kept_for_the_dry_run(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    answer = hand_in(mona, theatre, "Navn;Fødselsnummer;Konto\nÅse Øien;010190 12345;1234.56.78901\n")

    page = looked_through(mona, answer)
    assert "12345" not in page
    assert "78901" not in page
    with app.app_context():
        kept = session.connection().exec_driver_sql("SELECT rows FROM lms_roster_draft").scalar()
    assert "12345" not in str(kept)


def test_one_person_is_added_by_hand(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    here = f"{people_of(theatre)}/new"
    form = {"name": "Nils Ny", "email": "nils@teatret.no", "team": "Scene", "role": "coordinator", "is_leader": "1"}
    answer = mona.post(here, data=form)

    assert (answer.status_code, answer.location.partition("?")[0]) == (303, here)
    assert 'role="status"' in mona.get(answer.location).text
    assert roster_of(app, theatre.id)["Nils Ny"] == ("nils@teatret.no", "Scene", "coordinator", True, True)
    assert drafts_in(app) == 0


def test_what_is_wrong_by_hand_comes_back_with_what_was_written(
    app: Flask, mona: FlaskClient, theatre: Theatre
) -> None:
    here = f"{people_of(theatre)}/new"
    answer = mona.post(here, data={"name": "", "email": "nils(at)teatret.no", "team": "Scene", "role": "employee"})

    assert answer.status_code == 422
    assert answer.text.count('class="error"') == 2
    assert "nils(at)teatret.no" in answer.text
    assert mona.post(here, data={"name": "Nils", "role": "owner"}).status_code == 400
    assert len(roster_of(app, theatre.id)) == 2


def test_an_address_on_the_roster_only_invites(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    put_in(mona, theatre, HEADING + TWO)

    with app.app_context():
        assert session.scalars(select(Address)).all() == []


def test_a_list_is_forgotten_after_a_day_and_how_to_undo_it_after_a_month(
    app: Flask, mona: FlaskClient, theatre: Theatre
) -> None:
    put_in(mona, theatre, HEADING + TWO)
    answer = hand_in(mona, theatre, HEADING + TWO)
    for days, drafts, acts in ((0.9, 1, 2), (1.1, 0, 2), (31, 0, 0)):
        with time_machine.travel(now() + timedelta(days=days)), app.app_context():
            with one_transaction():
                forget_lists()
            assert drafts_in(app) == drafts
            assert session.query(RosterAct).count() == acts

    assert mona.get(answer.location).status_code == 404


def test_a_second_list_takes_the_place_of_the_first(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    first = hand_in(mona, theatre, HEADING + TWO)
    hand_in(mona, theatre, HEADING + TWO)

    assert drafts_in(app) == 1
    assert mona.get(first.location).status_code == 404


def test_only_she_who_handed_it_in_sees_a_list(
    app: Flask, kari: FlaskClient, mona: FlaskClient, theatre: Theatre
) -> None:
    with app.app_context(), one_transaction():
        session.get_one(Employee, (theatre.id, theatre.employees["kari"])).role = "coordinator"
    answer = hand_in(mona, theatre, HEADING + TWO)

    assert kari.get(answer.location).status_code == 404
    for act in ("columns", "answers", "departures", "removal"):
        assert kari.post(f"{answer.location}/{act}").status_code == 404
    kari.post(f"{answer.location}/application", data={"seal": "x"})
    assert len(roster_of(app, theatre.id)) == 2


def test_dates_in_a_workbook_are_no_addresses(mona: FlaskClient, theatre: Theatre) -> None:
    answer = hand_in(mona, theatre, workbook([["Navn", "E-post"], ["Nils Ny", date(2026, 3, 4)]]), "liste.xlsx")

    assert "“2026-03-04” is a date and no e-mail address." in said_in(looked_through(mona, answer))


def test_whoever_has_begun_long_ago_is_not_begun_anew(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    come_in(app, theatre, "Gamle Gry", left_at=now())
    answer = paste(mona, theatre, "Gamle Gry")
    page = looked_through(mona, answer)
    who = re.search(r'name="row-1"\s+value="(\w{32})"', page)
    assert who is not None
    mona.post(f"{answer.location}/answers", data={"row-1": who[1]})
    carry_out(mona, answer)

    with app.app_context():
        places = session.execute(
            select(Enrolment.course, Enrolment.counts_as)
            .join(Employee, Employee.id == Enrolment.employee_id)
            .join(Person, Person.id == Employee.person_id)
            .where(Person.name == "Gamle Gry")
        ).all()
    assert sorted(map(tuple, places)) == sorted((course, "staff") for course in COURSES)
