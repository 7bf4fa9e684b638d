"""The plan of measures, for the coordinators: from risks, from the catalogue, from what exists, and of their own."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.database import session
from lms.languages import _, language
from lms.measures.asking import Asking, asking_of, live_with, live_with_no_longer
from lms.measures.catalogue import catalogue
from lms.measures.history import history_of
from lms.measures.models import (
    STATUSES,
    ChangedMeanwhile,
    EnoughMeasures,
    Measure,
    MeasurePlan,
    measure_of,
    measures_of,
    open_plan,
    plan_in,
    risks_of,
)
from lms.measures.standing import PlanStanding, plan_of
from lms.measures.talk import talk_of, tell_the_other_side
from lms.measures.words import Written, read_status
from lms.organisations.invitations import ForgedChoice, Invalid
from lms.organisations.models import Organisation, hold_roster, organisation_coordinated_by
from lms.organisations.names_left import fields_named_in, left_at, pass_on, told_of_change, told_of_erasure
from lms.people.lists import Look, read_look, screenful_of
from lms.people.names import ERASED
from lms.people.sign_in import must_be_signed_in
from lms.risks.models import Risk
from lms.risks.words import read_revision, read_text

bp = Blueprint("measures", __name__)
bp.add_app_template_global(
    lambda key: each.title(language()) if (each := catalogue().requirement(key)) else key, "requirement_title"
)
PLAN = "/organisations/<uuid:organisation_id>/measures"
MEASURE = f"{PLAN}/<uuid:measure_id>"
RISK = f"{PLAN}/risks/<uuid:risk_id>"
SORTS: Mapping[str, Callable[[Measure], Any]] = {
    "due": lambda measure: (measure.due is None, measure.due or date.max),
    "status": lambda measure: STATUSES.index(measure.status),
    "owner": lambda measure: (not measure.owner, measure.owner.casefold()),
    "added": lambda measure: measure.added_at,
}


@bp.get(PLAN)
def show(organisation_id: UUID) -> Response:
    """Show the plan: what the risks ask, the measures, the requirements, and what is left to do."""
    if (away := must_be_signed_in()) is not None:
        return away
    return _plan_page(_organisation(organisation_id))


@bp.post(PLAN)
def add(organisation_id: UUID) -> Response:
    """Put a measure into the plan."""
    organisation, plan, standing = _plan_to_change(organisation_id)
    asking = asking_of(standing)
    try:
        written = Written.read(request.form, [row.id for row in asking.rows])
        if named := _named_since(asking, written):
            return _new_page(organisation, standing, asking, named)
        measure = plan.add(written.values, written.risks, written.example, g.person)
        if (risk := asking.row(request.form.get("risk", ""))) and measure.what == risk.proposed:
            pass_on(organisation.id, "risk", {risk.id: measure.id}, {"proposed": "what"}, "measure")
    except ForgedChoice:
        abort(400)
    except Invalid as error:
        return _new_page(organisation, standing, asking, error.errors)
    except EnoughMeasures:
        told = _("There are as many measures as a plan can have. Take one out first.")
        return _new_page(organisation, standing, asking, {"what": told})
    session.commit()
    anchor = f"measure-{measure.id}"
    return redirect(url_for(".show", organisation_id=organisation.id, added=1, _anchor=anchor), 303)


@bp.get(f"{PLAN}/new")
def new(organisation_id: UUID) -> Response:
    """Show the form of a new measure: filled in from a risk, an example or a requirement, or empty."""
    if (away := must_be_signed_in()) is not None:
        return away
    organisation = _organisation(organisation_id)
    standing = plan_of(organisation.id)
    return _new_page(organisation, standing, asking_of(standing))


@bp.get(f"{PLAN}/examples")
def examples(organisation_id: UUID) -> Response:
    """Show what others do, those first that suit the risks here."""
    if (away := must_be_signed_in()) is not None:
        return away
    organisation = _organisation(organisation_id)
    standing = plan_of(organisation.id)
    asking = asking_of(standing)
    look = read_look(request.args, area=("", *catalogue().areas))
    titles = {row.factor: row.name(language()) for row in asking.relevant if row.factor}
    offered = [
        (example, [titles[factor] for factor in example.factors if factor in titles])
        for example, _weight in catalogue().suggested_by(titles)
        if look["area"] in ("", example.area) and look["text"].casefold() in example.title(language()).casefold()
    ]
    planned = {measure.example for measure in standing.measures}
    return _page("examples", organisation, standing, offered=offered, look=look, planned=planned)


@bp.get(f"{PLAN}/requirements")
def requirements(organisation_id: UUID) -> Response:
    """Show the minimum requirements: what counts, what is there, and what is missing."""
    if (away := must_be_signed_in()) is not None:
        return away
    organisation = _organisation(organisation_id)
    standing = plan_of(organisation.id)
    return _page("requirements", organisation, standing, talk=talk_of(standing.plan) if standing.plan else {})


@bp.get(f"{PLAN}/history")
def history(organisation_id: UUID) -> Response:
    """Show who did what in the plan, and when."""
    if (away := must_be_signed_in()) is not None:
        return away
    organisation = _organisation(organisation_id)
    plan = plan_in(organisation.id)
    return _page("history", organisation, None, history=history_of(plan) if plan else [])


@bp.post(f"{PLAN}/hand-in")
def hand_in(organisation_id: UUID) -> Response:
    """Ask the scheme to look at the plan; both can go on writing in it."""
    organisation, plan, standing = _plan_to_change(organisation_id)
    if not standing.measures:
        return _plan_page(organisation, {"hand_in": _("There is nothing in the plan yet. Put in a measure first.")})
    if plan.hand_in(g.person):
        tell_the_other_side(plan, from_scheme=False)
    session.commit()
    return redirect(url_for(".show", organisation_id=organisation.id, _anchor="hand-in"), 303)


@bp.post(f"{RISK}/living-with")
def accept_risk(organisation_id: UUID, risk_id: UUID) -> Response:
    """Answer a high risk without a measure, and say why."""
    organisation, _plan, risk = _risk_to_answer(organisation_id, risk_id)
    errors: dict[str, str] = {}
    because = read_text(request.form, "because", errors)
    if not because:
        errors["because"] = _("Say in a sentence why you live with it.")
    if errors:
        return _plan_page(organisation, {f"because-{risk.id}": errors["because"]})
    live_with(risk, because, g.person)
    session.commit()
    return redirect(url_for(".show", organisation_id=organisation.id, _anchor="risks"), 303)


@bp.post(f"{RISK}/living-with/undo")
def ask_risk_again(organisation_id: UUID, risk_id: UUID) -> Response:
    """Let a risk that was lived with ask for a measure again."""
    organisation, _plan, risk = _risk_to_answer(organisation_id, risk_id)
    live_with_no_longer(risk, g.person)
    session.commit()
    return redirect(url_for(".show", organisation_id=organisation.id, _anchor="risks"), 303)


@bp.get(MEASURE)
def measure(organisation_id: UUID, measure_id: UUID) -> Response:
    """Show one measure: what it is, how far it has come, what is said about it, and who changed what."""
    if (away := must_be_signed_in()) is not None:
        return away
    organisation = _organisation(organisation_id)
    standing = plan_of(organisation.id)
    found = measure_of(standing.plan, measure_id) if standing.plan else None
    return _measure_page(organisation, standing, found or abort(404))


@bp.post(MEASURE)
def write(organisation_id: UUID, measure_id: UUID) -> Response:
    """Keep what somebody has written; where another has written meanwhile, show both and keep hers in the form."""
    organisation, standing, measure = _measure_to_change(organisation_id, measure_id)
    asking = asking_of(standing)
    try:
        written = Written.read(request.form, [row.id for row in asking.rows])
        measure.change(written.values, written.risks, read_revision(request.form), g.person)
    except ForgedChoice:
        abort(400)
    except Invalid as error:
        return _measure_page(organisation, standing, measure, error.errors)
    except ChangedMeanwhile:
        told = _("Somebody else has changed this measure meanwhile.")
        told = told_of_change(organisation.id, "measure", measure.id, read_revision(request.form), told)
        return _measure_page(organisation, standing, measure, {"conflict": told})
    session.commit()
    return redirect(url_for(".measure", organisation_id=organisation.id, measure_id=measure.id, saved=1), 303)


@bp.post(f"{MEASURE}/status")
def set_status(organisation_id: UUID, measure_id: UUID) -> Response:
    """Say how far a measure has come."""
    organisation, standing, measure = _measure_to_change(organisation_id, measure_id)
    errors: dict[str, str] = {}
    try:
        status, because = read_status(request.form, errors)
        if because not in ("", measure.status_because) and "revision" in request.form:
            named = fields_named_in(organisation.id, "measure", measure.id, read_revision(request.form))
            if "status_because" in named:
                errors["because"] = told_of_erasure()
    except ForgedChoice:
        abort(400)
    if errors:
        return _measure_page(organisation, standing, measure, errors)
    measure.become(status, because, g.person)
    session.commit()
    if "list" in request.form:
        anchor = f"measure-{measure.id}"
        return redirect(url_for(".show", organisation_id=organisation.id, _anchor=anchor), 303)
    return redirect(url_for(".measure", organisation_id=organisation.id, measure_id=measure.id), 303)


@bp.post(f"{MEASURE}/removal")
def remove(organisation_id: UUID, measure_id: UUID) -> Response:
    """Take a measure out of the plan."""
    organisation, _standing, measure = _measure_to_change(organisation_id, measure_id)
    measure.remove(g.person)
    session.commit()
    return redirect(url_for(".show", organisation_id=organisation.id, removed=measure.id, _anchor="removed"), 303)


@bp.post(f"{MEASURE}/removal/undo")
def put_back(organisation_id: UUID, measure_id: UUID) -> Response:
    """Have a measure in the plan again."""
    organisation, _standing, measure = _measure_to_change(organisation_id, measure_id)
    measure.put_back(g.person)
    session.commit()
    anchor = f"measure-{measure.id}"
    return redirect(url_for(".show", organisation_id=organisation.id, _anchor=anchor), 303)


def _organisation(organisation_id: UUID) -> Organisation:
    if g.person is None:
        abort(401)
    return organisation_coordinated_by(g.person, organisation_id) or abort(404)


def _plan_to_change(organisation_id: UUID) -> tuple[Organisation, MeasurePlan, PlanStanding]:
    organisation = _organisation(organisation_id)
    hold_roster(organisation.id)
    plan = open_plan(organisation.id, g.person)
    return organisation, plan, plan_of(organisation.id)


def _measure_to_change(organisation_id: UUID, measure_id: UUID) -> tuple[Organisation, PlanStanding, Measure]:
    organisation, plan, standing = _plan_to_change(organisation_id)
    return organisation, standing, measure_of(plan, measure_id) or abort(404)


def _named_since(asking: Asking, written: Written) -> dict[str, str]:
    """What to look at in a measure whose form began with a risk that named somebody who was erased since."""
    risk = asking.row(request.form.get("risk", ""))
    if risk is None:
        return {}
    named = fields_named_in(risk.organisation_id, "risk", risk.id, read_revision(request.form, "risk_revision"))
    held = {"what": ("proposed", risk.proposed), "owner": ("owner", risk.owner)}
    return {
        field: told_of_erasure()
        for field, (taken_from, there) in held.items()
        if taken_from in named and written.values[field] not in ("", there)
    }


def _risk_to_answer(organisation_id: UUID, risk_id: UUID) -> tuple[Organisation, MeasurePlan, Risk]:
    organisation, plan, standing = _plan_to_change(organisation_id)
    return organisation, plan, asking_of(standing).row(str(risk_id)) or abort(404)


def _plan_page(organisation: Organisation, errors: Mapping[str, str] | None = None) -> Response:
    standing = plan_of(organisation.id)
    plan = standing.plan
    owners = sorted({measure.owner for measure in standing.measures if measure.owner}, key=str.casefold)
    look = read_look(
        request.args,
        status=("", *STATUSES, "overdue"),
        owner=("", *owners),
        requirement=("", *(each.key for each in catalogue().requirements)),
        sort=tuple(SORTS),
    )
    return _page(
        "plan",
        organisation,
        standing,
        errors,
        asking=asking_of(standing),
        look=look,
        owners=owners,
        shown=screenful_of(_looked_for(standing, look), look),
        removed=measures_of(plan, removed=True) if plan else [],
        talk=talk_of(plan) if plan else {},
    )


def _looked_for(standing: PlanStanding, look: Look) -> list[Measure]:
    words = look["text"].casefold()
    found = [
        measure
        for measure in standing.measures
        if look["status"] in ("", measure.status) or (look["status"] == "overdue" and measure.is_overdue)
        if look["owner"] in ("", measure.owner)
        if look["requirement"] in ("", measure.requirement)
        if words in f"{measure.what} {measure.why}".casefold()
    ]
    return sorted(found, key=SORTS[look["sort"]])


def _new_page(
    organisation: Organisation, standing: PlanStanding, asking: Asking, errors: Mapping[str, str] | None = None
) -> Response:
    arguments = request.form if errors else request.args
    example = catalogue().example(arguments.get("example"))
    risk = asking.row(arguments.get("risk", ""))
    requirement = catalogue().requirement(arguments.get("requirement"))
    ticked = {risk.id} if risk else set()
    if example is not None:
        ticked = {row.id for row in asking.relevant if row.factor in example.factors}
    draft = Measure(
        what=risk.proposed if risk else example.title(language()) if example else "",
        why="",
        owner=risk.owner if risk and risk.owner != ERASED else "",
        due=risk.deadline if risk else None,
        recurring="",
        requirement=requirement.key if requirement else example.requirement if example else None,
        already="already" in arguments,
        revision=0,
    )
    return _page(
        "new", organisation, standing, errors, asking=asking, draft=draft, example=example, risk=risk, ticked=ticked
    )


def _measure_page(
    organisation: Organisation, standing: PlanStanding, measure: Measure, errors: Mapping[str, str] | None = None
) -> Response:
    plan = standing.plan or abort(404)
    return _page(
        "measure",
        organisation,
        standing,
        errors,
        asking=asking_of(standing),
        measure=measure,
        ticked=risks_of(measure),
        talk=talk_of(plan),
        history=history_of(plan, measure),
        left=left_at(organisation.id, "measure", measure.id),
    )


def _page(
    name: str,
    organisation: Organisation,
    standing: PlanStanding | None,
    errors: Mapping[str, str] | None = None,
    **words: Any,
) -> Response:
    page = render_template(
        f"lms/measures/{name}.html",
        organisation=organisation,
        standing=standing,
        plan=standing.plan if standing else None,
        catalogue=catalogue(),
        written=request.form,
        errors=errors or {},
        locale=language(),
        **words,
    )
    return make_response(page, 422 if errors else 200)
