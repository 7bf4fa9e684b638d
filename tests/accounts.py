"""Whose account a device is in, and what it shows of what has been written."""

import json
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from lms.database import session
from lms.people.models import Address, Person
from tests.cast import REFLECTION
from tests.letters import link_by_mail


def who_is(device: FlaskClient) -> str:
    """Whose account this device is in; nobody's when it is signed out."""
    data = device.get("/me/data.json").json
    return str(data["lms_person"][0]["name"]) if data else "nobody"


def what_it_reads(device: FlaskClient, lesson: str) -> str:
    """Everything a device is shown of what has been written, on whichever page."""
    pages = [lesson, "/me/reflections", "/me/reflections.txt", "/me", "/", "/me/erasure", "/me/certificates"]
    read = [device.get(page).text for page in pages]
    read.append(json.dumps(device.get("/me/data.json").json, ensure_ascii=False))
    read.append(device.post(f"{lesson}/completion", data={}).text)
    read.append(device.post(f"{lesson}/answers", data={REFLECTION: "x" * 20_001}).text)
    return "\n".join(read)


def address_of(app: Flask, email: str, name: str) -> UUID:
    with app.app_context():
        return session.scalars(
            select(Address.id)
            .join(Person, Person.id == Address.person_id)
            .where(Address.email == email, Person.name == name)
        ).one()


def owners_of(app: Flask, email: str) -> list[str]:
    """Whose account an address opens."""
    with app.app_context():
        return list(
            session.scalars(
                select(Person.name)
                .join(Address, Address.person_id == Person.id)
                .where(Address.email == email, Address.confirmed_at.is_not(None))
            )
        )


def by_mail(app: Flask, email: str) -> FlaskClient:
    """A device that came in by a link to this address."""
    device = app.test_client()
    assert device.post(link_by_mail(app, device, email)).status_code == 303
    return device
