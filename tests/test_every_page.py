"""No page without: for every eye, hand and screen, in light and dark, with nothing from strangers."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import expect
from sqlalchemy import update

from lms.database import one_transaction, session
from lms.languages import LANGUAGES
from lms.people.models import Person
from tests.cast import Theatre, somebody
from tests.doors import NO_SUCH_PLACE, Door, pages
from tests.rigs_browsers import OpenWindow
from tests.rigs_pages import barriers, html_faults

PAGES = list(pages())
every_page = pytest.mark.parametrize(
    ("door", "visitor"), PAGES, ids=[f"{door.endpoint}-{visitor}" for door, visitor in PAGES]
)
# The ways a page is looked at: a phone by day and by night, the narrowest window, and a desktop at 200 %.
LOOKS: list[dict[str, Any]] = [
    {"size": "phone"},
    {"size": "phone", "scheme": "dark"},
    {"size": "narrow"},
    {"size": "desktop"},
    {"size": "desktop", "zoom": 2},
    {"size": "desktop", "scheme": "dark"},
]


@pytest.mark.browser
@every_page
def test_everybody_can_use_it(
    door: Door,
    visitor: str,
    app: Flask,
    addresses: dict[str, Any],
    window: OpenWindow,
    request: pytest.FixtureRequest,
) -> None:
    client = request.getfixturevalue(visitor)
    path = door.path(app, addresses)
    faults: list[str] = []
    opened = window(client)
    page = opened.open(path)
    for look in LOOKS:
        opened.look(**look)
        faults += [f"{look}: {barrier}" for barrier in barriers(page)]
        faults += [f"{look}: scrolls sideways"] if opened.scrolls_sideways() else []
    faults += opened.complaints
    faults += [f"asked {stranger}" for stranger in opened.strangers]

    assert faults == []


@pytest.mark.browser
@every_page
def test_it_says_the_same_without_scripts(
    door: Door,
    visitor: str,
    app: Flask,
    addresses: dict[str, Any],
    window: OpenWindow,
    request: pytest.FixtureRequest,
) -> None:
    opened = window(request.getfixturevalue(visitor), scripts=False)
    page = opened.open(door.path(app, addresses))

    assert page.locator("h1").count() == 1
    expect(page.locator("h1")).to_be_visible()
    expect(page.locator("main")).to_be_visible()
    assert opened.strangers == []


@pytest.mark.browser
def test_a_missing_page_is_a_page_too(window: OpenWindow) -> None:
    opened = window()
    page = opened.open(NO_SUCH_PLACE, expect=404)

    assert barriers(page) == []
    assert opened.strangers == []
    expect(page.locator("h1")).to_be_visible()


@pytest.mark.browser
def test_html_is_valid(app: Flask, addresses: dict[str, Any], tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Marked with the browser's tests, since it needs a Java as they need a Chromium."""
    saved = tmp_path / "pages"
    saved.mkdir()
    for language in LANGUAGES:
        headers = {"Accept-Language": language}
        with app.app_context(), one_transaction():
            session.execute(update(Person).values(language=language))
        for door, visitor in PAGES:
            answer = request.getfixturevalue(visitor).get(door.path(app, addresses), headers=headers)
            (saved / f"{visitor}-{door.endpoint}-{language}.html").write_bytes(answer.data)
        missing = request.getfixturevalue("anonymous").get(NO_SUCH_PLACE, headers=headers)
        (saved / f"no-such-place-{language}.html").write_bytes(missing.data)

    assert html_faults(saved) == []


@pytest.mark.slow
def test_the_policy_lets_nothing_in(app: Flask, theatre: Theatre, addresses: dict[str, Any]) -> None:
    faults = []
    for door, visitor in PAGES:
        headers = somebody(visitor, app, theatre).get(door.path(app, addresses)).headers
        policy = headers["Content-Security-Policy"]
        if any(part in policy for part in ("unsafe", "*", "http:")):
            faults.append(f"{door} as {visitor}: {policy}")
        if headers["X-Content-Type-Options"] != "nosniff" or headers["Referrer-Policy"] != "same-origin":
            faults.append(f"{door} as {visitor}: {dict(headers)}")

    assert not faults, "\n".join(faults)
