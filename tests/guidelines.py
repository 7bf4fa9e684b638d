"""Guidelines for the cast: the theatre has published one, shares it with the festival, and writes a new version."""

from typing import Any
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from lms.database import one_transaction, session
from lms.measures.guidelines.drafts import Draft, begin, publish, write
from lms.measures.guidelines.models import Guideline, newest_of, use_in
from lms.measures.guidelines.sharing.offers import offer, take_into_use
from lms.organisations.models import Organisation, employee_of
from lms.people.models import Person

TEXT = "Vi møter hverandre med respekt.\n\nVi sier fra når noe ikke er greit."
FORM = {
    "kind": "code_of_conduct",
    "title_nb": "Slik er vi mot hverandre",
    "text_nb": TEXT,
    "title_en": "",
    "text_en": "",
    "link": "",
    "revision": "0",
}


def guidelines(app: Flask, theatre: Any) -> dict[str, Any]:
    """Publish it, let the festival use it, and say what it is called in the addresses of pages."""
    with app.app_context(), one_transaction():
        mona, kari, ola = (session.get_one(Person, theatre.people[name]) for name in ("mona", "kari", "ola"))
        guideline = begin(theatre.id, Draft.read(FORM), mona)
        publish(guideline, 1, False, mona)
        offer(guideline, mona)
        festival = session.scalars(select(Organisation).where(Organisation.name == "Festivalen Deres")).one()
        first = newest_of(theatre.id, guideline.id)
        take_into_use(festival.id, first, 1, ola)
        use, her = use_in(theatre.id, guideline.id), employee_of(kari, theatre.id)
        assert use is not None
        assert first is not None
        assert her is not None
        use.confirm(first, 1, her)
        write(guideline, Draft.read({**FORM, "text_nb": TEXT + "\n\nVi spør."}), 0, mona)
        publish(guideline, 1, False, mona)
        write(guideline, Draft.read({**FORM, "text_nb": "Et nytt utkast."}), 0, mona)
        return {
            "guideline_id": guideline.id,
            **{f"lms.guideline_sharing.{door}.code": guideline.offer_code for door in ("look", "take")},
            **{f"lms.guideline_sharing.{door}.organisation_id": festival.id for door in ("newest", "take_newest")},
        }


def guidelines_at(theatre: Any) -> str:
    return f"/organisations/{theatre.id}/guidelines"


def published(mona: FlaskClient, at: str, **written: str) -> str:
    """The address of a guideline that a coordinator writes and publishes now."""
    kept = mona.post(at, data={**FORM, **written})
    assert kept.status_code == 303, kept.text
    here = str(kept.location).split("?")[0]
    assert mona.post(f"{here}/publication", data={"revision": "1"}).status_code == 303
    return here


def new_version(mona: FlaskClient, here: str, anew: str = "yes", **written: str) -> None:
    """Let the owner write and publish another version."""
    assert mona.post(f"{here}/draft", data={**FORM, **written}).status_code == 303
    assert mona.post(f"{here}/publication", data={"revision": "1", "anew": anew}).status_code == 303


def number_of(here: str) -> UUID:
    """The id in the address of a guideline."""
    return UUID(here.rsplit("/", 1)[1])


def the_guideline(app: Flask) -> Guideline:
    with app.app_context():
        return session.scalars(select(Guideline)).one()
