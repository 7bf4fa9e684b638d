"""What Kari writes to herself: sealed where it lies, shown to nobody else, and kept through a change of keys."""

import base64
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from markupsafe import escape
from sqlalchemy import select

from lms.cli import main
from lms.database import session
from lms.learning.models import Enrolment
from lms.learning.reflections import VISIBILITIES, Reflection
from lms.learning.secrecy import SealBroken, seal, unseal
from tests.cast import REFLECTION, Theatre, cast_in, signed_in
from tests.doors import DOORS, VISITORS

CANARY = "kanarifuglen synger 7c1f9ae4"


def lesson_of(theatre: Theatre) -> str:
    return f"/learn/{theatre.id}/harassment/welcome"


def writes(client: FlaskClient, theatre: Theatre, text: str, visibility: str = "only_me") -> None:
    form = {REFLECTION: text, f"{REFLECTION}.visibility": visibility}
    assert client.post(f"{lesson_of(theatre)}/answers", data=form).status_code == 303


def sealed(app: Flask) -> list[Reflection]:
    with app.app_context():
        return list(session.scalars(select(Reflection)))


def test_no_plain_byte_lies_in_the_database(
    kari: FlaskClient, app: Flask, theatre: Theatre, sqlite_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        writes(kari, theatre, CANARY)
        writes(kari, theatre, CANARY, visibility="without_name")
    file = Path(sqlite_url.removeprefix("sqlite:///"))

    kept = b"".join(each.read_bytes() for each in file.parent.glob(f"{file.name}*"))
    assert b"lms_reflection" in kept, "the test looks where the rows are"
    assert CANARY.encode() not in kept
    assert CANARY not in caplog.text


@pytest.mark.parametrize("visibility", VISIBILITIES)
def test_nobody_else_meets_the_text_on_any_page(
    visibility: str, kari: FlaskClient, app: Flask, addresses: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    theatre: Theatre = request.getfixturevalue("theatre")
    writes(kari, theatre, CANARY, visibility)
    assert CANARY in kari.get(lesson_of(theatre)).text, "she herself reads it"

    for visitor in VISITORS:
        client = request.getfixturevalue(visitor) if visitor != "kari" else app.test_client()
        for door in DOORS:
            if door.endpoint == "lms.people.follow_link":
                continue  # whoever holds Kari's own letter is Kari
            answer = client.open(door.path(app, addresses), method=door.method)
            assert CANARY.encode() not in answer.data, f"{visitor}: {door}"


def test_she_reads_it_on_her_pages_and_in_what_is_stored_about_her(kari: FlaskClient, theatre: Theatre) -> None:
    writes(kari, theatre, CANARY)

    assert CANARY in kari.get("/me/reflections").text
    assert CANARY in kari.get("/me/reflections.txt").text
    assert CANARY in json.dumps(kari.get("/me/data.json").json, ensure_ascii=False)
    for page in (lesson_of(theatre), "/me/reflections", "/me/reflections.txt", "/me/data.json"):
        assert "no-store" in kari.get(page).headers["Cache-Control"], page


def test_she_finds_every_space_and_line_as_she_set_them(kari: FlaskClient, theatre: Theatre) -> None:
    poem = "Først\n\n      innrykket\n  litt mindre   \n\tog <pre> til slutt"
    writes(kari, theatre, poem)

    assert escape(poem) in kari.get(lesson_of(theatre)).text.replace("\r\n", "\n")


def test_she_deletes_it_and_nothing_she_has_done_is_undone(kari: FlaskClient, app: Flask, theatre: Theatre) -> None:
    writes(kari, theatre, CANARY)
    kari.post(f"{lesson_of(theatre)}/skips", data={"part": "all"})
    kari.post(f"{lesson_of(theatre)}/completion")

    kari.post(f"/me/reflections/{sealed(app)[0].id}/removal")

    assert sealed(app) == []
    assert CANARY not in kari.get("/me/reflections").text
    assert "Du er ferdig med denne leksjonen." in kari.get(lesson_of(theatre)).text


@pytest.mark.parametrize("chosen", VISIBILITIES)
def test_who_may_read_it_is_kept_with_the_text(
    chosen: str, kari: FlaskClient, app: Flask, theatre: Theatre, five_at_work: None
) -> None:
    writes(kari, theatre, CANARY, chosen)

    assert [reflection.visibility for reflection in sealed(app)] == [chosen]


@pytest.fixture
def five_at_work(app: Flask, theatre: Theatre) -> None:
    for name in ("Vikar Én", "Vikar To", "Vikar Tre"):
        app.test_client().post(f"/join/{theatre.join_code}", data={"name": name})


def test_in_an_organisation_of_four_nothing_is_gathered(kari: FlaskClient, app: Flask, theatre: Theatre) -> None:
    writes(kari, theatre, CANARY, "without_name")

    assert [reflection.visibility for reflection in sealed(app)] == ["only_me"]
    assert "without_name" not in kari.get(lesson_of(theatre)).text


def test_a_seal_opens_for_its_person_and_row_only(app: Flask) -> None:
    person, row = uuid4(), uuid4()
    with app.app_context():
        text = seal(CANARY, person, row)
        assert unseal(text, person, row) == CANARY
        for other_person, other_row in ((uuid4(), row), (person, uuid4())):
            with pytest.raises(SealBroken):
                unseal(text, other_person, other_row)
        for place in range(len(text)):
            with pytest.raises(SealBroken):
                unseal(text[:place] + bytes([text[place] ^ 1]) + text[place + 1 :], person, row)
        assert seal(CANARY, person, row) != text, "the same text never looks the same"


def lms(app: Flask, *words: str, **environment: str) -> str:
    """Run a command on this application's database and keys."""
    chosen = {name: str(app.config[name]) for name in ("LMS_DATABASE_URL", "LMS_INSTANCE")}
    answer = CliRunner().invoke(main, words, env={**chosen, **environment})
    assert answer.exit_code == 0 or answer.exception.__class__ is SystemExit, answer.exception
    return str(answer.output)


def test_a_change_of_keys_loses_nothing_and_needs_no_restart(database_url: str, open_app: Callable[..., Flask]) -> None:
    app = open_app(database_url)
    theatre = cast_in(app)
    kari = signed_in(app, theatre, "kari")
    writes(kari, theatre, CANARY)
    assert [reflection.sealed[0] for reflection in sealed(app)] == [1]

    said = lms(app, "keys", "rotate")

    assert "Key 2 is in use, and 1 texts are encrypted with it." in said
    assert [reflection.sealed[0] for reflection in sealed(app)] == [2]
    assert CANARY in kari.get(lesson_of(theatre)).text, "the application that was running all the time"
    assert "1 old keys are gone" in lms(app, "keys", "retire")
    assert CANARY in signed_in(open_app(database_url), theatre, "kari").get(lesson_of(theatre)).text
    keys = app.config["LMS_INSTANCE"] / "reflections.keys"
    assert keys.read_text().startswith("2:")
    assert keys.stat().st_mode & 0o077 == 0


def test_a_text_saved_by_an_old_process_after_the_change_is_taken_along(
    database_url: str, open_app: Callable[..., Flask]
) -> None:
    app = open_app(database_url)
    theatre = cast_in(app)
    lms(app, "keys", "rotate")
    writes(signed_in(app, theatre, "kari"), theatre, CANARY)
    assert [reflection.sealed[0] for reflection in sealed(app)] == [1]

    lms(app, "keys", "retire")

    assert [reflection.sealed[0] for reflection in sealed(app)] == [2]
    assert CANARY in signed_in(open_app(database_url), theatre, "kari").get(lesson_of(theatre)).text


FIRST, SECOND = (f"{number}:{base64.b64encode(bytes([number] * 32)).decode()}" for number in (1, 2))


def written_under(key: str, open_app: Callable[..., Flask], url: str) -> tuple[Flask, Theatre]:
    """An application whose keys stand in a variable, where Kari has written."""
    app = open_app(url, LMS_REFLECTION_KEYS=key)
    theatre = cast_in(app)
    writes(signed_in(app, theatre, "kari"), theatre, CANARY)
    return app, theatre


def test_keys_in_a_variable_are_appended_by_hand_and_then_used(
    database_url: str, open_app: Callable[..., Flask]
) -> None:
    app, theatre = written_under(FIRST, open_app, database_url)

    assert "Append ,2:" in lms(app, "keys", "rotate", LMS_REFLECTION_KEYS=FIRST)
    assert "highest number" in lms(app, "keys", "rotate", LMS_REFLECTION_KEYS=f"{FIRST},{SECOND}")

    assert [reflection.sealed[0] for reflection in sealed(app)] == [2]
    reopened = open_app(database_url, LMS_REFLECTION_KEYS=SECOND)
    assert CANARY in signed_in(reopened, theatre, "kari").get(lesson_of(theatre)).text


def test_no_key_is_removed_while_a_text_needs_one_that_is_gone(
    database_url: str, open_app: Callable[..., Flask]
) -> None:
    app, _theatre = written_under(FIRST, open_app, database_url)

    assert "no key is removed" in lms(app, "keys", "retire", LMS_REFLECTION_KEYS=SECOND)


def test_when_the_key_is_lost_the_text_is_and_nothing_else(database_url: str, open_app: Callable[..., Flask]) -> None:
    app = open_app(database_url)
    theatre = cast_in(app)
    writes(signed_in(app, theatre, "kari"), theatre, CANARY)
    (app.config["LMS_INSTANCE"] / "reflections.keys").unlink()

    kari = signed_in(open_app(database_url), theatre, "kari")

    for page in (lesson_of(theatre), "/me/reflections"):
        assert "nøkkelen til den er tapt" in kari.get(page).text.lower()
    kari.post(f"{lesson_of(theatre)}/answers", data={REFLECTION: ""})
    assert len(sealed(app)) == 1, "an empty field says nothing about a text that could not be shown"
    writes(kari, theatre, "Et nytt forsøk")
    assert "Et nytt forsøk" in kari.get(lesson_of(theatre)).text


def test_whose_course_it_is_does_not_show_in_the_text_of_another(
    kari: FlaskClient, mona: FlaskClient, app: Flask, theatre: Theatre
) -> None:
    writes(kari, theatre, CANARY)
    writes(mona, theatre, "Monas egen")

    with app.app_context():
        own = dict(session.execute(select(Enrolment.id, Enrolment.employee_id)).all())
    assert {own[reflection.enrolment_id] for reflection in sealed(app)} == {
        theatre.employees["kari"],
        theatre.employees["mona"],
    }
    assert CANARY not in mona.get(lesson_of(theatre)).text
