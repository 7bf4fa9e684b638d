"""What the stories about renewal have in common: the day of the award, who reads the letters, the worker's round."""

from datetime import datetime
from uuid import UUID

from flask import Flask

from lms.database import NORWAY, one_transaction, session
from lms.mark.renewal.duties import tell_of_renewals
from lms.people.models import Person
from tests.cast import Theatre
from tests.letters import confirm_address
from tests.marks import awarded
from tests.plans import plan_a_measure

AWARDED = datetime(2026, 11, 27, 10, tzinfo=NORWAY)
SIX = datetime(2028, 5, 27, 10, tzinfo=NORWAY)
MONAS, SIVS = "mona@teatret.no", "siv@ordningen.no"


def give_mark(app: Flask, theatre: Theatre) -> UUID:
    """The theatre is awarded the mark, with four measures besides the required ones, and letters reach two people."""
    confirm_address(app, theatre.people["mona"], MONAS)
    confirm_address(app, theatre.people["siv"], SIVS)
    with app.test_request_context(method="POST"), one_transaction():
        mona, siv = (session.get_one(Person, theatre.people[name]) for name in ("mona", "siv"))
        award = awarded(theatre.id, mona, siv)
        plan_a_measure(theatre.id, mona, "Enkeltrom på turné", owner="Produsenten").become("done", "", mona)
        plan_a_measure(theatre.id, mona, "Samtale hvert halvår", recurring="half-yearly").become("continuing", "", mona)
        plan_a_measure(theatre.id, mona, "Ny varslingsplakat")
        plan_a_measure(theatre.id, mona, "Egen app").become("not_relevant", "For dyrt.", mona)
        return award.id


def tell(app: Flask) -> int:
    """The worker's round; says of how many awards it has told."""
    with app.app_context(), one_transaction():
        return tell_of_renewals()
