"""What the scheme has to tell an organisation's coordinator, found together with the organisation itself."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.orm import aliased

from lms.database import session
from lms.organisations.models import Employee, Organisation
from lms.organisations.names_left import are_left
from lms.organisations.profile import OrganisationProfile
from lms.people.models import Person
from lms.scheme.organisations.membership import is_member
from lms.scheme.texts.models import SchemeText, in_language


@dataclass(frozen=True)
class Told:
    """An organisation; its parent's name; when the scheme closed it, if so; and what it is told as no member.

    `names_are_left` where somebody who has been erased may still be named in what it has written.
    """

    organisation: Organisation
    parent: str
    closed_at: datetime | None
    names_are_left: bool
    text: str
    text_in: str


def told_to(coordinator: Person, organisation_id: UUID, reader: str) -> Told | None:
    """What she is told in her language, if she coordinates this organisation: one question."""
    for_others = and_(SchemeText.key == "non_member", SchemeText.text != "", ~is_member(Organisation.id))
    parent = aliased(Organisation)
    columns: tuple[Any, ...] = (
        Organisation,
        parent.name,
        OrganisationProfile.closed_at,
        are_left(Organisation.id),
        SchemeText,
    )
    rows = session.execute(
        select(*columns)
        .select_from(Organisation)
        .join(Employee, Employee.organisation_id == Organisation.id)
        .outerjoin(parent, parent.id == Organisation.parent_id)
        .outerjoin(OrganisationProfile, OrganisationProfile.organisation_id == Organisation.id)
        .outerjoin(SchemeText, for_others)
        .where(
            Organisation.id == organisation_id,
            Employee.person_id == coordinator.id,
            Employee.role == "coordinator",
            Employee.left_at.is_(None),
        )
    ).all()
    if not rows:
        return None
    texts = {text.language: text for *_facts, text in rows if text is not None}
    organisation, parent_name, closed_at, names_are_left, _text = rows[0]
    return Told(organisation, parent_name or "", closed_at, bool(names_are_left), *in_language(texts, reader))
