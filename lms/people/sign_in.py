"""Who is visiting: kept in the cookie by flask-login when we are alone, under our own key inside a host."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import flask
from flask import Flask, current_app, g, redirect, request, url_for
from flask_login import LoginManager, login_user, logout_user
from sqlalchemy import select
from werkzeug.wrappers import Response

from lms.database import session
from lms.people.limits import limiter as limiter
from lms.people.models import NAME_LENGTH, Person

OUR_KEY = "lms_person"
OPENS_FROM = "lms_reflections_from"


@dataclass(frozen=True)
class HostUser:
    """Somebody the host has signed in: the host's id as text, and a name to begin with."""

    id: str
    name: str


PersonFor = Callable[[], HostUser | None]


class _Visitor:
    """What flask-login wants to know: an id that stops working when the person changes the lock."""

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def __init__(self, person: Person):
        self.person = person

    def get_id(self) -> str:
        return f"{self.person.id}.{self.person.door}"


def init_sign_in(app: Flask, mounted: bool) -> None:
    """Alone we use flask-login; mounted, the host's login manager is never touched."""
    if mounted:
        return
    manager = LoginManager()
    manager.session_protection = None
    manager.init_app(app, add_context_processor=False)
    manager.user_loader(lambda ticket: _Visitor(person) if (person := _person_with(ticket)) else None)


def load_visitor() -> None:
    """Put the person who is visiting, or None, in `g.person`."""
    if "person" in g:
        return
    g.person = None
    g.host_user = None
    state = current_app.extensions["lms"]
    if state.person_for is not None:
        g.host_user = state.person_for()
        g.person = _person_of_host(g.host_user) if g.host_user else None
    if g.person is None and (ticket := flask.session.get("_user_id" if not state.mounted else OUR_KEY)):
        g.person = _person_with(ticket)


def let_in(person: Person, reflections_from: datetime | None = None) -> None:
    """Sign the person in on this device; with `reflections_from`, earlier reflections stay closed here."""
    visitor = _Visitor(person)
    if current_app.extensions["lms"].mounted:
        flask.session[OUR_KEY] = visitor.get_id()
    else:
        login_user(visitor, remember=False)
        flask.session.permanent = True
    if reflections_from is not None:
        flask.session[OPENS_FROM] = reflections_from.isoformat()
    else:
        flask.session.pop(OPENS_FROM, None)
    g.person = person


def let_out() -> None:
    """Sign out on this device."""
    if current_app.extensions["lms"].mounted:
        flask.session.pop(OUR_KEY, None)
    else:
        logout_user()
    flask.session.pop(OPENS_FROM, None)
    g.person = None


def reflections_open_from() -> datetime | None:
    """The moment before which reflections are closed on this device; None when all are open."""
    kept = flask.session.get(OPENS_FROM)
    return datetime.fromisoformat(kept) if kept else None


def must_be_signed_in() -> Response | None:
    """Send somebody we do not know to the sign-in page, and back here afterwards."""
    if g.person is None:
        wanted = request.full_path.rstrip("?") if request.method == "GET" else ""
        return redirect(url_for("lms.people.sign_in", wanted=wanted or None), 303)
    return None


def newcomer(name: str, language: str) -> Person:
    """A new person, tied to the host's user when the host has signed one in."""
    host_user: HostUser | None = g.get("host_user")
    person = Person(name=name[:NAME_LENGTH], language=language, host_id=host_user.id if host_user else None)
    session.add(person)
    session.flush()
    return person


def _person_with(ticket: Any) -> Person | None:
    number, _, door = str(ticket).partition(".")
    try:
        person = session.get(Person, UUID(number))
    except ValueError:
        return None
    good = person is not None and person.erased_at is None and str(person.door) == door
    return person if good else None


def _person_of_host(host_user: HostUser) -> Person | None:
    return session.scalar(select(Person).where(Person.host_id == host_user.id, Person.erased_at.is_(None)))
