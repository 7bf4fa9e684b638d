"""Siv sees what nobody has looked up for a year, and finds her way in the list."""

from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType

import time_machine
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient

from lms.cli import main
from lms.courses.packs import Library
from lms.courses.upkeep.entries import entries_of
from tests.cast import Theatre
from tests.upkeep import FACT, HELP, NEW, check, correct


def test_a_year_later_the_staff_is_told_what_is_due(
    siv: FlaskClient, app: Flask, theatre: Theatre, library: Library
) -> None:
    oldest = min(each.last_verified for each in [*library.facts.values(), *library.help_services])
    due = sum(each.last_verified == oldest for each in [*library.facts.values(), *library.help_services])
    with time_machine.travel(oldest + timedelta(days=365)):
        assert "må kontrolleres" not in siv.get("/group-sessions").text
    with time_machine.travel(oldest + timedelta(days=366)):
        assert f"{due} opplysninger må kontrolleres" in siv.get("/group-sessions").text
        assert f"{due} opplysninger må kontrolleres" in siv.get("/upkeep").text
        assert siv.get("/upkeep?show=due").text.count('<li class="card">') == due
        check(siv, app, FACT)
        assert f"{due - 1} opplysninger må kontrolleres" in siv.get("/group-sessions").text
        assert f'href="{FACT}"' not in siv.get("/upkeep?show=due").text


def listed(siv: FlaskClient, query: str) -> list[str]:
    page = siv.get(f"/upkeep?{query}")
    assert page.status_code == 200
    return [line.split('"')[1] for line in page.text.splitlines() if line.strip().startswith('<a href="/upkeep/')]


def test_what_was_looked_up_longest_ago_comes_first_and_the_list_is_divided(
    siv: FlaskClient, theatre: Theatre, library: Library
) -> None:
    days = {f"/upkeep/facts/{key}": fact.last_verified for key, fact in library.facts.items()}
    days |= {f"/upkeep/help/{each.key}": each.last_verified for each in library.help_services}
    first, second = listed(siv, ""), listed(siv, "page=2")

    assert len(first) == 50
    assert {*first, *second} == set(days)
    assert [days[address] for address in first + second] == sorted(days.values())
    assert listed(siv, "page=9") == second
    assert listed(siv, "page=x&show=y&where=z") == first, "what nobody offers is as good as nothing"


def test_she_finds_a_number_a_course_and_what_is_corrected(
    siv: FlaskClient, app: Flask, theatre: Theatre, library: Library
) -> None:
    correct(siv, app, phone=NEW)
    norms = library.course("norms")
    assert norms is not None

    assert listed(siv, "text=116999") == [HELP]
    assert listed(siv, "show=corrected") == [HELP]
    assert len(listed(siv, "where=help")) == len(library.help_services)
    assert {address.rpartition("/")[2] for address in listed(siv, "where=norms")} == {
        key for lesson in norms.lessons for key in lesson.facts
    }
    assert listed(siv, "text=finnesikke") == []


def test_the_command_knows_what_has_been_checked(
    siv: FlaskClient, app: Flask, theatre: Theatre, library: Library
) -> None:
    oldest = min(each.last_verified for each in library.facts.values())
    day = oldest + timedelta(days=400)
    with time_machine.travel(day):
        check(siv, app, FACT)
        env = {"LMS_DATABASE_URL": app.config["LMS_DATABASE_URL"], "LMS_INSTANCE": str(app.config["LMS_INSTANCE"])}
        answer = CliRunner().invoke(main, ["courses", "facts"], env=env)

    keys = {line.split()[1] for line in answer.stdout.splitlines()[:-1]}
    assert answer.exit_code == 0
    assert "F1" not in keys
    assert keys == {
        each.key
        for each in [*library.facts.values(), *library.help_services]
        if each.last_verified < day - timedelta(days=365) and each.key != "F1"
    }


def test_a_pack_may_have_nothing_to_look_up(app: Flask, theatre: Theatre, library: Library) -> None:
    assert entries_of(replace(library, facts=MappingProxyType({}), help_services=()), []) == ()
