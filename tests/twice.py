"""What the stories about people who stand on the roster twice have in common: both lines, and what is said of them."""

from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient

from tests.at_the_door import places_of
from tests.cast import Theatre
from tests.lists import HEADING, said_in

NINA = HEADING + "Nina Ny;nina@teatret.no;Scene;ja\n"


def enter(app: Flask, theatre: Theatre, name: str) -> FlaskClient:
    device = app.test_client()
    assert device.post(f"/join/{theatre.join_code}", data={"name": name}).status_code == 200
    return device


def pairs_at(theatre: Theatre, line: UUID | None = None, entered: UUID | None = None) -> str:
    return f"/organisations/{theatre.id}/people/twice" + (f"/{line}/{entered}" if line else "")


def both_of(app: Flask, name: str = "Nina Ny") -> tuple[UUID, UUID]:
    """The line that nobody has entered by, and the one of whoever entered."""
    line, entered = sorted(places_of(app, name), key=lambda place: place.join_link_id is not None)
    assert (line.join_link_id, entered.join_link_id is None) == (None, False)
    return line.id, entered.id


def say(client: FlaskClient, theatre: Theatre, pair: tuple[UUID, UUID], answer: str, **more: str) -> str:
    told = client.post(pairs_at(theatre, *pair), data={"answer": answer, **more})
    assert told.status_code == 303
    return said_in(client.get(told.location).text)


def in_english(client: FlaskClient, address: str) -> str:
    client.post("/language", data={"language": "en"})
    shown = client.get(address)
    assert shown.status_code == 200
    return said_in(shown.text)


def is_asked(client: FlaskClient, theatre: Theatre) -> bool:
    return "may be here twice" in in_english(client, f"/organisations/{theatre.id}/people")


def say_in_english(client: FlaskClient, theatre: Theatre, pair: tuple[UUID, UUID], answer: str, **more: str) -> str:
    client.post("/language", data={"language": "en"})
    return say(client, theatre, pair, answer, **more)
