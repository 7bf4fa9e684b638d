"""The applications that wait, those that wait for an answer, and what has been decided."""

from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from lms.database import session
from lms.people.alphabet import folded, folded_letters
from lms.people.lists import ROWS_SHOWN, Look, Screenful, page_in
from lms.scheme.applications.models import Application

SHOWS = ("waiting", "asked", "unconfirmed", "accepted", "declined")
MOST_WORDS = 6


def in_state(state: str) -> ColumnElement[bool]:
    """Whether an application is in this state, as `Application.state` says it."""
    asked = and_(
        Application.asked_at.is_not(None),
        or_(Application.answered_at.is_(None), Application.answered_at < Application.asked_at),
    )
    if state in ("accepted", "declined"):
        return Application.verdict == state
    undecided = Application.decided_at.is_(None)
    if state == "unconfirmed":
        return and_(undecided, Application.confirmed_at.is_(None))
    return and_(undecided, Application.confirmed_at.is_not(None), asked if state == "asked" else ~asked)


def since() -> Any:
    """Since when an application waits for the scheme."""
    return func.coalesce(Application.answered_at, Application.confirmed_at, Application.applied_at)


def applications_in(look: Look) -> Screenful[Application]:
    """One page of them: the longest wait first, or the newest decision."""
    found = select(Application).where(in_state(look["show"]))
    for word in folded_letters(look["text"]).split()[:MOST_WORDS]:
        columns = (Application.name, Application.place, Application.contact_name, Application.number)
        found = found.where(or_(*(folded(column).contains(word, autoescape=True) for column in columns)))
    in_all = session.scalar(select(func.count()).select_from(found.subquery())) or 0
    page = page_in(look, in_all)
    order = since() if look["show"] in ("waiting", "asked", "unconfirmed") else Application.decided_at.desc()
    rows = session.scalars(found.order_by(order, Application.id).limit(ROWS_SHOWN).offset((page - 1) * ROWS_SHOWN))
    return Screenful(list(rows), page, in_all)


def waiting(many: int) -> tuple[list[Application], int]:
    """The applications that have waited longest for the scheme, and how many wait in all."""
    number = session.scalar(select(func.count()).where(in_state("waiting"))) or 0
    rows = session.scalars(select(Application).where(in_state("waiting")).order_by(since(), Application.id).limit(many))
    return list(rows), number
