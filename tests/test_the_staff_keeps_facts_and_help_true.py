"""Siv looks up what the courses build on, corrects a number that has changed, and every reader gets it."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from lms.courses.packs import Library
from lms.courses.upkeep.entries import words_of
from lms.courses.upkeep.writing import fields_of, read_words
from lms.database import now, one_transaction, session
from tests.cast import Theatre, cast_in, signed_in
from tests.questions import questions
from tests.upkeep import FACT, HELP, NEW, NEWEST, OLD, check, correct, form_of, history, lesson_of


def test_a_corrected_number_stands_in_every_lesson_at_once(open_app: Callable[..., Flask], database_url: str) -> None:
    app = open_app(database_url)
    theatre = cast_in(app)
    siv, kari = signed_in(app, theatre, "siv"), signed_in(app, theatre, "kari")
    before = kari.get(lesson_of(theatre)).text
    correct(siv, app, phone=NEW)
    after = kari.get(lesson_of(theatre)).text

    assert OLD in before
    assert NEW in after
    assert OLD not in after
    assert NEW in siv.get(HELP).text
    assert history(app) == [("corrected", "mental-helse", theatre.people["siv"])]


def test_a_corrected_fact_stands_under_the_lessons_and_on_the_page_of_facts(
    kari: FlaskClient, siv: FlaskClient, app: Flask, theatre: Theatre
) -> None:
    before = kari.get(f"/learn/{theatre.id}/norms/welcome").text
    correct(siv, app, FACT, texts_nb="Loven er ny.", source="Likestillingsloven 2030", url="https://lovdata.no/ny")

    assert "Likestillingsloven 2030" not in before
    assert "Likestillingsloven 2030" in kari.get(f"/learn/{theatre.id}/norms/welcome").text
    facts = kari.get("/facts").text
    assert "Loven er ny." in facts
    assert "https://lovdata.no/ny" in facts


def test_the_other_servers_follow_within_a_minute(
    siv: FlaskClient, app: Flask, theatre: Theatre, open_app: Callable[..., Flask]
) -> None:
    other = open_app(app.config["LMS_DATABASE_URL"])
    kari = signed_in(other, theatre, "kari")
    assert OLD in kari.get(lesson_of(theatre)).text
    correct(siv, app, phone=NEW)

    with time_machine.travel(now() + timedelta(seconds=59)):
        assert NEW in kari.get(lesson_of(theatre)).text


def test_lessons_do_not_ask_for_it_each_time(kari: FlaskClient, app: Flask, theatre: Theatre) -> None:
    with questions(app, looks=True) as asked:
        for _ in range(10):
            assert kari.get(lesson_of(theatre)).status_code == 200

    assert sum("lms_revision" in question for question in asked) == 1


def test_a_page_that_answers_a_form_looks_too(
    siv: FlaskClient, app: Flask, theatre: Theatre, open_app: Callable[..., Flask]
) -> None:
    """The form's own transaction holds the only right to write; looking must not wait for it."""
    correct(siv, app, phone=NEW)
    other = open_app(app.config["LMS_DATABASE_URL"])
    answer = signed_in(other, theatre, "kari").post(f"/learn/{theatre.id}/harassment/welcome/completion")

    assert answer.status_code == 422
    assert NEW in answer.text


def test_trouble_with_corrections_keeps_no_lesson_closed(
    app: Flask, theatre: Theatre, open_app: Callable[..., Flask], caplog: pytest.LogCaptureFixture
) -> None:
    with app.app_context(), one_transaction():
        session.execute(text("DROP TABLE lms_revision"))
    kari = signed_in(app, theatre, "kari")

    assert OLD in kari.get(lesson_of(theatre)).text
    assert kari.get("/facts").status_code == 200
    assert "could not be read" in caplog.text


def test_one_press_says_that_it_still_holds(app: Flask, theatre: Theatre) -> None:
    with time_machine.travel(date(2027, 12, 24)):
        siv = signed_in(app, theatre, "siv")
        check(siv, app)
        check(siv, app)
        page = siv.get(HELP).text

    assert "24. desember 2027" in page
    assert "Siv Aune" in page
    assert history(app) == [("checked", "mental-helse", theatre.people["siv"])], "once a day is enough"


def test_after_a_press_the_list_is_where_it_was(siv: FlaskClient, app: Flask, theatre: Theatre) -> None:
    seen = form_of(app, HELP)["seen"]
    answer = siv.post(f"{HELP}/check?where=help&text=Mental", data={"seen": seen})

    assert answer.location == "/upkeep?done=checked&text=Mental&where=help"


def test_a_checked_fact_tells_its_readers_the_day(app: Flask, theatre: Theatre) -> None:
    with time_machine.travel(date(2027, 12, 24)):
        siv = signed_in(app, theatre, "siv")
        check(siv, app, FACT)

        assert "24. desember 2027" in siv.get("/facts").text


def test_a_correction_is_taken_back(siv: FlaskClient, kari: FlaskClient, app: Flask, theatre: Theatre) -> None:
    correct(siv, app, phone=NEW)
    undo = {"seen": form_of(app, HELP)["seen"]}
    assert siv.post(f"{HELP}/correction/undo", data=undo).status_code == 303
    assert siv.post(f"{HELP}/correction/undo", data=undo).status_code == 303
    page, lesson = siv.get(HELP).text, kari.get(lesson_of(theatre)).text

    assert OLD in lesson
    assert NEW not in lesson
    assert NEW in page, "in its history"
    assert [what for what, _, _ in history(app)] == ["corrected", "withdrawn"]


def test_writing_the_text_of_the_courses_takes_the_correction_back(
    siv: FlaskClient, app: Flask, theatre: Theatre
) -> None:
    correct(siv, app, phone=NEW)
    correct(siv, app, phone=OLD)

    assert [what for what, _, _ in history(app)] == ["corrected", "withdrawn"]


@pytest.mark.parametrize(
    ("address", "field", "written"),
    [
        (HELP, "phone", "ring oss"),
        (HELP, "phone", "12"),
        (HELP, "phone", "1" * 16),
        (HELP, "phone", "116 123 <script>"),
        (HELP, "url", "http://sidetmedord.no"),
        (HELP, "url", "javascript:alert(1)"),
        (HELP, "url", "https://x"),
        (HELP, "names_nb", ""),
        (HELP, "names_en", " \u202e\x00 "),
        (HELP, "abouts_en", ""),
        (HELP, "abouts_nb", "x" * 10_000),
        (FACT, "texts_nb", ""),
        (FACT, "texts_en", ""),
        (FACT, "texts_nn", "x" * 10_000),
        (FACT, "source", ""),
        (FACT, "url", "lovdata.no"),
    ],
)
def test_what_cannot_be_used_comes_back_with_what_to_do(
    address: str, field: str, written: str, siv: FlaskClient, app: Flask, theatre: Theatre
) -> None:
    changed = "texts_nb" if address == FACT else "names_nb"
    data = form_of(app, address, **{changed: "Noe helt annet", field: written})
    answer = siv.post(f"{address}/correction", data=data)

    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert field == changed or "Noe helt annet" in answer.text
    assert history(app) == []


def test_a_service_needs_a_number_or_an_address(siv: FlaskClient, app: Flask, theatre: Theatre) -> None:
    answer = siv.post(f"{HELP}/correction", data=form_of(app, HELP, phone="", url=""))

    assert answer.status_code == 422
    correct(siv, app, phone="+47 22 40 00 40", url="")


def test_nothing_changed_is_no_correction(siv: FlaskClient, app: Flask, theatre: Theatre) -> None:
    answer = siv.post(f"{HELP}/correction", data=form_of(app, HELP))

    assert answer.status_code == 422
    assert history(app) == []


def test_every_text_of_ours_passes_through_the_form_unchanged(app: Flask, library: Library) -> None:
    with app.test_request_context():
        for said in [*library.facts.values(), *library.help_services]:
            assert read_words(said, fields_of(said)) == words_of(said), said.key


def test_what_is_written_is_text_and_never_a_page(
    siv: FlaskClient, kari: FlaskClient, app: Flask, theatre: Theatre
) -> None:
    correct(siv, app, names_nb="<b>Hjelp</b>", abouts_nb='<img src=x onerror="alert(1)">[x](javascript:1)')
    for page in (siv.get(HELP), siv.get("/upkeep?where=help"), kari.get(lesson_of(theatre))):
        assert "&lt;b&gt;Hjelp&lt;/b&gt;" in page.text
        assert "<b>Hjelp</b>" not in page.text
        assert "<img src=x" not in page.text


def test_readers_of_nynorsk_get_bokmal_where_nynorsk_was_emptied(
    siv: FlaskClient, kari: FlaskClient, app: Flask, theatre: Theatre
) -> None:
    correct(siv, app, names_nb="Ny linje", names_nn="", abouts_nn="")
    kari.post("/language", data={"language": "nn"})
    page = kari.get(lesson_of(theatre)).text

    assert 'lang="nn"' in page
    assert "Ny linje" in page


def test_nobody_confirms_a_text_that_changed_before_her_eyes(siv: FlaskClient, app: Flask, theatre: Theatre) -> None:
    before = form_of(app, HELP)
    correct(siv, app, phone=NEW)
    pressed = siv.post(f"{HELP}/check", data={"seen": before["seen"]})
    written = siv.post(f"{HELP}/correction", data={**before, "phone": NEWEST})

    assert pressed.status_code == written.status_code == 422
    assert NEW in pressed.text
    assert NEWEST in written.text, "what she wrote waits in the form"
    assert len(history(app)) == 1


def test_an_impatient_finger_corrects_once(siv: FlaskClient, app: Flask, theatre: Theatre) -> None:
    form = form_of(app, HELP, phone=NEW)

    assert [siv.post(f"{HELP}/correction", data=form).status_code for _ in range(2)] == [303, 303]
    assert len(history(app)) == 1


def test_erasing_a_person_keeps_the_correction(
    siv: FlaskClient, kari: FlaskClient, app: Flask, theatre: Theatre
) -> None:
    correct(siv, app, phone=NEW)
    given = siv.get("/me/data.json").get_json()["lms_revision"]
    assert siv.post("/me/erasure", data={"sure": "1"}).status_code == 200
    with app.app_context(), one_transaction():
        session.execute(text("UPDATE lms_person SET scheme_role = 'administrator' WHERE name = 'Ola Lie'"))
    page = signed_in(app, theatre, "ola").get(HELP).text

    assert [(each["what"], each["words"]["phone"]) for each in given] == [("corrected", NEW)]
    assert NEW in kari.get(lesson_of(theatre)).text
    assert history(app) == [("corrected", "mental-helse", None)]
    assert "Siv Aune" not in page
    assert "Noen som ikke er her lenger" in page
