"""Who may open which door: every route of the application, and every kind of visitor."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.cast import Theatre, somebody
from tests.doors import DOORS, VISITORS, Door

pytestmark = pytest.mark.slow

SAFE = {"HEAD", "OPTIONS"}


def test_every_route_has_its_line(app: Flask) -> None:
    routes = {
        f"{method} {rule.endpoint}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - SAFE
        if not rule.endpoint.endswith("static")
    }

    assert routes - {str(door) for door in DOORS} == set(), "a route nobody has thought about"
    assert {str(door) for door in DOORS} - routes == set(), "a line without a route"


def faults(door: Door, visitor: str, client: FlaskClient, path: str) -> list[str]:
    """What differs from the line in the table when this visitor comes to the door."""
    # Closed, as a server does: a file that is handed out waits for that.
    with client.open(path, method=door.method) as answer:
        pass
    if answer.status_code != door.answers[visitor]:
        return [f"{door} as {visitor}: {answer.status_code}, not {door.answers[visitor]}"]
    if answer.status_code == 200 and answer.mimetype != door.kind:
        return [f"{door} as {visitor}: {answer.mimetype}, not {door.kind}"]
    return []


@pytest.mark.parametrize("visitor", VISITORS)
def test_each_visitor_sees_what_she_should(
    visitor: str, app: Flask, theatre: Theatre, addresses: dict[str, Any]
) -> None:
    """All pages on one stage, since looking changes nothing; and asking about a door tells no more than opening it."""
    before = everything_in(app)
    found = []
    for door in DOORS:
        if door.method == "GET":
            path = door.path(app, addresses)
            found += faults(door, visitor, somebody(visitor, app, theatre), path)
            with somebody(visitor, app, theatre).head(path) as asked:
                status = asked.status_code
            found += [f"HEAD {door.endpoint} as {visitor}: {status}"] if status != door.answers[visitor] else []

    assert not found, "\n".join(found)
    assert everything_in(app) == before


@pytest.mark.parametrize("door", [door for door in DOORS if door.method != "GET"], ids=str)
def test_each_visitor_does_what_she_may(
    door: Door, app: Flask, theatre: Theatre, set_anew: Callable[[], dict[str, Any]]
) -> None:
    """Each meets the door as if nobody had been there before her."""
    found = []
    for visitor in VISITORS:
        path = door.path(app, set_anew())
        found += faults(door, visitor, somebody(visitor, app, theatre), path)

    assert not found, "\n".join(found)


def everything_in(app: Flask) -> list[str]:
    """The whole database, in words."""
    with closing(sqlite3.connect(app.extensions["lms"].engine.url.database)) as file:
        return list(file.iterdump())
