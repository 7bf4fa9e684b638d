"""Kari writes, and something is in the way: she is told in her language, and nothing is lost or half kept."""

import re
from collections.abc import Callable

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from lms.database import now, one_transaction, session
from lms.learning.models import Answer, LessonProgress
from lms.people.models import Person
from tests.cast import REFLECTION, Theatre, cast_in, signed_in
from tests.spoken import READERS, said
from tests.writing import TEXT, form, held, is_said_in, lesson_of, rows, speaks, text_kept

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@pytest.fixture
def lesson(theatre: Theatre) -> str:
    return lesson_of(theatre)


# Forms that come too late, or from nobody


@pytest.fixture
def checking(open_app: Callable[..., Flask], sqlite_url: str) -> Flask:
    """The application with its forms protected, as outside tests."""
    return open_app(sqlite_url, WTF_CSRF_ENABLED=True)


def test_two_hours_of_writing_are_saved_at_once(checking: Flask) -> None:
    theatre = cast_in(checking)
    kari, lesson = signed_in(checking, theatre, "kari"), lesson_of(theatre)
    with time_machine.travel(now(), tick=False) as clock:
        written = form(kari, lesson)
        clock.shift(7_200)
        assert kari.post(f"{lesson}/answers", data=written).status_code == 303

    assert text_kept(checking) == [TEXT]


@pytest.mark.parametrize("language", READERS)
def test_where_a_token_lives_an_hour_the_text_is_handed_back_and_sent_again(language: str, checking: Flask) -> None:
    """A host may say that tokens live for an hour."""
    checking.config["WTF_CSRF_TIME_LIMIT"] = 3_600
    theatre = cast_in(checking)
    speaks(checking, theatre, language)
    kari, lesson = signed_in(checking, theatre, "kari"), lesson_of(theatre)
    with time_machine.travel(now(), tick=False) as clock:
        written = form(kari, lesson)
        clock.shift(7_200)
        late = kari.post(f"{lesson}/answers", data=written)
        assert late.status_code == 422
        is_said_in(language, late.text, "The page had been open too long", "Nothing is lost: send it once more.")
        assert late.headers["Cache-Control"] == "no-store"
        assert text_kept(checking) == []
        again = held(late.text)
        assert {**again, "csrf_token": ""} == {**written, "csrf_token": ""}
        assert kari.post(f"{lesson}/answers", data=again).status_code == 303

    assert text_kept(checking) == [TEXT]


@pytest.mark.parametrize(
    ("how", "language"),
    [*zip(["signed out in another tab", "signed out everywhere", "the cookie is gone"], READERS, strict=True)],
)
def test_somebody_signed_out_meanwhile_loses_nothing(how: str, language: str, checking: Flask) -> None:
    theatre = cast_in(checking)
    kari, lesson = signed_in(checking, theatre, "kari"), lesson_of(theatre)
    kari.set_cookie("lms_language", language)
    speaks(checking, theatre, language)
    written = form(kari, lesson)
    if how == "signed out in another tab":
        kari.post("/sign-out", data={"csrf_token": written["csrf_token"]})
    elif how == "signed out everywhere":
        with checking.app_context(), one_transaction():
            session.get_one(Person, theatre.people["kari"]).sign_out_everywhere()
    else:
        kari.delete_cookie("lms")

    page = kari.post(f"{lesson}/answers", data=written)
    if how == "the cookie is gone":
        assert page.status_code == 422
        page = kari.post(f"{lesson}/answers", data=held(page.text))
    assert page.status_code == 401
    is_said_in(language, page.text, "You are signed out", "We have kept what you wrote.")
    assert page.headers["Cache-Control"] == "no-store"
    assert "Kari Berg" not in page.text
    again = held(page.text)
    assert again[REFLECTION] == TEXT

    token = TOKEN.search(kari.get("/sign-in").text)
    assert token
    kari.post("/sign-in", data={"csrf_token": token[1], "code": theatre.codes["kari"]})
    assert kari.post(f"{lesson}/answers", data=again).status_code == 303
    assert text_kept(checking) == [TEXT]


@pytest.mark.parametrize(("act", "language"), [*zip(["answers", "skips", "completion"], READERS, strict=True)])
def test_on_a_shared_device_no_text_is_kept_under_the_wrong_person(
    act: str, language: str, kari: FlaskClient, app: Flask, theatre: Theatre, lesson: str
) -> None:
    """Kari's page is open when Mona signs in; later Kari comes back and presses the button."""
    written = form(kari, lesson, part="all")
    with app.app_context(), one_transaction():
        session.get_one(Person, theatre.people["mona"]).language = language
    kari.post("/sign-in", data={"code": theatre.codes["mona"]})
    answer = kari.post(f"{lesson}/{act}", data=written)

    assert answer.status_code == 409
    is_said_in(language, answer.text, "Somebody else had this page open")
    assert "Jeg skrev lenge" not in answer.text
    assert rows(app) == 0
    assert "Jeg skrev lenge" not in kari.get(lesson).text


def test_a_form_held_for_one_is_not_sent_by_another(
    kari: FlaskClient, app: Flask, theatre: Theatre, lesson: str
) -> None:
    written = form(kari, lesson)
    kari.post("/sign-out")
    page = kari.post(f"{lesson}/answers", data=written)
    assert page.status_code == 401
    kari.post("/sign-in", data={"code": theatre.codes["mona"]})

    assert kari.post(f"{lesson}/answers", data=held(page.text)).status_code == 409
    assert rows(app) == 0


# Too much


@pytest.mark.parametrize(("act", "language"), [*zip(["answers", "skips", "completion"], READERS, strict=True)])
def test_too_long_a_text_stays_in_its_field(
    act: str, language: str, kari: FlaskClient, app: Flask, theatre: Theatre, lesson: str
) -> None:
    kari.post(f"{lesson}/answers", data={REFLECTION: "Det jeg skrev i går"})
    speaks(app, theatre, language)
    long = "æ" * 20_001
    answer = kari.post(f"{lesson}/{act}", data=form(kari, lesson, long, part="all"))

    assert answer.status_code == 422
    assert f'<html lang="{language}"' in answer.text
    assert (
        said(language, "A text can have at most %(number)s characters. Shorten it and save again.", number=20_000)
        in answer.text
    )
    assert f">{long}</textarea>" in answer.text
    assert text_kept(app) == ["Det jeg skrev i går"]
    with app.app_context():
        assert session.scalar(select(Answer.value).where(Answer.exercise == "sara")) == "a", "the rest is kept"
        assert session.scalars(select(LessonProgress.done_at)).all() == [None]
    assert kari.post(f"{lesson}/answers", data=form(kari, lesson, long[:-1])).status_code == 303
    assert text_kept(app) == [long[:-1]]


@pytest.mark.parametrize("language", READERS)
def test_more_than_anybody_writes_is_refused_on_a_page(
    language: str, kari: FlaskClient, app: Flask, theatre: Theatre, lesson: str
) -> None:
    speaks(app, theatre, language)
    answer = kari.post(f"{lesson}/answers", data=form(kari, lesson, "x" * 2_000_001))

    assert answer.status_code == 413
    is_said_in(
        language,
        answer.text,
        "That was too much at once",
        "Write a shorter text or choose a smaller file, or divide it.",
    )
    assert rows(app) == 0
