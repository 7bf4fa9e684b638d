"""Who may open which door: every route of the application, and every kind of visitor."""

from typing import Any

import pytest
from flask import Flask

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


@pytest.mark.parametrize("visitor", VISITORS)
@pytest.mark.parametrize("door", DOORS, ids=str)
def test_each_visitor_meets_what_she_should(
    door: Door, visitor: str, app: Flask, addresses: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    client = request.getfixturevalue(visitor)
    answer = client.open(door.path(app, addresses), method=door.method)

    assert answer.status_code == door.answers[visitor]
    if answer.status_code == 200:
        assert answer.mimetype == door.kind


@pytest.mark.parametrize("door", [door for door in DOORS if door.method == "GET"], ids=str)
def test_asking_about_a_door_tells_no_more_than_opening_it(
    door: Door, app: Flask, addresses: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    for visitor in VISITORS:
        client = request.getfixturevalue(visitor)
        assert client.head(door.path(app, addresses)).status_code == door.answers[visitor], visitor
