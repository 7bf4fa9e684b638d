"""Every organisation the scheme knows: sought, filtered and sorted in the database, a screenful at a time."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import aliased

from lms.database import norwegian_day, now, session
from lms.group_sessions.models import GroupSession
from lms.mark.models import Award, MarkDecision, MarkRequest, valid_on
from lms.organisations.fields import FIELDS
from lms.organisations.models import Organisation, Round
from lms.organisations.profile import OrganisationProfile, is_closed
from lms.people.alphabet import alphabetical, folded, folded_letters
from lms.people.lists import ROWS_SHOWN, Look, Screenful, page_in
from lms.people.models import Person
from lms.risks.delivery import DeliveredMapping, MappingDecision
from lms.risks.models import RiskMapping
from lms.scheme.organisations.membership import is_member

SHOWS = ("open", "closed")
MEMBERS = ("any", "yes", "no")
SORTS = ("name", "place", "newest")
STEPS = ("holds", "course", "mapping", "measures", "mark")
MOST_WORDS = 6
MOST_PLACES = 500


@dataclass(frozen=True)
class Line:
    """One organisation in the list; looked at by itself, with its parent and how many branches walk under it."""

    organisation: Organisation
    profile: OrganisationProfile | None
    is_member: bool
    step: str
    facilitator: str | None
    parent: Organisation | None = None
    branches: int = 0


def places() -> list[str]:
    """Where organisations are, in the order of the alphabet."""
    found = (
        select(OrganisationProfile.place)
        .where(OrganisationProfile.place != "")
        .group_by(OrganisationProfile.place)
        .order_by(alphabetical(OrganisationProfile.place))
        .limit(MOST_PLACES)
    )
    return list(session.scalars(found))


def offered(facilitators: list[Person], known_places: list[str]) -> dict[str, tuple[str, ...]]:
    """What the list can be narrowed by."""
    return {
        "show": SHOWS,
        "field": ("", *FIELDS),
        "place": ("", *known_places),
        "member": MEMBERS,
        "facilitator": ("", "none", *(str(person.id) for person in facilitators)),
        "step": ("", *STEPS),
        "sort": SORTS,
    }


def directory_of(look: Look) -> Screenful[Line]:
    """The page of the list that was asked for: two questions, however many organisations there are."""
    found = _sought(look)
    in_all = session.scalar(found.with_only_columns(func.count())) or 0
    page = page_in(look, in_all)
    by_place: list[Any] = [OrganisationProfile.place.is_(None), alphabetical(OrganisationProfile.place)]
    order = {"newest": [Organisation.created_at.desc()], "place": by_place}.get(look["sort"], [])
    rows = session.execute(
        found.order_by(*order, alphabetical(Organisation.name), Organisation.id)
        .limit(ROWS_SHOWN)
        .offset((page - 1) * ROWS_SHOWN)
    )
    return Screenful([Line(*row) for row in rows], page, in_all)


def steps_of(facilitator: Person) -> dict[str, int]:
    """How many of the organisations she follows are on each step: one question, however many there are."""
    step = step_reached()
    found = (
        _lines()
        .with_only_columns(step, func.count())
        .where(OrganisationProfile.facilitator_id == facilitator.id, OrganisationProfile.closed_at.is_(None))
        .group_by(step)
    )
    counted: dict[str, int] = dict(session.execute(found).all())
    return {reached: counted.get(reached, 0) for reached in STEPS}


def line_of(organisation_id: UUID) -> Line | None:
    """One organisation as it stands in the list, with what is over and under it: one question."""
    parent, branch = aliased(Organisation), aliased(Organisation)
    branches = (
        select(func.count())
        .select_from(branch)
        .where(branch.parent_id == Organisation.id, ~is_closed(branch.id))
        .correlate(Organisation)
        .scalar_subquery()
    )
    found = _lines().add_columns(parent, branches).outerjoin(parent, parent.id == Organisation.parent_id)
    row = session.execute(found.where(Organisation.id == organisation_id)).first()
    return Line(*row) if row else None


def _lines() -> Select[Any]:
    member: Any = is_member(Organisation.id)
    columns: tuple[Any, ...] = (Organisation, OrganisationProfile, member, step_reached(), Person.name)
    return (
        select(*columns)
        .select_from(Organisation)
        .join(Round, and_(Round.organisation_id == Organisation.id, Round.ended_at.is_(None)))
        .outerjoin(OrganisationProfile, OrganisationProfile.organisation_id == Organisation.id)
        .outerjoin(Person, Person.id == OrganisationProfile.facilitator_id)
    )


def _sought(look: Look) -> Select[Any]:
    closed = OrganisationProfile.closed_at
    found = _lines().where(closed.is_not(None) if look["show"] == "closed" else closed.is_(None))
    for word in folded_letters(look["text"]).split()[:MOST_WORDS]:
        columns = (Organisation.name, OrganisationProfile.number, OrganisationProfile.place)
        found = found.where(or_(*(folded(column).contains(word, autoescape=True) for column in columns)))
    if look["field"]:
        found = found.where(OrganisationProfile.field == look["field"])
    if look["place"]:
        found = found.where(OrganisationProfile.place == look["place"])
    if look["member"] != "any":
        member = is_member(Organisation.id)
        found = found.where(member if look["member"] == "yes" else ~member)
    if look["facilitator"] == "none":
        found = found.where(OrganisationProfile.facilitator_id.is_(None))
    elif look["facilitator"]:
        found = found.where(OrganisationProfile.facilitator_id == UUID(look["facilitator"]))
    return found.where(step_reached() == look["step"]) if look["step"] else found


def step_reached() -> ColumnElement[str]:
    """Which step an organisation is on, as its own home says it, for a question about its open round.

    One that was brought in with its mark, and has not met in a round here, holds it.
    """
    held = exists().where(GroupSession.organisation_id == Organisation.id, GroupSession.held_at >= Round.started_at)
    accepted = (
        select(MappingDecision.verdict)
        .join(
            DeliveredMapping,
            and_(
                DeliveredMapping.organisation_id == MappingDecision.organisation_id,
                DeliveredMapping.id == MappingDecision.delivery_id,
            ),
        )
        .join(
            RiskMapping,
            and_(
                RiskMapping.organisation_id == DeliveredMapping.organisation_id,
                RiskMapping.id == DeliveredMapping.mapping_id,
            ),
        )
        .where(
            MappingDecision.organisation_id == Organisation.id,
            MappingDecision.verdict == "accepted",
            RiskMapping.round_id == Round.id,
        )
        .correlate(Organisation, Round)
        .exists()
    )
    here = MarkRequest.organisation_id == Organisation.id, MarkRequest.round_id == Round.id
    decided = and_(
        MarkDecision.organisation_id == MarkRequest.organisation_id, MarkDecision.request_id == MarkRequest.id
    )
    # Asked for and not returned; a withdrawn mark is asked for anew.
    asked = (
        select(MarkRequest.id)
        .outerjoin(MarkDecision, decided)
        .outerjoin(
            Award, and_(Award.organisation_id == MarkRequest.organisation_id, Award.request_id == MarkRequest.id)
        )
        .where(*here, or_(MarkDecision.verdict.is_(None), MarkDecision.verdict == "awarded"))
        .where(Award.withdrawn_at.is_(None))
        .correlate(Organisation, Round)
        .exists()
    )
    # Brought in with the mark it has: what it did for that happened before there were rounds here.
    brought_in = exists().where(
        Award.organisation_id == Organisation.id, Award.request_id.is_(None), valid_on(norwegian_day(now()))
    )
    return case(
        (and_(~held, brought_in), "holds"), (~held, "course"), (asked, "mark"), (accepted, "measures"), else_="mapping"
    )
