"""The plan for both sides: to read whole and print, what they write to one another, and the scheme's queue."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, abort, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.database import norwegian_day, now, session
from lms.languages import _, language
from lms.measures.asking import asking_of
from lms.measures.catalogue import catalogue
from lms.measures.models import Measure, MeasurePlan, measure_of, plan_in
from lms.measures.reviews.queue import plan_for, plans_under_way, plans_waiting
from lms.measures.standing import ACTIVITIES_A_YEAR, activities_in_a_year, plan_of
from lms.measures.talk import say, talk_of, tell_the_other_side
from lms.measures.words import REMARK_LENGTH
from lms.measures.year_wheel.picture import wheel_of
from lms.measures.year_wheel.year import REQUIREMENT, held_in, year_from
from lms.organisations.models import Organisation, hold_roster, organisation_coordinated_by
from lms.people.sign_in import must_be_signed_in
from lms.risks.words import read_text

bp = Blueprint("plan_reviews", __name__)
PLAN = "/organisations/<uuid:organisation_id>/measures"


@bp.get("/measure-plans")
def queue() -> Response:
    """Show a facilitator the plans that wait for her, and those that are under way."""
    if (away := must_be_signed_in()) is not None:
        return away
    if not g.person.is_facilitator:
        abort(404)
    page = max(1, min(request.args.get("page", 1, type=int), 1000))
    waiting, more = plans_waiting(g.person, page)
    shown = render_template(
        "lms/measures/queue.html", waiting=waiting, more=more, page=page, others=plans_under_way(g.person)
    )
    return make_response(shown)


@bp.get(f"{PLAN}/whole")
def whole(organisation_id: UUID) -> Response:
    """Show the whole plan, for the coordinators to print and for the facilitator to read and answer."""
    if (away := must_be_signed_in()) is not None:
        return away
    return _whole_page(_reader(organisation_id))


@bp.post(f"{PLAN}/remarks")
def remark(organisation_id: UUID) -> Response:
    """Write to the other side: about a measure, a requirement, or the plan as a whole."""
    reader = _reader(organisation_id, to_change=True)
    measure, requirement = _about(reader.plan)
    errors: dict[str, str] = {}
    text = read_text(request.form, "text", errors, longest=REMARK_LENGTH)
    if not text:
        errors["text"] = _("Write something first.")
    if errors:
        page = render_template(
            "lms/measures/remark.html",
            organisation=reader.organisation,
            coordinates=reader.coordinates,
            measure=measure,
            requirement=catalogue().requirement(requirement),
            written=request.form,
            errors=errors,
            locale=language(),
        )
        return make_response(page, 422)
    say(reader.plan, text, g.person, not reader.coordinates, measure.id if measure else None, requirement)
    session.commit()
    return redirect(_where_it_stands(reader, measure, requirement), 303)


@bp.post(f"{PLAN}/answer")
def answer(organisation_id: UUID) -> Response:
    """The scheme has looked at the plan, and perhaps has something to say about it."""
    reader = _reader(organisation_id, to_change=True)
    # Nobody answers her own organisation's plan.
    if reader.coordinates:
        abort(404)
    errors: dict[str, str] = {}
    text = read_text(request.form, "text", errors, longest=REMARK_LENGTH)
    if not errors and not reader.plan.answer(g.person):
        errors["answered"] = _("Somebody has answered meanwhile, or nobody waits for an answer. You can still write.")
    if errors:
        return _whole_page(reader, errors)
    if text:
        say(reader.plan, text, g.person, True, None, None)
    else:
        tell_the_other_side(reader.plan, from_scheme=True)
    session.commit()
    return redirect(url_for(".whole", organisation_id=organisation_id, _anchor="answer"), 303)


@dataclass(frozen=True)
class _Reader:
    """Somebody who reads a plan: a coordinator, or a facilitator who may review it."""

    organisation: Organisation
    plan: MeasurePlan
    coordinates: bool


def _reader(organisation_id: UUID, to_change: bool = False) -> _Reader:
    if g.person is None:
        abort(401)
    organisation = organisation_coordinated_by(g.person, organisation_id)
    coordinates = organisation is not None
    if organisation is None:
        at_hand = plan_for(g.person, organisation_id) if g.person.is_facilitator else None
        organisation = (at_hand or abort(404)).organisation
    if to_change:
        hold_roster(organisation.id)
    return _Reader(organisation, plan_in(organisation.id, to_change=to_change) or abort(404), coordinates)


def _about(plan: MeasurePlan) -> tuple[Measure | None, str | None]:
    """The measure or the requirement that the remark is about; anything else than what the page offers is forged."""
    about = request.form.get("about", "")
    if not about or catalogue().requirement(about) is not None:
        return None, about or None
    try:
        measure_id = UUID(about)
    except ValueError:
        abort(400)
    return measure_of(plan, measure_id) or abort(404), None


def _where_it_stands(reader: _Reader, measure: Measure | None, requirement: str | None) -> str:
    about = f"talk-{measure.id if measure else requirement}" if measure or requirement else "talk"
    here = reader.organisation.id
    if not reader.coordinates or request.form.get("from") == "whole":
        return url_for(".whole", organisation_id=here, _anchor=about)
    if measure is not None:
        return url_for("lms.measures.measure", organisation_id=here, measure_id=measure.id, _anchor=about)
    page = "lms.measures.requirements" if requirement else "lms.measures.show"
    return url_for(page, organisation_id=here, _anchor=about)


def _whole_page(reader: _Reader, errors: Mapping[str, str] | None = None) -> Response:
    standing, today = plan_of(reader.organisation.id), norwegian_day(now())
    held = held_in(reader.organisation.id, standing.measures)
    year = year_from(today.replace(day=1), standing.measures, held, today)
    page = render_template(
        "lms/measures/whole.html",
        organisation=reader.organisation,
        coordinates=reader.coordinates,
        standing=standing,
        plan=reader.plan,
        asking=asking_of(standing),
        catalogue=catalogue(),
        talk=talk_of(reader.plan),
        year=year if year.activities else None,
        wheel=wheel_of(year),
        numbered=list(enumerate(year.activities, 1)),
        there=activities_in_a_year(each for each in standing.measures if each.requirement == REQUIREMENT),
        enough=ACTIVITIES_A_YEAR,
        written=request.form,
        errors=errors or {},
        locale=language(),
    )
    return make_response(page, 422 if errors else 200)
