"""Mona takes the roster out, mends it in Excel, and hands it in again; nothing is in it that she may not see."""

import csv
from io import BytesIO, StringIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook

from lms.database import one_transaction, session
from lms.organisations.models import Employee
from lms.people.models import Person
from tests.cast import Theatre
from tests.letters import confirm_address
from tests.lists import HEADING, carry_out, counts_in, hand_in, looked_through, people_of, put_in, roster_of
from tests.questions import questions
from tests.rosters import come_in

DANGEROUS = ["=1+1", "+47 900", "-Per", "@SUM(A1)", "=HYPERLINK(“x”)"]


def cells(client: FlaskClient, theatre: Theatre, kind: str, **search: str) -> list[list[str]]:
    answer = client.get(f"{people_of(theatre)}.{kind}", query_string=search)
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].endswith(f".{kind}")
    assert answer.headers["Cache-Control"] == "no-store"
    if kind == "csv":
        assert answer.data.startswith(b"\xef\xbb\xbf")
        return list(csv.reader(StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))
    sheet = load_workbook(BytesIO(answer.data)).active
    assert all(cell.data_type in ("s", "n") for row in sheet.iter_rows() for cell in row)
    return [["" if value is None else str(value) for value in row] for row in sheet.iter_rows(values_only=True)]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("language", ["nb", "nn", "en"])
def test_what_is_taken_out_and_handed_in_again_changes_nothing(
    app: Flask, mona: FlaskClient, theatre: Theatre, kind: str, language: str
) -> None:
    put_in(mona, theatre, HEADING + "Åse Øien;ase@teatret.no;Kor;ja\nKari Berg Lie;;Bar;nei\n")
    come_in(app, theatre, "Kari Berg", "- Per", team="=Bar")
    mona.post("/language", data={"language": language})
    taken_out = mona.get(f"{people_of(theatre)}.{kind}").data
    page = looked_through(mona, hand_in(mona, theatre, taken_out, f"liste.{kind}"))

    assert counts_in(page)["Unchanged"] >= 4
    assert set(counts_in(page)) <= {"All rows", "Unchanged", "With mistakes"}


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_team_changed_in_excel_is_changed_here(app: Flask, mona: FlaskClient, theatre: Theatre, kind: str) -> None:
    rows = cells(mona, theatre, kind)
    place = rows[0].index("Team")
    for row in rows[1:]:
        row[place] = "Kor"
    out = StringIO()
    csv.writer(out, delimiter=";").writerows(rows)
    carry_out(mona, hand_in(mona, theatre, out.getvalue()))

    assert {name: place[1] for name, place in roster_of(app, theatre.id).items()} == {
        "Kari Berg": "Kor",
        "Mona Haug": "Kor",
    }


def test_no_name_becomes_a_formula(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    come_in(app, theatre, *DANGEROUS, team="=cmd|' /C calc'!A0")

    for row in cells(mona, theatre, "csv")[1:]:
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row)
    names = [row[0] for row in cells(mona, theatre, "xlsx")]
    assert set(DANGEROUS) <= set(names)


def test_it_holds_what_her_page_holds_and_no_more(
    app: Flask, kari: FlaskClient, mona: FlaskClient, theatre: Theatre
) -> None:
    confirm_address(app, theatre.people["kari"], "hemmelig@example.no")
    lesson = f"/learn/{theatre.id}/harassment/welcome"
    kari.post(f"{lesson}/answers", data={"what-you-need": "Kanarifugl"})
    kari.post(f"{lesson}/skips", data={"part": "all"})
    mona.post("/language", data={"language": "en"})
    rows = cells(mona, theatre, "csv")
    heading, row = rows[0], next(row for row in rows if row[0] == "Kari Berg")

    assert heading[:6] == ["Name", "E-mail", "Team", "Leader", "Role", "Balanse-ID"]
    assert len(heading) == 8
    assert row == ["Kari Berg", "", "", "no", "employee", str(theatre.employees["kari"]), "begun", "not begun"]


def test_it_holds_those_who_were_looked_for(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    come_in(app, theatre, "Nils Ny", team="Kor")
    mona.post(f"{people_of(theatre)}/{theatre.employees['kari']}/departure")

    assert [row[0] for row in cells(mona, theatre, "csv", show="left")[1:]] == ["Kari Berg"]
    assert [row[0] for row in cells(mona, theatre, "csv", text="kor")[1:]] == ["Nils Ny"]
    assert [row[0] for row in cells(mona, theatre, "csv")[1:]] == ["Mona Haug", "Nils Ny"]


def test_somebody_erased_is_a_row_without_a_name(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    with app.app_context(), one_transaction():
        kari = session.get_one(Employee, (theatre.id, theatre.employees["kari"]))
        session.get_one(Person, kari.person_id).name = ""

    assert "" in [row[0] for row in cells(mona, theatre, "csv")]


def test_three_hundred_cost_no_more_questions_than_three(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    come_in(app, theatre, "Anno")
    mona.get(f"{people_of(theatre)}.csv")
    with questions(app) as few:
        cells(mona, theatre, "csv")
    come_in(app, theatre, *(f"Kollega {number}" for number in range(300)), team="Kor")
    with questions(app) as many:
        assert len(cells(mona, theatre, "csv")) == 304

    assert len(many) == len(few)
