"""Each of the five requirements says what is there and what is missing, and the plan is what it is read from."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from lms.courses.packs import Library
from lms.database import new_id, now, one_transaction, session
from lms.group_sessions.held import hold
from lms.group_sessions.models import GroupSession
from lms.journey.way import Thing
from lms.languages import LANGUAGES
from lms.measures.catalogue import catalogue
from lms.measures.models import Measure
from lms.measures.standing import Piece, PlanStanding, RequirementStanding, activities_in_a_year, plan_of
from lms.organisations.models import Organisation
from lms.people.models import Person
from lms.risks.delivery import DeliveredMapping, Standing, decide
from lms.risks.models import Risk
from tests.cast import Theatre
from tests.guidelines import guidelines_at, published
from tests.lists import said_in
from tests.plans import form
from tests.risk_mappings import delivered
from tests.test_a_coordinator_finds_her_way import DONE, TODAY


def standing(app: Flask, theatre: Theatre) -> PlanStanding:
    with app.app_context():
        return plan_of(theatre.id)


def kinds(app: Flask, theatre: Theatre, key: str) -> tuple[list[str], list[str]]:
    each = standing(app, theatre).requirement(key)
    return [piece.kind for piece in each.has], [piece.kind for piece in each.missing]


def test_at_first_everything_but_the_channel_is_missing(app: Flask, theatre: Theatre, mona: FlaskClient) -> None:
    there = standing(app, theatre)

    assert there.plan is None
    assert [each.key for each in there.requirements] == [each.key for each in catalogue().requirements]
    assert not any(each.is_met for each in there.requirements)
    assert kinds(app, theatre, "reporting_channels") == (["channel"], ["evidence"])
    page = mona.get(f"/organisations/{theatre.id}/measures/requirements").text
    for address in ("/risks", "new?requirement=guidelines", "new?requirement=awareness_plan"):
        assert f'href="/organisations/{theatre.id}/' in page
        assert address in page


def test_the_mapping_is_there_when_the_scheme_has_accepted_it(app: Flask, theatre: Theatre) -> None:
    assert kinds(app, theatre, "risk_mapping") == ([], ["mapping_opened"])
    with app.app_context(), one_transaction():
        mona, siv = (session.get_one(Person, theatre.people[name]) for name in ("mona", "siv"))
        form = delivered(theatre.id, mona)
    assert kinds(app, theatre, "risk_mapping") == (["mapping_delivered"], ["mapping_accepted"])
    with app.app_context(), one_transaction():
        decide(session.get_one(DeliveredMapping, (theatre.id, form.id)), "accepted", "", {}, siv)
    assert kinds(app, theatre, "risk_mapping") == (["mapping_accepted"], [])


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("against_harassment", "guidelines"),
        ("code_of_conduct", "guidelines"),
        ("reporting_routine", "reporting_channels"),
    ],
)
def test_what_people_read_and_confirm_shows_it(
    kind: str, key: str, app: Flask, theatre: Theatre, mona: FlaskClient, kari: FlaskClient
) -> None:
    address = published(mona, guidelines_at(theatre), kind=kind)
    assert "guideline" in kinds(app, theatre, key)[0]
    assert standing(app, theatre).requirement(key).is_met
    page = mona.get(f"/organisations/{theatre.id}/measures/requirements")
    assert "bekreftet av 0 av 2 personer" in said_in(page.text)

    mona.post(f"{address}/withdrawal")
    assert not standing(app, theatre).requirement(key).is_met


@pytest.mark.parametrize("key", ["guidelines", "public_position", "reporting_channels"])
def test_a_measure_that_has_begun_shows_a_requirement(
    key: str, app: Flask, theatre: Theatre, mona: FlaskClient
) -> None:
    here = f"/organisations/{theatre.id}/measures"
    mona.post(here, data=form(what="Retningslinjene", requirement=key))
    assert not standing(app, theatre).requirement(key).is_met
    with app.app_context():
        there = session.scalars(select(Measure.id)).one()
    mona.post(f"{here}/{there}/status", data={"status": "started"})

    assert standing(app, theatre).requirement(key).is_met
    assert "Retningslinjene" in mona.get(f"{here}/requirements").text


def test_a_routine_without_a_channel_is_not_enough(app: Flask, theatre: Theatre, mona: FlaskClient) -> None:
    with app.app_context(), one_transaction():
        session.get_one(Organisation, theatre.id).reporting_channel = ""
    here = f"/organisations/{theatre.id}/measures"
    mona.post(here, data=form(what="Rutinen", requirement="reporting_channels", already="1"))

    assert kinds(app, theatre, "reporting_channels") == (["measure"], ["channel"])
    assert "/choices#channel" in mona.get(f"{here}/requirements").text


def test_four_activities_in_a_year_are_a_plan(app: Flask, theatre: Theatre, mona: FlaskClient) -> None:
    here = f"/organisations/{theatre.id}/measures"
    mona.post(here, data=form(what="Samtale", recurring="half-yearly", requirement="awareness_plan"))
    each = standing(app, theatre).requirement("awareness_plan")
    assert [(piece.kind, piece.number) for piece in each.missing] == [("activities", 2)]

    for day in ("2031-03-01", "2031-09-01"):
        mona.post(here, data=form(what=f"Verksted {day}", due=day, requirement="awareness_plan"))
    assert standing(app, theatre).requirement("awareness_plan").is_met


def measure(**values: Any) -> Measure:
    return Measure(**{"id": new_id(), "status": "planned", "recurring": "", "due": None, **values})


@pytest.mark.parametrize(
    ("days", "recurring", "count"),
    [
        ([], [], 0),
        ([0, 100, 200, 300], [], 4),
        ([0, 200, 400, 600], [], 2),
        ([0, 365], [], 1),
        ([0, 364], [], 2),
        ([], ["monthly"], 12),
        ([10], ["quarterly", "yearly"], 6),
    ],
)
def test_what_counts_is_the_fullest_year(days: list[int], recurring: list[str], count: int) -> None:
    begins = date(2026, 9, 1)
    planned = [measure(due=begins + timedelta(days=number)) for number in days]
    planned += [measure(recurring=rhythm) for rhythm in recurring]

    assert activities_in_a_year(planned) == count
    assert activities_in_a_year([measure(due=begins, status="not_relevant")]) == 0


def test_the_29th_of_february_begins_a_year_too() -> None:
    assert activities_in_a_year([measure(due=date(2028, 2, 29)), measure(due=date(2029, 2, 28))]) == 2


def test_the_catalogue_is_whole_in_every_language(library: Library) -> None:
    there = catalogue()

    assert len(there.requirements) == 5
    assert len({example.key for example in there.examples}) == 15
    assert there.requirements_version
    assert there.version
    keys = {factor.key for factor in library.risk_factors.factors}
    for example in there.examples:
        assert example.factors
        assert set(example.factors) <= keys, example.key
        assert example.area in there.areas
        assert example.requirement is None or there.requirement(example.requirement)
        assert set(example.titles) == set(LANGUAGES)
    assert keys == {factor for example in there.examples for factor in example.factors}
    for requirement in there.requirements:
        assert set(requirement.titles) == set(requirement.evidence) == set(requirement.counts) == set(LANGUAGES)
        assert len({len(counts) for counts in requirement.counts.values()}) == 1


MISSING = (RequirementStanding("guidelines", missing=(Piece("evidence"),)),)


@pytest.mark.parametrize(
    ("measures", "requirements", "risks", "thing"),
    [
        ((), (), (), Thing("measures")),
        ((Measure(),), MISSING, (Risk(),), Thing("measures")),
        ((Measure(),), MISSING, (), Thing("requirement", requirement="guidelines")),
        ((Measure(),), (RequirementStanding("guidelines"),), (), Thing("mark")),
    ],
)
def test_the_home_knows_what_the_plan_wants_next(
    measures: tuple[Measure, ...],
    requirements: tuple[RequirementStanding, ...],
    risks: tuple[Risk, ...],
    thing: Thing,
) -> None:
    plan = PlanStanding(None, measures, Standing(), requirements, risks)

    assert replace(DONE, held_on=TODAY, mapping="accepted", plan=plan).next_thing == thing


def test_the_home_leads_to_what_is_missing(app: Flask, theatre: Theatre, mona: FlaskClient) -> None:
    with app.app_context(), one_transaction():
        mona_herself, siv = (session.get_one(Person, theatre.people[name]) for name in ("mona", "siv"))
        meeting = session.get_one(GroupSession, (theatre.id, theatre.meeting_id))
        meeting.starts_at = now() - timedelta(hours=1)
        hold(meeting, session.get_one(Organisation, theatre.id), siv)
        decide(delivered(theatre.id, mona_herself), "accepted", "", {}, siv)
    home, here = f"/organisations/{theatre.id}/", f"/organisations/{theatre.id}/measures"
    next_thing = mona.get(home).text.partition('id="next"')[2].partition("</section>")[0]
    assert f'href="{here}"' in next_thing

    with app.app_context():
        risks = [str(risk.id) for risk in plan_of(theatre.id).high_risks_unanswered]
    mona.post(here, data={**form(what="Enkeltrom"), "risks": risks})
    next_thing = mona.get(home).text.partition('id="next"')[2].partition("</section>")[0]
    assert f'href="{here}/requirements#guidelines"' in next_thing
