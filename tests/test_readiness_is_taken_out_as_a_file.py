"""Mona takes readiness out as a file with names, Siv as numbers, and Excel takes nothing in it for a formula."""

import csv
import io
import re
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from random import Random
from zipfile import ZipFile

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lms.database import norwegian_day, now, one_transaction, session
from lms.learning.places import count_anew
from lms.organisations.models import Employee
from lms.sheets import handed_out
from tests.cast import Theatre, cast_in, signed_in
from tests.questions import questions
from tests.rosters import come_in
from tests.test_a_coordinator_sees_what_is_new_and_what_to_expect import complete


def table(visitor: FlaskClient, theatre: Theatre) -> list[list[str]]:
    answer = visitor.get(f"/organisations/{theatre.id}/readiness.csv")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert re.fullmatch(r"attachment; filename=[a-z-]+\d{4}-\d\d-\d\d\.csv", answer.headers["Content-Disposition"])
    assert answer.data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))


def sheet(visitor: FlaskClient, theatre: Theatre) -> str:
    answer = visitor.get(f"/organisations/{theatre.id}/readiness.xlsx")
    assert answer.status_code == 200
    return ZipFile(io.BytesIO(answer.data)).read("xl/worksheets/sheet1.xml").decode()


def test_the_coordinators_file_says_of_each_course_not_begun_begun_or_when(
    app: Flask, mona: FlaskClient, kari: FlaskClient, theatre: Theatre
) -> None:
    day = norwegian_day(now()) - timedelta(days=3)
    complete(app, theatre.employees["kari"], "norms", day)
    kari.post(f"/learn/{theatre.id}/harassment/welcome/skips", data={})
    (gone,) = come_in(app, theatre, "Ut Igjen")
    with app.app_context(), one_transaction():
        employee = session.get_one(Employee, (theatre.id, gone))
        employee.leave()
        count_anew(employee)
        session.get_one(Employee, (theatre.id, theatre.employees["mona"])).is_leader = True
    heading, *rows = table(mona, theatre)

    assert heading == [
        "Navn",
        "Team",
        "Leder",
        "Forebygging av seksuell trakassering",
        "Normer, likestilling og mangfold",
    ]
    assert [row[0] for row in rows] == ["Kari Berg", "Mona Haug"]
    assert rows[0][2:4] == ["nei", "i gang"]
    assert rows[0][4].startswith(f"{day.day}. ")
    assert rows[1][2:] == ["ja", "ikke begynt", "ikke begynt"]
    assert f"<v>{(day - date(1899, 12, 30)).days}</v>" in sheet(mona, theatre), "a day is a day to a spreadsheet"


def test_nothing_that_people_are_called_is_a_formula(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    bad = ['=HYPERLINK("http://x.example";"se")', "+47 900 00 000", "-1", "@sum", "https://x.example", "001;2\"'"]
    come_in(app, theatre, *bad, team="=1+1")
    names = {row[0] for row in table(mona, theatre)}
    made = sheet(mona, theatre)

    assert {f"'{name}" for name in bad[:4]} | set(bad[4:]) <= names
    assert {row[1] for row in table(mona, theatre)} == {"Team", "", "'=1+1"}
    assert "<f>" not in made
    assert "hyperlink" not in made.lower().replace("hyperlink(&quot;", "").replace('hyperlink("', "")


def test_the_facilitators_file_holds_numbers_and_large_teams_alone(
    app: Flask, mona: FlaskClient, siv: FlaskClient, theatre: Theatre
) -> None:
    stage = come_in(app, theatre, *(f"Scene {number}" for number in range(6)), team="Scene")
    come_in(app, theatre, *(f"Kontor {number}" for number in range(3)), team="Kontor")
    complete(app, stage[0], "norms", norwegian_day(now()))
    found = table(siv, theatre)

    assert found[1:] == [
        ["Alle", "11", "0", "1", "10", "11", "10"],
        ["Scene", "6", "0", "1", "5", "6", "5"],
        ["2 små team til sammen", "5", "0", "0", "5", "5", "5"],
    ]
    assert "Kari" in sheet(mona, theatre)
    assert "Kari" not in sheet(siv, theatre)
    mona.post(f"/organisations/{theatre.id}/choices/names", data={"seen": "names"})
    assert table(siv, theatre) == table(mona, theatre)


def test_both_databases_write_the_same_in_as_many_questions(open_app: Callable[..., Flask], database_url: str) -> None:
    app = open_app(database_url)
    theatre = cast_in(app)
    mona = signed_in(app, theatre, "mona")
    table(mona, theatre)
    with questions(app) as few:
        table(mona, theatre)
    come_in(app, theatre, "Åse", "Ærlend", "Øyvind", *(f"Kollega {number}" for number in range(90)))
    with questions(app) as many:
        rows = table(mona, theatre)

    assert [row[0] for row in rows[-3:]] == ["Ærlend", "Øyvind", "Åse"]
    assert len(few) == len(many) <= 4


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_file_of_many_is_never_whole_in_memory(app: Flask, kind: str) -> None:
    def rows(many: int) -> Iterator[tuple[str, str]]:
        yield "Navn", "Team"
        for number in range(many):
            yield f"{Random(number).getrandbits(300):x}", "Scene"

    with app.test_request_context():
        handed_out(kind, "balanse", "Beredskap", rows(10)).close()  # what is loaded once is not the file's
        tracemalloc.start()
        try:
            answer = handed_out(kind, "balanse", "Beredskap", rows(40_000))
            sent = sum(len(piece) for piece in answer.iter_encoded())
            _now, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
            answer.close()

    assert sent == answer.content_length
    assert most < 1_500_000 < sent
