"""Kari writes on a phone in a cellar: what she has written waits in her tab, there only, and not for anybody else."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page, Request, Route, expect

from tests.cast import REFLECTION, Theatre
from tests.rigs_browsers import OpenWindow
from tests.rigs_databases import impatient, locked
from tests.spoken import said
from tests.writing import BUSY, lesson_of, text_kept

pytestmark = pytest.mark.browser

TEXT = "Jeg skriver\nog skriver, «dypt» nede."
MORE = "Og så dette."


@pytest.fixture
def lesson(theatre: Theatre) -> str:
    return lesson_of(theatre)


@pytest.fixture
def page(window: OpenWindow, kari: FlaskClient, lesson: str) -> Page:
    """Kari's phone, with the lesson open."""
    return window(kari).open(lesson)


def field(page: Page) -> str:
    return page.locator(f"textarea[name='{REFLECTION}']").input_value()


def write(page: Page, text: str) -> None:
    page.locator(f"textarea[name='{REFLECTION}']").fill(text)


def press(page: Page, words: str) -> None:
    page.get_by_role("button", name=said("nb", words), exact=True).last.click()


def waiting(page: Page) -> str:
    """Everything that the tab holds of ours, in words."""
    assert page.evaluate("Object.keys(localStorage)") == [], "never where it outlives the tab"
    held = page.evaluate("Object.entries(sessionStorage).filter(([key]) => key.startsWith('lms:/'))")
    return "\n".join(text for _key, text in held)


def state(page: Page) -> str:
    return page.locator("#lesson-form [data-state]").inner_text()


# What waits in the tab


def test_unsaved_text_survives_a_reload(page: Page, app: Flask) -> None:
    assert state(page) == ""
    write(page, TEXT)
    assert state(page) == said("nb", "Not saved yet.")
    page.reload()

    assert field(page) == TEXT
    assert state(page) == said("nb", "Not saved yet.")
    assert waiting(page) == TEXT
    assert text_kept(app) == []


def test_saving_clears_it_and_what_comes_after_waits_again(page: Page, app: Flask) -> None:
    write(page, TEXT)
    press(page, "Save")
    page.wait_for_url("**/welcome#*")
    assert waiting(page) == ""
    expect(page.get_by_text(said("nb", "Saved."))).to_be_visible()
    assert text_kept(app) == [TEXT]

    write(page, f"{TEXT}\n{MORE}")
    page.reload()
    assert field(page) == f"{TEXT}\n{MORE}"


def test_being_done_clears_it_and_no_text_of_another_lesson(
    page: Page, window: OpenWindow, app: Flask, lesson: str
) -> None:
    other = lesson.replace("welcome", "what-is-sexual-harassment")
    write(page, TEXT)
    page.goto(page.url.replace("welcome", "what-is-sexual-harassment"))
    page.locator("textarea").first.fill(MORE)
    press(page, "I am done, go on")
    page.get_by_role("alert").wait_for()
    page.goto(page.url.replace(f"{other}/completion", lesson))
    assert field(page) == TEXT, "what was left and kept elsewhere is not this text"

    press(page, "I am done, go on")
    page.get_by_role("alert").wait_for()
    press(page, "Skip the rest")
    page.wait_for_url("**/welcome#all-end")
    press(page, "I am done, go on")
    page.wait_for_url(f"**{other}")
    assert waiting(page) == ""
    assert sorted(filter(None, text_kept(app))) == sorted([TEXT, MORE])


def test_a_text_too_long_to_save_goes_on_waiting(page: Page, lesson: str) -> None:
    long = "x" * 20_001
    write(page, long)
    press(page, "Save")
    page.locator("textarea[aria-invalid]").wait_for()
    assert field(page) == long
    page.goto(page.url.replace("/answers", ""))

    assert field(page) == long


@pytest.mark.parametrize("where", ["in the lesson", "on another page"])
def test_signing_out_clears_it(where: str, page: Page) -> None:
    write(page, TEXT)
    if where == "on another page":
        page.get_by_role("link", name=said("nb", "My page")).click()
        page.wait_for_url("**/me")
    press(page, "Sign out")
    page.get_by_role("link", name=said("nb", "Go on where you left off")).wait_for()

    assert waiting(page) == ""


def test_leaving_quickly_clears_it(page: Page, lesson: str) -> None:
    page.evaluate("sessionStorage.setItem('of-the-host', 'stays')")
    write(page, TEXT)
    origin = page.url.removesuffix(lesson)
    page.route("https://www.yr.no/**", lambda route: route.fulfill(body="<h1>Været</h1>", content_type="text/html"))
    page.get_by_role("link", name=said("nb", "Leave quickly")).click()
    page.wait_for_url("https://www.yr.no/**")
    page.goto(f"{origin}/healthz")

    assert waiting(page) == ""
    assert page.evaluate("sessionStorage.getItem('of-the-host')") == "stays"


def test_the_next_one_in_the_same_tab_does_not_find_it(page: Page, theatre: Theatre, lesson: str, app: Flask) -> None:
    """Kari's sign-in has run out, and Mona signs in where Kari's tab is still open."""
    write(page, TEXT)
    page.context.clear_cookies()
    page.reload()
    page.get_by_label(said("nb", "Your personal code")).fill(theatre.codes["mona"])
    press(page, "Sign in")
    page.wait_for_url(f"**{lesson}")

    assert field(page) == ""
    assert waiting(page) == ""


def test_her_own_text_is_there_when_she_has_signed_in_again(
    page: Page, theatre: Theatre, lesson: str, app: Flask
) -> None:
    write(page, TEXT)
    page.context.clear_cookies()
    page.reload()
    page.get_by_label(said("nb", "Your personal code")).fill(theatre.codes["kari"])
    press(page, "Sign in")
    page.wait_for_url(f"**{lesson}")

    assert field(page) == TEXT


def test_somebody_else_signed_in_beside_her_and_her_text_is_still_hers(
    page: Page, theatre: Theatre, lesson: str, app: Flask
) -> None:
    write(page, TEXT)
    beside = page.context.new_page()
    beside.goto(page.url.replace(lesson, "/sign-in"))
    beside.get_by_label(said("nb", "Your personal code")).fill(theatre.codes["mona"])
    press(beside, "Sign in")
    beside.wait_for_url("**/")
    press(page, "Save")
    page.get_by_role("heading", name=said("nb", "Somebody else had this page open")).wait_for()
    assert text_kept(app) == []

    with page.context.expect_page() as opened:
        page.get_by_role("link", name=said("nb", "Sign in in another window")).click()
    again = opened.value
    again.get_by_label(said("nb", "Your personal code")).fill(theatre.codes["kari"])
    press(again, "Sign in")
    again.wait_for_url("**/")
    page.go_back()
    page.wait_for_url(f"**{lesson}")
    assert field(page) == TEXT
    press(page, "Save")
    page.wait_for_url("**/welcome#*")
    assert text_kept(app) == [TEXT]


# When nothing gets through


def test_offline_for_a_minute_the_text_waits_and_is_then_sent(page: Page, app: Flask) -> None:
    page.context.set_offline(True)
    expect(page.locator("#lesson-form [data-state]")).to_have_text(
        said("nb", "No connection. What you have written waits in this page.")
    )
    write(page, TEXT)
    press(page, "Save")
    assert field(page) == TEXT
    assert waiting(page) == TEXT
    expect(page.locator("#lesson-form [data-state]")).to_be_visible()
    assert text_kept(app) == []

    page.context.set_offline(False)
    page.wait_for_url("**/welcome#*")
    assert text_kept(app) == [TEXT]
    assert waiting(page) == ""


def test_who_writes_on_is_not_interrupted_when_the_net_is_back(page: Page, app: Flask) -> None:
    page.context.set_offline(True)
    write(page, TEXT)
    press(page, "Save")
    write(page, f"{TEXT}\n{MORE}")
    page.context.set_offline(False)
    expect(page.locator("#lesson-form [data-state]")).to_have_text(said("nb", "Not saved yet."))
    press(page, "Save")
    page.wait_for_url("**/welcome#*")

    assert text_kept(app) == [f"{TEXT}\n{MORE}"]


@pytest.fixture
def timed(window: OpenWindow, kari: FlaskClient, lesson: str) -> Page:
    """The lesson, with the browser's clock in our hands."""
    opened = window(kari)
    opened.page.clock.install()
    return opened.open(lesson)


def read_for_a_minute(page: Page) -> None:
    """She moves now and then, so that the page sees somebody is there."""
    for place in (10, 20):
        page.mouse.move(place, place)
        page.clock.run_for(30_000)


def seconds_in(request: Request) -> int:
    """What a report says."""
    found = re.search(rb'name="seconds"\s+(\d+)', request.post_data_buffer or b"")
    assert found
    return int(found[1])


def test_the_minutes_of_a_reader_offline_are_not_lost(timed: Page) -> None:
    arrived: list[int] = []

    def is_everything(request: Request) -> bool:
        if request.url.endswith("/time"):
            arrived.append(seconds_in(request))
        return sum(arrived) >= 120

    with timed.expect_event("requestfailed"):
        timed.context.set_offline(True)
        read_for_a_minute(timed)
    with timed.expect_event("requestfinished", is_everything):
        timed.context.set_offline(False)
        read_for_a_minute(timed)

    assert sum(arrived) == 120


def test_a_report_the_server_could_not_take_is_made_again(timed: Page) -> None:
    """With the next minute, and not every second: everybody was turned away together."""
    reported: list[int] = []

    def answer(route: Route) -> None:
        reported.append(seconds_in(route.request))
        route.fulfill(status=503 if len(reported) == 1 else 204)

    timed.route("**/time", answer)
    for _minute in range(3):
        with timed.expect_response("**/time"):
            read_for_a_minute(timed)

    assert reported == [60, 120, 60]


def test_the_page_of_trouble_tries_again_by_itself_until_it_is_kept(page: Page, app: Flask) -> None:
    impatient(app)
    write(page, TEXT)
    with locked(app.config["LMS_DATABASE_URL"]):
        page.clock.install()
        with page.expect_navigation():
            press(page, "Save")
        expect(page.get_by_role("heading", name=said("nb", BUSY))).to_be_visible()
        assert page.locator("textarea").input_value() == TEXT
        with page.expect_navigation():
            page.clock.fast_forward(6_001)
        expect(page.get_by_role("heading", name=said("nb", BUSY))).to_be_visible()
        assert page.locator("textarea").input_value() == TEXT
    with page.expect_navigation():
        page.clock.fast_forward(6_001)
    page.wait_for_url("**/welcome#*")

    assert text_kept(app) == [TEXT]
    assert field(page) == TEXT
    assert waiting(page) == ""


def test_who_changes_her_text_on_the_page_of_trouble_sends_it_herself(page: Page, app: Flask) -> None:
    impatient(app)
    write(page, TEXT)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.clock.install()
    with locked(app.config["LMS_DATABASE_URL"]), page.expect_navigation():
        press(page, "Save")
    page.locator("textarea").fill(MORE)
    page.clock.fast_forward(60_000)
    for _ in range(3):
        page.evaluate("fetch('/readyz')")
    assert len(sent) == 1
    press(page, "Send again")
    page.wait_for_url("**/welcome#*")

    assert text_kept(app) == [MORE]


# Keys


def test_arrow_keys_turn_the_pages_and_never_inside_a_field(page: Page, lesson: str) -> None:
    following = lesson.replace("welcome", "what-is-sexual-harassment")
    for selector in ("textarea", "input[type=radio]", "select", "button"):
        if page.locator(f"#lesson-form {selector}").count():
            page.locator(f"#lesson-form {selector}").first.focus()
            page.keyboard.press("ArrowRight")
    page.locator("textarea").first.focus()
    for key in ("ArrowLeft", "ArrowRight"):
        page.keyboard.press(key)
    page.evaluate("document.activeElement.blur()")
    for key in ("Alt+ArrowRight", "Control+ArrowRight", "ArrowUp", "ArrowLeft"):
        page.keyboard.press(key)
    assert page.url.endswith(lesson)

    page.keyboard.press("ArrowRight")
    page.wait_for_url(f"**{following}")
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(f"**{lesson}")
