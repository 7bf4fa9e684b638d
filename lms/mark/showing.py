"""What the ids in a request stand for today: words are looked up when the page is shown, the form holds none."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from lms.database import session
from lms.mark.grounds import evidence_named_in
from lms.measures.catalogue import Requirement, catalogue
from lms.measures.evidence.models import Evidence
from lms.measures.models import Measure


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
