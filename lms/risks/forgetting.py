"""Whoever is erased is not left standing in a risk mapping: her name is taken out of what she was to see to."""

from collections import defaultdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from lms.database import session
from lms.organisations.events import Event, record
from lms.organisations.models import Organisation, places_of
from lms.people.models import Person
from lms.people.names import ERASED
from lms.risks.changes import RiskChange
from lms.risks.delivery import DeliveredMapping
from lms.risks.models import Risk, RiskMapping
from lms.risks.set_aside import redact
from lms.risks.words import FRAMING, TEXTS

LEFT = "risk_mapping.name_left"
REDACTED = "risk_mapping.owner_erased"


def forget_owner_of_risks(person: Person, only_in: UUID | None = None) -> None:
    """Take her name out of the risks she was to see to, in rows, their history and delivered forms.

    Wherever she is or was on the roster, or in one organisation alone. Only a field that holds exactly her name is
    hers. Where her name stands in longer words, somebody who can read has to judge: the log asks the coordinators to.
    A delivered form gets a new fingerprint, and the log keeps both. Called before she is erased, while she has a name.
    """
    if not person.name:
        return
    places = places_of(person, only_in)
    redacted: dict[UUID, int] = defaultdict(int)
    for row in session.scalars(select(Risk).where(Risk.organisation_id.in_(places), Risk.owner == person.name)):
        row.owner = ERASED
        redacted[row.organisation_id] += 1
    hers = RiskChange.values["owner"].as_string() == person.name
    for change in session.scalars(select(RiskChange).where(RiskChange.organisation_id.in_(places), hers)):
        change.values = {**change.values, "owner": ERASED}
    for organisation_id, many in redacted.items():
        record(organisation_id, REDACTED, None, rows=many)
    for delivered in session.scalars(select(DeliveredMapping).where(DeliveredMapping.organisation_id.in_(places))):
        _forget_in(delivered, person.name)
    session.flush()
    for organisation_id in _where_it_stands_in_longer_words(places, person.name):
        record(organisation_id, LEFT, None)


def names_taken_out_of(delivered: DeliveredMapping) -> list[datetime]:
    """When the name of somebody who has been erased was taken out of a delivered form."""
    here = Event.organisation_id == delivered.organisation_id, Event.what == REDACTED
    this = Event.about["delivery"].as_string() == str(delivered.id)
    return list(session.scalars(select(Event.at).where(*here, this).order_by(Event.at)))


def _forget_in(delivered: DeliveredMapping, name: str) -> None:
    rows = [{**row, "owner": ERASED} if row["owner"] == name else row for row in delivered.form["rows"]]
    if rows != delivered.form["rows"]:
        before = delivered.digest
        redact(delivered, {**delivered.form, "rows": rows})
        about = {"delivery": str(delivered.id), "number": delivered.number}
        record(delivered.organisation_id, REDACTED, None, before=before, digest=delivered.digest, **about)


def _where_it_stands_in_longer_words(places: Any, name: str) -> set[UUID]:
    holds = [getattr(Risk, field).contains(name, autoescape=True) for field in ("title", "owner", *TEXTS)]
    frames = [getattr(RiskMapping, field).contains(name, autoescape=True) for field in FRAMING]
    channel = Organisation.reporting_channel.contains(name, autoescape=True)
    return {
        *session.scalars(select(Risk.organisation_id).where(Risk.organisation_id.in_(places), or_(*holds))),
        *session.scalars(
            select(RiskMapping.organisation_id).where(RiskMapping.organisation_id.in_(places), or_(*frames))
        ),
        *session.scalars(select(Organisation.id).where(Organisation.id.in_(places), channel)),
    }
