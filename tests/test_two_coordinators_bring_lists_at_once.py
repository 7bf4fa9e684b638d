"""Mona and Kari both coordinate, and both have a list. Neither writes over what she has not seen."""

from functools import partial

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lms.database import one_transaction, session
from lms.organisations.models import Employee
from tests.at_once import all_at_once
from tests.cast import Theatre, cast_in, signed_in
from tests.lists import HEADING, carry_out, drafts_in, hand_in, looked_through, put_in, roster_of, said_in

NILS = HEADING + "Nils Ny;nils@teatret.no;{};nei\n"


@pytest.fixture
def both(app: Flask, theatre: Theatre, kari: FlaskClient) -> FlaskClient:
    """Kari, a coordinator too."""
    _let_coordinate(app, theatre)
    return kari


def _let_coordinate(app: Flask, theatre: Theatre) -> None:
    with app.app_context(), one_transaction():
        session.get_one(Employee, (theatre.id, theatre.employees["kari"])).role = "coordinator"


def seal_on(page: str) -> str:
    return page.partition('name="seal" value="')[2].partition('"')[0]


def test_the_second_sees_the_roster_as_it_has_become(
    app: Flask, mona: FlaskClient, both: FlaskClient, theatre: Theatre
) -> None:
    put_in(mona, theatre, NILS.format("Scene"))
    hers, his = hand_in(mona, theatre, NILS.format("Kor")), hand_in(both, theatre, NILS.format("Bar"))
    seen = seal_on(both.get(his.location).text)
    carry_out(mona, hers)
    late = both.post(f"{his.location}/application", data={"seal": seen}, headers={"Accept-Language": "en"})

    assert late.status_code == 422
    assert roster_of(app, theatre.id)["Nils Ny"][1] == "Kor"
    assert drafts_in(app) == 1
    page = looked_through(both, his)
    assert "Team: Kor → becomes Bar" in said_in(page)
    assert both.post(f"{his.location}/application", data={"seal": seal_on(late.text)}).status_code == 303
    assert roster_of(app, theatre.id)["Nils Ny"][1] == "Bar"


def test_a_change_elsewhere_on_the_roster_is_in_nobodys_way(
    app: Flask, mona: FlaskClient, both: FlaskClient, theatre: Theatre
) -> None:
    answer = hand_in(both, theatre, NILS.format("Bar"))
    seen = seal_on(both.get(answer.location).text)
    mona.post(
        f"/organisations/{theatre.id}/people/{theatre.employees['mona']}", data={"role": "coordinator", "team": "Kor"}
    )

    assert both.post(f"{answer.location}/application", data={"seal": seen}).status_code == 303
    assert set(roster_of(app, theatre.id)) == {"Kari Berg", "Mona Haug", "Nils Ny"}


def test_pressing_twice_writes_once(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    answer = hand_in(mona, theatre, NILS.format("Bar"))
    seen = seal_on(mona.get(answer.location).text)
    for _press in range(2):
        assert mona.post(f"{answer.location}/application", data={"seal": seen}).status_code == 303

    assert len(roster_of(app, theatre.id)) == 3


def test_at_the_same_moment_one_is_written_and_the_other_is_shown_anew(database_url: str, open_app: object) -> None:
    app = open_app(database_url)  # type: ignore[operator]
    theatre = cast_in(app)
    _let_coordinate(app, theatre)
    devices = signed_in(app, theatre, "mona"), signed_in(app, theatre, "kari")
    acts = []
    for device, team in zip(devices, ("Kor", "Bar"), strict=True):
        answer = hand_in(device, theatre, NILS.format(team))
        form = {"seal": seal_on(device.get(answer.location).text)}
        acts.append(partial(device.post, f"{answer.location}/application", data=form))

    answers = all_at_once(acts)

    assert sorted(answer.status_code for answer in answers) == [303, 422]
    assert len(roster_of(app, theatre.id)) == 3
    assert drafts_in(app) == 1
