"""Offering a guideline to other organisations, and what each of them has to look at before its people are asked."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from lms.database import now, session
from lms.measures.guidelines.drafts import take_up
from lms.measures.guidelines.models import Guideline, GuidelineUse, GuidelineVersion, newest_of
from lms.organisations.events import record
from lms.organisations.join_codes import as_given, new_join_code
from lms.organisations.models import Organisation
from lms.people.models import Person
from lms.risks.models import ChangedMeanwhile


class NothingToOffer(Exception):
    """Only what has been published can be offered."""


@dataclass(frozen=True)
class Offer:
    """A guideline that its owner offers, as it is now."""

    guideline: Guideline
    version: GuidelineVersion
    owner: Organisation


def offer(guideline: Guideline, by: Person) -> None:
    """Let other organisations take it into use by a code; once, however often she presses. Raises NothingToOffer."""
    if newest_of(guideline.organisation_id, guideline.id) is None:
        raise NothingToOffer
    if guideline.offer_code is None:
        guideline.offer_code, guideline.offered_at, guideline.offered_by = new_join_code(), now(), by.id
        record(guideline.organisation_id, "guideline.offered", by, guideline=str(guideline.id))


def close_offer(guideline: Guideline, by: Person) -> None:
    """Nobody new can take it into use; those who use it keep it, and are told of new versions."""
    if guideline.offer_code is not None:
        guideline.offer_code = guideline.offered_at = guideline.offered_by = None
        record(guideline.organisation_id, "guideline.offer_closed", by, guideline=str(guideline.id))


def offer_behind(code: str) -> Offer | None:
    """What the code leads to, however somebody has copied it; None when it leads nowhere, or no longer."""
    row = session.execute(
        select(Guideline, Organisation)
        .join(Organisation, Organisation.id == Guideline.organisation_id)
        .where(Guideline.offer_code == as_given(code.strip()))
    ).first()
    if row is None:
        return None
    version = newest_of(row[0].organisation_id, row[0].id)
    return Offer(row[0], version, row[1]) if version is not None else None


def take_into_use(organisation_id: UUID, version: GuidelineVersion | None, number: int, by: Person) -> GuidelineUse:
    """Use another organisation's `version`, whose text the coordinator has looked at as `number`.

    Whoever calls holds the roster. Raises ChangedMeanwhile when the owner has published a newer one meanwhile.
    """
    if version is None or version.number != number:
        raise ChangedMeanwhile
    before = session.get(GuidelineUse, (organisation_id, version.guideline_id), populate_existing=True)
    is_new = before is None or before.number != number or before.withdrawn_at is not None
    use = take_up(organisation_id, version, by)
    if is_new:
        record(
            organisation_id, "guideline.taken_into_use", by, guideline=str(version.guideline_id), number=version.number
        )
    return use


def organisations_using(guideline: Guideline) -> list[tuple[str, int]]:
    """The names of the other organisations that use it now, each with the number of its version."""
    rows = session.execute(
        select(Organisation.name, GuidelineUse.number)
        .join(GuidelineUse, GuidelineUse.organisation_id == Organisation.id)
        .where(
            GuidelineUse.owner_id == guideline.organisation_id,
            GuidelineUse.guideline_id == guideline.id,
            GuidelineUse.organisation_id != guideline.organisation_id,
            GuidelineUse.withdrawn_at.is_(None),
        )
        .order_by(Organisation.name)
        .limit(200)
    )
    return [(name, number) for name, number in rows]
