"""Codes say that somebody is done, never who: so they count no more people than the organisation says it has."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from lms.database import one_transaction, session
from lms.group_sessions.held import canonical, held, seal
from lms.group_sessions.models import GroupSession
from lms.group_sessions.readiness import Facts, Note, judge, outlook_of, staff_asked, tally_of
from lms.learning.receipts.counting import count_codes, places_for_unnamed
from lms.learning.receipts.models import Receipt
from lms.organisations.models import Organisation, current_round
from tests.cast import Theatre
from tests.lists import said_in
from tests.meetings import BEGINS, meet_at
from tests.receipts import allow_unnamed

MONDAY = date(2026, 3, 2)
COURSES = ("harassment", "norms")
weeks = st.dictionaries(st.integers(0, 60).map(lambda week: MONDAY + timedelta(weeks=week)), st.integers(1, 40))
NOBODY = Facts((), 0, 0, 100, 80, 0, True, True, True, True, True)


def hand_in(app: Flask, theatre: Theatre, codes: int, course: str = "norms", week: date = MONDAY) -> None:
    """So many codes for a course have been redeemed."""
    with app.app_context(), one_transaction():
        here = {"organisation_id": theatre.id, "round_id": current_round(theatre.id).id, "course": course}
        for number in range(codes):
            session.add(Receipt(digest=f"{course} {week} {number}", week=week, redeemed=True, **here))


def declare(app: Flask, theatre: Theatre, people: int) -> None:
    with app.app_context(), one_transaction():
        current_round(theatre.id).declared_head_count = people


def facts_of(app: Flask, theatre: Theatre) -> Facts:
    with app.app_context():
        return outlook_of(session.get_one(Organisation, theatre.id), with_names=False).readiness.facts


def in_english(client: FlaskClient, address: str) -> str:
    client.post("/language", data={"language": "en"})
    return said_in(client.get(address).text)


@st.composite
def rosters(draw: st.DrawFn) -> tuple[int, list[tuple[Any, ...]]]:
    """Some people, how far each has come, as the database groups them; and codes by course and week."""
    everybody = draw(st.lists(st.sampled_from(("leader", "staff", "excused")), max_size=30))
    rows: list[tuple[Any, ...]] = []
    for course in COURSES:
        for counts_as in everybody:
            done = draw(st.booleans())
            rows.append((None, course, counts_as, MONDAY if done else None, done, 1))
        rows += [(None, course, "unnamed", week, True, codes) for week, codes in draw(weeks).items()]
    return len(everybody), draw(st.permutations(rows))


@given(rosters(), st.integers(0, 60))
def test_nobody_is_ever_done_who_is_not_asked(drawn: tuple[int, list[tuple[Any, ...]]], declared: int) -> None:
    roster, rows = drawn
    tally = tally_of(rows, COURSES, places_for_unnamed(roster, declared))
    courses = tuple(tally.courses[course] for course in COURSES if course in tally.courses)
    facts = replace(NOBODY, courses=courses, roster=roster, declared=declared, excused=tally.excused)

    assert roster + facts.off_the_roster == max(roster + facts.unnamed, declared)
    for course in courses:
        assert course.leaders_done <= course.leaders
        assert (
            course.unnamed <= course.staff_done <= staff_asked(facts, course) <= max(roster + facts.unnamed, declared)
        )
        codes = sum(people for _org, key, kind, *_when, people in rows if (key, kind) == (course.course, "unnamed"))
        assert course.unnamed + course.beyond == codes
        done = course.leaders_done + course.staff_done
        assert sum(tally.days.get(course.course, {}).values()) == done, "the picture of the days says the same"
        if declared:
            assert roster + course.unnamed <= max(roster, declared)


@given(rosters(), st.integers(1, 60), st.integers(1, 40))
def test_where_the_number_is_known_more_codes_than_people_change_nothing(
    drawn: tuple[int, list[tuple[Any, ...]]], declared: int, more: int
) -> None:
    roster, rows = drawn
    places = places_for_unnamed(roster, declared)
    full = tally_of([*rows, (None, "norms", "unnamed", date(2001, 1, 1), True, declared)], COURSES, places)
    fuller = tally_of([*rows, (None, "norms", "unnamed", date(2001, 1, 1), True, declared + more)], COURSES, places)

    assert replace(fuller.courses["norms"], beyond=0) == replace(full.courses["norms"], beyond=0)
    assert fuller.courses["norms"].beyond == full.courses["norms"].beyond + more


@given(weeks, st.none() | st.integers(0, 100))
def test_the_first_codes_count_first(by_week: Mapping[date, int], places: int | None) -> None:
    counted = count_codes(by_week, places)

    assert counted.people == (sum(by_week.values()) if places is None else min(places, sum(by_week.values())))
    counting = sorted(by_week)[: len(counted.by_week)]
    assert list(counted.by_week) == counting
    assert all(counted.by_week[week] == by_week[week] for week in counting[:-1])


def test_fifty_codes_are_eight_people_where_there_can_be_no_more(app: Flask, theatre: Theatre) -> None:
    """The roster is two and nobody on it is done: with fifty codes it was fifty of fifty-two."""
    hand_in(app, theatre, 50)
    declare(app, theatre, 10)
    facts = facts_of(app, theatre)
    norms = next(course for course in facts.courses if course.course == "norms")

    assert facts.roster == 2
    assert (norms.unnamed, norms.beyond, facts.off_the_roster) == (8, 42, 8)
    assert norms.staff_done == 8
    assert judge(facts).notes == (Note("codes_beyond", 42),)


def test_the_pages_say_that_some_do_not_count_and_where_it_is_mended(
    mona: FlaskClient, siv: FlaskClient, app: Flask, theatre: Theatre
) -> None:
    hand_in(app, theatre, 50)
    declare(app, theatre, 10)
    readiness, codes = f"/organisations/{theatre.id}/readiness", f"/organisations/{theatre.id}/receipts"

    assert "42 codes do not count" in in_english(mona, readiness)
    assert "42 codes do not count" in in_english(siv, readiness)
    assert "You have said that you are 10, and 2 are on the roster." in in_english(mona, codes)
    for page in (readiness, codes):
        assert f"/organisations/{theatre.id}/choices#head-count" in mona.get(page).text
    declare(app, theatre, 52)
    assert "do not count" not in in_english(mona, readiness) + in_english(mona, codes)


def test_who_takes_codes_and_has_not_said_how_many_it_is_is_told_so(
    mona: FlaskClient, siv: FlaskClient, app: Flask, theatre: Theatre
) -> None:
    page, told = f"/organisations/{theatre.id}/readiness", "nobody has said how many you are in all"
    before = judge(facts_of(app, theatre))
    assert told not in in_english(mona, page)
    allow_unnamed(app, theatre)

    after = judge(facts_of(app, theatre))
    assert after.notes == (Note("no_head_count"),)
    assert (after.verdict, after.blockers) == (before.verdict, before.blockers), "it informs, and locks nobody out"
    assert told in in_english(mona, page)
    assert told in in_english(siv, page)
    assert f"{theatre.id}/choices#head-count" in mona.get(page).text
    assert told in in_english(mona, f"/organisations/{theatre.id}/receipts")
    declare(app, theatre, 10)
    assert told not in in_english(mona, page)


def test_an_organisation_that_closes_the_link_is_told_while_codes_count(app: Flask, theatre: Theatre) -> None:
    hand_in(app, theatre, 1)
    assert judge(facts_of(app, theatre)).notes == (Note("no_head_count"),)


@pytest.mark.parametrize("who", ["mona", "siv"])
def test_the_page_says_how_many_of_those_who_count_have_no_name(
    who: str, request: pytest.FixtureRequest, app: Flask, theatre: Theatre
) -> None:
    hand_in(app, theatre, 3)
    hand_in(app, theatre, 1, "harassment")
    declare(app, theatre, 12)
    page = in_english(request.getfixturevalue(who), f"/organisations/{theatre.id}/readiness")

    assert "3 without a name" in page
    assert "1 without a name" in page
    assert "At least 3 people who count here have given no name" in page


def test_several_organisations_at_once_say_the_same(siv: FlaskClient, app: Flask, theatre: Theatre) -> None:
    hand_in(app, theatre, 50)
    declare(app, theatre, 10)

    assert siv.get("/group-sessions").status_code == 200
    address = f"/organisations/{theatre.id}/group-sessions/{theatre.meeting_id}/brief"
    assert "8 of 10" in in_english(siv, address)


def test_what_was_frozen_before_is_read_as_it_was_and_its_seal_is_true(
    mona: FlaskClient, app: Flask, theatre: Theatre
) -> None:
    """Fifty of fifty-two it was then, and nothing is worked out anew about it."""
    hand_in(app, theatre, 3)
    declare(app, theatre, 10)
    here = meet_at(app, theatre, BEGINS - timedelta(days=400))
    assert mona.post(f"{here}/held").status_code == 303
    number = UUID(here.rpartition("/")[2])
    with app.app_context(), one_transaction():
        meeting = session.get_one(GroupSession, (theatre.id, number))
        assert held(meeting).is_true
        snapshot = dict(meeting.frozen_facts or {})
        facts = {name: value for name, value in snapshot["facts"].items() if name != "takes_codes"}
        courses = [
            {name: value for name, value in course.items() if name != "beyond"} | {"unnamed": 50, "staff_done": 50}
            for course in facts["courses"]
        ]
        of_old = {**snapshot, "facts": {**facts, "courses": courses}}
        meeting.frozen_facts, meeting.frozen_hash = of_old, seal(of_old)
        assert "takes_codes" not in canonical(of_old)
    with app.app_context():
        read = held(session.get_one(GroupSession, (theatre.id, number)))
        assert read.is_true
        assert (read.readiness.facts.off_the_roster, read.readiness.notes) == (50, ())
    page = in_english(mona, f"{here}/held")
    assert "50 of 52" in page
    assert "At least 50 people who counted had given no name" in page
