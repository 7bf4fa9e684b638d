"""The scheme's side in the tests: its administrator, applications, and organisations by the hundred."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from lms.database import new_id, now, one_transaction, session
from lms.learning.credit import start_clock
from lms.organisations.fields import FIELDS
from lms.organisations.models import Organisation, Round
from lms.organisations.profile import OrganisationProfile
from lms.people.models import Person
from lms.scheme.applications.models import Application
from lms.scheme.applying.opening import Opening
from lms.scheme.organisations.membership import Membership

if TYPE_CHECKING:
    from tests.cast import Theatre

WRITTEN = {
    "name": "Dansekompaniet",
    "number": "974 760 673",
    "country": "NO",
    "field": "dance",
    "place": "Bergen",
    "employees": "8",
    "freelancers": "20",
    "volunteers": "",
    "member": "yes",
    "contact_name": "Dina Dans",
    "contact_email": "Dina@dans.example",
    "contact_phone": "900 00 000",
    "message": "Vi vil begynne i høst.",
}


def opened(app: Flask, ago: timedelta = timedelta(minutes=3)) -> str:
    """What a page carries along that was opened a while ago."""
    with app.app_context():
        return Opening(new_id(), now() - ago).token


def apply(app: Flask, device: FlaskClient, **other: Any) -> Any:
    """What is answered to somebody who sends the form, as anybody would or with something else in it."""
    written = {"opening": opened(app), **WRITTEN, **other}
    return device.post("/apply", data=written)


def application_in(app: Flask, **other: Any) -> UUID:
    """An application whose address is confirmed."""
    described = {"name": "Dansekompaniet", "field": "dance", "place": "Bergen", "employees": 8}
    contact = {"contact_name": "Dina Dans", "contact_email": "dina@dans.example"}
    with app.app_context(), one_transaction():
        application = Application(id=new_id(), **{**described, **contact, "confirmed_at": now(), **other})
        session.add(application)
        return application.id


def administrator_in(app: Flask) -> Person:
    """Una, who decides for the scheme."""
    with app.app_context(), one_transaction():
        una = Person(id=new_id(), name="Una Vik", language="nb", scheme_role="administrator")
        session.add(una)
        session.flush()
        start_clock(una.id, now())
        return una


def as_administrator(app: Flask) -> FlaskClient:
    """Una on her own device."""
    device = app.test_client()
    with device.session_transaction() as ticket:
        ticket["_user_id"] = f"{administrator_in(app).id}.1"
        ticket.permanent = True
    return device


def many_organisations(app: Flask, number: int) -> None:
    """So many organisations, in every field and a few places, some of them members."""
    with app.app_context(), one_transaction():
        by = session.scalars(select(Person.id).where(Person.scheme_role.is_not(None))).first()
        fields, places = list(FIELDS), ("Bergen", "Oslo", "Ørsta", "Ålesund")
        for each in range(number):
            organisation = Organisation(id=new_id(), name=f"Virksomhet {each:04}")
            session.add(organisation)
            session.flush()
            here: dict[str, Any] = {"organisation_id": organisation.id}
            session.add(Round(courses=["norms"], **here))
            field, place = fields[each % len(fields)], places[each % len(places)]
            session.add(OrganisationProfile(field=field, place=place, employees=each % 300, **here))
            if each % 3 == 0:
                session.add(Membership(from_on=date(2026, 1, 1), noted_by=by, **here))


def a_month_ago(months: int = 1) -> datetime:
    """The middle of a month that is over."""
    day = now()
    for _each in range(months):
        day = day.replace(day=1) - timedelta(days=1)
    return day.replace(day=15)


def scheme_addresses(app: Flask, theatre: Theatre) -> dict[str, Any]:
    """A value for each argument in the addresses of the scheme's pages."""
    application_id = application_in(app)
    with app.app_context(), one_transaction():
        membership = Membership(
            organisation_id=theatre.id, id=new_id(), from_on=date(2026, 1, 1), noted_by=theatre.people["siv"]
        )
        session.add(membership)
        asked = Application(
            id=new_id(), name="Koret", field="music", place="Oslo", contact_name="Kai", contact_email="kai@kor.example"
        )
        session.add(asked)
        token = asked.token
    return {
        "application_id": application_id,
        "membership_id": membership.id,
        "lms.applying.own.token": token,
        "lms.applying.confirm.token": token,
        "lms.applying.answer.token": token,
        "lms.event_log.file.kind": "csv",
        "lms.statistics.months_file.kind": "csv",
        "lms.statistics.organisations_file.kind": "csv",
    }
