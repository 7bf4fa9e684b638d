"""The talk between organisation and scheme about a plan, and the letters that say there is something to read."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, select

from lms.database import now, session
from lms.group_sessions.following import follows
from lms.languages import _, language, speaking
from lms.mail.models import queue_mail
from lms.measures.models import MeasurePlan, Remark
from lms.organisations.models import Employee, Organisation
from lms.organisations.roster_addresses import RosterAddress
from lms.people.letters import absolute
from lms.people.models import Address, Person

ONE_LETTER_IN = timedelta(days=1)


@dataclass(frozen=True)
class Line:
    """What somebody wrote, and what she is called; without a name when she has been erased."""

    remark: Remark
    name: str


def talk_of(plan: MeasurePlan) -> dict[str, list[Line]]:
    """Everything written about a plan, oldest first: by measure, by requirement, or by "" for the plan as a whole."""
    rows = session.execute(
        select(Remark, Person.name)
        .join(Person, Person.id == Remark.written_by)
        .where(Remark.organisation_id == plan.organisation_id, Remark.plan_id == plan.id)
        .order_by(Remark.written_at, Remark.id)
    )
    talk: dict[str, list[Line]] = {}
    for remark, name in rows:
        about = str(remark.measure_id or remark.requirement or "")
        talk.setdefault(about, []).append(Line(remark, name))
    return talk


def say(
    plan: MeasurePlan, text: str, by: Person, from_scheme: bool, measure_id: UUID | None, requirement: str | None
) -> bool:
    """Write a line, and tell the other side; the same words again at once are one. True when it is new."""
    newest = session.scalars(
        select(Remark)
        .where(Remark.organisation_id == plan.organisation_id, Remark.plan_id == plan.id)
        .order_by(Remark.written_at.desc(), Remark.id.desc())
        .limit(1)
    ).first()
    new = (text, by.id, measure_id, requirement)
    if newest and (newest.text, newest.written_by, newest.measure_id, newest.requirement) == new:
        return False
    session.add(
        Remark(
            organisation_id=plan.organisation_id,
            plan_id=plan.id,
            text=text,
            from_scheme=from_scheme,
            written_by=by.id,
            measure_id=measure_id,
            requirement=requirement,
        )
    )
    tell_the_other_side(plan, from_scheme)
    return True


def tell_the_other_side(plan: MeasurePlan, from_scheme: bool) -> None:
    """Send those who read the plan on the other side a letter without a word of what it is about; one a day at most."""
    told = plan.organisation_told_at if from_scheme else plan.scheme_told_at
    if told is not None and now() - told < ONE_LETTER_IN:
        return
    if from_scheme:
        plan.organisation_told_at = now()
    else:
        plan.scheme_told_at = now()
    organisation = session.get_one(Organisation, plan.organisation_id)
    page = "lms.measures.show" if from_scheme else "lms.plan_reviews.whole"
    readers = _coordinators(organisation.id) if from_scheme else _facilitators(organisation.id)
    for name, spoken, email in readers:
        with speaking(spoken or language()):
            queue_mail(
                email,
                _("News in the plan of measures of %(organisation)s", organisation=organisation.name),
                _letter(name, organisation.name, from_scheme, absolute(page, organisation_id=organisation.id)),
                spoken or language(),
                organisation.id,
                by_day=True,
            )


def _letter(name: str, organisation: str, from_scheme: bool, address: str) -> str:
    if from_scheme:
        what = _("The scheme has answered in the plan of measures of %(organisation)s.", organisation=organisation)
    else:
        what = _("%(organisation)s has written to you in its plan of measures.", organisation=organisation)
    paragraphs = (
        _("Hello, %(name)s", name=name),
        what,
        _("Read it here:") + f"\n{address}",
        _("What was written stands only there. You get one such letter a day at most."),
        _("Regards from Balanse"),
    )
    return "\n\n".join(paragraphs) + "\n"


def _coordinators(organisation_id: UUID) -> Iterable[Any]:
    own = select(func.min(Address.email)).where(Address.person_id == Person.id, Address.confirmed_at.is_not(None))
    email = func.coalesce(own.correlate(Person).scalar_subquery(), RosterAddress.email)
    same = and_(RosterAddress.organisation_id == Employee.organisation_id, RosterAddress.employee_id == Employee.id)
    asked = (
        select(Person.name, Person.language, email)
        .select_from(Employee)
        .join(Person, Person.id == Employee.person_id)
        .outerjoin(RosterAddress, same)
        .where(
            Employee.organisation_id == organisation_id,
            Employee.role == "coordinator",
            Employee.left_at.is_(None),
            Person.erased_at.is_(None),
            email.is_not(None),
        )
    )
    return session.execute(asked).all()


def _facilitators(organisation_id: UUID) -> Iterable[Any]:
    email = select(func.min(Address.email)).where(Address.person_id == Person.id, Address.confirmed_at.is_not(None))
    own = email.correlate(Person).scalar_subquery()
    here = follows(Person.id, organisation_id), Person.scheme_role.is_not(None), Person.erased_at.is_(None)
    asked = select(Person.name, Person.language, own).where(*here, own.is_not(None))
    return session.execute(asked).all()
