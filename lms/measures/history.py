"""Who did what in a plan, and when: read from the organisation's log."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select

from lms.database import session
from lms.measures.models import Measure, MeasurePlan, measures_of
from lms.organisations.events import Event
from lms.people.models import Person
from lms.risks.models import Risk, RiskMapping

LINES = 100
KINDS = ("plan.%", "measure.%", "risk.lived_with%")


@dataclass(frozen=True)
class Line:
    """Something that happened, to which measure or risk, and who did it; without a name when nobody of ours did."""

    at: datetime
    name: str
    what: str
    about: Measure | Risk | None
    fields: tuple[str, ...]
    status: str


def history_of(plan: MeasurePlan, measure: Measure | None = None) -> list[Line]:
    """What happened in a plan, or to one measure, since it was opened; newest first."""
    # That it was opened is written down in the same breath, and perhaps a moment earlier.
    since = plan.opened_at - timedelta(seconds=5)
    here = Event.organisation_id == plan.organisation_id, Event.at >= since
    asked = select(Event, Person.name).outerjoin(Person, Person.id == Event.by).where(*here)
    if measure is not None:
        asked = asked.where(Event.about["measure"].as_string() == str(measure.id))
    else:
        asked = asked.where(or_(*(Event.what.like(kind) for kind in KINDS)))
    rows = session.execute(asked.order_by(Event.at.desc(), Event.id.desc()).limit(LINES)).all()
    known = {str(measure.id): measure} if measure else _things_in(plan)
    return [
        Line(
            event.at,
            name or "",
            event.what,
            known.get(event.about.get("measure") or event.about.get("risk") or ""),
            tuple(event.about.get("fields", ())),
            event.about.get("status", ""),
        )
        for event, name in rows
    ]


def _things_in(plan: MeasurePlan) -> dict[str, Measure | Risk]:
    risks = (
        select(Risk)
        .join(RiskMapping, RiskMapping.id == Risk.mapping_id)
        .where(Risk.organisation_id == plan.organisation_id, RiskMapping.round_id == plan.round_id)
    )
    things: list[Measure | Risk] = [*measures_of(plan), *measures_of(plan, removed=True), *session.scalars(risks)]
    return {str(thing.id): thing for thing in things}
