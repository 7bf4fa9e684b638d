"""From the request to the mark, through the pages: asked for, returned with reasons, asked for again, awarded."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from lms.database import norwegian_day, now, one_transaction, session
from lms.mark.dates import years_after
from lms.mark.models import Award, MarkRequest
from lms.mark.standing import standing_of_mark
from lms.measures.asking import live_with
from lms.measures.standing import plan_of
from lms.organisations.events import Event
from lms.people.models import Person
from tests.cast import Theatre
from tests.letters import confirm_address, letters_to
from tests.marks import THE_WAY_ON, accept_mapping, bring_on, hold_session, meet_requirements


@pytest.fixture
def here(theatre: Theatre) -> str:
    """The address of the theatre's mark."""
    return f"/organisations/{theatre.id}/mark"


def the_request(app: Flask, theatre: Theatre) -> str:
    """The address of the request that was sent last."""
    with app.app_context():
        request = standing_of_mark(theatre.id).request
        assert request is not None
        return f"/organisations/{theatre.id}/mark/requests/{request.id}"


def state(app: Flask, theatre: Theatre) -> str:
    with app.app_context():
        return standing_of_mark(theatre.id).state


def test_what_is_missing_is_said_and_the_mark_cannot_be_asked_for(
    mona: FlaskClient, here: str, app: Flask, theatre: Theatre
) -> None:
    page = mona.get(here).text

    assert "Kurssamlingen i denne runden er ikke avholdt" in page
    assert "Ordningen har ikke godkjent risikokartleggingen" in page
    assert "Ingen tiltak er satt i gang" in page
    assert f'/organisations/{theatre.id}/risks"' in page, "a link to where it is mended"
    answer = mona.post(f"{here}/request", data={"statement": THE_WAY_ON})
    assert answer.status_code == 422
    assert state(app, theatre) == "none"


def test_it_is_asked_for_once_with_the_plan_for_the_way_on(
    mona: FlaskClient, siv: FlaskClient, here: str, app: Flask, theatre: Theatre
) -> None:
    bring_on(app, theatre)
    assert "Alt er på plass" in mona.get(here).text
    empty = mona.post(f"{here}/request", data={"statement": " "})
    assert empty.status_code == 422
    assert "Skriv hva dere vil gjøre" in empty.text
    assert "Ingenting venter" in siv.get("/marks").text
    for _press in range(2):
        assert mona.post(f"{here}/request", data={"statement": THE_WAY_ON}).status_code == 303

    assert state(app, theatre) == "requested"
    assert "Dere har søkt om merket" in mona.get(here).text
    assert "Teatret Vårt" in siv.get("/marks").text
    page = siv.get(the_request(app, theatre)).text
    assert THE_WAY_ON in page
    assert "Tiltak for guidelines" in page
    assert "/risks/deliveries/" in page
    assert "Det er uendret" in page
    with app.app_context():
        assert session.scalars(select(MarkRequest.number)).all() == [1]


def test_a_returned_request_says_at_which_point_and_leads_there(
    mona: FlaskClient, siv: FlaskClient, here: str, app: Flask, theatre: Theatre
) -> None:
    bring_on(app, theatre)
    confirm_address(app, theatre.people["mona"], "mona@teatret.no")
    mona.post(f"{here}/request", data={"statement": THE_WAY_ON})
    decision = f"{the_request(app, theatre)}/decision"
    silent = siv.post(decision, data={"verdict": "returned"})
    assert silent.status_code == 422
    assert "Si hva som mangler" in silent.text
    assert siv.post(decision, data={"verdict": "perhaps"}).status_code == 400
    answer = {"verdict": "returned", "reason-measures": "Hvem følger opp?"}
    assert siv.post(decision, data=answer).status_code == 303

    assert state(app, theatre) == "returned"
    page = mona.get(here).text
    assert "Hvem følger opp?" in page
    assert "Gå dit" in page
    (letter,) = letters_to(app, "mona@teatret.no")
    assert "Hvem følger opp?" in letter
    assert here in letter
    assert mona.post(f"{here}/request", data={"statement": "Verneombudet."}).status_code == 303
    assert state(app, theatre) == "requested"


def test_it_is_awarded_for_two_years(
    mona: FlaskClient, siv: FlaskClient, here: str, app: Flask, theatre: Theatre
) -> None:
    bring_on(app, theatre)
    confirm_address(app, theatre.people["mona"], "mona@teatret.no")
    mona.post(f"{here}/request", data={"statement": THE_WAY_ON})
    decision = f"{the_request(app, theatre)}/decision"

    assert siv.post(decision, data={"verdict": "awarded"}).status_code == 303

    with app.app_context():
        award = session.scalars(select(Award)).one()
        today = norwegian_day(now())
        assert award.awarded_on == today
        assert award.valid_until == years_after(today, 2)
        assert award.state(today) == award.state(award.valid_until) == "valid"
        assert award.awarded_by == theatre.people["siv"]
        assert award.requirements_version
        assert award.catalogue_version
        log = [line for line in session.scalars(select(Event.what).order_by(Event.id)) if line.startswith("mark.")]
    assert log == ["mark.requested", "mark.awarded"]
    assert state(app, theatre) == "awarded"
    assert "Dere har Balansemerket" in mona.get(here).text
    (letter,) = letters_to(app, "mona@teatret.no")
    assert "Gratulerer" in letter
    assert mona.post(f"{here}/request", data={"statement": "En gang til."}).status_code == 303
    with app.app_context():
        assert session.scalars(select(MarkRequest.number)).all() == [1], "this round has led to the mark"


def test_what_can_do_without_is_awarded_with_a_written_reason_only(
    mona: FlaskClient, siv: FlaskClient, here: str, app: Flask, theatre: Theatre
) -> None:
    with app.app_context(), one_transaction():
        mona_, siv_ = (session.get_one(Person, theatre.people[name]) for name in ("mona", "siv"))
        accept_mapping(theatre.id, mona_, siv_)
        meet_requirements(theatre.id, mona_)
    assert mona.post(f"{here}/request", data={"statement": THE_WAY_ON}).status_code == 303
    decision = f"{the_request(app, theatre)}/decision"

    refused = siv.post(decision, data={"verdict": "awarded"})
    assert refused.status_code == 422
    assert "Skriv hvorfor merket tildeles likevel" in refused.text
    assert siv.post(decision, data={"verdict": "awarded", "in_spite": "Samlingen var i går."}).status_code == 303

    assert state(app, theatre) == "awarded"
    assert "Samlingen var i går." in siv.get(the_request(app, theatre)).text


@pytest.mark.parametrize("lacking", ["mapping", "requirements"])
def test_a_mapping_and_evidence_can_never_be_done_without(
    lacking: str, mona: FlaskClient, here: str, app: Flask, theatre: Theatre
) -> None:
    with app.app_context(), one_transaction():
        mona_, siv_ = (session.get_one(Person, theatre.people[name]) for name in ("mona", "siv"))
        hold_session(theatre.id, siv_)
        if lacking == "requirements":
            accept_mapping(theatre.id, mona_, siv_)
        else:
            meet_requirements(theatre.id, mona_)

    answer = mona.post(f"{here}/request", data={"statement": THE_WAY_ON})

    assert answer.status_code == 422
    assert THE_WAY_ON not in mona.get(here).text
    assert state(app, theatre) == "none"


@pytest.fixture
def four_eyes(open_app: Callable[..., Flask], app: Flask) -> Flask:
    """The same scheme, where two have to see every award."""
    app.config["LMS_FOUR_EYES"] = True
    return app


def second(app: Flask) -> FlaskClient:
    """Another facilitator, who leads no session of theirs."""
    with app.app_context(), one_transaction():
        person = Person(name="Else Moe", scheme_role="facilitator", language="nb")
        session.add(person)
        session.flush()
        number = person.id
    client = app.test_client()
    with client.session_transaction() as ticket:
        ticket["_user_id"] = f"{number}.1"
    return client


def test_with_four_eyes_a_second_one_confirms_and_only_then_there_is_an_award(
    four_eyes: Flask, mona: FlaskClient, siv: FlaskClient, here: str, theatre: Theatre
) -> None:
    app = four_eyes
    bring_on(app, theatre)
    mona.post(f"{here}/request", data={"statement": THE_WAY_ON})
    decision = f"{the_request(app, theatre)}/decision"
    else_ = second(app)
    assert else_.get(the_request(app, theatre)).status_code == 404, "before somebody asks for a second pair of eyes"
    assert siv.post(decision, data={"verdict": "awarded"}).status_code == 303

    assert state(app, theatre) == "requested"
    assert "Noen andre må bekrefte" in siv.get(the_request(app, theatre)).text
    alone = siv.post(decision, data={"verdict": "awarded"})
    assert alone.status_code == 422
    assert "Siv" not in mona.get(here).text
    assert "Teatret Vårt" in else_.get("/marks").text
    assert else_.post(decision, data={"verdict": "awarded"}).status_code == 303

    assert state(app, theatre) == "awarded"
    with app.app_context():
        award = session.scalars(select(Award)).one()
        assert award.awarded_by == theatre.people["siv"]
        assert award.seconded_by not in (None, award.awarded_by)


def test_with_four_eyes_the_second_one_may_say_no(
    four_eyes: Flask, mona: FlaskClient, siv: FlaskClient, here: str, theatre: Theatre
) -> None:
    bring_on(four_eyes, theatre)
    mona.post(f"{here}/request", data={"statement": THE_WAY_ON})
    decision = f"{the_request(four_eyes, theatre)}/decision"
    siv.post(decision, data={"verdict": "awarded"})

    assert second(four_eyes).post(decision, data={"verdict": "returned", "reason-plan": "For kort."}).status_code == 303

    assert state(four_eyes, theatre) == "returned"
    with four_eyes.app_context():
        assert session.scalars(select(Award)).all() == []


def test_a_mark_that_has_run_out_is_lapsed(
    mona: FlaskClient, siv: FlaskClient, here: str, app: Flask, theatre: Theatre
) -> None:
    bring_on(app, theatre)
    mona.post(f"{here}/request", data={"statement": THE_WAY_ON})
    siv.post(f"{the_request(app, theatre)}/decision", data={"verdict": "awarded"})
    with app.app_context():
        last = session.scalars(select(Award.valid_until)).one()

    with time_machine.travel(f"{last}T23:30:00+00:00", tick=False), app.app_context():
        after: Any = standing_of_mark(theatre.id)
    assert isinstance(after.since, date)
    assert (after.state, after.since) == ("lapsed", last)


def test_the_home_says_who_waits_for_whom(
    mona: FlaskClient, siv: FlaskClient, here: str, app: Flask, theatre: Theatre
) -> None:
    home = f"/organisations/{theatre.id}/"
    bring_on(app, theatre)
    with app.app_context(), one_transaction():
        mona_ = session.get_one(Person, theatre.people["mona"])
        for risk in plan_of(theatre.id).high_risks_unanswered:
            live_with(risk, "Vi vet om det.", mona_)
    assert f'href="{here}#request"' in mona.get(home).text

    mona.post(f"{here}/request", data={"statement": THE_WAY_ON})
    assert "Dere trenger ikke gjøre noe før dere får svar" in mona.get(home).text
    siv.post(f"{the_request(app, theatre)}/decision", data={"verdict": "returned", "reason-plan": "Mer."})
    assert "sier på hvilket punkt" in mona.get(home).text
    mona.post(f"{here}/request", data={"statement": THE_WAY_ON})
    siv.post(f"{the_request(app, theatre)}/decision", data={"verdict": "awarded"})
    page = mona.get(home).text
    assert "Dere har Balansemerket" in page
    assert "fortell i registeret" in page
