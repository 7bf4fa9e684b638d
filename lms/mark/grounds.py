"""What an organisation's mark rests on: the courses, the mapping, the requirements, the measures, as they are now."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from lms.database import session
from lms.group_sessions.models import GroupSession
from lms.mark.models import is_shown
from lms.measures.evidence.models import Evidence, evidence_of
from lms.measures.models import BEGUN
from lms.measures.standing import PlanStanding, RequirementStanding, plan_of
from lms.organisations.models import Round
from lms.risks.delivery import Standing

Shown = Mapping[str | UUID, tuple[Evidence, ...]]
FORM = 1  # of the request; a later form must still read this one


def grounds_of(round: Round) -> dict[str, Any]:
    """What stands behind a request of this round now: ids and counts, no names; ten questions at the most."""
    plan = plan_of(round.organisation_id, round.id)
    shown = evidence_of(round.organisation_id, plan.plan.id) if plan.plan else {}
    return form_of(_held_in(round), plan, shown)


def form_of(held: GroupSession | None, plan: PlanStanding, shown: Shown) -> dict[str, Any]:
    """The form of a request, as JSON can hold it."""
    return {
        "form": FORM,
        "held": _as_held(held) if held is not None else None,
        "mapping": _as_accepted(plan.mapping),
        "requirements_version": plan.plan.requirements_version if plan.plan else "",
        "requirements": [
            {"key": each.key, "met": each.is_met, "evidence": list(_evidence(each, plan, shown))}
            for each in plan.requirements
        ],
        "measures": [
            {"id": str(each.id), "status": each.status, "due": each.due.isoformat() if each.due else None}
            for each in plan.measures
        ],
    }


def missing_in(form: Mapping[str, Any]) -> tuple[str, ...]:
    """At which points something is missing, in the order of the page."""
    there = {
        "courses": form["held"] is not None,
        "mapping": bool(form["mapping"]["accepted_at"]),
        "requirements": bool(form["requirements"]) and all(map(is_shown, form["requirements"])),
        "measures": any(each["status"] in BEGUN for each in form["measures"]),
    }
    return tuple(point for point, is_there in there.items() if not is_there)


def _held_in(round: Round) -> GroupSession | None:
    """The group session of the round that was held last."""
    return session.scalar(
        select(GroupSession)
        .where(GroupSession.organisation_id == round.organisation_id, GroupSession.held_at >= round.started_at)
        .order_by(GroupSession.held_at.desc())
        .limit(1)
    )


def evidence_named_in(form: Mapping[str, Any]) -> set[UUID]:
    """The links and files on the ground of which the mark was asked for."""
    pieces = (piece for each in form["requirements"] for piece in each["evidence"])
    return {UUID(piece["id"]) for piece in pieces if piece["kind"] == "shown"}


def _evidence(requirement: RequirementStanding, plan: PlanStanding, shown: Shown) -> Iterator[dict[str, Any]]:
    """What shows that a requirement is met, each by its kind: with an id where it has one, else with a number."""
    for piece in requirement.has:
        if piece.kind == "mapping_accepted" and plan.mapping.delivered is not None:
            yield {"kind": piece.kind, "id": str(plan.mapping.delivered.id)}
        elif piece.guideline is not None:
            read = {"asked": piece.guideline.asked, "confirmed": piece.guideline.confirmed}
            yield {"kind": piece.kind, "id": str(piece.guideline.guideline_id), "version": piece.number, **read}
        elif piece.kind not in ("measure", "shown"):
            yield {"kind": piece.kind, "number": piece.number}
    for measure in plan.measures:
        planned = any(piece.kind == "activities" for piece in requirement.has) and measure.status != "not_relevant"
        if measure.requirement == requirement.key and (measure.is_begun or planned):
            yield {"kind": "measure", "id": str(measure.id)}
    abouts: list[str | UUID] = [
        requirement.key,
        *(each.id for each in plan.measures if each.requirement == requirement.key),
    ]
    for evidence in (each for about in abouts for each in shown.get(about, ()) if each.state != "gone"):
        yield {"kind": "shown", "id": str(evidence.id)}


def _as_held(meeting: GroupSession) -> dict[str, Any]:
    snapshot = meeting.frozen_facts or {}
    came = snapshot["came"]
    return {
        "group_session": str(meeting.id),
        "held_at": meeting.held_at and meeting.held_at.isoformat(),
        "digest": meeting.frozen_hash,
        "verdict": snapshot["verdict"],
        "roster": snapshot["facts"]["roster"],
        "declared": snapshot["facts"]["declared"],
        "courses": snapshot["facts"]["courses"],
        "came": max(came["listed"], came["counted"] or 0),
    }


def _as_accepted(standing: Standing) -> dict[str, Any]:
    if standing.state != "accepted" or standing.delivered is None or standing.decision is None:
        return {"accepted_at": None, "catalogue": "", "delivery": None, "digest": None}
    return {
        "accepted_at": standing.decision.decided_at.isoformat(),
        "catalogue": standing.delivered.form["catalogue"],
        "delivery": str(standing.delivered.id),
        "digest": standing.delivered.digest,
    }
