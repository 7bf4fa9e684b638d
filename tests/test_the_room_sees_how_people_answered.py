"""On the big screen the room sees how people answered and what they share: from five on, in steps, without names."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from lms.courses.exercises import Stance
from lms.database import now, one_transaction, session
from lms.learning.reflections import Reflection
from lms.learning.sharing import LONGEST_SHOWN, in_short, shared_in
from lms.learning.together import counts_in
from lms.organisations.models import current_round
from tests.cast import Theatre, cast_in, signed_in
from tests.in_the_room import gathered, meet_now, pages_of, take_stances, write_texts
from tests.meetings import meeting_in
from tests.questions import questions
from tests.rigs_browsers import OpenWindow
from tests.rigs_pages import barriers
from tests.test_what_people_said_fills_the_mapping import rate

CANARY = "kanarifuglen synger 5d20aa71"


def walk(client: FlaskClient, here: str) -> list[str]:
    """Every screen, one after the other, as with the arrow key."""
    screens, address = [], f"{here}/screen"
    while address:
        page = client.get(address)
        assert page.status_code == 200
        screens.append(page.text)
        onwards = re.search(r'data-keys="ArrowRight PageDown"\s+href="([^"]+)"', page.text)
        address = onwards[1].replace("&amp;", "&") if onwards else ""
    return screens


def texts_shown(app: Flask, theatre: Theatre) -> int:
    with app.app_context():
        return sum(shared_in(current_round(theatre.id)).values())


def test_the_room_is_walked_by_arrow_keys(siv: FlaskClient, app: Flask, theatre: Theatre) -> None:
    words = take_stances(app, theatre, [1, 1, 2, 7, 7])
    gathered(app, theatre)
    screens = walk(siv, meet_now(app, theatre))

    assert "Velkommen" in screens[0]
    assert "Dette er ikke en varslingskanal" in screens[1]
    assert "Verneombudet, telefon 900 00 000" in screens[1]
    assert any(words in screen and "5 personer har svart" in screen for screen in screens)
    assert sum('class="face large statement"' in each or 'class="face large question"' in each for each in screens) == 6
    assert "Takk for i dag" in screens[-1]
    assert all('data-keys="ArrowLeft PageUp"' in screen for screen in screens[1:])


def test_four_stances_are_nothing_and_five_are_a_picture(siv: FlaskClient, app: Flask, theatre: Theatre) -> None:
    words = take_stances(app, theatre, [3, 3, 4, 4])
    gathered(app, theatre)
    here = meet_now(app, theatre)
    assert not any(words in screen for screen in walk(siv, here))

    take_stances(app, theatre, [7])
    gathered(app, theatre)
    (picture,) = [screen for screen in walk(siv, here) if words in screen]
    assert re.findall(r"<td>(\d+)</td>", picture) == ["0", "0", "2", "2", "0", "0", "1"]


def test_a_picture_changes_only_when_five_more_have_answered(open_app: Callable[..., Flask], database_url: str) -> None:
    app = open_app(database_url)
    theatre = cast_in(app)

    def people() -> list[int]:
        gathered(app, theatre)
        with app.app_context():
            return [row.people for row in counts_in(theatre.id, current_round(theatre.id).id, "stance").values()]

    seen = []
    for more in (4, 1, 4, 1, 5):
        take_stances(app, theatre, [1] * more)
        seen.append(people())
    assert seen == [[], [5], [5], [10], [15]]


def test_texts_come_five_at_a_time_and_go_at_once(open_app: Callable[..., Flask], database_url: str) -> None:
    app = open_app(database_url)
    theatre = cast_in(app)
    seen = []
    for more in (4, 1, 4, 1):
        write_texts(app, theatre, [f"Tekst {number}" for number in range(more)])
        gathered(app, theatre)
        seen.append(texts_shown(app, theatre))
    assert seen == [0, 5, 5, 10]

    for left in (9, 8, 7, 6, 5, 0):  # four are nothing again
        with app.app_context(), one_transaction():
            shown = session.scalars(select(Reflection).where(Reflection.let_out.is_(True)).limit(1)).one()
            shown.show_to("only_me")
        assert texts_shown(app, theatre) == left
    gathered(app, theatre)
    assert texts_shown(app, theatre) == 0, "those who are left do not come out again by themselves"


def test_a_text_written_anew_waits_for_others(app: Flask, theatre: Theatre) -> None:
    writers = write_texts(app, theatre, ["Én", "To", "Tre", "Fire", "Fem", "Seks"])
    gathered(app, theatre)
    assert texts_shown(app, theatre) == 6

    theatre.people["writer"] = writers[0]
    writer = signed_in(app, theatre, "writer")
    form = {"what-you-need": "Noe annet.", "what-you-need.visibility": "without_name"}
    assert writer.post(f"/learn/{theatre.id}/harassment/welcome/answers", data=form).status_code == 303

    assert texts_shown(app, theatre) == 5
    assert not any("Noe annet." in screen for screen in walk(signed_in(app, theatre, "siv"), meet_now(app, theatre)))


def test_what_is_shared_is_read_while_they_meet_and_not_before(siv: FlaskClient, app: Flask, theatre: Theatre) -> None:
    write_texts(app, theatre, [f"{CANARY} {number}" for number in range(5)])
    gathered(app, theatre)
    before = walk(siv, pages_of(theatre))
    assert not any(CANARY in screen for screen in before), "nine days before, an employer could read them at her desk"
    assert "fra en time før samlingen" in before[0]

    here = meet_now(app, theatre)
    screens = walk(siv, here)
    assert {number for number in range(5) if any(f"{CANARY} {number}" in screen for screen in screens)} == set(range(5))
    orders = [re.findall(rf"{CANARY} (\d)", "".join(walk(siv, here))) for _look in range(2)]
    assert orders[0] == orders[1], "the order of chance stays while they look"

    with app.app_context(), one_transaction():
        meeting_in(theatre).starts_at = now() - timedelta(days=1)
    assert not any(CANARY in screen for screen in walk(siv, here))


@pytest.mark.parametrize("visibility", ["only_me", "my_session"])
def test_a_private_text_is_in_no_room_and_no_brief(
    visibility: str, siv: FlaskClient, mona: FlaskClient, app: Flask, theatre: Theatre
) -> None:
    write_texts(app, theatre, [f"{CANARY} {number}" for number in range(7)], visibility)
    gathered(app, theatre)
    here = meet_now(app, theatre)

    for client in (siv, mona):
        assert not any(CANARY in screen for screen in walk(client, here))
        for page in ("brief", "brief/cards", "notes", "brought"):
            assert CANARY not in client.get(f"{here}/{page}").text


def test_nobody_is_named_on_the_screen(mona: FlaskClient, app: Flask, theatre: Theatre) -> None:
    take_stances(app, theatre, [1, 2, 3, 4, 5])
    write_texts(app, theatre, ["Én", "To", "Tre", "Fire", "Fem"])
    gathered(app, theatre)

    for screen in walk(mona, meet_now(app, theatre)):
        assert not re.search(r"Kollega \d|Kari|Mona|Siv|<time", screen)


def test_where_they_are_fewer_than_five_they_talk(siv: FlaskClient, app: Flask, theatre: Theatre) -> None:
    screens = walk(siv, meet_now(app, theatre))

    assert any("Dere er færre enn fem" in screen for screen in screens)
    assert not any("<svg viewBox" in screen for screen in screens)
    assert sum('class="face large statement"' in each or 'class="face large question"' in each for each in screens) == 6


def test_a_screen_asks_the_same_of_the_database_however_many_we_are(
    siv: FlaskClient, app: Flask, theatre: Theatre
) -> None:
    write_texts(app, theatre, [f"Tekst {number}" for number in range(5)])
    take_stances(app, theatre, [1, 2, 3, 4, 5])
    gathered(app, theatre)
    here = meet_now(app, theatre)
    at = 1 + next(place for place, screen in enumerate(walk(siv, here), 1) if "Tekst" in screen)
    with questions(app) as few:
        siv.get(f"{here}/screen?at={at}")
    write_texts(app, theatre, [f"Mer {number}" for number in range(30)])
    gathered(app, theatre)
    with questions(app) as many:
        assert "Mer" in siv.get(f"{here}/screen?at={at}").text

    assert len(many) == len(few) <= 10, "\n".join(few)


@given(st.text(max_size=2 * LONGEST_SHOWN))
def test_a_long_text_ends_between_two_words(text: str) -> None:
    shown = in_short(text)

    assert len(shown) <= LONGEST_SHOWN + 2
    assert shown == text or text.startswith(shown.removesuffix(" …"))


def test_the_scale_is_the_one_of_the_lesson(siv: FlaskClient, app: Flask, theatre: Theatre) -> None:
    take_stances(app, theatre, list(Stance.scale))
    gathered(app, theatre)

    assert any(screen.count('class="step"') == 7 for screen in walk(siv, meet_now(app, theatre)))


@pytest.mark.browser
@pytest.mark.parametrize("look", ["light", "dark"])
def test_every_screen_can_be_read_and_walked_with_a_clicker(
    look: str, siv: FlaskClient, app: Flask, theatre: Theatre, window: OpenWindow
) -> None:
    take_stances(app, theatre, [1, 1, 2, 7, 7])
    write_texts(app, theatre, ["Én", "To", "Tre", "Fire", "Fem"])
    rate(app, theatre, "high", 5)
    gathered(app, theatre)
    here = meet_now(app, theatre)
    opened = window(siv)
    opened.look(size="desktop", scheme="dark" if look == "light" else "light")
    page = opened.open(f"{here}/screen?look={look}")
    kinds, faults = [], []
    while True:
        faults += [f"{page.url}: {barrier}" for barrier in barriers(page)]
        kinds.append(page.locator("h1").inner_text())
        if page.locator("[rel=next]").count() == 0:
            break
        before = page.url
        page.keyboard.press("ArrowRight")
        page.wait_for_url(lambda url, before=before: url != before)
        page.wait_for_load_state()
        assert f"look={look}" in page.url

    assert faults == []
    assert "Dette vurderer folk som risiko" in kinds
    background = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert background == {"light": "rgb(253, 252, 250)", "dark": "rgb(25, 24, 23)"}[look]
