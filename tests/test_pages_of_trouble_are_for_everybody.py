"""A page that says what went wrong is for every eye, hand and screen too, and so is a form that comes back."""

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lms.database import now
from tests.at_the_door import change_link
from tests.cast import REFLECTION, Theatre, signed_in
from tests.rigs_browsers import OpenWindow, Window
from tests.rigs_databases import impatient, locked
from tests.rigs_pages import barriers, html_faults
from tests.spoken import reading, said
from tests.writing import BUSY, form, lesson_of

pytestmark = pytest.mark.browser

UNBROKEN = "Sommerteaterfestivalfrivilligkoordinator" * 20


def press(opened: Window, words: str) -> None:
    with opened.page.expect_navigation():
        opened.page.get_by_role("button", name=said("nb", words), exact=True).last.click()


def faults_of(opened: Window, heading: str) -> list[str]:
    assert opened.page.locator("h1").inner_text() == heading
    found = [f"{heading}: {barrier}" for barrier in barriers(opened.page)]
    return [*found, f"{heading} scrolls sideways"] if opened.scrolls_sideways() else found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_read_what_went_wrong_and_send_again(
    scheme: str, window: OpenWindow, kari: FlaskClient, ola: FlaskClient, app: Flask, theatre: Theatre
) -> None:
    impatient(app)
    opened = window(kari, size="narrow", scheme=scheme)
    page = opened.open(lesson_of(theatre))
    page.locator(f"textarea[name='{REFLECTION}']").fill(f"{UNBROKEN} og så videre")
    faults = faults_of(opened, page.locator("h1").inner_text())
    with locked(app.config["LMS_DATABASE_URL"]):
        press(opened, "Save")
    faults += faults_of(opened, said("nb", BUSY))
    page.context.clear_cookies()
    press(opened, "Send again")
    faults += faults_of(opened, said("nb", "The page had been open too long"))
    press(opened, "Send again")
    faults += faults_of(opened, said("nb", "You are signed out"))

    change_link(app, theatre, mail_domain="teatret.no")
    door = window(ola, size="narrow", scheme=scheme)
    door.open(f"/join/{theatre.join_code}")
    door.page.get_by_label(said("nb", "Your e-mail address")).fill("ola@example.no")
    press(door, "Begin")
    faults += faults_of(door, said("nb", "Welcome to the courses of %(organisation)s", organisation="Teatret Vårt"))
    change_link(app, theatre, revoked_at=now())
    door.open(f"/join/{theatre.join_code}", expect=410)
    faults += faults_of(door, said("nb", "This link has been closed."))
    door.open("/sign-in/links/nothing", expect=410)
    faults += faults_of(door, said("nb", "This link works no longer"))

    assert faults == []


def test_their_html_is_valid(app: Flask, theatre: Theatre, tmp_path: Path) -> None:
    saved = tmp_path / "pages"
    saved.mkdir()
    impatient(app)
    app.config["WTF_CSRF_ENABLED"] = False
    kari, mona, stranger = signed_in(app, theatre, "kari"), signed_in(app, theatre, "mona"), app.test_client()
    lesson, door, heard = lesson_of(theatre), f"/join/{theatre.join_code}", {"headers": reading("nb")}
    written = form(kari, lesson)
    answers = {
        "another-person": mona.post(f"{lesson}/answers", data=written),
        "signed-out": stranger.post(f"{lesson}/answers", data=written, **heard),
        "too-long": kari.post(f"{lesson}/answers", data={**written, REFLECTION: "x" * 20_001}),
        "too-large": kari.post(f"{lesson}/answers", data={**written, REFLECTION: "x" * 2_000_001}),
        "no-name": stranger.post(door, data={"name": "", "email": "nina"}, **heard),
        "somebody-else": mona.post(door, data={"name": "Nina Ny"}),
        "wrong-code": stranger.post("/sign-in", data={"code": "x"}, **heard),
        "link-closed": stranger.get("/sign-in/links/nothing", **heard),
        "confirmation-closed": mona.get("/confirm/nothing"),
    }
    change_link(app, theatre, mail_domain="teatret.no")
    answers["wrong-domain"] = stranger.post(door, data={"name": "Nina Ny", "email": "nina@example.no"}, **heard)
    with locked(app.config["LMS_DATABASE_URL"]):
        answers["busy"] = kari.post(f"{lesson}/answers", data=written)
    change_link(app, theatre, revoked_at=now())
    answers["closed"] = mona.get(door)
    for name, answer in answers.items():
        assert answer.status_code >= 400, name
        (saved / f"{name}.html").write_bytes(answer.data)

    assert html_faults(saved) == []
