"""What the ids in a request stand for today: words are looked up when the page is shown, the form holds none."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import url_for
from sqlalchemy import select

from lms.database import session
from lms.mark.grounds import evidence_named_in
from lms.mark.models import MarkRequest
from lms.measures.catalogue import Requirement, catalogue
from lms.measures.evidence.models import Evidence
from lms.measures.models import Measure
from lms.organisations.models import Round


@dataclass(frozen=True)
class Parts:
    """A request in parts that a page can show."""

    requirements: tuple[tuple[Requirement | None, Mapping[str, Any]], ...]
    measures: Mapping[str, Measure]
    evidence: Mapping[str, Evidence]

    def measure(self, number: str) -> Measure | None:
        """The measure as it is now."""
        return self.measures.get(number)


def parts_of(organisation_id: UUID, form: Mapping[str, Any]) -> Parts:
    """The request with what its ids stand for; two questions to the database at the most."""
    numbers = {UUID(each["id"]) for each in form["measures"]}
    asked = select(Measure).where(Measure.organisation_id == organisation_id, Measure.id.in_(numbers))
    there = session.scalars(asked).all() if numbers else []
    proofs = evidence_named_in(form)
    sought = select(Evidence).where(Evidence.organisation_id == organisation_id, Evidence.id.in_(proofs))
    shown = session.scalars(sought).all() if proofs else []
    return Parts(
        requirements=tuple((catalogue().requirement(each["key"]), each) for each in form["requirements"]),
        measures={str(measure.id): measure for measure in there},
        evidence={str(each.id): each for each in shown},
    )


@dataclass(frozen=True)
class Opens:
    """Where what a request rests on opens for its reader.

    While the round goes on, evidence and guidelines have pages of their own, for those who follow the organisation;
    afterwards, and for a second pair of eyes, everything stands in the plan.
    """

    mapping: str
    plan: str
    has_pages: bool
    # Guidelines are for the coordinators and whoever leads a session: others see that there is one.
    has_guidelines: bool

    def measure(self, number: str) -> str:
        """Where a measure stands."""
        return f"{self.plan}#measure-{number}"

    def evidence(self, each: Evidence) -> str:
        """Where a link or a file stands."""
        if self.has_pages:
            return url_for("lms.evidence.about", organisation_id=each.organisation_id, about=each.about)
        return f"{self.plan}#evidence-{each.id}"


def opens_in(round: Round, form: Mapping[str, Any], has_guidelines: bool = True) -> Opens:
    """For the coordinators, and for whoever follows the organisation; with `has_guidelines` if she leads a session."""
    here, delivery = round.organisation_id, form["mapping"]["delivery"]
    mapping = url_for("lms.risk_reviews.delivered", organisation_id=here, delivery_id=delivery) if delivery else ""
    if round.ended_at is not None:
        return Opens(mapping, url_for("lms.rounds.show", organisation_id=here, round_id=round.id), False, False)
    return Opens(mapping, url_for("lms.plan_reviews.whole", organisation_id=here), True, has_guidelines)


def opens_to_second(request: MarkRequest) -> Opens:
    """For a second pair of eyes: the form and the plan, only to be read."""
    mapping, plan = (
        url_for(f"lms.mark_reviews.{page}", organisation_id=request.organisation_id, request_id=request.id)
        for page in ("mapping", "plan")
    )
    return Opens(mapping, plan, False, False)
