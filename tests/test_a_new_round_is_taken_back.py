"""A round that was begun by mistake is taken back, as long as nobody has done anything in it."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from lms.database import now, one_transaction, session
from lms.learning.models import Enrolment
from lms.mark.renewal.standing import renewal_of
from lms.measures.models import Measure, measures_of, plan_in
from lms.organisations.models import Round, current_round
from tests.cast import Theatre, signed_in
from tests.renewals import AWARDED, SIX, give_mark

Rows = dict[str, Any]


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(AWARDED, tick=False) as traveller:
        yield traveller


@pytest.fixture
def app(open_app: Any, database_url: str) -> Flask:
    opened: Flask = open_app(database_url, LMS_ORIGIN="https://kurs.example.no")
    return opened


@pytest.fixture
def before(app: Flask, theatre: Theatre, clock: Any) -> UUID:
    """The round that led to the mark; Kari has completed one course and is in the middle of the other."""
    give_mark(app, theatre)
    with app.app_context(), one_transaction():
        hers = Enrolment.employee_id == theatre.employees["kari"]
        done = {"begun_at": now(), "completed_at": now(), "completed_on": AWARDED.date()}
        session.execute(update(Enrolment).where(hers, Enrolment.course == "norms").values(done))
        session.execute(update(Enrolment).where(hers, Enrolment.course == "harassment").values(begun_at=now()))
        round_id = current_round(theatre.id).id
    clock.move_to(SIX)
    return round_id


@pytest.fixture
def mona(app: Flask, theatre: Theatre, before: UUID) -> FlaskClient:
    return signed_in(app, theatre, "mona")


@pytest.fixture
def begun(app: Flask, theatre: Theatre, mona: FlaskClient, before: UUID) -> UUID:
    """The new round, begun with everything that could be kept."""
    with app.app_context():
        plan = plan_in(theatre.id)
        assert plan is not None
        keep = [str(measure.id) for measure in measures_of(plan)]
    pressed = mona.post(f"/organisations/{theatre.id}/renewal/round", data={"round": str(before), "keep": keep})
    assert pressed.status_code == 303
    with app.app_context():
        return current_round(theatre.id).id


def rows_in(app: Flask, theatre: Theatre) -> Rows:
    """What a round changes."""
    with app.app_context():
        return {
            "rounds": {
                (row.id, row.ended_at) for row in session.scalars(select(Round)) if row.organisation_id == theatre.id
            },
            "places": {
                (row.id, row.round_id, row.completed_at)
                for row in session.scalars(select(Enrolment).where(Enrolment.organisation_id == theatre.id))
            },
            "measures": set(session.scalars(select(Measure.id).where(Measure.organisation_id == theatre.id))),
        }


def test_everything_is_as_it_was(app: Flask, theatre: Theatre, mona: FlaskClient, before: UUID) -> None:
    here = f"/organisations/{theatre.id}/renewal"
    was = rows_in(app, theatre)
    mona.post(f"{here}/round", data={"round": str(before)})
    assert rows_in(app, theatre) != was
    assert "Angre den nye runden" in mona.get(here).text
    with app.app_context():
        number = current_round(theatre.id).id
    for _press in range(2):
        assert mona.post(f"{here}/round/undo", data={"round": str(number)}).status_code == 303

    assert rows_in(app, theatre) == was
    assert "Begynn den nye runden" in mona.get(here).text
    assert mona.post(f"{here}/round/undo", data={"round": str(before)}).status_code == 422, "never the first round"
    assert rows_in(app, theatre) == was


def test_with_measures_that_were_kept_too(app: Flask, theatre: Theatre, mona: FlaskClient, begun: UUID) -> None:
    with app.app_context():
        plan = plan_in(theatre.id)
        assert plan is not None
        assert measures_of(plan)
    assert mona.post(f"/organisations/{theatre.id}/renewal/round/undo", data={"round": str(begun)}).status_code == 303
    with app.app_context():
        assert renewal_of(theatre.id).can_begin


@pytest.mark.parametrize("what", ["maps", "answers", "comes", "talks", "plans"])
def test_not_once_something_has_happened(
    app: Flask, theatre: Theatre, mona: FlaskClient, begun: UUID, what: str
) -> None:
    here = f"/organisations/{theatre.id}"
    kari = signed_in(app, theatre, "kari")
    with app.app_context():
        measure = measures_of(plan_in(theatre.id) or pytest.fail("no plan"))[0].id
    acts = {
        "maps": lambda: mona.post(f"{here}/risks"),
        "answers": lambda: kari.post(f"/learn/{theatre.id}/harassment/welcome/skips"),
        "comes": lambda: app.test_client().post(f"/join/{theatre.join_code}", data={"name": "Tone"}),
        "talks": lambda: mona.post(f"{here}/measures/remarks", data={"text": "Er dette nok?", "measure": str(measure)}),
        "plans": lambda: mona.post(f"{here}/group-session", data={"minutes": "180", "kind": "renewal"}),
    }
    assert acts[what]().status_code in (200, 303)
    was = rows_in(app, theatre)
    answer = mona.post(f"{here}/renewal/round/undo", data={"round": str(begun)})

    assert answer.status_code == 422
    assert "ville gått tapt" in answer.text
    assert rows_in(app, theatre) == was
