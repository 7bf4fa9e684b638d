"""Kari goes on from another device, by a mailed link or by her code, and nobody learns who else could."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from urllib.parse import unquote

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser

from lms.people.sign_in import TURN
from tests.at_once import all_at_once
from tests.at_the_door import PERSONAL_CODE
from tests.cast import Theatre, cast_in, signed_in
from tests.letters import ask_for_link, confirm_address, letters_to, link_by_mail, sign_in_secret
from tests.rigs_browsers import serving
from tests.spoken import READERS, reading, said

KNOWN = "kari@example.no"
CLOSED = "This link works no longer"
UNKNOWN_CODE = "We do not know that code. Look once more at each character, or ask for a new one."


@pytest.fixture
def known(app: Flask, theatre: Theatre) -> None:
    """Kari's address opens her account."""
    confirm_address(app, theatre.people["kari"], KNOWN)


@pytest.fixture
def phone(app: Flask, theatre: Theatre) -> FlaskClient:
    """A device on which nobody is signed in."""
    return app.test_client()


def is_signed_in(device: FlaskClient) -> bool:
    return device.get("/me").status_code == 200


# The mailed link


def test_a_link_by_mail_takes_her_on_where_she_wanted_to_be(
    known: None, phone: FlaskClient, app: Flask, theatre: Theatre
) -> None:
    lesson = f"/learn/{theatre.id}/norms/welcome"
    away = phone.get(lesson)
    assert away.location == f"/sign-in?wanted={lesson}"
    assert f'name="wanted" value="{lesson}"' in re.sub(r"\s+", " ", phone.get(away.location).text)

    link = link_by_mail(app, phone, KNOWN, wanted=lesson)
    assert f'action="{link}"' in phone.get(link).text
    assert not is_signed_in(phone), "looking at the page does not let her in"
    entered = phone.post(link)

    assert entered.location == lesson
    assert "Kari Berg" in phone.get("/").text


def test_the_address_may_be_written_with_capitals_and_spaces(known: None, phone: FlaskClient, app: Flask) -> None:
    ask_for_link(phone, "  Kari@EXAMPLE.no ")

    assert len(letters_to(app, KNOWN)) == 1


def test_the_letter_speaks_her_language(known: None, phone: FlaskClient, app: Flask) -> None:
    ask_for_link(phone, KNOWN, headers=reading("en"))

    words = "Open this link and press the button. It works once, for %(minutes)s minutes."
    assert said("nb", words, minutes=15) in letters_to(app, KNOWN)[0]


def test_whoever_only_looks_does_not_use_it_up(known: None, phone: FlaskClient, app: Flask) -> None:
    """Scanners of mail open every link, some of them many times, before the reader does."""
    link = link_by_mail(app, phone, KNOWN)
    scanner = app.test_client()
    for _ in range(10):
        assert scanner.get(link).status_code == 200
        assert scanner.head(link).status_code == 200
        scanner.options(link)
    assert not is_signed_in(scanner)

    assert phone.post(link).status_code == 303
    assert is_signed_in(phone)


@pytest.mark.parametrize("language", READERS)
def test_it_works_once_and_for_a_quarter_of_an_hour(language: str, known: None, phone: FlaskClient, app: Flask) -> None:
    def is_closed(link: str) -> bool:
        stranger = app.test_client()
        answers = [stranger.get(link, headers=reading(language)), stranger.post(link, headers=reading(language))]
        assert not is_signed_in(stranger)
        return all(
            answer.status_code == 410 and f"<h1>{said(language, CLOSED)}</h1>" in answer.text for answer in answers
        )

    with time_machine.travel(datetime(2027, 1, 12, 12, tzinfo=UTC), tick=False) as clock:
        spent, late = link_by_mail(app, phone, KNOWN), link_by_mail(app, phone, KNOWN)
        assert phone.post(spent).status_code == 303
        assert is_closed(spent)
        clock.shift(timedelta(minutes=14, seconds=59))
        assert app.test_client().get(late).status_code == 200
        clock.shift(1)
        assert is_closed(late)
    for wrong in ("nothing", "x" * 3_000, "a%00b", sign_in_secret(app, KNOWN)[:-1]):
        assert is_closed(f"/sign-in/links/{wrong}"), wrong


def test_of_two_presses_at_once_one_gets_in(database_url: str, open_app: Callable[..., Flask]) -> None:
    app = open_app(database_url)
    theatre = cast_in(app)
    confirm_address(app, theatre.people["kari"], KNOWN)
    link = link_by_mail(app, app.test_client(), KNOWN)
    devices = [app.test_client() for _ in range(6)]

    answers = all_at_once([partial(device.post, link) for device in devices])

    assert sorted(answer.status_code for answer in answers) == [303] + [410] * 5
    assert [is_signed_in(device) for device in devices].count(True) == 1


def test_it_signs_out_whoever_was_in_on_that_device(
    known: None, mona: FlaskClient, phone: FlaskClient, app: Flask
) -> None:
    link = link_by_mail(app, phone, KNOWN)
    assert "Mona Haug" in mona.get(link).text, "the page says so beforehand"
    mona.post(link)

    assert "Kari Berg" in mona.get("/").text
    assert "Mona Haug" not in mona.get("/me").text


@pytest.mark.parametrize("language", READERS)
def test_what_is_no_address_comes_back_to_be_corrected(language: str, phone: FlaskClient) -> None:
    for written in ("", "kari", "kari@", "k\0@example.no", f"{'k' * 300}@example.no", "<script>@example.no"):
        answer = ask_for_link(phone, written, headers=reading(language))
        assert answer.status_code == 422, ascii(written)
        advice = "This does not look like an e-mail address. Look once more at each character."
        assert said(language, advice) in answer.text
        assert "<script>@" not in answer.text


# The personal code


def test_her_code_opens_however_she_writes_it(app: Flask, theatre: Theatre) -> None:
    code = theatre.codes["kari"]
    ways = (code, code.lower(), code.replace("-", ""), code.replace("-", " "), f"  {' '.join(code)}  ", f"«{code}»")
    for written in ways:
        device = app.test_client()
        assert device.post("/sign-in", data={"code": written}).status_code == 303, written
        assert "Kari Berg" in device.get("/").text


@pytest.mark.parametrize("language", READERS)
def test_a_wrong_code_says_what_to_do(language: str, phone: FlaskClient, theatre: Theatre) -> None:
    code = theatre.codes["kari"]
    for wrong in ("", "-", "22222-22222", code[:-1], code + "2", code[::-1], "\0", "x" * 10_000, "<script>"):
        answer = phone.post("/sign-in", data={"code": wrong, "wanted": "/me"}, headers=reading(language))
        assert answer.status_code == 422, ascii(wrong)
        assert said(language, UNKNOWN_CODE) in answer.text
        assert 'value="/me"' in answer.text, "where she was going is not forgotten"
    assert not is_signed_in(phone)


def test_a_new_code_closes_the_old_one(kari: FlaskClient, phone: FlaskClient, theatre: Theatre) -> None:
    page = kari.post("/me/code").text
    found = PERSONAL_CODE.search(page)
    assert found

    assert phone.post("/sign-in", data={"code": theatre.codes["kari"]}).status_code == 422
    assert phone.post("/sign-in", data={"code": found[1]}).status_code == 303
    assert found[1] not in kari.get("/me").text, "it is shown once"


def test_of_codes_made_at_once_one_opens(database_url: str, open_app: Callable[..., Flask]) -> None:
    app = open_app(database_url)
    theatre = cast_in(app)
    devices = [signed_in(app, theatre, "kari") for _ in range(4)]
    pages = all_at_once([partial(device.post, "/me/code") for device in devices])
    codes = [found[1] for page in pages if (found := PERSONAL_CODE.search(page.text))]

    assert len(set(codes)) == 4
    answers = [app.test_client().post("/sign-in", data={"code": code}).status_code for code in codes]
    assert sorted(answers) == [303, 422, 422, 422]


# Out again


def test_signing_out_leaves_nothing_on_the_device(kari: FlaskClient, theatre: Theatre) -> None:
    kari.get("/me")
    kari.post("/sign-out")

    assert not is_signed_in(kari)
    assert "Kari Berg" not in kari.get("/").text
    with kari.session_transaction() as kept:
        assert {key for key in kept if key != "csrf_token"} <= {"_permanent", "_fresh", TURN}
        assert kept[TURN] == 1, "somebody has been here; not who"
    assert kari.post(f"/learn/{theatre.id}/norms/welcome/answers").status_code == 401


def test_signing_out_everywhere_stays_here(kari: FlaskClient, app: Flask, theatre: Theatre) -> None:
    others = [signed_in(app, theatre, "kari") for _ in range(3)]
    mona = signed_in(app, theatre, "mona")
    assert kari.post("/me/sign-out-everywhere").status_code == 303

    assert is_signed_in(kari)
    assert [is_signed_in(other) for other in others] == [False] * 3
    assert is_signed_in(mona)
    assert app.test_client().post("/sign-in", data={"code": theatre.codes["kari"]}).status_code == 303


# Where she is taken

OTHER_SITES = (
    "https://example.org/",
    "//example.org/",
    "///example.org/",
    "/\\example.org/",
    "\\\\example.org/",
    "/\t/example.org/",
    "/\n/example.org/",
    "\t//example.org/",
    "/\r\nSet-Cookie: a=b",
    "/x\\..\\\\example.org",
    "/\0",
    "javascript:alert(1)",
    "data:text/html,x",
    "example.org",
    " //example.org",
)


def test_nothing_she_does_leads_off_the_site(known: None, app: Flask, theatre: Theatre) -> None:
    for wanted in OTHER_SITES:
        phone, kari = app.test_client(), signed_in(app, theatre, "kari")
        page = re.sub(r"\s+", " ", phone.get("/sign-in", query_string={"wanted": wanted}).text)
        assert 'name="wanted" value=""' in page, ascii(wanted)
        answers = [
            phone.post("/sign-in", data={"code": theatre.codes["kari"], "wanted": wanted}),
            phone.post(link_by_mail(app, phone, KNOWN, wanted=wanted)),
            kari.post("/language", data={"language": "nb", "wanted": wanted}),
            kari.post("/sign-out", data={"wanted": wanted}),
        ]
        assert [(answer.status_code, answer.location) for answer in answers] == [(303, "/")] * 4, ascii(wanted)


def test_she_comes_back_to_the_page_with_its_question_mark(phone: FlaskClient, theatre: Theatre) -> None:
    page = f"/learn/{theatre.id}/norms/?gjest=1&å=ø"
    away = phone.get(page).location
    asked = re.search(r'name="wanted"\s+value="([^"]*)"', phone.get(away).text)
    assert asked
    entered = phone.post("/sign-in", data={"code": theatre.codes["kari"], "wanted": asked[1].replace("&amp;", "&")})

    assert unquote(entered.location) == page


# Over HTTPS


@pytest.mark.browser
def test_over_https_a_form_is_taken_from_our_own_pages(
    browser: Browser, open_app: Callable[..., Flask], sqlite_url: str
) -> None:
    """Flask-WTF refuses what comes over HTTPS without a referrer, so the policy must let one through to ourselves."""
    app = open_app(sqlite_url, WTF_CSRF_ENABLED=True)
    theatre = cast_in(app)
    with serving(app, https=True) as origin:
        context = browser.new_context(ignore_https_errors=True, locale="en-GB")
        page = context.new_page()
        answer = page.goto(f"{origin}/sign-in")
        assert answer is not None
        assert answer.headers["referrer-policy"] == "same-origin"
        page.get_by_label("Your personal code").fill(theatre.codes["kari"])
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{origin}/")
        assert page.get_by_role("heading", level=1).inner_text() == said("nb", "Hello, %(name)s", name="Kari Berg")
        context.close()


def test_over_https_a_form_from_elsewhere_is_not_taken(open_app: Callable[..., Flask], sqlite_url: str) -> None:
    app = open_app(sqlite_url, WTF_CSRF_ENABLED=True)
    theatre = cast_in(app)
    phone = app.test_client()
    secure = {"base_url": "https://kurs.example.no"}
    token = re.search(r'name="csrf_token" value="([^"]+)"', phone.get("/sign-in", **secure).text)
    assert token
    form = {"csrf_token": token[1], "code": theatre.codes["kari"]}

    for headers in ({}, {"Referer": "https://example.org/"}):
        refused = phone.post("/sign-in", data=form, headers={**headers, **reading("en")}, **secure)
        assert refused.status_code == 422
        assert "The page had been open too long" in refused.text
    assert phone.post("/sign-in", data=form, headers={"Referer": "https://kurs.example.no/"}, **secure).location == "/"
