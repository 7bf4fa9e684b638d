"""What an organisation has when it can ask for the mark, brought on without walking there page by page."""

import io
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import select

from lms.database import new_id, norwegian_day, now, one_transaction, session
from lms.group_sessions.held import hold
from lms.group_sessions.models import GroupSession
from lms.mark.models import Award, MarkRequest
from lms.mark.requests import ask_for_mark, grant
from lms.measures.catalogue import catalogue
from lms.measures.evidence.kinds import PDF
from lms.measures.evidence.models import Evidence, add_file
from lms.measures.evidence.store import store
from lms.measures.models import Measure, open_plan
from lms.organisations.models import Organisation, current_round, found_organisation
from lms.people.models import Person
from lms.risks.delivery import decide
from tests.proofs import PDF_FILE
from tests.risk_mappings import delivered

SEEN_IN_A_REQUEST = ("asked", "answer", "mapping", "plan", "evidence_file")
THE_WAY_ON = "Vi fortsetter samtalene, og verneombudet følger med."


def marks(app: Flask, theatre: Any) -> dict[str, Any]:
    """Two more organisations of Ola's, one that has asked and one that has the mark, as the addresses name them."""
    with app.app_context(), one_transaction():
        ola, siv = (session.get_one(Person, theatre.people[name]) for name in ("ola", "siv"))
        gallery, publisher = (found_organisation(name, ["harassment"], ola) for name in ("Galleriet", "Forlaget"))
        everything(gallery.id, ola, siv)
        proof = a_file(gallery.id, ola)
        choir = found_organisation("Koret", ["harassment"], ola)
        about_to_expire(choir.id, ola, siv)
        return {
            "request_id": asked(gallery.id, ola).id,
            "award_id": awarded(publisher.id, ola, siv).id,
            **{f"lms.mark_reviews.{page}.organisation_id": gallery.id for page in SEEN_IN_A_REQUEST},
            "lms.mark_reviews.evidence_file.evidence_id": proof.id,
            "lms.renewal.show.organisation_id": choir.id,
            **{f"lms.mark_reviews.{page}.organisation_id": publisher.id for page in ("withdrawing", "withdraw")},
        }


def about_to_expire(organisation_id: UUID, by: Person, scheme: Person, days: int = 100) -> Award:
    """The organisation has everything, and a mark from before there were requests that is valid for so many days."""
    everything(organisation_id, by, scheme)
    last = norwegian_day(now()) + timedelta(days=days)
    award = Award(
        organisation_id=organisation_id,
        id=new_id(),
        round_id=current_round(organisation_id).id,
        awarded_on=last - timedelta(days=730),
        valid_until=last,
        imported_at=now(),
        imported_by=scheme.id,
    )
    session.add(award)
    session.flush()
    return award


def hold_session(organisation_id: UUID, by: Person) -> GroupSession:
    """The organisation has met."""
    meeting = session.scalars(
        select(GroupSession).where(GroupSession.organisation_id == organisation_id, GroupSession.held_at.is_(None))
    ).first() or GroupSession(organisation_id=organisation_id, facilitator_id=by.id)
    meeting.starts_at = now() - timedelta(hours=2)
    session.add(meeting)
    session.flush()
    hold(meeting, session.get_one(Organisation, organisation_id), by)
    session.flush()
    return meeting


def accept_mapping(organisation_id: UUID, by: Person, accepted_by: Person) -> None:
    """The mapping has been delivered, and the scheme has accepted it."""
    decide(delivered(organisation_id, by), "accepted", "", {}, accepted_by)
    session.flush()


def meet_requirements(organisation_id: UUID, by: Person, status: str = "started") -> None:
    """There is a measure with which something has happened for each requirement."""
    plan = open_plan(organisation_id, by)
    if not session.get_one(Organisation, organisation_id).reporting_channel:
        session.get_one(Organisation, organisation_id).reporting_channel = "Styreleder"
    for requirement in catalogue().requirements:
        session.add(
            Measure(
                organisation_id=organisation_id,
                plan_id=plan.id,
                requirement=requirement.key,
                what=f"Tiltak for {requirement.key}",
                status=status,
                recurring="quarterly",
                added_by=by.id,
                changed_by=by.id,
            )
        )
    session.flush()


def a_file(organisation_id: UUID, by: Person, about: str = "guidelines") -> Evidence:
    """A file that shows a requirement, in the transaction around."""
    kept = store().keep(io.BytesIO(PDF_FILE), organisation_id)
    file = add_file(open_plan(organisation_id, by), about, "Husreglene våre", "husregler.pdf", PDF, kept, by)
    session.flush()
    return file


def everything(organisation_id: UUID, by: Person, scheme: Person) -> None:
    """All that the mark rests on."""
    hold_session(organisation_id, scheme)
    accept_mapping(organisation_id, by, scheme)
    meet_requirements(organisation_id, by)


def bring_on(app: Flask, theatre: Any) -> None:
    """All that the mark rests on, for the theatre."""
    with app.app_context(), one_transaction():
        mona, siv = (session.get_one(Person, theatre.people[name]) for name in ("mona", "siv"))
        everything(theatre.id, mona, siv)


def asked(organisation_id: UUID, by: Person) -> MarkRequest:
    """The organisation has asked for the mark, in the transaction around."""
    request = ask_for_mark(organisation_id, THE_WAY_ON, by)
    session.flush()
    return request


def awarded(organisation_id: UUID, by: Person, scheme: Person) -> Award:
    """The organisation has everything, has asked, and has been awarded the mark, in the transaction around."""
    everything(organisation_id, by, scheme)
    award = grant(asked(organisation_id, by), "", scheme, four_eyes=False)
    assert isinstance(award, Award)
    return award
