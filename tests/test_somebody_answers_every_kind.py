"""Somebody answers an exercise of every kind, and learns from what the page says afterwards."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import expect
from sqlalchemy import select

from lms.database import one_transaction, session
from lms.learning.places import enrol
from lms.learning.reflections import Reflection
from lms.organisations.models import Employee
from lms.people.models import Person
from tests.cast import Theatre, cast_in
from tests.packs import write_pack
from tests.rigs_browsers import OpenWindow

ANSWERS = {
    "thought": "A fridge, far away",
    "thought.visibility": "my_session",
    "one": "a",
    "many": ["a", "b"],
    "pairs.a": "a",
    "pairs.b": "c",
    "turns.a": "1",
    "turns.b": "3",
    "agree": "4",
    "late": "low",
    "scene": "b",
}
ENGLISH = {"Accept-Language": "en"}
NOT_A_CHANNEL = "This is not a reporting channel."


@pytest.fixture
def app(open_app: Callable[..., Flask], sqlite_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Flask:
    write_pack(tmp_path / "packs" / "sound")
    checked = request.node.get_closest_marker("browser") is not None
    return open_app(sqlite_url, LMS_COURSE_PATHS=str(tmp_path / "packs"), WTF_CSRF_ENABLED=checked)


@pytest.fixture
def theatre(app: Flask) -> Theatre:
    """The theatre with the course about sound, and Kari reading English."""
    theatre = cast_in(app)
    with app.app_context(), one_transaction():
        enrol(session.get_one(Employee, (theatre.id, theatre.employees["kari"])), ["sound"])
        session.get_one(Person, theatre.people["kari"]).language = "en"
    return theatre


@pytest.fixture
def lesson(theatre: Theatre) -> str:
    return f"/learn/{theatre.id}/sound/sound"


@pytest.fixture
def five_at_work(app: Flask, theatre: Theatre) -> None:
    with app.app_context(), one_transaction():
        newcomers = [Person(name=f"Vikar {number}", language="nb") for number in range(3)]
        session.add_all(newcomers)
        session.flush()
        session.add_all(Employee(organisation_id=theatre.id, person_id=person.id) for person in newcomers)


def visibility_of_the_text(app: Flask) -> str:
    with app.app_context():
        return session.scalars(select(Reflection.visibility)).one()


def test_nothing_is_given_away_before_she_has_answered(kari: FlaskClient, lesson: str) -> None:
    page = kari.get(lesson).text

    assert "Which is louder?" in page
    assert "All of them</h2>" in page
    for words in ("Yes, that carries.", "Only when it falls.", "Very old.", "Then it rings.", "Not quite"):
        assert words not in page


def test_every_answer_is_kept_and_answered_with_a_why(kari: FlaskClient, lesson: str) -> None:
    saved = kari.post(f"{lesson}/answers", data={**ANSWERS, "part": "part-2"})
    page = kari.get(saved.location).text

    assert saved.location.endswith("&saved=part-2#exercise-thought")
    assert "Saved." in page
    assert "A fridge, far away</textarea>" in page
    for words in ("No, listen again.", "Yes, that carries.", "Only when it falls.", "This fits too"):
        assert words in page
    assert "What belongs here:" in page
    assert "(you said 3)" in page
    assert "Very old." in page
    assert "Then it rings." in page
    assert "Then they talk." not in page


def test_the_page_says_how_each_answer_stands(kari: FlaskClient, lesson: str) -> None:
    kari.post(f"{lesson}/answers", data={"one": "b", "turns.a": "1", "turns.b": "2", "turns.c": "3"})
    page = kari.get(lesson).text

    assert "Not quite" not in page
    assert "(you said" not in page
    assert page.count("✓") == 2


def test_a_skipped_exercise_says_so_and_gives_nothing_away(kari: FlaskClient, lesson: str) -> None:
    kari.post(f"{lesson}/skips", data={"part": "part-2"})
    page = kari.get(lesson).text

    assert page.count("(skipped)") == 4
    assert "Yes, that carries." not in page


def test_what_is_left_is_named_by_its_question(kari: FlaskClient, lesson: str) -> None:
    whole = {**ANSWERS, "pairs.c": "b", "turns.c": "2"}
    answer = kari.post(f"{lesson}/completion", data={**whole, "one": ""})

    assert answer.status_code == 422
    assert '<a href="#exercise-one">Choose: Which is louder?</a>' in answer.text
    assert answer.text.count("Not answered yet") == 1


def test_half_a_match_is_kept_and_not_yet_an_answer(kari: FlaskClient, lesson: str) -> None:
    answer = kari.post(f"{lesson}/completion", data=ANSWERS)
    whole = kari.post(f"{lesson}/completion", data={**ANSWERS, "pairs.c": "b", "turns.c": "2"})

    assert answer.status_code == 422
    assert answer.text.count("Not answered yet") == 2
    assert whole.status_code == 303


def test_what_is_too_long_for_a_closed_list_stands_above_it_with_letters(
    kari: FlaskClient, theatre: Theatre, lesson: str
) -> None:
    page = kari.get(f"/learn/{theatre.id}/harassment/law-and-responsibility").text

    above = re.findall(r"<li>(.+?)</li>", re.split('<ol type="A">|</ol>', page)[1])
    listed = re.findall(r"<option[^>]*>\s*([A-Z])\.\s+(.+?)(?: …)?\s*</option>", page)
    assert len(listed) == len(above) ** 2
    assert all(above["ABCDEFGH".index(letter)].startswith(words) for letter, words in listed)
    assert '<ol type="A">' not in kari.get(lesson).text


def test_a_text_that_is_too_long_stands_there_still_and_the_rest_is_kept(kari: FlaskClient, lesson: str) -> None:
    long = "Æ" * 20_001
    answer = kari.post(f"{lesson}/answers", data={**ANSWERS, "thought": long})

    assert answer.status_code == 422
    assert long in answer.text
    assert 'aria-describedby="field-thought-error"' in answer.text
    assert "Yes, that carries." in kari.get(lesson).text


def test_forged_answers_are_refused_whole(kari: FlaskClient, lesson: str) -> None:
    for forged in ({"one": "z"}, {"agree": "8"}, {"late": "huge"}, {"thought.visibility": "everybody"}):
        assert kari.post(f"{lesson}/answers", data={**ANSWERS, **forged}).status_code == 400

    assert "A fridge" not in kari.get(lesson).text


def test_every_field_that_can_leave_her_says_it_is_no_reporting_channel(
    kari: FlaskClient, lesson: str, five_at_work: None
) -> None:
    page = kari.get(lesson).text

    assert page.count(NOT_A_CHANNEL) == 3
    assert page.count("To report something: Verneombudet, telefon 900 00 000") == 3
    assert page.count(f"<summary>{NOT_A_CHANNEL}</summary>") == 2, "the first says it in full, the others in a line"


def test_sources_are_read_aloud_in_the_language_they_are_named_in(kari: FlaskClient, theatre: Theatre) -> None:
    sources = kari.get(f"/learn/{theatre.id}/harassment/listen-and-intervene").text
    facts = kari.get("/facts").text

    assert '<li lang="nb">Arbeidsmiljøloven § 2-3</li>' in sources
    assert re.search(r"<li\s*>Right To Be</li>", sources)
    assert re.search(r'lang="nb">Arbeidsmiljøloven § 2-3</a>', facts)


@pytest.mark.usefixtures("five_at_work")
def test_she_chooses_who_reads_her_text(app: Flask, kari: FlaskClient, lesson: str) -> None:
    before = kari.get(lesson).text
    kari.post(f"{lesson}/answers", data={"thought": "Hush", "thought.visibility": "without_name"})

    assert re.search(r'value="only_me"\s+checked', before)
    assert visibility_of_the_text(app) == "without_name"
    assert "<strong>Share it without my name</strong>" in kari.get(lesson).text


@pytest.mark.usefixtures("five_at_work")
def test_five_are_told_when_their_answers_are_shown(kari: FlaskClient, lesson: str) -> None:
    assert kari.get(lesson).text.count("sees the answers together, without names") == 2

    kari.post(f"{lesson}/answers", data=ANSWERS)

    assert kari.get(lesson).text.count("Thank you. It is shown only together") == 2


def test_whoever_has_rated_a_risk_factor_reads_what_others_have_done(kari: FlaskClient, lesson: str) -> None:
    before = kari.get(lesson).text
    kari.post(f"{lesson}/answers", data={"late": "high"})
    after = kari.get(lesson).text

    assert "A responsible person at parties" not in before
    assert "What others have done:" in after
    assert "A responsible person at parties" in after


def test_fewer_than_five_are_asked_to_talk_instead(app: Flask, kari: FlaskClient, lesson: str) -> None:
    kari.post(f"{lesson}/answers", data={**ANSWERS, "thought.visibility": "without_name"})
    page = kari.get(lesson).text

    assert visibility_of_the_text(app) == "only_me"
    assert 'value="without_name"' not in page
    assert page.count("Talk about it instead when you meet.") == 2
    assert "Thank you" not in page


def test_a_new_code_neither_shows_nor_spoils_an_earlier_text(
    app: Flask, kari: FlaskClient, theatre: Theatre, lesson: str
) -> None:
    kari.post(f"{lesson}/answers", data={"thought": "Written before"})
    with kari.session_transaction() as ticket:
        ticket["lms_reflections_from"] = "2999-01-01T00:00:00+00:00"
    page = kari.get(lesson).text
    kari.post(f"{lesson}/answers", data={"thought": "Somebody else's hand", "one": "b"})
    kari.post(f"{lesson}/answers", data={"thought": ""})
    with kari.session_transaction() as ticket:
        del ticket["lms_reflections_from"]

    assert "It stays closed on this device" in page
    assert "Written before" not in page
    assert "Written before</textarea>" in kari.get(lesson).text


@pytest.mark.browser
@pytest.mark.parametrize("scripts", [True, False])
def test_every_kind_can_be_answered_by_hand(
    window: OpenWindow, kari: FlaskClient, lesson: str, five_at_work: None, scripts: bool
) -> None:
    opened = window(kari, scripts=scripts)
    page = opened.open(lesson)
    page.get_by_role("textbox", name="What do you hear?").fill("A fridge")
    page.get_by_text("Who can read this:").click()
    page.get_by_label("Bring it to my session").check()
    page.get_by_label("A whisper").check()
    page.get_by_label("A note").check()
    page.get_by_label("Piano").select_option("Soft")
    page.get_by_label("The drum").select_option("1")
    page.get_by_label("4", exact=True).check()
    page.get_by_label("Low", exact=True).check()
    page.get_by_label("She waits").check()
    page.get_by_role("button", name="Save").first.click()

    expect(page.get_by_text("No, listen again.")).to_be_visible()
    expect(page.get_by_text("Then it rings.")).to_be_visible()
    assert page.get_by_role("textbox", name="What do you hear?").input_value() == "A fridge"
    assert page.locator("summary", has_text="Who can read this:").inner_text().endswith("Bring it to my session")
    assert opened.complaints == []


def test_the_number_of_a_help_line_can_be_pressed(kari: FlaskClient, lesson: str) -> None:
    assert '<a href="tel:116006">116 006</a>' in kari.get(lesson).text
