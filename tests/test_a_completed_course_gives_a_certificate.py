"""Whoever has completed a course gets a certificate: a page to print, and a PDF that a screen reader can read."""

import re
from datetime import UTC, datetime

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from lms.database import one_transaction, session
from lms.learning.certificates import views
from lms.learning.models import Enrolment
from lms.organisations.models import Employee
from lms.people.models import Person
from tests.cast import Theatre, complete_by_skipping

# Not promised as PDF/UA: the machine may have no font with these letters.
FEW_FONTS_HOLD = "Åse 🎭 كريمة"
DAY = datetime(2026, 11, 27, 9, tzinfo=UTC)


def kari_completes(app: Flask, theatre: Theatre, course: str = "harassment") -> str:
    with app.app_context(), time_machine.travel(DAY, tick=False), one_transaction():
        enrolment = session.query(Enrolment).filter_by(employee_id=theatre.employees["kari"], course=course).one()
        complete_by_skipping(enrolment, app.extensions["lms"].library.course(course))
        return str(enrolment.id)


def test_the_last_lesson_leads_to_the_certificate(kari: FlaskClient, app: Flask, theatre: Theatre) -> None:
    library = app.extensions["lms"].library
    lessons = library.course("harassment").taken_by(False).written_lessons
    here = f"/learn/{theatre.id}/harassment"
    for lesson in lessons:
        kari.post(f"{here}/{lesson.slug}/skips", data={"part": "all"})
        answer = kari.post(f"{here}/{lesson.slug}/completion")

    page = kari.get(answer.location).text
    link = re.search(r'href="(/me/certificates/[^"]+)"', page)
    assert link is not None
    assert f'href="{here.replace("harassment", "norms")}/"' in page, "the next course is one press away"
    certificate = kari.get(link[1]).text
    assert "Kari Berg" in certificate
    assert "Teatret Vårt" in certificate
    assert library.course("harassment").title("nb") in certificate


def test_it_says_when_and_no_more_than_the_person_may_show_anybody(
    kari: FlaskClient, app: Flask, theatre: Theatre
) -> None:
    page = kari.get(f"/me/certificates/{kari_completes(app, theatre)}").text

    assert "27. november 2026" in page
    assert app.extensions["lms"].library.course("harassment").version in page
    assert "hoppet over" not in page
    assert "Kurset handlet om å" in page, "what it was for, not what she will learn"


def test_a_course_she_has_not_completed_gives_none(kari: FlaskClient, app: Flask, theatre: Theatre) -> None:
    with app.app_context():
        begun = session.query(Enrolment).filter_by(employee_id=theatre.employees["kari"], course="norms").one().id

    assert kari.get(f"/me/certificates/{begun}").status_code == 404
    assert kari.get(f"/me/certificates/{begun}.pdf").status_code == 404
    assert "/me/certificates/" not in kari.get("/me/certificates").text


def test_nobody_else_finds_it(mona: FlaskClient, siv: FlaskClient, app: Flask, theatre: Theatre) -> None:
    number = kari_completes(app, theatre)

    for other in (mona, siv):
        assert other.get(f"/me/certificates/{number}").status_code == 404
        assert other.get(f"/me/certificates/{number}.pdf").status_code == 404


def test_she_keeps_it_when_she_leaves_the_organisation(kari: FlaskClient, app: Flask, theatre: Theatre) -> None:
    number = kari_completes(app, theatre)
    with app.app_context(), one_transaction():
        session.get_one(Employee, (theatre.id, theatre.employees["kari"])).leave()

    assert f"/me/certificates/{number}" in kari.get("/me/certificates").text
    assert kari.get(f"/me/certificates/{number}").status_code == 200


@pytest.mark.parametrize(
    "name", ["Kari Berg", '#set page(fill: red) *Kari* $x$ @a <b> \\ "', FEW_FONTS_HOLD, "K" * 120]
)
@pytest.mark.parametrize("language", ["nb", "nn", "en"])
def test_the_pdf_is_one_tagged_sheet_whatever_she_is_called(
    name: str, language: str, kari: FlaskClient, app: Flask, theatre: Theatre
) -> None:
    number = kari_completes(app, theatre)
    with app.app_context(), one_transaction():
        person = session.get_one(Person, theatre.people["kari"])
        person.name, person.language = name, language

    answer = kari.get(f"/me/certificates/{number}.pdf")

    assert answer.mimetype == "application/pdf"
    assert answer.data.startswith(b"%PDF-")
    assert b"/StructTreeRoot" in answer.data
    assert b"pdfuaid:part" in answer.data or name == FEW_FONTS_HOLD
    assert b"/Type/Pages/Count 1/" in answer.data


def test_without_the_extra_there_is_the_page(
    kari: FlaskClient, app: Flask, theatre: Theatre, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = kari_completes(app, theatre)
    monkeypatch.setattr(views, "can_be_pdf", lambda: False)

    assert ".pdf" not in kari.get(f"/me/certificates/{number}").text
    assert kari.get(f"/me/certificates/{number}.pdf").status_code == 404
