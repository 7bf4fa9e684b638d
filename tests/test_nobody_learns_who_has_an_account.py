"""Nobody learns from any page whose address or code opens an account, however often she asks."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from lms.database import one_transaction, session
from lms.people.belongings import erase
from lms.people.models import Person, add_address
from tests.cast import Theatre, cast_in
from tests.letters import ask_for_link, confirm_address, letters_to
from tests.spoken import READERS, reading, said

KNOWN = "kari@example.no"


@pytest.fixture
def known(app: Flask, theatre: Theatre) -> None:
    """Kari's address opens her account."""
    confirm_address(app, theatre.people["kari"], KNOWN)


@contextmanager
def writes(app: Flask) -> Iterator[list[str]]:
    """What is written to the database while the block runs, by table."""
    written: list[str] = []

    def hear(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if not statement.lstrip().startswith("SELECT"):
            written.append(" ".join(statement.split()[:3]))

    engine = app.extensions["lms"].engine
    event.listen(engine, "before_cursor_execute", hear)
    try:
        yield written
    finally:
        event.remove(engine, "before_cursor_execute", hear)


def test_an_unknown_address_is_answered_like_a_known_one(known: None, app: Flask, theatre: Theatre) -> None:
    """Byte for byte, and with as much work: known, unknown, never confirmed, and of somebody who is erased."""
    confirm_address(app, theatre.people["mona"], "gone@example.no")
    with app.app_context(), one_transaction():
        add_address(session.get_one(Person, theatre.people["siv"]), "unconfirmed@example.no")
        erase(session.get_one(Person, theatre.people["mona"]))

    def everything(email: str) -> tuple[Any, ...]:
        device = app.test_client()
        with writes(app) as written:
            answer = ask_for_link(device, email)
        page = re.sub(r'name="csrf_token" value="[^"]+"', "", device.get(answer.location).text)
        return answer.status_code, sorted(answer.headers), answer.data, page, sorted(written)

    first = everything(KNOWN)
    assert first[-1] == ["INSERT INTO lms_mailed_link", "INSERT INTO lms_outbox_mail"]
    for email in ("nobody@example.no", "unconfirmed@example.no", "gone@example.no"):
        assert everything(email) == first, email
        assert letters_to(app, email) == []
    assert len(letters_to(app, KNOWN)) == 1


def test_the_door_and_my_page_answer_alike_whether_an_address_is_known(
    known: None, siv: FlaskClient, app: Flask, theatre: Theatre
) -> None:
    def at_the_door(email: str) -> str:
        page = app.test_client().post(f"/join/{theatre.join_code}", data={"name": "Nina Ny", "email": email}).text
        return re.sub(r'class="code">[^<]+<|data-whose="[^"]+"|value="[^"]+"', "", page).replace(email, "")

    def on_my_page(email: str) -> str:
        assert siv.post("/me/addresses", data={"email": email}).status_code == 303
        page = siv.get("/me").text
        return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "", page[page.index(email) :].partition('class="my-address"')[0])

    assert at_the_door(KNOWN) == at_the_door("new@example.no")
    assert on_my_page(KNOWN).replace(KNOWN, "") == on_my_page("news@example.no").replace("news@example.no", "")


@pytest.mark.parametrize("language", READERS)
@pytest.mark.parametrize("email", [KNOWN, "nobody@example.no"])
def test_an_address_is_asked_with_three_times_at_most(
    email: str, language: str, open_app: Callable[..., Flask], sqlite_url: str
) -> None:
    app = open_app(sqlite_url, RATELIMIT_ENABLED=True)
    theatre = cast_in(app)
    confirm_address(app, theatre.people["kari"], KNOWN)
    devices = [app.test_client() for _ in range(4)]

    answers = [
        ask_for_link(device, email, headers=reading(language), environ_overrides={"REMOTE_ADDR": f"10.0.0.{number}"})
        for number, device in enumerate(devices)
    ]

    assert [answer.status_code for answer in answers] == [303, 303, 303, 429]
    assert f"<h1>{said(language, 'Too many tries')}</h1>" in answers[-1].text
    assert ask_for_link(devices[0], "another@example.no").status_code == 303
    assert len(letters_to(app, KNOWN)) == (3 if email == KNOWN else 0)


def test_one_place_on_the_net_asks_for_so_many_links_and_no_more(
    open_app: Callable[..., Flask], sqlite_url: str
) -> None:
    app = open_app(sqlite_url, RATELIMIT_ENABLED=True)
    device = app.test_client()
    answers = [ask_for_link(device, f"somebody{number}@example.no").status_code for number in range(61)]

    assert answers == [303] * 60 + [429]
    elsewhere = ask_for_link(device, "one-more@example.no", environ_overrides={"REMOTE_ADDR": "10.0.0.9"})
    assert elsewhere.status_code == 303


def test_guessing_codes_meets_the_limit_before_the_right_one(open_app: Callable[..., Flask], sqlite_url: str) -> None:
    app = open_app(sqlite_url, RATELIMIT_ENABLED=True)
    theatre = cast_in(app)
    guesser = app.test_client()
    tries = [guesser.post("/sign-in", data={"code": f"22222-2222{number}"}) for number in range(11)]

    assert [answer.status_code for answer in tries] == [422] * 10 + [429]
    assert guesser.post("/sign-in", data={"code": theatre.codes["kari"]}).status_code == 429
    elsewhere = {"REMOTE_ADDR": "10.0.0.9"}
    right = app.test_client().post("/sign-in", data={"code": theatre.codes["kari"]}, environ_overrides=elsewhere)
    assert right.status_code == 303


def test_a_whole_rehearsal_signs_in_from_one_place(open_app: Callable[..., Flask], sqlite_url: str) -> None:
    app = open_app(sqlite_url, RATELIMIT_ENABLED=True)
    codes = cast_in(app).codes
    answers = {app.test_client().post("/sign-in", data={"code": code}).status_code for code in [*codes.values()] * 10}

    assert answers == {303}
