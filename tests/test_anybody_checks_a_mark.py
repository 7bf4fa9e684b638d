"""Somebody points her phone at a certificate in a foyer, and is told whether the mark is valid today."""

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from xml.etree import ElementTree as Xml

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from lms.database import NORWAY, one_transaction, session
from lms.mark.models import Award, OwnWords
from lms.people.models import Person
from tests.awards import CODE, found_holder, give_mark
from tests.cast import Theatre, cast_in
from tests.rigs_browsers import OpenWindow
from tests.rigs_pages import barriers
from tests.spoken import READERS, reading, said

AWARDED = date(2025, 3, 10)
LAST_DAY = date(2027, 3, 10)
SECRET_REASON = "Kari Berg varslet, og ledelsen svarte ikke."


def at(day: date, hour: int = 12, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=NORWAY)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(at(date(2026, 6, 1)), tick=False) as traveller:
        yield traveller


@pytest.fixture
def award(app: Flask, theatre: Theatre, clock: time_machine.Traveller) -> Award:
    """The festival's, from March 2025 until March 2027."""
    with app.app_context(), one_transaction():
        siv = session.get_one(Person, theatre.people["siv"])
        return found_holder("Viddafestivalen", siv, AWARDED, "Geilo", "festival", "Vi hviler.", code=CODE)


def change(app: Flask, award: Award, do: Callable[[Award], object]) -> None:
    with app.app_context(), one_transaction():
        do(session.get_one(Award, (award.organisation_id, award.id)))


def withdraw(app: Flask, theatre: Theatre, award: Award) -> None:
    def take_back(award: Award) -> None:
        award.withdraw(SECRET_REASON, session.get_one(Person, theatre.people["siv"]))

    change(app, award, take_back)


def renew(app: Flask, theatre: Theatre, award: Award, on: date, code: str = "AAAA-BBBB-CCCC") -> None:
    with app.app_context(), one_transaction():
        fresh = give_mark(award.organisation_id, theatre.people["siv"], on, LAST_DAY.replace(year=2029), code)
        old = session.get_one(Award, (award.organisation_id, award.id))
        if old.state(on) == "valid":
            old.replaced_by, old.replaced_on = fresh.id, on


@pytest.mark.parametrize(
    ("moment", "state"),
    [
        (at(AWARDED), "valid"),
        (at(LAST_DAY, 0, 1), "valid"),
        (at(LAST_DAY, 23, 59), "valid"),
        (at(date(2027, 3, 11), 0, 0), "expired"),
    ],
)
def test_the_last_day_counts_by_the_norwegian_clock(
    moment: datetime, state: str, anonymous: FlaskClient, award: Award, clock: time_machine.Traveller
) -> None:
    clock.move_to(moment)
    page = anonymous.get(f"/mark/{CODE}", headers=reading("nb"))

    assert page.status_code == 200
    assert f'class="standing {state}"' in page.text
    assert "Viddafestivalen" in page.text
    assert "10. mars 2027" in page.text


@pytest.mark.parametrize("language", READERS)
def test_it_says_so_in_the_readers_language(language: str, anonymous: FlaskClient, award: Award) -> None:
    page = anonymous.get(f"/mark/{CODE}", headers=reading(language)).text

    assert said(language, "Valid") in page
    assert said(language, "Last valid day") in page


@pytest.mark.parametrize("written", ["k7m2-p9xq-r3t8", "K7M2P9XQR3T8", " k7m2 p9xq r3t8 "])
def test_a_code_may_be_typed_as_people_type(written: str, anonymous: FlaskClient, award: Award) -> None:
    led = anonymous.get("/mark", query_string={"code": written})

    assert led.status_code == 303
    assert led.location == f"/mark/{CODE}"
    assert "Viddafestivalen" in anonymous.get(f"/mark/{written.strip()}").text


@pytest.mark.parametrize("written", ["K7M2-P9XQ-R3T9", "x", "K7M2-P9XQ-R3T8-AAAA", "<b>", "ÅÅÅÅ-ÅÅÅÅ-ÅÅÅÅ", "%00"])
def test_an_unknown_code_is_told_so(written: str, anonymous: FlaskClient, award: Award) -> None:
    page = anonymous.get(f"/mark/{written}", headers=reading("nb"))

    assert page.status_code == 404
    assert said("nb", "There is no such mark") in page.text
    assert "unknown_mark.svg" in page.text
    for what in ("badge.svg", "badge.png", "certificate", "certificate.pdf"):
        assert anonymous.get(f"/mark/{written}/{what}").status_code == 404


def test_what_is_no_code_is_asked_for_again(anonymous: FlaskClient, award: Award) -> None:
    page = anonymous.get("/mark", query_string={"code": "K7M2 <b>"}, headers=reading("nb"))

    assert page.status_code == 422
    assert "K7M2 &lt;b&gt;" in page.text
    assert said("nb", "A code has twelve letters and digits, as in K7M2-P9XQ-R3T8. Look once more.") in page.text


def test_a_withdrawn_mark_is_withdrawn_and_nobody_reads_why(
    app: Flask, anonymous: FlaskClient, theatre: Theatre, award: Award
) -> None:
    withdraw(app, theatre, award)
    page = anonymous.get(f"/mark/{CODE}", headers=reading("nb")).text

    assert 'class="standing withdrawn"' in page
    assert "1. juni 2026" in page
    assert SECRET_REASON not in page
    assert "#0f6b68" not in anonymous.get(f"/mark/{CODE}/badge.svg").text
    assert anonymous.get(f"/mark/{CODE}/certificate").status_code == 303
    assert anonymous.get(f"/mark/{CODE}/certificate.pdf").status_code == 404


def test_an_old_certificate_leads_to_what_has_renewed_it(
    app: Flask, anonymous: FlaskClient, theatre: Theatre, award: Award, clock: time_machine.Traveller
) -> None:
    clock.move_to(at(date(2027, 1, 15)))
    renew(app, theatre, award, date(2027, 1, 15))
    page = anonymous.get(f"/mark/{CODE}", headers=reading("nb")).text

    assert 'class="standing valid"' in page
    assert "10. mars 2029" in page
    assert "10. mars 2025" in page, "since when"
    assert "AAAA-BBBB-CCCC" in page
    assert "10. mars 2029" in anonymous.get(f"/mark/{CODE}/badge.svg").text
    assert "AAAA-BBBB-CCCC" in anonymous.get(f"/mark/{CODE}/certificate").text


def test_an_award_after_a_gap_begins_anew(
    app: Flask, anonymous: FlaskClient, theatre: Theatre, award: Award, clock: time_machine.Traveller
) -> None:
    clock.move_to(at(date(2027, 9, 1)))
    renew(app, theatre, award, date(2027, 9, 1))
    old = anonymous.get(f"/mark/{CODE}", headers=reading("nb")).text
    new = anonymous.get("/mark/AAAA-BBBB-CCCC", headers=reading("nb")).text

    assert 'class="standing expired"' in old
    assert 'href="/mark/AAAA-BBBB-CCCC"' in old
    assert 'class="standing valid"' in new
    assert "2025" not in new


def test_the_badge_is_a_drawing_that_any_site_may_show(anonymous: FlaskClient, award: Award) -> None:
    answer = anonymous.get(f"/mark/{CODE}/badge.svg?language=en")
    again = anonymous.get(f"/mark/{CODE}/badge.svg?language=en", headers={"If-None-Match": answer.headers["ETag"]})

    assert answer.mimetype == "image/svg+xml"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    assert Xml.fromstring(answer.text).tag == "{http://www.w3.org/2000/svg}svg"
    assert "10 Mar 2027" in answer.text
    assert "script" not in answer.text
    assert "Set-Cookie" not in answer.headers
    assert again.status_code == 304


def test_the_badge_turns_grey_by_itself(anonymous: FlaskClient, award: Award, clock: time_machine.Traveller) -> None:
    before = anonymous.get(f"/mark/{CODE}/badge.svg").text
    clock.move_to(at(date(2027, 3, 11)))
    after = anonymous.get(f"/mark/{CODE}/badge.svg").text

    assert "#0f6b68" in before
    assert "#0f6b68" not in after
    assert said("nb", "expired") in after


def test_the_badge_is_there_in_points_too(anonymous: FlaskClient, award: Award) -> None:
    picture = anonymous.get(f"/mark/{CODE}/badge.png").data

    assert picture.startswith(b"\x89PNG")
    assert int.from_bytes(picture[16:20]) == int.from_bytes(picture[20:24]) == 960


def test_the_certificate_is_one_tagged_sheet(anonymous: FlaskClient, award: Award) -> None:
    page = anonymous.get(f"/mark/{CODE}/certificate", headers=reading("nb")).text
    sheet = anonymous.get(f"/mark/{CODE}/certificate.pdf")

    assert "10. mars 2025" in page
    assert f"http://localhost/mark/{CODE}" in page
    assert 'class="qr"' in page
    assert sheet.mimetype == "application/pdf"
    assert len(re.findall(rb"/Type\s*/Page\b", sheet.data)) == 1
    assert b"/StructTreeRoot" in sheet.data
    assert b"pdfuaid" in sheet.data


def test_nothing_is_made_where_the_extra_is_missing(
    anonymous: FlaskClient, award: Award, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lms.mark.proof.views.can_be_pdf", lambda: False)

    assert anonymous.get(f"/mark/{CODE}/certificate.pdf").status_code == 404
    assert anonymous.get(f"/mark/{CODE}/badge.png").status_code == 404
    assert "certificate.pdf" not in anonymous.get(f"/mark/{CODE}/certificate").text


def test_whoever_is_not_in_the_register_can_still_be_checked(app: Flask, anonymous: FlaskClient, award: Award) -> None:
    with app.app_context(), one_transaction():
        session.get_one(OwnWords, award.organisation_id).in_register = False
    page = anonymous.get(f"/mark/{CODE}").text

    assert 'class="standing valid"' in page
    assert f"/register/{award.organisation_id}" not in page


def test_whoever_tries_codes_is_told_to_wait(open_app: Callable[..., Flask], sqlite_url: str) -> None:
    app = open_app(sqlite_url, RATELIMIT_ENABLED=True)
    cast_in(app)
    guesser = app.test_client()
    answers = [guesser.get(f"/mark/AAAA-BBBB-CC{number + 22}").status_code for number in range(40)]

    assert answers[0] == 404
    assert answers[-1] == 429


def test_a_coordinator_finds_everything_to_show_it_with(
    app: Flask, clock: time_machine.Traveller, mona: FlaskClient, theatre: Theatre
) -> None:
    here = f"/organisations/{theatre.id}/mark/badge"
    nothing_yet = mona.get(here).text
    with app.app_context(), one_transaction():
        give_mark(theatre.id, theatre.people["siv"], date(2026, 5, 1), code=CODE)
    page = mona.get(here, headers=reading("nb")).text
    snippet = (
        f"&lt;a href=&#34;http://localhost/mark/{CODE}&#34;&gt;&lt;img src=&#34;http://localhost/mark/{CODE}"
        "/badge.svg?language=nn&#34; alt=&#34;Balansemerket&#34; width=&#34;160&#34; height=&#34;160&#34;&gt;&lt;/a&gt;"
    )

    assert CODE not in nothing_yet
    assert "textarea" not in nothing_yet
    assert snippet in page
    assert f'href="/mark/{CODE}/certificate.pdf"' in page
    assert f'href="/mark/{CODE}/badge.png?language=en"' in page
    assert "1. mai 2028" in page


@pytest.mark.browser
def test_the_page_to_show_it_with_is_for_everybody(
    app: Flask, mona: FlaskClient, theatre: Theatre, window: OpenWindow
) -> None:
    with app.app_context(), one_transaction():
        give_mark(theatre.id, theatre.people["siv"], date.today(), code=CODE)  # noqa: DTZ011  the browser's own day
    opened = window(mona)
    page = opened.open(f"/organisations/{theatre.id}/mark/badge")
    faults: list[str] = []
    for look in ({"size": "narrow"}, {"size": "desktop", "scheme": "dark"}):
        opened.look(**look)
        faults += barriers(page)
        faults += ["scrolls sideways"] if opened.scrolls_sideways() else []

    assert faults == []
    assert opened.strangers == []
    assert page.locator(".give img").evaluate_all("them => them.every((one) => one.naturalWidth > 0)")
