"""The evidence of a plan as a page shows it: at what it is about, with who added it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from lms.database import session
from lms.group_sessions.following import may_review
from lms.measures.catalogue import Requirement, catalogue
from lms.measures.evidence.models import Evidence
from lms.measures.models import Measure, MeasurePlan, measure_of, measures_of
from lms.organisations.models import Organisation
from lms.people.models import Person


@dataclass(frozen=True)
class Subject:
    """A requirement or a measure: how an address calls it, how people do, and what counts for it."""

    key: UUID | str
    title: str
    is_requirement: bool
    shown_by: str = ""
    counts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Shelf:
    """A requirement or a measure with its evidence, and with what was removed there and can be put back."""

    subject: Subject
    evidence: tuple[Evidence, ...]
    removed: tuple[Evidence, ...] = ()

    @property
    def is_asked_for(self) -> bool:
        """Whether something should stand there; that the risks are mapped is shown by the mapping itself."""
        return self.subject.is_requirement and self.subject.key != "risk_mapping"


def subject_called(about: str, plan: MeasurePlan | None, locale: str) -> Subject | None:
    """The requirement with this key, or the measure of the plan with this id."""
    requirement = catalogue().requirement(about)
    if requirement is not None:
        return _of_requirement(requirement, locale)
    try:
        measure = measure_of(plan, UUID(about)) if plan else None
    except ValueError:
        return None
    return _of_measure(measure) if measure is not None and measure.removed_at is None else None


def shelves(plan: MeasurePlan | None, locale: str) -> list[Shelf]:
    """Every requirement, and each measure for which there is something: two questions."""
    subjects = [_of_requirement(each, locale) for each in catalogue().requirements]
    if plan is None:
        return [shelf for subject in subjects if (shelf := Shelf(subject, ())).is_asked_for]
    subjects += [_of_measure(measure) for measure in measures_of(plan)]
    here = Evidence.organisation_id == plan.organisation_id, Evidence.plan_id == plan.id
    found = session.scalars(select(Evidence).where(*here).order_by(Evidence.added_at, Evidence.id)).all()
    filled = (_shelf(subject, found) for subject in subjects)
    return [shelf for shelf in filled if shelf.is_asked_for or shelf.evidence or shelf.removed]


def shelf_of(plan: MeasurePlan | None, subject: Subject) -> Shelf:
    """What there is about one requirement or measure."""
    if plan is None:
        return Shelf(subject, ())
    here = Evidence.organisation_id == plan.organisation_id, Evidence.plan_id == plan.id
    about = Evidence.requirement == subject.key if subject.is_requirement else Evidence.measure_id == subject.key
    return _shelf(subject, session.scalars(select(Evidence).where(*here, about).order_by(Evidence.added_at)).all())


def names_in(shown: Sequence[Shelf]) -> dict[UUID, str]:
    """What those are called who added something, removed it or said that it is good."""
    all_of_them = [each for shelf in shown for each in (*shelf.evidence, *shelf.removed)]
    people = {person for each in all_of_them for person in (each.added_by, each.removed_by, each.good_by) if person}
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(people), Person.erased_at.is_(None)))
    return {row.id: row.name for row in rows}


def organisation_reviewed_by(person: Person, organisation_id: UUID) -> Organisation | None:
    """This organisation, if she is of the scheme's staff and follows it, or if nobody does."""
    if not person.is_facilitator:
        return None
    hers = Organisation.id == organisation_id, may_review(person, Organisation.id)
    return session.scalar(select(Organisation).where(*hers))


def _of_requirement(requirement: Requirement, locale: str) -> Subject:
    key, title = requirement.key, requirement.title(locale)
    return Subject(key, title, True, requirement.shown_by(locale), requirement.what_counts(locale))


def _of_measure(measure: Measure) -> Subject:
    return Subject(measure.id, measure.what, False)


def _shelf(subject: Subject, found: Sequence[Evidence]) -> Shelf:
    mine = [each for each in found if subject.key in (each.requirement, each.measure_id)]
    return Shelf(
        subject,
        tuple(each for each in mine if each.removed_at is None),
        tuple(each for each in mine if each.can_be_put_back),
    )
