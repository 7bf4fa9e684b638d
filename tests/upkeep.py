"""What Siv does on the staff's pages of facts and help services, for the tests about them."""

from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from lms.courses.upkeep.entries import entries_of
from lms.courses.upkeep.models import Revision
from lms.courses.upkeep.writing import fields_of
from lms.database import session
from tests.cast import Theatre

HELP = "/upkeep/help/mental-helse"
FACT = "/upkeep/facts/F1"
OLD, NEW, NEWEST = "116 123", "116 999", "116 777"


def lesson_of(theatre: Theatre) -> str:
    """A lesson with a help box in its text, besides the one below it."""
    return f"/learn/{theatre.id}/harassment/welcome"


def form_of(app: Flask, address: str, **changed: str) -> dict[str, str]:
    """What the page's form sends, with something changed in it."""
    _, _, kind, key = address.split("/")
    with app.app_context():
        entries = entries_of(app.extensions["lms"].library, session.scalars(select(Revision).order_by(Revision.at)))
    entry = next(entry for entry in entries if (entry.kind, entry.key) == (kind, key))
    return {**fields_of(entry.shown), "seen": entry.seen, **changed}


def correct(siv: FlaskClient, app: Flask, address: str = HELP, **changed: str) -> None:
    answer = siv.post(f"{address}/correction", data=form_of(app, address, **changed))
    assert answer.status_code == 303, answer.text


def check(siv: FlaskClient, app: Flask, address: str = HELP) -> None:
    answer = siv.post(f"{address}/check", data={"seen": form_of(app, address)["seen"]})
    assert answer.status_code == 303


def history(app: Flask) -> list[tuple[str, str, Any]]:
    with app.app_context():
        revisions = session.scalars(select(Revision).order_by(Revision.at, Revision.id))
        return [(revision.what, revision.key, revision.by) for revision in revisions]
