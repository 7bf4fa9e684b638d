"""What the stories about lists have in common: files as people have them, and what becomes of them."""

import io
import re
import zipfile
from collections.abc import Sequence
from html import unescape
from typing import Any
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import and_, select
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart
from xlsxwriter import Workbook

from lms.database import session
from lms.learning.roster_import.models import RosterDraft
from lms.organisations.models import Employee
from lms.organisations.roster_addresses import RosterAddress
from lms.people.models import Person
from tests.cast import Theatre

ENGLISH = {"Accept-Language": "en"}
HEADING = "Navn;E-post;Team;Leder\n"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def people_of(theatre: Theatre) -> str:
    return f"/organisations/{theatre.id}/people"


def hand_in(client: FlaskClient, theatre: Theatre, content: bytes | str, name: str = "liste.csv") -> TestResponse:
    """Hand in a file."""
    raw = content.encode() if isinstance(content, str) else content
    # Put together here: the client would leave what is larger in a temporary file, open.
    boundary, body = encode_multipart({"file": FileStorage(io.BytesIO(raw), name)})
    kind = f'multipart/form-data; boundary="{boundary}"'
    return client.post(f"{people_of(theatre)}/files", data=body, content_type=kind)


def paste(client: FlaskClient, theatre: Theatre, text: str) -> TestResponse:
    """Paste a list."""
    return client.post(f"{people_of(theatre)}/lists", data={"list": text})


def looked_through(client: FlaskClient, answer: TestResponse, **look: Any) -> str:
    """The page of the dry run somebody was led to, in English."""
    assert answer.status_code == 303, answer.text
    client.post("/language", data={"language": "en"})
    shown = client.get(answer.location.partition("?")[0], query_string=look, headers=ENGLISH)
    assert shown.status_code == 200
    return shown.text


def said_in(page: str) -> str:
    """What a page says, without what it is made of."""
    body = page.partition("<main")[2].partition("</main>")[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def counts_in(page: str) -> dict[str, int]:
    """How many rows there are of each kind, as the page says."""
    kinds = page.partition('class="kinds"')[2].partition("</ul>")[0]
    said = re.findall(r"<a [^>]*>\s*(.*?)\s+(\d+)\s*</a>", kinds, re.DOTALL)
    return {unescape(kind): int(number) for kind, number in said}


def carry_out(client: FlaskClient, answer: TestResponse) -> TestResponse:
    """Say that what the dry run shows is to be written."""
    address = answer.location.partition("?")[0]
    seal = re.search(r'name="seal" value="(\w+)"', client.get(address).text)
    assert seal is not None, "there is nothing to carry out"
    return client.post(f"{address}/application", data={"seal": seal[1]})


def put_in(client: FlaskClient, theatre: Theatre, content: bytes | str) -> None:
    """Hand in a file and carry it out."""
    assert carry_out(client, hand_in(client, theatre, content)).status_code == 303


def roster_of(app: Flask, organisation_id: UUID) -> dict[str, tuple[str, str, str, bool, bool]]:
    """Everybody by name: address on the roster, team, role, whether she leads, and whether she is here."""
    with app.app_context():
        rows = session.execute(
            select(
                Person.name,
                RosterAddress.email,
                Employee.team,
                Employee.role,
                Employee.is_leader,
                Employee.left_at.is_(None),
            )
            .join(Person, Person.id == Employee.person_id)
            .outerjoin(
                RosterAddress,
                and_(
                    RosterAddress.organisation_id == Employee.organisation_id,
                    RosterAddress.employee_id == Employee.id,
                ),
            )
            .where(Employee.organisation_id == organisation_id)
        ).all()
    assert len({row[0] for row in rows}) == len(rows), "two people have one name; look at them some other way"
    return {name: (email or "", *rest) for name, email, *rest in rows}  # type: ignore[misc]


def drafts_in(app: Flask) -> int:
    with app.app_context():
        return session.query(RosterDraft).count()


def workbook(rows: Sequence[Sequence[Any]], **more: Any) -> bytes:
    """A workbook with these rows; `formulas` and `merged` are put in by the names of their cells."""
    out = io.BytesIO()
    with Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        day = book.add_format({"num_format": "dd.mm.yyyy"})
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                if hasattr(cell, "year"):
                    sheet.write_datetime(number, place, cell, day)
                else:
                    sheet.write(number, place, cell)
        for cell, (formula, result) in more.get("formulas", {}).items():
            sheet.write_formula(cell, formula, None, result)
        for cells, text in more.get("merged", {}).items():
            sheet.merge_range(cells, text)
    return out.getvalue()


def repacked(content: bytes, change: dict[str, bytes]) -> bytes:
    """The same archive with some of its parts changed or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in {*old.namelist(), *change}:
            new.writestr(name, change[name] if name in change else old.read(name))
    return out.getvalue()
