"""An organisation counts the codes of people who gave no name: each once, with a clear answer for each."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lms.database import one_transaction, session
from lms.group_sessions.readiness import outlook_of
from lms.learning.receipts.codes import code_from, words
from lms.learning.receipts.models import redeemed_in
from lms.organisations.models import Employee, Organisation, Round, current_round
from tests.at_once import all_at_once
from tests.cast import Theatre, cast_in, invite_guest, signed_in
from tests.receipts import (
    a_code,
    allow_unnamed,
    come_in_unnamed,
    complete_unnamed,
    dump,
    facts_of,
)


@pytest.fixture
def app(open_app: Callable[..., Flask], database_url: str) -> Flask:
    """On both databases: what is counted is put together from two tables."""
    return open_app(database_url)


@pytest.fixture
def door(app: Flask, theatre: Theatre) -> str:
    return allow_unnamed(app, theatre)


def redeem(client: FlaskClient, theatre: Theatre, *codes: str) -> str:
    client.post("/language", data={"language": "en"})
    answer = client.post(f"/organisations/{theatre.id}/receipts", data={"codes": "\n".join(codes)})
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


def test_a_redeemed_code_counts_among_those_who_are_done(mona: FlaskClient, app: Flask, theatre: Theatre) -> None:
    before = facts_of(app, theatre)["norms"]
    code = a_code(app, theatre)
    assert facts_of(app, theatre)["norms"] == before, "not before it is redeemed"
    assert "1 code was counted" in redeem(mona, theatre, code)

    after = facts_of(app, theatre)["norms"]
    assert (after.staff, after.staff_done, after.unnamed) == (before.staff, before.staff_done + 1, 1)
    page = mona.get(f"/organisations/{theatre.id}/readiness").text
    assert "has given no name" in page


@pytest.mark.parametrize(("declared", "asked"), [(0, 3), (3, 3), (10, 10)])
def test_it_is_one_of_those_they_say_they_are(
    mona: FlaskClient, app: Flask, theatre: Theatre, declared: int, asked: int
) -> None:
    """Beyond the roster of two; nobody is ever done who is not asked."""
    mona.post(f"/organisations/{theatre.id}/choices/head-count", data={"declared_head_count": str(declared)})
    redeem(mona, theatre, a_code(app, theatre))

    with app.app_context():
        facts = outlook_of(session.get_one(Organisation, theatre.id), with_names=False).readiness.facts
        assert facts.roster == 2
        assert facts.roster + facts.off_the_roster == asked


def test_it_counts_in_every_room_that_asks(mona: FlaskClient, siv: FlaskClient, app: Flask, theatre: Theatre) -> None:
    """Among several organisations at once too."""
    redeem(mona, theatre, a_code(app, theatre))

    assert siv.get("/group-sessions").status_code == 200
    brief = siv.get(f"/organisations/{theatre.id}/group-sessions/{theatre.meeting_id}/brief")
    assert re.search(r"1 (of|av) 3", brief.text)


def test_each_code_gets_a_clear_answer(mona: FlaskClient, app: Flask, theatre: Theatre) -> None:
    norms, harassment = a_code(app, theatre), a_code(app, theatre, "harassment")
    mona.post(f"/organisations/{theatre.id}/choices/courses", data={"courses": ["norms"]})
    with app.app_context():
        strange = code_from("no such seed", "norms")
    wrong = norms[:-1] + str((int(norms[-1]) + 1) % 10)
    said = redeem(mona, theatre, norms.upper().replace("-", " "), norms, harassment, strange, wrong, "hei", "💥" * 900)

    assert f"{norms} counts" in said
    assert f"{norms} has been counted before" in said
    assert f"{harassment} is for another course" in said
    assert f"{strange} is not known here" in said
    assert f"{wrong} is written wrong" in said
    assert said.count("is written wrong") == 3
    assert "1 code was counted" in said
    assert facts_of(app, theatre)["norms"].unnamed == 1


def test_those_that_were_written_wrong_stay_in_the_form(mona: FlaskClient, app: Flask, theatre: Theatre) -> None:
    code = a_code(app, theatre)
    answer = mona.post(f"/organisations/{theatre.id}/receipts", data={"codes": f"{code}\nfjell-trost-1234"})
    form = re.search(r"<textarea[^>]*>([^<]*)</textarea>", answer.text)

    assert form is not None
    assert form[1] == "fjell-trost-1234"


@pytest.mark.parametrize("codes", ["", " \n ", "\n".join(["a"] * 301)])
def test_nothing_and_too_much_are_told(mona: FlaskClient, theatre: Theatre, codes: str) -> None:
    answer = mona.post(f"/organisations/{theatre.id}/receipts", data={"codes": codes})

    assert answer.status_code == 422
    assert 'id="codes-error"' in answer.text


def test_a_code_of_another_organisation_is_not_known(ola: FlaskClient, app: Flask, theatre: Theatre) -> None:
    code = a_code(app, theatre)
    with app.app_context():
        festival = session.query(Organisation).filter_by(name="Festivalen Deres").one().id
    ola.post("/language", data={"language": "en"})
    answer = ola.post(f"/organisations/{festival}/receipts", data={"codes": code})

    assert "is not known here" in " ".join(answer.text.split())
    assert ola.post(f"/organisations/{theatre.id}/receipts", data={"codes": code}).status_code == 404


def test_two_coordinators_at_once_count_it_once(mona: FlaskClient, app: Flask, theatre: Theatre, door: str) -> None:
    code = a_code(app, theatre)
    answers = all_at_once(
        [
            partial(mona.post, f"/organisations/{theatre.id}/receipts", data={"codes": code}),
            partial(app.test_client().post, f"{door}/receipts", data={"codes": code}),
        ]
    )

    assert [answer.status_code for answer in answers] == [200, 200]
    assert sorted('class="counted"' in answer.text for answer in answers) == [False, True]
    assert facts_of(app, theatre)["norms"].unnamed == 1


def test_the_log_tells_how_many_and_by_whom_but_not_of_her_who_did_it_herself(
    mona: FlaskClient, app: Flask, theatre: Theatre, door: str
) -> None:
    redeem(mona, theatre, a_code(app, theatre), a_code(app, theatre, "harassment"))
    app.test_client().post(f"{door}/receipts", data={"codes": a_code(app, theatre)})

    lines = [row for row in dump(app)["lms_event"] if row["what"] == "receipts.redeemed"]
    assert [(row["by"], row["about"]) for row in lines] == [(theatre.people["mona"], {"receipts": 2})]
    page = mona.get(f"/organisations/{theatre.id}/log").text
    assert "Codes of people who gave no name were counted" in page


def test_whoever_guesses_is_stopped(open_app: Callable[..., Flask], sqlite_url: str) -> None:
    app = open_app(sqlite_url, RATELIMIT_ENABLED=True)
    theatre = cast_in(app)
    mona = signed_in(app, theatre, "mona")
    code = a_code(app, theatre)
    with app.app_context():
        guesses = [code_from(str(number), "norms") for number in range(70)]
    answer = mona.post(f"/organisations/{theatre.id}/receipts", data={"codes": "\n".join([code, *guesses])})

    assert answer.status_code == 429
    assert facts_of(app, theatre)["norms"].unnamed == 0, "nothing was kept of it"


def test_a_crew_that_takes_its_codes_in_one_hall_is_not_taken_for_guessers(
    open_app: Callable[..., Flask], sqlite_url: str
) -> None:
    """Behind one address, at the end of the same talk."""
    app = open_app(sqlite_url, RATELIMIT_ENABLED=True)
    here = f"/receipts/{cast_in(app).id}"
    assert {app.test_client().post(here, data={"seed": "x"}).status_code for _ in range(400)} == {404}


def test_in_another_round_it_counts_for_the_one_it_was_taken_in(
    mona: FlaskClient, app: Flask, theatre: Theatre
) -> None:
    code = a_code(app, theatre)
    with app.app_context(), one_transaction():
        before = current_round(theatre.id)
        before.ended_at = datetime.now(UTC)
        taken_in = before.id
        session.flush()
        session.add(Round(organisation_id=theatre.id, courses=list(before.courses)))
    said = redeem(mona, theatre, code)

    assert f"{code} counts in an earlier round" in said
    assert "In earlier rounds: 1 code." in said
    assert facts_of(app, theatre)["norms"].unnamed == 0
    with app.app_context():
        assert [sum(weeks.values()) for weeks in redeemed_in(theatre.id)[taken_in].values()] == [1]
    assert f"{code} has been counted before" in redeem(mona, theatre, code)


def test_words_are_easy_to_tell_apart() -> None:
    assert len(set(words())) == 256
    assert all(word.isascii() and word.islower() and word.isalpha() for word in words())


def test_whoever_began_without_a_name_may_come_in_by_a_letter_after_all(
    mona: FlaskClient, app: Flask, theatre: Theatre, door: str
) -> None:
    phone = come_in_unnamed(app, door)
    complete_unnamed(app, "norms")
    with app.app_context(), one_transaction():
        secret = invite_guest(theatre)
        number = session.query(Employee).filter_by(role="unnamed").one().person_id

    assert phone.post(f"/invitations/{secret}", data={"as": str(number)}).status_code in (200, 303)
    assert "Nina Ny" in mona.get(f"/organisations/{theatre.id}/people").text
    with app.app_context():
        place = session.query(Employee).filter_by(person_id=number).one()
        assert (place.role, place.left_at) == ("employee", None)
    assert facts_of(app, theatre)["norms"].staff_done == 1
