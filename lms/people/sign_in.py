"""Who is visiting: kept in the cookie by flask-login when we are alone, under our own key inside a host."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import flask
from flask import Flask, current_app, g, redirect, request, url_for
from flask_login import LoginManager, login_user, logout_user
from sqlalchemy import Row, bindparam, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import make_transient_to_detached
from sqlalchemy.orm.util import identity_key
from werkzeug.wrappers import Response

from lms.database import Model, as_it_stands, ask, new_id, now, session
from lms.people.limits import limiter as limiter
from lms.people.models import NAME_LENGTH, Person

OUR_KEY = "lms_person"
OUR_HOST_KEY = "lms_person_beside"  # whom the host had signed in when our key was written
OPENS_FROM = "lms_reflections_from"
SHARED = "lms_shared_device"  # the code of the join link that a device is used for by one person after another
TURN = "lms_turn"  # how many have signed out on this device
SAME_PRESS = timedelta(minutes=1)


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
    """Put the person who is visiting, or None, in `g.person`, and whom the host has signed in in `g.host_user`.

    The host may keep somebody of its own in `g.person`: only what we have put there counts.
    """
    if g.get("lms_visitor_known"):
        return
    g.lms_visitor_known = True
    g.lms_came_by_ticket = False
    g.person = None
    g.host_user = None
    state = current_app.extensions["lms"]
    if state.person_for is not None:
        g.host_user = state.person_for()
    if (ticket := _ticket()) is not None:
        g.person = _person_with(ticket)
        g.lms_came_by_ticket = g.person is not None
    if g.person is None and g.host_user is not None:
        g.person = _person_of_host(g.host_user.id)


def _ticket() -> str | None:
    """What the cookie says; inside a host only while the host says the same as when it was written.

    Otherwise somebody who signs out of the host, or in after her on the same device, would be let in as her.
    """
    if not current_app.extensions["lms"].mounted:
        return flask.session.get("_user_id")
    beside = g.host_user.id if g.host_user is not None else None
    return flask.session.get(OUR_KEY) if flask.session.get(OUR_HOST_KEY) == beside else None


def let_in(person: Person, reflections_from: datetime | None = None) -> None:
    """Sign the person in on this device; with `reflections_from`, earlier reflections stay closed here."""
    visitor = _Visitor(person)
    if current_app.extensions["lms"].mounted:
        host_user: HostUser | None = g.get("host_user")
        flask.session[OUR_KEY] = visitor.get_id()
        flask.session[OUR_HOST_KEY] = host_user.id if host_user is not None else None
    else:
        login_user(visitor, remember=False)
        flask.session.permanent = SHARED not in flask.session
    if reflections_from is not None:
        flask.session[OPENS_FROM] = reflections_from.isoformat()
    else:
        flask.session.pop(OPENS_FROM, None)
    g.person = person
    g.lms_came_by_ticket = True


def let_out() -> None:
    """Sign out on this device."""
    if current_app.extensions["lms"].mounted:
        flask.session.pop(OUR_KEY, None)
        flask.session.pop(OUR_HOST_KEY, None)
    else:
        logout_user()
    flask.session.pop(OPENS_FROM, None)
    flask.session[TURN] = turn() + 1
    g.person = None


def turn() -> int:
    """Whose turn it is on this device: another number after each who has signed out, and the same for two presses."""
    taken: int = flask.session.get(TURN, 0)
    return taken


def share_device(code: str | None) -> None:
    """Say that others use this device after her, who enter by the link with this code; None when it is her own."""
    if code is None:
        flask.session.pop(SHARED, None)
    else:
        flask.session[SHARED] = code


def device_shared_by() -> str | None:
    """The code of the link by which the next one enters on this device; None when nobody else uses it."""
    code: str | None = flask.session.get(SHARED)
    return code


def hand_over() -> None:
    """Sign out, and leave nothing of the person on this device but that others use it too, and how many have."""
    code = device_shared_by()
    let_out()
    ahead = turn()
    if not current_app.extensions["lms"].mounted:
        flask.session.clear()
        flask.session[TURN] = ahead
    share_device(code)


def reflections_open_from() -> datetime | None:
    """The moment before which reflections are closed on this device; None when all are open."""
    kept = flask.session.get(OPENS_FROM) if g.get("lms_came_by_ticket") else None
    return datetime.fromisoformat(kept) if kept else None


def must_be_signed_in() -> Response | None:
    """Send somebody we do not know to the sign-in page, and back here afterwards."""
    if g.person is None:
        wanted = request.script_root + request.full_path.rstrip("?") if request.method == "GET" else ""
        return redirect(url_for("lms.people.sign_in", wanted=wanted or None), 303)
    return None


def inside(address: str) -> str:
    """An address to go on to, only if it is one of this site's own paths.

    Browsers leave out tabs and line breaks, and read `\\` as `/`: what looks like a path may lead to another host.
    """
    away = address.startswith("//") or "\\" in address or not address.isprintable()
    return address if address.startswith("/") and not away else ""


def newcomer(name: str, language: str, number: UUID | None = None) -> Person:
    """A new person, tied to the host's user when the host has signed one in.

    An impatient finger presses twice: the second press of a page, which carries a `number`, is the same person.
    """
    host_user: HostUser | None = g.get("host_user")
    host_id = host_user.id if host_user else None
    person = Person(id=number or new_id(), name=name[:NAME_LENGTH], language=language, host_id=host_id)
    try:
        with session.begin_nested():
            session.add(person)
    except IntegrityError:
        if (before := _made_by_another_press(person)) is not None:
            return before
        person = Person(id=new_id(), name=person.name, language=language, host_id=host_id)
        session.add(person)
        session.flush()
    return person


def _made_by_another_press(person: Person) -> Person | None:
    """Whom the same page made a moment ago; not whoever once began on this device with a page that is still open."""
    if person.host_id is not None:
        return _person_of_host(person.host_id)
    return session.scalar(
        select(Person).where(
            Person.id == person.id,
            Person.name == person.name,
            Person.created_at > now() - SAME_PRESS,
            Person.erased_at.is_(None),
        )
    )


def _person_with(ticket: Any) -> Person | None:
    number, _, door = str(ticket).partition(".")
    try:
        row = ask(_PERSON, {"id": UUID(number)}).first()
    except ValueError:
        return None
    good = row is not None and row.erased_at is None and str(row.door) == door
    return _loaded(row) if row is not None and good else None


# Asked at every request: put together once, and of the table.
_PERSONS = Model.metadata.tables[Person.__tablename__]
_PERSON = select(_PERSONS).where(_PERSONS.c.id == bindparam("id"))


def _loaded(row: Row[Any]) -> Person:
    """The person in this row, as the session would have loaded her, in a third of the time."""
    if (known := session().identity_map.get(identity_key(Person, row.id))) is not None:
        return known
    person = as_it_stands(Person, row._asdict())
    make_transient_to_detached(person)
    session.add(person)
    return person


def _person_of_host(host_id: str) -> Person | None:
    return session.scalar(select(Person).where(Person.host_id == host_id, Person.erased_at.is_(None)))
