"""Somebody writes in a lesson: what her browser sends, what a page of trouble holds for her, and what is kept."""

import re
from html import unescape
from typing import Any
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from lms.database import one_transaction, session
from lms.learning.models import Answer, Enrolment, LessonProgress
from lms.learning.reflections import Reflection
from lms.organisations.models import Employee
from lms.people.models import Person
from tests.cast import REFLECTION, Theatre
from tests.spoken import said

TEXT = "Jeg skrev lenge på dette.\n\n  «Og» hit </textarea><script>alert(1)</script> & dit."
BUSY = "We cannot open or save anything just now"
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def lesson_of(theatre: Theatre) -> str:
    return f"/learn/{theatre.id}/harassment/welcome"


def form(device: FlaskClient, lesson: str, written: str = TEXT, **more: str) -> dict[str, str]:
    """What a browser sends from the lesson's page."""
    page = device.get(lesson).text
    token = TOKEN.search(page)
    assert token
    fields = {REFLECTION: written, f"{REFLECTION}.visibility": "my_session", "sara": "a", "who-reads": "b"}
    return {"csrf_token": token[1], "opened": opened_in(page), "script": "1", "part": "part-1", **fields, **more}


def report(device: FlaskClient, lesson: str, number: int = 1, seconds: int = 60) -> dict[str, Any]:
    """What the script of a page sends that she has just opened: so many seconds of attention."""
    return {"opened": opened_in(device.get(lesson).text), "number": number, "seconds": seconds}


def opened_in(page: str) -> str:
    """What a lesson's page says of itself, signed."""
    opened = re.search(r'name="opened" value="([^"]+)"', page)
    assert opened
    return opened[1]


def seconds_of(app: Flask, person_id: UUID) -> int:
    """Everything somebody of the cast has been credited."""
    with app.app_context():
        return session.scalar(
            select(func.coalesce(func.sum(LessonProgress.credited_seconds), 0))
            .join(Enrolment, Enrolment.id == LessonProgress.enrolment_id)
            .join(Employee, Employee.id == Enrolment.employee_id)
            .where(Employee.person_id == person_id)
        )


def held(page: str) -> dict[str, str]:
    """The form that a page of ours holds, as its button would send it."""
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page)
    fields += re.findall(r'<textarea id="kept-\d+" name="([^"]+)"[^>]*>\n(.*?)</textarea>', page, re.DOTALL)
    return {name: unescape(value) for name, value in fields if name not in ("wanted", "language")}


def text_kept(app: Flask) -> list[str | None]:
    with app.app_context():
        return [reflection.text for reflection in session.scalars(select(Reflection))]


def rows(app: Flask) -> int:
    """Everything that a form of a lesson can leave behind."""
    with app.app_context():
        return sum(
            session.scalar(select(func.count()).select_from(each)) or 0 for each in (Reflection, Answer, LessonProgress)
        )


def speaks(app: Flask, theatre: Theatre, language: str, name: str = "kari") -> None:
    """Somebody reads this language."""
    with app.app_context(), one_transaction():
        session.get_one(Person, theatre.people[name]).language = language


def is_said_in(language: str, page: str, *texts: str) -> None:
    assert f'<html lang="{language}"' in page
    for each in texts:
        assert said(language, each) in page
