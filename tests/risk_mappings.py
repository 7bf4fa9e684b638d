"""Risk mappings for the cast: the theatre's is a draft in which much has happened, the festival's is delivered."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import select

from lms.database import new_id, now, one_transaction, session
from lms.organisations.models import Organisation, Round
from lms.people.models import Person
from lms.risks.contributions.models import Contribution, contribute
from lms.risks.delivery import DeliveredMapping, decide, deliver
from lms.risks.models import Risk, RiskMapping, mapping_in, open_mapping, rows_of
from lms.risks.outcome.models import publish
from lms.risks.words import EMPTY

DONE = {"relevant": "yes", "likelihood": 2, "consequence": 3, "where_and_when": "På turné.", "proposed": "Enkeltrom."}


def mappings(app: Flask, theatre: Any) -> dict[str, Any]:
    """Open them, and say what they are called in the addresses of pages."""
    with app.app_context(), one_transaction():
        mona, kari, ola = (session.get_one(Person, theatre.people[name]) for name in ("mona", "kari", "ola"))
        mapping, _opened = open_mapping(theatre.id, mona)
        mapping.contributions_until = now() + timedelta(days=5)
        own = mapping.add_own("Vi deler garderobe med gjestespill", mona)
        here = {**EMPTY, "title": own.title}
        own.change({**here, **DONE}, 1, mona)
        session.flush()
        waiting = own.change({**here, "where_and_when": "I fellesgarderoben."}, 1, kari)
        assert waiting is not None
        contribute(mapping, own, "Det er bare ett bad.", kari)
        festival = session.scalars(select(Organisation).where(Organisation.name == "Festivalen Deres")).one()
        siv = session.get_one(Person, theatre.people["siv"])
        return {
            "lms.risk_outcome.file.kind": "csv",
            "lms.risk_outcome.show_everybody.organisation_id": festival.id,
            "lms.risk_outcome.published.delivery_id": published_before(festival.id, ola, siv).id,
            "risk_id": own.id,
            "change_id": waiting.id,
            "contribution_id": session.scalars(select(Contribution.id)).one(),
            "delivery_id": delivered(festival.id, ola).id,
            "lms.risk_reviews.delivered.organisation_id": festival.id,
            "lms.risk_reviews.answer.organisation_id": festival.id,
        }


def delivered(organisation_id: UUID, by: Person) -> DeliveredMapping:
    """Let somebody fill in a row and deliver the form, in the transaction around."""
    open_mapping(organisation_id, by)
    mapping = mapping_in(organisation_id, to_change=True)
    assert mapping is not None
    row = rows_of(mapping)[6]
    row.change({**row.values, **DONE}, row.revision, by)
    session.flush()
    form = deliver(mapping, rows_of(mapping), {}, by)
    session.flush()
    return form


def published_before(organisation_id: UUID, by: Person, facilitator: Person) -> DeliveredMapping:
    """A form of the round before, accepted and shown to everybody, in the transaction around."""
    year = timedelta(days=365)
    before = Round(organisation_id=organisation_id, id=new_id(), started_at=now() - 3 * year, ended_at=now() - year)
    session.add(before)
    session.flush()
    mapping = RiskMapping(
        organisation_id=organisation_id,
        id=new_id(),
        round_id=before.id,
        catalogue_version="2024.1",
        opened_by=by.id,
    )
    session.add(mapping)
    session.flush()
    for place, (factor, title) in enumerate((("touring", ""), ("alcohol", ""), (None, "Vi bor sammen på tur")), 1):
        row = Risk(
            organisation_id=organisation_id,
            id=new_id(),
            mapping_id=mapping.id,
            place=place,
            factor=factor,
            title=title,
            **{**DONE, "owner": "Turnélederen"},
        )
        session.add(row)
    session.flush()
    form = deliver(mapping, rows_of(mapping), {}, by)
    session.flush()
    publish(form, decide(form, "accepted", "", {}, facilitator), by)
    session.flush()
    return form


def row_named(app: Flask, organisation_id: UUID, factor: str) -> UUID:
    """The row of a factor of the catalogue in the newest mapping."""
    with app.app_context():
        rows = select(Risk.id).where(Risk.organisation_id == organisation_id, Risk.factor == factor)
        return session.scalars(rows.order_by(Risk.id.desc()).limit(1)).one()
