"""One link for a whole crew: whoever enters says which shift or vendor she belongs to, and is put in that team."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import expect

from lms.database import one_transaction, session
from lms.organisations.models import Employee, JoinLink
from lms.organisations.shifts import ShiftCode, read_shifts, set_shifts, shift_meant, shifts_of
from lms.people.models import Person
from tests.cast import Theatre
from tests.receipts import dump
from tests.rigs_browsers import OpenWindow
from tests.rigs_pages import barriers

CREW = ["Vakt A", "Vakt B", "Securitas AS", "Lyd & lys"]


def link_of(theatre: Theatre) -> JoinLink:
    return session.get_one(JoinLink, (theatre.id, theatre.join_link_id))


@pytest.fixture
def page(theatre: Theatre) -> str:
    return f"/organisations/{theatre.id}/join-links/{theatre.join_link_id}"


@pytest.fixture
def door(app: Flask, theatre: Theatre) -> str:
    with app.app_context(), one_transaction():
        set_shifts(link_of(theatre), CREW)
    return f"/join/{theatre.join_code}"


def team_of(app: Flask, name: str) -> str | None:
    with app.app_context():
        found = session.query(Employee).join(Person, Person.id == Employee.person_id).filter_by(name=name).one_or_none()
        return found.team if found else None


def test_a_coordinator_makes_them_by_pasting_names(mona: FlaskClient, app: Flask, theatre: Theatre, page: str) -> None:
    written = "Vakt 10\r\n\r\n  Vakt   2 \nVakt 2\nvakt 2\nLyd & lys\n夜班\n"
    assert mona.post(f"{page}/shifts", data={"shifts": written}).status_code == 303

    with app.app_context():
        assert [(shift.team, shift.code) for shift in shifts_of(link_of(theatre))] == [
            ("Lyd & lys", "lyd-lys"),
            ("Vakt 2", "vakt-2"),
            ("Vakt 10", "vakt-10"),
            ("夜班", "team"),
        ]
    shown = mona.get(page).text
    assert f"/join/{theatre.join_code}?shift=vakt-10" in shown
    lines = [row for row in dump(app)["lms_event"] if row["what"] == "join_link.shifts_set"]
    assert [row["by"] for row in lines] == [theatre.people["mona"]]


@pytest.mark.parametrize("written", ["x" * 81, "\n".join(f"Vakt {number}" for number in range(201))])
def test_what_is_too_much_is_told_and_kept_in_the_form(
    mona: FlaskClient, app: Flask, theatre: Theatre, page: str, written: str
) -> None:
    answer = mona.post(f"{page}/shifts", data={"shifts": written})

    assert answer.status_code == 422
    assert 'id="shifts-error"' in answer.text
    assert written.splitlines()[-1] in answer.text
    with app.app_context():
        assert shifts_of(link_of(theatre)) == []


def test_what_stays_keeps_its_code_and_its_posters(mona: FlaskClient, app: Flask, theatre: Theatre, page: str) -> None:
    mona.post(f"{page}/shifts", data={"shifts": "Vakt A\nVakt-A"})
    with app.app_context():
        before = {shift.team: shift.code for shift in shifts_of(link_of(theatre))}
    mona.post(f"{page}/shifts", data={"shifts": "Vakt!A\nVakt-A"})
    with app.app_context():
        after = {shift.team: shift.code for shift in shifts_of(link_of(theatre))}

    assert after["Vakt-A"] == before["Vakt-A"]
    assert len(set(after.values())) == 2
    mona.post(f"{page}/shifts", data={"shifts": " "})
    with app.app_context():
        assert session.query(ShiftCode).count() == 0


def test_the_same_list_again_writes_nothing_in_the_log(mona: FlaskClient, app: Flask, page: str) -> None:
    for _press in range(2):
        mona.post(f"{page}/shifts", data={"shifts": "Vakt A"})

    assert [row["what"] for row in dump(app)["lms_event"]].count("join_link.shifts_set") == 1


@pytest.mark.parametrize("written", ["vakt-a", "VAKT A", " vakt  a ", "Vakt A"])
def test_she_picks_or_types_hers_however_she_writes_it(app: Flask, door: str, written: str) -> None:
    assert app.test_client().post(door, data={"name": "Nina Ny", "shift": written}).status_code == 200
    assert team_of(app, "Nina Ny") == "Vakt A"


def test_the_poster_of_a_shift_has_it_filled_in(mona: FlaskClient, app: Flask, page: str, door: str) -> None:
    poster = mona.get(f"{page}/poster?shift=securitas-as").text

    assert f"{door}?shift=securitas-as" in poster
    assert re.search(r"<p class=\"whom\">[^<]*Securitas AS</p>", poster)
    opened = app.test_client().get(f"{door}?shift=securitas-as").text
    assert re.search(r'<option value="securitas-as"\s+selected', opened)
    assert mona.get(f"{page}/poster?shift=nobody").status_code == 404
    assert mona.get(f"{page}/poster.pdf?shift=securitas-as").status_code == 200


@pytest.mark.parametrize("shift", ["", "  ", "vakt-z", "%00", "<b>"])
def test_an_unknown_one_or_none_is_asked_about(app: Flask, door: str, shift: str) -> None:
    answer = app.test_client().post(door, data={"name": "Nina Ny", "shift": shift})

    assert answer.status_code == 422
    assert 'id="shift-error"' in answer.text
    assert 'value="Nina Ny"' in answer.text
    assert team_of(app, "Nina Ny") is None


def test_whoever_belongs_to_none_says_so(app: Flask, theatre: Theatre, door: str) -> None:
    with app.app_context(), one_transaction():
        link_of(theatre).team = "Festivalen"
    app.test_client().post(door, data={"name": "Nina Ny", "shift": "-"})

    assert team_of(app, "Nina Ny") == "Festivalen"


def test_a_link_without_shifts_asks_nobody(app: Flask, theatre: Theatre) -> None:
    door = f"/join/{theatre.join_code}"

    assert 'id="shift"' not in app.test_client().get(door).text
    assert app.test_client().post(door, data={"name": "Nina Ny", "shift": "vakt-a"}).status_code == 200
    assert team_of(app, "Nina Ny") == ""


def test_whoever_is_in_already_stays_where_she_is(kari: FlaskClient, app: Flask, door: str) -> None:
    assert 'id="shift"' not in kari.get(door).text
    assert kari.post(door, data={"shift": "vakt-a"}).status_code == 303
    assert team_of(app, "Kari Berg") == ""


def test_whoever_comes_back_next_season_says_it_anew(
    kari: FlaskClient, mona: FlaskClient, app: Flask, theatre: Theatre, door: str
) -> None:
    mona.post(f"/organisations/{theatre.id}/people/{theatre.employees['kari']}/departure")
    assert 'id="shift"' in kari.get(door).text
    assert kari.post(door, data={"shift": "vakt-b"}).status_code == 303

    assert team_of(app, "Kari Berg") == "Vakt B"


def test_nobody_is_asked_who_gives_no_name(app: Flask, theatre: Theatre, door: str) -> None:
    """Her place says nothing about her that a code could be held against."""
    with app.app_context(), one_transaction():
        link_of(theatre).allows_unnamed = True
    assert app.test_client().post(f"{door}/without-name", data={"shift": "vakt-a"}).status_code == 200

    assert team_of(app, "") == ""


def test_readiness_is_told_shift_by_shift(mona: FlaskClient, app: Flask, theatre: Theatre, door: str) -> None:
    for number, shift in enumerate(["vakt-a", "vakt-a", "vakt-b"]):
        app.test_client().post(door, data={"name": f"Nina {number}", "shift": shift})
    page = mona.get(f"/organisations/{theatre.id}/readiness/teams").text

    assert "Vakt A" in page
    assert "Vakt B" in page


def test_a_renewed_link_has_the_same_shifts(mona: FlaskClient, app: Flask, page: str, door: str) -> None:
    fresh = mona.post(f"{page}/renewal").location.partition("?")[0]

    assert "shift=securitas-as" in mona.get(fresh).text


def test_of_very_many_she_types_hers(app: Flask, theatre: Theatre) -> None:
    with app.app_context(), one_transaction():
        set_shifts(link_of(theatre), [f"Leverandør {number}" for number in range(1, 101)])
    door = f"/join/{theatre.join_code}"

    assert '<input id="shift"' in app.test_client().get(door).text
    app.test_client().post(door, data={"name": "Nina Ny", "shift": "leverandør 77"})
    assert team_of(app, "Nina Ny") == "Leverandør 77"


def test_a_name_in_any_script_is_meant_by_its_name() -> None:
    shifts = [ShiftCode(code="team", team="夜班"), ShiftCode(code="team-2", team="!!!")]

    assert shift_meant(shifts, "夜班") is shifts[0]
    assert shift_meant(shifts, "!!!") is shifts[1]
    assert shift_meant(shifts, "???") is None
    assert read_shifts("a\u2028b\x00c\x1f\n\ud800x", {}) == ["a", "b c", "x"]


@pytest.mark.browser
def test_it_is_picked_on_a_phone(window: OpenWindow, mona: FlaskClient, app: Flask, page: str, door: str) -> None:
    opened = window()
    shown = opened.open(f"{door}?shift=vakt-b")
    assert barriers(shown) == []
    expect(shown.locator("#shift")).to_have_value("vakt-b")
    shown.locator("#name").fill("Nina Ny")
    shown.locator(f"form[action='{door}'] .button").click()
    expect(shown.locator(".code")).to_be_visible()
    assert team_of(app, "Nina Ny") == "Vakt B"
    hers = window(mona)
    shown = hers.open(page)
    assert barriers(shown) == []
    hers.look(size="narrow")
    assert not hers.scrolls_sideways()
    expect(shown.locator("#shifts-written")).to_have_value("Lyd & lys\nSecuritas AS\nVakt A\nVakt B\n")
