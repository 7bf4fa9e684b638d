"""Whoever is erased is not left standing in a plan: her name is taken out of what she was to see to."""

from collections import defaultdict
from uuid import UUID

from sqlalchemy import update

from lms.database import session
from lms.measures.models import Measure
from lms.organisations.events import record
from lms.organisations.models import places_of
from lms.people.models import Person
from lms.people.names import ERASED


def forget_owner(person: Person, only_in: UUID | None = None) -> None:
    """Take her name out of the measures she owns, wherever she is or was on the roster, or in one organisation alone.

    The log tells which. Only a field that holds exactly her name is hers: a role stays. Called before she is erased,
    while she has a name.
    """
    if not person.name:
        return
    places = places_of(person, only_in)
    hers = session.execute(
        update(Measure)
        .where(Measure.organisation_id.in_(places), Measure.owner == person.name)
        .values(owner=ERASED, revision=Measure.revision + 1)
        .returning(Measure.organisation_id, Measure.id)
        .execution_options(synchronize_session=False)
    ).all()
    by_organisation: dict[UUID, list[str]] = defaultdict(list)
    for organisation_id, measure_id in hers:
        by_organisation[organisation_id].append(str(measure_id))
    for organisation_id, measures in by_organisation.items():
        record(organisation_id, "measure.owner_erased", None, measures=measures)
