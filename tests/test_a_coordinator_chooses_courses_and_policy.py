"""Mona chooses the courses and what being ready means, says whom to report to, and confirms the roster."""

import re
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from lms.database import one_transaction, session
from lms.learning.models import Enrolment
from lms.organisations.models import JoinLink, Organisation, Round, current_round
from tests.cast import COURSES, Theatre
from tests.rosters import come_in, facts_of, logged, people_at

EVERYTHING = [*COURSES, "power_techniques"]


def choices_at(theatre: Theatre, section: str = "") -> str:
    return f"/organisations/{theatre.id}/choices{section and f'/{section}'}"


def round_of(app: Flask, theatre: Theatre) -> Round:
    with app.app_context():
        return current_round(theatre.id)


def organisation_of(app: Flask, theatre: Theatre) -> Organisation:
    with app.app_context():
        return session.get_one(Organisation, theatre.id)


def courses_of(app: Flask, theatre: Theatre, who: str) -> set[str]:
    with app.app_context():
        asked = select(Enrolment.course).where(Enrolment.employee_id == theatre.employees[who])
        return set(session.scalars(asked))


def take_away_norms(mona: FlaskClient, theatre: Theatre) -> None:
    answer = mona.post(choices_at(theatre, "courses"), data={"courses": ["harassment"]})
    assert (answer.status_code, answer.location) == (303, f"{choices_at(theatre)}?saved=courses#courses")


def test_everybody_gets_a_place_in_a_newly_chosen_course(
    app: Flask, kari: FlaskClient, mona: FlaskClient, theatre: Theatre
) -> None:
    (gone,) = come_in(app, theatre, "Bo Lie")
    mona.post(f"{people_at(theatre)}/{gone}/departure")
    assert kari.get(f"/learn/{theatre.id}/power_techniques/").status_code == 404
    for _twice in range(2):
        mona.post(choices_at(theatre, "courses"), data={"courses": EVERYTHING})

    assert kari.get(f"/learn/{theatre.id}/power_techniques/").status_code == 200
    assert courses_of(app, theatre, "mona") == set(EVERYTHING)
    assert round_of(app, theatre).courses == EVERYTHING
    with app.app_context():
        assert set(session.scalars(select(Enrolment.course).where(Enrolment.employee_id == gone))) == set(COURSES)
    assert [course.course for course in facts_of(app, theatre).courses] == EVERYTHING
    about = {"added": ["power_techniques"], "taken_away": []}
    assert logged(app, theatre)[1:] == [("courses.chosen", theatre.people["mona"], about)]


def test_a_course_taken_away_keeps_what_people_have_done_and_is_not_asked_for(
    app: Flask, kari: FlaskClient, mona: FlaskClient, theatre: Theatre
) -> None:
    kari.post(f"/learn/{theatre.id}/norms/welcome/answers", data={})
    kari.post(f"/learn/{theatre.id}/norms/what-is-a-norm/skips", data={"part": "all"})
    with app.app_context(), one_transaction():
        everywhere = Enrolment.course == "harassment", Enrolment.organisation_id == theatre.id
        for enrolment in session.scalars(select(Enrolment).where(*everywhere)):
            for lesson in app.extensions["lms"].library.course("harassment").written_lessons:
                enrolment.skip(lesson, lesson.exercise_ids)
                enrolment.complete(app.extensions["lms"].library.course("harassment"), lesson)
    missing = f"{people_at(theatre)}?show=missing"
    assert 'scope="row"' in mona.get(missing).text

    take_away_norms(mona, theatre)

    assert [course.course for course in facts_of(app, theatre).courses] == ["harassment"]
    assert 'scope="row"' not in mona.get(missing).text, "nobody misses what is not asked for"
    assert courses_of(app, theatre, "kari") == set(COURSES), "her place is kept"
    assert kari.get(f"/learn/{theatre.id}/norms/").status_code == 200
    assert f"/learn/{theatre.id}/norms/" in kari.get("/").text, "she has begun, and can go on"
    assert f"/learn/{theatre.id}/norms/" not in mona.get("/").text, "she has not"

    mona.post(choices_at(theatre, "courses"), data={"courses": COURSES})
    assert f"/learn/{theatre.id}/norms/" in mona.get("/").text
    assert [course.course for course in facts_of(app, theatre).courses] == COURSES


def test_an_exception_from_what_is_not_asked_for_is_none(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    """Kari is asked for norms alone: with norms gone, the organisation is not ready «with exceptions»."""
    with app.app_context(), one_transaction():
        here = Enrolment.employee_id == theatre.employees["kari"], Enrolment.course == "harassment"
        session.delete(session.scalars(select(Enrolment).where(*here)).one())
    mona.post(f"{people_at(theatre, 'kari')}/exception", data={"reason": "På turné"})
    assert facts_of(app, theatre).excused == 1

    take_away_norms(mona, theatre)
    assert facts_of(app, theatre).excused == 0


def test_a_link_into_a_course_taken_away_leads_into_the_others(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    with app.app_context(), one_transaction():
        session.get_one(JoinLink, (theatre.id, theatre.join_link_id)).courses = ["norms"]
    take_away_norms(mona, theatre)
    newcomer = app.test_client()

    assert newcomer.post(f"/join/{theatre.join_code}", data={"name": "Bo Lie"}).status_code == 200
    page = newcomer.get("/").text
    assert f"/learn/{theatre.id}/harassment/" in page
    assert f"/learn/{theatre.id}/norms/" not in page
    poster = mona.get(f"/organisations/{theatre.id}/join-links/{theatre.join_link_id}/poster").text
    assert "90 min" in poster
    assert "120 min" not in poster


def test_at_least_one_course(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    answer = mona.post(choices_at(theatre, "courses"), data={})

    assert answer.status_code == 422
    assert 'id="courses-error"' in answer.text
    assert "checked" not in answer.text.split("</fieldset>")[0]
    assert round_of(app, theatre).courses == COURSES


def test_a_course_there_is_not_is_no_honest_mistake(mona: FlaskClient, theatre: Theatre) -> None:
    assert mona.post(choices_at(theatre, "courses"), data={"courses": ["norms", "magic"]}).status_code == 400


def test_a_course_whose_pack_is_gone_can_still_be_taken_away(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    with app.app_context(), one_transaction():
        current_round(theatre.id).courses = ["norms", "of-old"]

    assert "of-old" in mona.get(choices_at(theatre)).text
    assert "of-old" in mona.get(people_at(theatre)).text
    mona.post(choices_at(theatre, "courses"), data={"courses": ["norms"]})
    assert "of-old" not in mona.get(choices_at(theatre)).text


NUMBERS: list[tuple[str, dict[str, str], dict[str, int]]] = [
    ("policy", {"leader_share": " 90 % ", "staff_share": "0"}, {"leader_share": 90, "staff_share": 0}),
    ("head-count", {"declared_head_count": "1 200"}, {"declared_head_count": 1200}),
    ("head-count", {"declared_head_count": ""}, {"declared_head_count": 0}),
    ("time", {"time_share": "50"}, {"time_share": 50}),
]


@pytest.mark.parametrize(("section", "form", "numbers"), NUMBERS)
def test_numbers_are_kept_and_written_down(
    app: Flask, mona: FlaskClient, theatre: Theatre, section: str, form: dict[str, str], numbers: dict[str, int]
) -> None:
    with app.app_context(), one_transaction():
        current_round(theatre.id).declared_head_count = 7
    for _twice in range(2):
        answer = mona.post(choices_at(theatre, section), data=form)
        assert (answer.status_code, answer.location) == (303, f"{choices_at(theatre)}?saved={section}#{section}")

    assert {name: getattr(round_of(app, theatre), name) for name in numbers} == numbers
    assert logged(app, theatre) == [("policy.set", theatre.people["mona"], numbers)]
    page = mona.get(answer.location).text
    status = page.partition(f'id="{section}"')[2].partition("</section>")[0]
    assert 'role="status"' in status


@pytest.mark.parametrize(
    ("section", "field", "written"),
    [
        ("policy", "leader_share", "101"),
        ("policy", "staff_share", "-1"),
        ("policy", "staff_share", ""),
        ("policy", "staff_share", "half"),
        ("policy", "staff_share", "9" * 5_000),
        ("policy", "staff_share", "٨٠"),
        ("head-count", "declared_head_count", "many <b>"),
        ("head-count", "declared_head_count", "1000001"),
        ("time", "time_share", "1,5"),
        ("channel", "reporting_channel", "x" * 1_001),
        ("name", "name", " \u202e\x00 "),
        ("name", "name", "x" * 201),
    ],
)
def test_a_mistake_comes_back_with_what_was_written(
    app: Flask, mona: FlaskClient, theatre: Theatre, section: str, field: str, written: str
) -> None:
    form = {"leader_share": "77", "staff_share": "66", field: written}
    answer = mona.post(choices_at(theatre, section), data=form)

    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert re.search(rf'<(input|textarea) id="{field}"[^>]*aria-describedby="[^"]*{field}-error', answer.text)
    assert written in unescape(answer.text)
    assert (round_of(app, theatre).leader_share, round_of(app, theatre).staff_share) == (100, 80)
    assert organisation_of(app, theatre).name == "Teatret Vårt"
    assert logged(app, theatre) == []


def test_the_channel_stands_where_people_write(
    app: Flask, kari: FlaskClient, mona: FlaskClient, theatre: Theatre
) -> None:
    channel = "Verneombud  Kim Vik <kim@teatret.no>\r\n\r\n telefon 900 00 000"
    mona.post(choices_at(theatre, "channel"), data={"reporting_channel": channel})

    assert organisation_of(app, theatre).reporting_channel == "Verneombud Kim Vik <kim@teatret.no>\ntelefon 900 00 000"
    lesson = kari.get(f"/learn/{theatre.id}/harassment/welcome").text
    assert "Verneombud Kim Vik &lt;kim@teatret.no&gt;" in lesson
    mona.post(choices_at(theatre, "channel"), data={"reporting_channel": " "})
    assert facts_of(app, theatre).channel_known is False
    assert [(what, about) for what, _by, about in logged(app, theatre)] == [
        ("channel.set", {"known": True}),
        ("channel.set", {"known": False}),
    ]


def test_the_organisation_is_called_something_else(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    mona.post(choices_at(theatre, "name"), data={"name": " Teatret <i>Nytt</i> 🎭 "})

    assert organisation_of(app, theatre).name == "Teatret <i>Nytt</i> 🎭"
    page = mona.get(choices_at(theatre)).text
    assert "Teatret &lt;i&gt;Nytt&lt;/i&gt; 🎭" in page
    assert "<i>" not in page
    assert [what for what, _by, _about in logged(app, theatre)] == ["organisation.renamed"]


def test_the_roster_is_confirmed_by_somebody_and_anew_when_more_have_come(
    app: Flask, mona: FlaskClient, theatre: Theatre
) -> None:
    assert facts_of(app, theatre).roster_confirmed is False
    mona.post("/language", data={"language": "en"})
    mona.post(choices_at(theatre, "roster"))
    page = mona.get(choices_at(theatre)).text

    assert facts_of(app, theatre).roster_confirmed is True
    assert "Mona Haug" in page.partition('id="roster"')[2].partition("</section>")[0]
    assert "entered since" not in page
    come_in(app, theatre, "Bo Lie")
    assert "1 person has entered since." in mona.get(choices_at(theatre)).text
    mona.post(choices_at(theatre, "roster"))
    assert "entered since" not in mona.get(choices_at(theatre)).text
    by = theatre.people["mona"]
    assert logged(app, theatre) == [("roster.confirmed", by, {"people": 2}), ("roster.confirmed", by, {"people": 3})]


def test_every_reason_has_a_place_to_lead_to(mona: FlaskClient, theatre: Theatre) -> None:
    page = mona.get(choices_at(theatre)).text

    assert [
        anchor for anchor in ("courses", "policy", "head-count", "channel", "roster") if f'id="{anchor}"' not in page
    ] == []


def test_nobody_else_chooses_for_the_theatre(
    app: Flask, ola: FlaskClient, siv: FlaskClient, kari: FlaskClient, theatre: Theatre
) -> None:
    forms: dict[str, dict[str, Any]] = {
        "courses": {"courses": "norms"},
        "policy": {"leader_share": "1", "staff_share": "1"},
        "head-count": {"declared_head_count": "1"},
        "time": {"time_share": "1"},
        "channel": {"reporting_channel": "Ola"},
        "name": {"name": "Ola"},
        "roster": {},
    }
    for client in (ola, siv, kari, app.test_client()):
        for section, form in forms.items():
            assert client.post(choices_at(theatre, section), data=form).status_code == 404

    assert logged(app, theatre) == []
    assert round_of(app, theatre).courses == COURSES
