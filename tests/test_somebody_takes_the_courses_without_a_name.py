"""Somebody who will not give her name takes the courses all the same; a code says that one more is done, never who."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import expect
from sqlalchemy import select, text

from lms.database import one_transaction, session
from lms.learning.duties import forget_places_left_behind
from lms.learning.models import Answer, Enrolment, LessonProgress
from lms.learning.receipts.codes import read_code, words
from lms.learning.receipts.models import Receipt
from lms.learning.reflections import Reflection
from lms.organisations.models import Employee, JoinLink
from lms.people.models import Person, add_address
from tests.at_once import all_at_once, until_somebody_waits
from tests.cast import REFLECTION, Theatre, cast_in
from tests.receipts import (
    CODE,
    a_code,
    allow_unnamed,
    another_window,
    come_in_unnamed,
    complete_unnamed,
    dump,
    facts_of,
    seed_on,
    take_codes,
)
from tests.rigs_browsers import OpenWindow
from tests.rigs_pages import barriers
from tests.writing import report

LESSON = "norms/welcome"


@pytest.fixture
def door(app: Flask, theatre: Theatre) -> str:
    return allow_unnamed(app, theatre)


def test_no_link_lets_anybody_in_without_a_name_unless_the_coordinator_says_so(app: Flask, theatre: Theatre) -> None:
    closed = f"/join/{theatre.join_code}"

    assert "without-name" not in app.test_client().get(closed).text
    assert app.test_client().post(f"{closed}/without-name").status_code == 404
    assert app.test_client().get(f"{closed}/receipts").status_code == 404


def test_a_coordinator_allows_it_when_she_opens_a_link(mona: FlaskClient, app: Flask, theatre: Theatre) -> None:
    page = f"/organisations/{theatre.id}/join-links"
    mona.post(page, data={"label": "Vakter", "allows_unnamed": "1"})
    with app.app_context():
        link = session.query(JoinLink).filter_by(label="Vakter").one()
        assert link.allows_unnamed
        code = link.code

    assert f"/organisations/{theatre.id}/receipts" in mona.get(f"{page}/{link.id}").text
    assert "without-name" in app.test_client().get(f"/join/{code}").text
    mona.post(f"{page}/{link.id}/renewal")
    with app.app_context():
        assert session.query(JoinLink).filter_by(label="Vakter", revoked_at=None).one().allows_unnamed


@pytest.mark.parametrize("more", [{"is_leader": "1"}, {"mail_domain": "teatret.no"}])
def test_it_does_not_go_with_leaders_nor_with_addresses(
    mona: FlaskClient, theatre: Theatre, more: dict[str, str]
) -> None:
    answer = mona.post(f"/organisations/{theatre.id}/join-links", data={"label": "X", "allows_unnamed": "1", **more})

    assert answer.status_code == 422
    assert 'id="allows_unnamed-error"' in answer.text


def test_she_reads_like_everybody_else(app: Flask, theatre: Theatre, door: str) -> None:
    phone = come_in_unnamed(app, door)

    assert phone.get(f"/learn/{theatre.id}/{LESSON}").status_code == 200
    assert f"/learn/{theatre.id}/norms/" in phone.get("/").text
    complete_unnamed(app, "norms")
    page = phone.get(f"/learn/{theatre.id}/norms/").text
    assert f"/receipts/{theatre.id}" in page
    assert "/me/certificates/" not in page
    assert "/me/certificates/" not in phone.get("/me/certificates").text.partition("<main")[2]


def test_she_is_nowhere_to_be_seen_or_counted(mona: FlaskClient, app: Flask, theatre: Theatre, door: str) -> None:
    at = f"/organisations/{theatre.id}"
    pages = [
        f"{at}/people",
        f"{at}/people?show=left",
        f"{at}/people/many",
        f"{at}/people/many?show=left",
        f"{at}/readiness",
        f"{at}/readiness/missing",
        f"{at}/readiness/teams",
        f"{at}/readiness.csv",
        f"{at}/new-hires",
        f"{at}/reminders",
        f"{at}/people.csv?show=left",
        f"{at}/join-links",
        f"{at}/join-links/{theatre.join_link_id}",
    ]
    token = re.compile(r'(name="(csrf_token|entry)"\s+value="[^"]*"|[?&]v=\w+)')
    before = [token.sub("", mona.get(page).text) for page in pages]
    come_in_unnamed(app, door)
    complete_unnamed(app, "norms", "harassment")

    assert [token.sub("", mona.get(page).text) for page in pages] == before


def test_her_place_is_found_by_no_address(mona: FlaskClient, app: Flask, theatre: Theatre, door: str) -> None:
    come_in_unnamed(app, door)
    with app.app_context():
        place = session.query(Employee).filter_by(role="unnamed").one().id

    assert mona.get(f"/organisations/{theatre.id}/people/{place}").status_code == 404
    assert mona.post(f"/organisations/{theatre.id}/people/{place}/departure/undo").status_code == 404


def test_the_database_lets_no_place_without_a_name_be_counted(app: Flask, theatre: Theatre, door: str) -> None:
    come_in_unnamed(app, door)

    with app.app_context(), pytest.raises(Exception, match="unnamed"), one_transaction():
        session.query(Employee).filter_by(role="unnamed").one().left_at = None


def test_somebody_signed_in_is_not_let_in_as_nobody(kari: FlaskClient, door: str) -> None:
    assert kari.post(f"{door}/without-name").status_code == 409


def test_an_impatient_finger_is_one_person(app: Flask, door: str) -> None:
    entry = re.search(r'name="entry" value="([^"]+)"', app.test_client().get(door).text)
    assert entry is not None
    for _press in range(2):
        come_in_unnamed(app, door, entry=entry[1])

    with app.app_context():
        assert session.query(Employee).filter_by(role="unnamed").count() == 1


def test_a_press_on_the_same_device_goes_on(app: Flask, theatre: Theatre, door: str) -> None:
    phone = come_in_unnamed(app, door)

    answer = phone.post(f"{door}/without-name")
    assert answer.status_code == 303
    assert f"/learn/{theatre.id}/" in answer.location


def test_a_closed_link_lets_nobody_in_but_counts_codes(
    mona: FlaskClient, app: Flask, theatre: Theatre, door: str
) -> None:
    code = a_code(app, theatre)
    mona.post(f"/organisations/{theatre.id}/join-links/{theatre.join_link_id}/revocation")

    assert app.test_client().post(f"{door}/without-name").status_code == 410
    assert app.test_client().post(f"{door}/receipts", data={"codes": code}).status_code == 200
    assert facts_of(app, theatre)["norms"].unnamed == 1


def test_she_gives_her_name_after_all_and_keeps_what_she_has_done(
    mona: FlaskClient, app: Flask, theatre: Theatre, door: str
) -> None:
    phone = come_in_unnamed(app, door)
    complete_unnamed(app, "norms")
    assert phone.post(door, data={"name": ""}).status_code == 422
    assert phone.post(door, data={"name": "Nina Ny"}).status_code == 303

    assert "Nina Ny" in mona.get(f"/organisations/{theatre.id}/people").text
    assert phone.get(f"/receipts/{theatre.id}").status_code == 404
    with app.app_context():
        nina = session.query(Employee).join(Person, Person.id == Employee.person_id).filter_by(name="Nina Ny").one()
        assert (nina.role, nina.left_at) == ("employee", None)
        done = session.query(Enrolment).filter_by(employee_id=nina.id, course="norms").one()
        assert (done.counts_as, done.completed_on is not None) == ("staff", True)


def test_at_completion_she_sees_a_code_of_three_words(app: Flask, theatre: Theatre, door: str) -> None:
    phone = come_in_unnamed(app, door)
    complete_unnamed(app, "norms")
    (code,) = take_codes(phone, theatre)

    *said, number = code.split("-")
    assert set(said) <= set(words())
    assert number.isdecimal()
    with app.app_context():
        assert read_code(code) == code


def test_before_anything_is_completed_there_is_none(app: Flask, theatre: Theatre, door: str) -> None:
    phone = come_in_unnamed(app, door)

    assert 'name="seed"' not in phone.get(f"/receipts/{theatre.id}").text
    complete_unnamed(app, "norms")
    seed = seed_on(phone, theatre)
    with app.app_context(), one_transaction():
        for enrolment in session.query(Enrolment).filter_by(counts_as="left"):
            enrolment.completed_at = enrolment.completed_on = None
    answer = phone.post(f"/receipts/{theatre.id}", data={"seed": seed})
    assert answer.status_code == 422
    assert CODE.findall(answer.text) == []


def test_one_press_gives_a_code_for_each_course(app: Flask, theatre: Theatre, door: str) -> None:
    phone = come_in_unnamed(app, door)
    complete_unnamed(app, "norms", "harassment")

    assert len(set(take_codes(phone, theatre))) == 2


def test_nobody_else_gets_to_the_page(kari: FlaskClient, anonymous: FlaskClient, theatre: Theatre, door: str) -> None:
    assert kari.get(f"/receipts/{theatre.id}").status_code == 404
    assert kari.post(f"/receipts/{theatre.id}").status_code == 404
    assert anonymous.get(f"/receipts/{theatre.id}").status_code == 303
    assert anonymous.post(f"/receipts/{theatre.id}", data={"seed": "x"}).status_code == 404


def test_the_same_press_sent_again_shows_the_same_code(app: Flask, theatre: Theatre, door: str) -> None:
    """The answer may be lost on the way to her phone, and she has nothing else left to come back with."""
    phone = come_in_unnamed(app, door)
    complete_unnamed(app, "norms")
    form = {"seed": seed_on(phone, theatre)}
    with phone.session_transaction() as kept:
        ticket = dict(kept)
    first = CODE.findall(phone.post(f"/receipts/{theatre.id}", data=form).text)
    with phone.session_transaction() as kept:
        kept.update(ticket)

    assert CODE.findall(phone.post(f"/receipts/{theatre.id}", data=form).text) == first
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=2)):
        assert phone.post(f"/receipts/{theatre.id}", data=form).status_code == 404
    with app.app_context():
        assert session.query(Receipt).count() == 1


def test_two_presses_at_once_are_one_code(app: Flask, theatre: Theatre, door: str) -> None:
    phone = come_in_unnamed(app, door)
    complete_unnamed(app, "norms")
    form, other = {"seed": seed_on(phone, theatre)}, another_window(app, phone)
    answers = all_at_once([partial(each.post, f"/receipts/{theatre.id}", data=form) for each in (phone, other)])

    assert [answer.status_code for answer in answers] == [200, 200]
    assert len({tuple(CODE.findall(answer.text)) for answer in answers}) == 1
    with app.app_context():
        assert session.query(Receipt).count() == 1


@pytest.mark.postgres
@pytest.mark.parametrize("keeps_account", [False, True])
def test_a_second_press_that_waits_for_the_first_shows_the_same_code(
    open_app: Callable[..., Flask], postgres_url: str, keeps_account: bool
) -> None:
    app = open_app(postgres_url)
    theatre = cast_in(app)
    phone = come_in_unnamed(app, allow_unnamed(app, theatre))
    complete_unnamed(app, "norms")
    form, other = {"seed": seed_on(phone, theatre)}, another_window(app, phone)
    with app.app_context(), one_transaction():
        nobody = session.query(Employee).filter_by(role="unnamed").one().person_id
        if keeps_account:
            add_address(session.get_one(Person, nobody), "ukjent@example.no").confirm()
    with ThreadPoolExecutor(2) as threads:
        with app.app_context(), one_transaction():
            session.execute(select(Enrolment.id).with_for_update())
            presses = [threads.submit(each.post, f"/receipts/{theatre.id}", data=form) for each in (phone, other)]
            until_somebody_waits(app, people=2)
        answers = [press.result(30) for press in presses]

    assert [answer.status_code for answer in answers] == [200, 200]
    codes = [CODE.findall(answer.text) for answer in answers]
    assert codes[0] == codes[1] != []


def test_two_people_get_no_common_code_out_of_one_page(app: Flask, theatre: Theatre, door: str) -> None:
    one, other = (come_in_unnamed(app, door) for _ in range(2))
    complete_unnamed(app, "norms")
    form = {"seed": seed_on(one, theatre)}
    assert one.post(f"/receipts/{theatre.id}", data=form).status_code == 200

    answer = other.post(f"/receipts/{theatre.id}", data=form)
    assert answer.status_code == 422
    assert CODE.findall(answer.text) == []
    assert len(take_codes(other, theatre)) == 1


def test_the_page_that_was_open_too_long_is_shown_again(app: Flask, theatre: Theatre, door: str) -> None:
    phone = come_in_unnamed(app, door)
    complete_unnamed(app, "norms")
    for seed in ("", "forged", "\x00", seed_on(phone, theatre)[:-1]):
        assert phone.post(f"/receipts/{theatre.id}", data={"seed": seed}).status_code == 422
    assert len(take_codes(phone, theatre)) == 1


def test_when_the_code_is_there_nothing_else_is(app: Flask, theatre: Theatre, door: str) -> None:
    """Row by row: the database is as if she had never been, but for a receipt and one more who has entered."""
    before = dump(app)
    phone = come_in_unnamed(app, door)
    phone.post(f"/learn/{theatre.id}/{LESSON}/answers", data={REFLECTION: "Ingen skal lese dette."})
    lesson = f"/learn/{theatre.id}/{LESSON}"
    assert phone.post(f"{lesson}/time", data=report(phone, lesson, seconds=30)).status_code == 204
    complete_unnamed(app, "norms", "harassment")
    take_codes(phone, theatre)
    after = dump(app)

    differs = {name for name, rows in after.items() if rows != before[name]}
    assert differs == {"lms_receipt", "lms_join_link"}
    with app.app_context():
        for model in (Reflection, Answer, LessonProgress):
            assert session.query(model).count() == 0
    assert phone.get(f"/learn/{theatre.id}/{LESSON}").status_code == 303


def test_a_receipt_tells_no_time_but_its_week_and_no_order(app: Flask, theatre: Theatre, door: str) -> None:
    with time_machine.travel(datetime(2028, 2, 29, 23, 30, tzinfo=UTC)):
        code = a_code(app, theatre)
        with app.app_context():
            (receipt,) = session.query(Receipt)
            assert receipt.week.isoformat() == "2028-02-28", "a Monday; in Norway it is Wednesday by then"
            assert code not in str(receipt.digest)
            assert set(Receipt.metadata.tables["lms_receipt"].columns.keys()) == {
                "organisation_id",
                "digest",
                "round_id",
                "course",
                "week",
                "redeemed",
            }
            if app.extensions["lms"].engine.dialect.name == "sqlite":
                with pytest.raises(Exception, match="rowid"):
                    session.execute(text("SELECT rowid FROM lms_receipt"))


def test_whoever_has_more_here_than_this_place_keeps_her_account(app: Flask, theatre: Theatre, door: str) -> None:
    phone = come_in_unnamed(app, door)
    complete_unnamed(app, "norms")
    phone.post("/me/addresses", data={"email": "nina@example.no"})
    take_codes(phone, theatre)

    with app.app_context():
        assert session.query(Employee).filter_by(role="unnamed").count() == 0
        assert session.query(Person).filter_by(name="").count() == 1


def test_whoever_never_takes_a_code_is_forgotten_after_a_year(app: Flask, theatre: Theatre, door: str) -> None:
    before = dump(app)
    come_in_unnamed(app, door)
    for days, left in ((364, 1), (366, 0)):
        with time_machine.travel(datetime.now(UTC) + timedelta(days=days)), app.app_context(), one_transaction():
            forget_places_left_behind()
            assert session.query(Employee).filter_by(role="unnamed").count() == left

    assert {name for name, rows in dump(app).items() if rows != before[name]} == {"lms_join_link"}


def test_on_a_shared_device_the_next_one_is_not_shown_it(app: Flask, theatre: Theatre, door: str) -> None:
    tablet = come_in_unnamed(app, door, shares_device="on")
    complete_unnamed(app, "norms")
    take_codes(tablet, theatre)

    with tablet.session_transaction() as kept:
        assert set(kept) <= {"lms_shared_device", "lms_turn", "csrf_token"}
    assert "shares_device" in tablet.get(door).text


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_whole_way_on_a_phone(scheme: str, window: OpenWindow, app: Flask, theatre: Theatre, door: str) -> None:
    opened = window(scheme=scheme)
    page = opened.open(door)
    page.locator("summary").click()
    assert barriers(page) == []
    page.locator("form[action$='/without-name'] button").click()
    expect(page.locator(".code")).to_be_visible()
    complete_unnamed(app, "norms", "harassment")
    page = opened.open(f"/receipts/{theatre.id}")
    assert barriers(page) == []
    assert not opened.scrolls_sideways()
    page.locator("form[data-forgets] button.button").first.click()
    expect(page.locator("input.code")).to_have_count(2)
    assert barriers(page) == []
    opened.look(size="narrow")
    assert not opened.scrolls_sideways()
    code = page.locator("input.code").first.input_value()
    page = opened.open(f"{door}/receipts")
    page.locator("#codes").fill(f"{code}\nfjell trost")
    page.locator("main form .button").click()
    expect(page.locator(".answers .counted")).to_be_visible()
    assert barriers(page) == []
    assert not opened.scrolls_sideways()
    assert opened.complaints == []
