"""Around the table somebody draws cards: by theme and kind, and the same again from the same address."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient


def addresses(page: str, path: str) -> list[str]:
    return [found.replace("&amp;", "&") for found in re.findall(rf'href="({path}[^"]*)"', page)]


def test_the_deck_is_large_enough_for_many_sessions(anonymous: FlaskClient, app: Flask) -> None:
    assert sum(len(course.cards) for course in app.extensions["lms"].library.courses) >= 60
    kinds = {kind: anonymous.get("/cards", query_string={"kind": kind}).text for kind in ("statement", "question")}

    assert kinds["statement"] != kinds["question"]
    assert anonymous.get("/cards/sheet").text.count("<h1") == 1


@pytest.mark.parametrize("path", ["/cards/hand", "/cards/one", "/cards/sheet"])
def test_a_hand_has_an_address_that_gives_the_same_hand_again(path: str, anonymous: FlaskClient) -> None:
    first = anonymous.get(path, query_string={"draw": 5}, follow_redirects=True)

    assert first.status_code == 200
    again = anonymous.get(first.request.full_path)
    assert re.sub(r"csrf_token.*", "", again.text) == re.sub(r"csrf_token.*", "", first.text)


def test_the_facilitator_finds_them_beside_her_sessions(siv: FlaskClient) -> None:
    (way,) = addresses(siv.get("/group-sessions").text, "/cards")

    assert siv.get(way).status_code == 200


@pytest.mark.parametrize(
    "odd", ["draw=-1", "draw=many", "at=0", "at=999", "at=x", "page=0", "seed=%00", "pick=none", "theme=<b>", "kind=🎭"]
)
def test_an_odd_address_is_no_trouble(odd: str, anonymous: FlaskClient) -> None:
    for path in ("/cards", "/cards/hand", "/cards/one", "/cards/sheet"):
        answer = anonymous.get(f"{path}?{odd}", follow_redirects=True)
        assert answer.status_code in (200, 400, 404), f"{path}?{odd}"
