"""A plan of measures for the cast, in which something of everything stands."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import Flask

from lms.database import norwegian_day, now, one_transaction, session
from lms.measures.models import Measure, open_plan
from lms.measures.talk import say
from lms.people.models import Person

EMPTY: dict[str, Any] = {
    "what": "",
    "why": "",
    "owner": "",
    "due": None,
    "recurring": "",
    "requirement": None,
    "already": False,
}


def form(**changed: str) -> dict[str, str]:
    """The form of a measure as a browser sends it."""
    return {"what": "", "why": "", "owner": "", "due": "", "recurring": "", "requirement": "", **changed}


def plan_a_measure(theatre_id: UUID, by: Person, what: str, risks: tuple[UUID, ...] = (), **values: Any) -> Measure:
    """Put a measure into the plan, opened if need be, in the transaction around."""
    plan = open_plan(theatre_id, by)
    return plan.add({**EMPTY, "what": what, **values}, risks, values.get("example"), by)


def plans(app: Flask, theatre: Any, risk_id: UUID) -> dict[str, Any]:
    """A plan that is handed in, with a measure that is late, one that recurs, and some words to and fro."""
    yesterday: date = norwegian_day(now()) - timedelta(days=1)
    # A letter needs an address to lead to, and what only reads writes nothing.
    with app.test_request_context(method="POST"), one_transaction():
        mona, siv = (session.get_one(Person, theatre.people[name]) for name in ("mona", "siv"))
        late = plan_a_measure(
            theatre.id, mona, "Enkeltrom på turné", (risk_id,), owner="Produsenten", due=yesterday, why="Ro om natta."
        )
        plan_a_measure(
            theatre.id, mona, "Samtale om makt", recurring="quarterly", requirement="awareness_plan", already=True
        )
        plan_a_measure(theatre.id, mona, "Noe vi ga opp").remove(mona)
        plan = open_plan(theatre.id, mona)
        say(plan, "Er dette nok?", mona, False, late.id, None)
        say(plan, "Ja, det er en god begynnelse.", siv, True, late.id, None)
        say(plan, "Hvor står den?", siv, True, None, "guidelines")
        plan.hand_in(mona)
        return {"measure_id": late.id}
