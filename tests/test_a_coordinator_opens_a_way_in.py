"""Mona opens a way in, hands it out, and closes it again."""

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import expect
from sqlalchemy import select

from lms.database import norwegian_day, now, session
from lms.learning.models import Enrolment
from lms.organisations.events import Event
from lms.organisations.models import Employee, JoinLink
from lms.people.models import Person
from tests.cast import Theatre
from tests.rigs_browsers import OpenWindow


def links_at(theatre: Theatre) -> str:
    return f"/organisations/{theatre.id}/join-links"


def open_link(mona: FlaskClient, theatre: Theatre, **written: object) -> str:
    """The address of the page of a link that Mona opens now."""
    answer = mona.post(links_at(theatre), data={"label": "Volunteers", **written})
    assert answer.status_code == 303, re.findall(r'id="\w+-error".*', answer.text)
    return str(answer.location)


def link_called(app: Flask, label: str) -> JoinLink:
    with app.app_context():
        return session.scalars(select(JoinLink).where(JoinLink.label == label, JoinLink.revoked_at.is_(None))).one()


def logged(app: Flask, theatre: Theatre) -> list[tuple[str, UUID | None]]:
    with app.app_context():
        events = session.scalars(select(Event).where(Event.organisation_id == theatre.id).order_by(Event.id))
        return [(event.what, event.by) for event in events]


def enter(app: Flask, code: str, name: str, **written: str) -> FlaskClient:
    newcomer = app.test_client()
    assert newcomer.post(f"/join/{code}", data={"name": name, **written}).status_code in (200, 303)
    return newcomer


def employee_called(app: Flask, name: str) -> tuple[Employee, set[str], set[str]]:
    """Somebody's place, her courses, and what they count her as."""
    with app.app_context():
        employee = session.scalars(
            select(Employee).join(Person, Person.id == Employee.person_id).where(Person.name == name)
        ).one()
        rows = session.execute(
            select(Enrolment.course, Enrolment.counts_as).where(Enrolment.employee_id == employee.id)
        ).all()
        return employee, {course for course, _ in rows}, {counts_as for _, counts_as in rows}


def test_a_name_is_all_a_link_needs(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    page = mona.get(open_link(mona, theatre)).text
    link = link_called(app, "Volunteers")

    assert f"http://localhost/join/{link.code}" in page
    assert 'role="img"' in page
    assert "<svg" in page
    assert app.test_client().get(f"/join/{link.code}").status_code == 200
    assert logged(app, theatre) == [("join_link.opened", theatre.people["mona"])]


def test_the_link_puts_people_where_it_says(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    open_link(mona, theatre, team="Scene", is_leader="1", courses=["norms"])
    enter(app, link_called(app, "Volunteers").code, "Bo Lie")

    employee, courses, counts_as = employee_called(app, "Bo Lie")
    assert (employee.team, employee.is_leader, employee.role) == ("Scene", True, "employee")
    assert courses == {"norms"}
    assert counts_as == {"leader"}


def test_somebody_who_is_in_already_gets_the_courses_of_another_link(
    app: Flask, mona: FlaskClient, theatre: Theatre
) -> None:
    open_link(mona, theatre, courses=["norms"])
    bo = enter(app, link_called(app, "Volunteers").code, "Bo Lie")
    open_link(mona, theatre, label="All of it", cap="1")
    code = link_called(app, "All of it").code
    bo.post(f"/join/{code}")
    bo.post(f"/join/{code}")

    assert employee_called(app, "Bo Lie")[1] == {"harassment", "norms"}
    assert link_called(app, "All of it").used == 0, "somebody who is in already takes no place"


def test_a_day_means_until_it_ends_in_norway(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    """Summer time begins on 28 March 2027, and New Year's Eve ends at 23 UTC."""
    open_link(mona, theatre, label="Winter", last_day="31.12.2026")
    open_link(mona, theatre, label="Summer", last_day="2027-06-30")
    open_link(mona, theatre, label="Change", last_day="28.3.2027")

    assert link_called(app, "Winter").expires_at == datetime(2026, 12, 31, 23, tzinfo=UTC)
    assert link_called(app, "Summer").expires_at == datetime(2027, 6, 30, 22, tzinfo=UTC)
    assert link_called(app, "Change").expires_at == datetime(2027, 3, 28, 22, tzinfo=UTC)
    assert "28. mars 2027" in mona.get(links_at(theatre)).text


def test_today_is_a_day_to_end_on(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    open_link(mona, theatre, last_day=norwegian_day(now()).isoformat())

    assert link_called(app, "Volunteers").closed is None


@pytest.mark.parametrize(
    ("field", "written"),
    [
        ("label", ""),
        ("label", "x" * 10_000),
        ("label", " \u202e\x00 "),
        ("team", "y" * 81),
        ("last_day", "32.12.2026"),
        ("last_day", "tomorrow"),
        ("last_day", "2001-01-01"),
        ("last_day", "9999-12-31"),
        ("cap", "0"),
        ("cap", "-1"),
        ("cap", "many"),
        ("cap", "1" * 5_000),
        ("mail_domain", "no domain"),
        ("mail_domain", "teatret"),
    ],
)
def test_a_mistake_comes_back_with_what_was_written(
    app: Flask, mona: FlaskClient, theatre: Theatre, field: str, written: str
) -> None:
    answer = mona.post(links_at(theatre), data={"label": "Kept <b>", "team": "Kept too", field: written})

    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    described = re.search(rf'<input id="{field}"[^>]*aria-describedby="([^"]*)"', answer.text)
    assert described is not None
    assert f"{field}-error" in described[1].split()
    assert ("Kept &lt;b&gt;" in answer.text) or field == "label"
    assert ("Kept too" in answer.text) or field == "team"
    with app.app_context():
        assert len(session.scalars(select(JoinLink).where(JoinLink.organisation_id == theatre.id)).all()) == 1


def test_a_course_nobody_offered_is_no_honest_mistake(mona: FlaskClient, theatre: Theatre) -> None:
    assert mona.post(links_at(theatre), data={"label": "x", "courses": "power_techniques"}).status_code == 400


def test_the_page_lists_open_links_first_and_says_why_the_others_are_closed(
    app: Flask, mona: FlaskClient, theatre: Theatre
) -> None:
    for label in ("Closed one", "Late one", "Full one", "Open one"):
        open_link(mona, theatre, label=label, cap="1")
    mona.post(f"{links_at(theatre)}/{link_called(app, 'Closed one').id}/revocation")
    enter(app, link_called(app, "Full one").code, "Bo Lie")
    with app.app_context():
        late = session.scalars(select(JoinLink).where(JoinLink.label == "Late one")).one()
        late.expires_at = now() - timedelta(days=1)
        session.commit()

    page = mona.get(links_at(theatre), headers={"Accept-Language": "nb"}).text
    places = {label: page.index(label) for label in ("Open one", "Alle", "Full one", "Late one", "Closed one")}
    assert max(places["Open one"], places["Alle"]) < min(places["Full one"], places["Late one"], places["Closed one"])
    assert page.count('class="closed"') == 3


def test_an_organisation_without_links_is_told_how_to_begin(ola: FlaskClient, app: Flask, theatre: Theatre) -> None:
    with app.app_context():
        place = session.scalars(select(Employee).where(Employee.person_id == theatre.people["ola"])).one()
    page = ola.get(f"/organisations/{place.organisation_id}/join-links").text

    assert 'class="card"' not in page
    assert 'class="note"' in page
    assert 'name="label"' in page


def test_a_closed_link_lets_nobody_in_and_those_inside_stay(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    bo = enter(app, theatre.join_code, "Bo Lie")
    page = f"{links_at(theatre)}/{theatre.join_link_id}"
    mona.post(f"{page}/revocation")
    mona.post(f"{page}/revocation")

    assert app.test_client().get(f"/join/{theatre.join_code}").status_code == 410
    assert bo.get(f"/learn/{theatre.id}/norms/").status_code == 200
    assert "Mona Haug" in mona.get(page).text
    assert logged(app, theatre) == [("join_link.revoked", theatre.people["mona"])]


def test_a_renewed_link_keeps_its_purpose_and_nothing_of_the_old_address(
    app: Flask, mona: FlaskClient, theatre: Theatre
) -> None:
    page = open_link(mona, theatre, team="Scene", is_leader="1", courses=["norms"], cap="3", mail_domain="@Teatret.no")
    old = link_called(app, "Volunteers")
    answer = mona.post(f"{page.partition('?')[0]}/renewal", data={"last_day": "31.12.2099"})
    fresh = link_called(app, "Volunteers")

    assert str(fresh.id) in answer.location
    assert fresh.code != old.code
    kept = ("team", "is_leader", "courses", "cap", "mail_domain")
    assert [getattr(fresh, name) for name in kept] == [getattr(old, name) for name in kept]
    assert [getattr(fresh, name) for name in kept] == ["Scene", True, ["norms"], 3, "teatret.no"]
    assert (fresh.used, fresh.last_day.isoformat() if fresh.last_day else "") == (0, "2099-12-31")
    assert app.test_client().get(f"/join/{old.code}").status_code == 410
    assert logged(app, theatre)[-1] == ("join_link.renewed", theatre.people["mona"])


def test_a_wrong_day_renews_nothing(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    page = f"{links_at(theatre)}/{theatre.join_link_id}"
    answer = mona.post(f"{page}/renewal", data={"last_day": "2001-01-01"})

    assert answer.status_code == 422
    assert 'value="2001-01-01"' in answer.text
    assert app.test_client().get(f"/join/{theatre.join_code}").status_code == 200


def test_the_poster_says_what_somebody_wants_to_know(mona: FlaskClient, theatre: Theatre) -> None:
    page = mona.get(f"{links_at(theatre)}/{theatre.join_link_id}/poster", headers={"Accept-Language": "en"}).text

    assert "Teatret Vårt" in page
    assert f"http://localhost/join/{theatre.join_code}" in page
    assert "90 minut" in page
    assert "120 minut" in page
    assert "<svg" in page


def test_nobody_hangs_up_a_poster_that_leads_nowhere(mona: FlaskClient, theatre: Theatre) -> None:
    page = f"{links_at(theatre)}/{theatre.join_link_id}"
    mona.post(f"{page}/revocation")

    assert "<svg" not in mona.get(f"{page}/poster").text


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_camera_reads_the_code_by_day_and_by_night(
    scheme: str, window: OpenWindow, mona: FlaskClient, theatre: Theatre
) -> None:
    """Readers need dark squares on white: the colours of the page must not reach the code."""
    page = window(mona, scheme=scheme).open(f"{links_at(theatre)}/{theatre.join_link_id}/poster")

    fills = page.eval_on_selector_all(".qr rect, .qr path", "all => all.map(each => getComputedStyle(each).fill)")
    assert fills == ["rgb(255, 255, 255)", "rgb(0, 0, 0)"]


@pytest.mark.browser
def test_the_poster_fits_one_sheet(window: OpenWindow, mona: FlaskClient, theatre: Theatre) -> None:
    opened = window(mona, size="desktop")
    page = opened.open(f"{links_at(theatre)}/{theatre.join_link_id}/poster")

    sheets = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", sheets)) == 1
    expect(page.locator("[data-print]")).to_be_visible()


@pytest.mark.browser
def test_the_address_is_copied_with_a_press(window: OpenWindow, mona: FlaskClient, theatre: Theatre) -> None:
    opened = window(mona)
    page = opened.open(f"{links_at(theatre)}/{theatre.join_link_id}")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=opened.origin)
    page.locator("[data-copy]").click()
    page.wait_for_function("document.querySelector('[data-told]').textContent")

    assert page.evaluate("navigator.clipboard.readText()") == f"{opened.origin}/join/{theatre.join_code}"
