"""The year as a wheel, for the coordinators: what happens when, what was held, and how it gets into calendars."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.database import norwegian_day, now, session
from lms.languages import _, language, speaking
from lms.measures.catalogue import catalogue
from lms.measures.models import ChangedMeanwhile, EnoughMeasures, Measure, measure_of, open_plan, plan_in
from lms.measures.standing import ACTIVITIES_A_YEAR, activities_in_a_year, plan_of
from lms.measures.year_wheel import models
from lms.measures.year_wheel.dates import calendar_of, dates_of
from lms.measures.year_wheel.picture import wheel_of
from lms.measures.year_wheel.words import Held, read_activity, read_planned_day
from lms.measures.year_wheel.year import REQUIREMENT, held_in, year_from
from lms.organisations.invitations import ForgedChoice, Invalid
from lms.organisations.models import Organisation, hold_roster, organisation_coordinated_by
from lms.people.letters import absolute
from lms.people.limits import limiter
from lms.people.lists import read_look, screenful_of
from lms.people.sign_in import must_be_signed_in

bp = Blueprint("year_wheel", __name__)
YEAR = "/organisations/<uuid:organisation_id>/year"
ACTIVITY = f"{YEAR}/<uuid:measure_id>"


@bp.get(YEAR)
def show(organisation_id: UUID) -> Response:
    """Show twelve months as a wheel, with its table, and what the requirement wants of them."""
    if (away := must_be_signed_in()) is not None:
        return away
    return _year_page(_organisation(organisation_id))


@bp.post(YEAR)
def add(organisation_id: UUID) -> Response:
    """Plan an activity: a measure of the awareness work with a day."""
    organisation = _organisation(organisation_id)
    hold_roster(organisation.id)
    try:
        written = read_activity(request.form)
        open_plan(organisation.id, g.person).add(written.values, (), written.example, g.person)
    except ForgedChoice:
        abort(400)
    except Invalid as error:
        return _year_page(organisation, error.errors)
    except EnoughMeasures:
        told = _("There are as many measures as a plan can have. Take one out first.")
        return _year_page(organisation, {"what": told})
    session.commit()
    return redirect(url_for(".show", organisation_id=organisation.id, done="added"), 303)


@bp.get(f"{YEAR}/year.ics")
def download(organisation_id: UUID) -> Response:
    """Hand over the whole year as a file, to be kept in a calendar once."""
    if (away := must_be_signed_in()) is not None:
        return away
    organisation = _organisation(organisation_id)
    return _as_file(calendar_of(organisation, dates_of(organisation)))


@bp.post(f"{YEAR}/calendar")
@limiter.limit("20 per hour", key_func=lambda: str(g.person.id) if g.person else "nobody")
def subscribe(organisation_id: UUID) -> Response:
    """Show the address of a new calendar, this once, in place of the one there may have been."""
    organisation = _organisation(organisation_id)
    secret = models.new_feed(organisation.id, g.person)
    session.commit()
    address = absolute("lms.year_wheel.show_feed", secret=secret)
    return _page("address", organisation, address=address)


@bp.post(f"{YEAR}/calendar/end")
def unsubscribe(organisation_id: UUID) -> Response:
    """End the calendar: its address shows nothing any more."""
    organisation = _organisation(organisation_id)
    models.end_feed(organisation.id, g.person)
    session.commit()
    return redirect(url_for(".show", organisation_id=organisation.id, _anchor="calendar"), 303)


@bp.get("/year/<secret>.ics")
@limiter.limit("60 per minute", misses=404)
def show_feed(secret: str) -> Response:
    """Hand a calendar program the activities behind an address that only those who were given it know."""
    organisation = models.organisation_with(secret) or abort(404)
    with speaking("nb"):
        text = calendar_of(organisation, dates_of(organisation))
    response = _as_calendar(text)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.add_etag()
    return response.make_conditional(request)


@bp.post(f"{YEAR}/reminders")
def remind(organisation_id: UUID) -> Response:
    """Have letters about the year written, or none."""
    organisation = _organisation(organisation_id)
    wanted = request.form.get("wanted")
    if wanted not in ("yes", "no"):
        abort(400)
    choose = models.resume_reminders if wanted == "yes" else models.stop_reminders
    choose(organisation.id, g.person)
    session.commit()
    return redirect(url_for(".show", organisation_id=organisation.id, _anchor="reminders"), 303)


@bp.get(ACTIVITY)
def activity(organisation_id: UUID, measure_id: UUID) -> Response:
    """Show one activity: its next day, each time it was held, and the form that says so."""
    if (away := must_be_signed_in()) is not None:
        return away
    organisation = _organisation(organisation_id)
    return _activity_page(organisation, _activity(organisation, measure_id))


@bp.post(f"{ACTIVITY}/held")
def hold(organisation_id: UUID, measure_id: UUID) -> Response:
    """Say that an activity was held, and what came of it."""
    organisation, measure = _activity_to_change(organisation_id, measure_id)
    try:
        held = Held.read(request.form)
        models.hold(measure, held.planned_on, held.held_on, held.note, g.person)
    except ForgedChoice:
        abort(400)
    except Invalid as error:
        return _activity_page(organisation, measure, error.errors)
    except ChangedMeanwhile:
        told = _("Somebody has chosen another day for this meanwhile. Look at it, and save once more if it is right.")
        return _activity_page(organisation, measure, {"changed": told})
    session.commit()
    return redirect(url_for(".activity", organisation_id=organisation.id, measure_id=measure.id, done="held"), 303)


@bp.post(f"{ACTIVITY}/held/undo")
def take_back(organisation_id: UUID, measure_id: UUID) -> Response:
    """Say that the latest time was a mistake."""
    organisation, measure = _activity_to_change(organisation_id, measure_id)
    try:
        models.take_back(measure, read_planned_day(request.form), g.person)
    except ForgedChoice:
        abort(400)
    session.commit()
    return redirect(url_for(".activity", organisation_id=organisation.id, measure_id=measure.id), 303)


@bp.get(f"{ACTIVITY}/activity.ics")
def download_one(organisation_id: UUID, measure_id: UUID) -> Response:
    """Hand over the days of one activity, to be kept in a calendar once."""
    if (away := must_be_signed_in()) is not None:
        return away
    organisation = _organisation(organisation_id)
    measure = _activity(organisation, measure_id)
    days = [each for each in dates_of(organisation) if each.measure.id == measure.id]
    return _as_file(calendar_of(organisation, days))


def _organisation(organisation_id: UUID) -> Organisation:
    if g.person is None:
        abort(401)
    return organisation_coordinated_by(g.person, organisation_id) or abort(404)


def _activity(organisation: Organisation, measure_id: UUID) -> Measure:
    plan = plan_in(organisation.id) or abort(404)
    measure = measure_of(plan, measure_id) or abort(404)
    if measure.due is None or measure.removed_at is not None or measure.status == "not_relevant":
        abort(404)
    return measure


def _activity_to_change(organisation_id: UUID, measure_id: UUID) -> tuple[Organisation, Measure]:
    organisation = _organisation(organisation_id)
    hold_roster(organisation.id)
    return organisation, _activity(organisation, measure_id)


def _year_page(organisation: Organisation, errors: Mapping[str, str] | None = None) -> Response:
    standing, today = plan_of(organisation.id), norwegian_day(now())
    dated = [measure for measure in standing.measures if measure.due or measure.recurring]
    owners = sorted({measure.owner for measure in dated if measure.owner}, key=str.casefold)
    spans = ("", str(today.year), str(today.year + 1))
    look = read_look(request.args, span=spans, who=("", *owners), kind=("", REQUIREMENT))
    first = date(int(look["span"]), 1, 1) if look["span"] else today.replace(day=1)
    shown = [
        measure for measure in dated if look["who"] in ("", measure.owner) and look["kind"] in ("", measure.requirement)
    ]
    year = year_from(first, shown, held_in(organisation.id, shown), today)
    there = activities_in_a_year(measure for measure in dated if measure.requirement == REQUIREMENT)
    examples = [example for example in catalogue().examples if example.requirement == REQUIREMENT]
    return _page(
        "year",
        organisation,
        errors,
        year=year,
        wheel=wheel_of(year),
        listed=screenful_of(list(enumerate(year.activities, 1)), look),
        look=look,
        spans=spans,
        owners=owners,
        any_dated=bool(dated),
        requirement=standing.requirement(REQUIREMENT),
        there=there,
        enough=ACTIVITIES_A_YEAR,
        examples=examples,
        example=catalogue().example((request.form if errors else request.args).get("example")),
        choices=models.year_wheel_of(organisation.id),
    )


def _activity_page(organisation: Organisation, measure: Measure, errors: Mapping[str, str] | None = None) -> Response:
    held = models.held_of(measure)
    return _page(
        "activity",
        organisation,
        errors,
        measure=measure,
        held=held,
        waits=measure.status != "done" and all(each.planned_on != measure.due for each in held),
        names=models.names_of(held),
        today=norwegian_day(now()),
    )


def _as_calendar(text: str) -> Response:
    response = make_response(text)
    response.headers["Content-Type"] = "text/calendar; charset=utf-8"
    return response


def _as_file(text: str) -> Response:
    response = _as_calendar(text)
    response.headers["Content-Disposition"] = "attachment; filename=balanse.ics"
    return response


def _page(name: str, organisation: Organisation, errors: Mapping[str, str] | None = None, **words: Any) -> Response:
    page = render_template(
        f"lms/measures/year_wheel/{name}.html",
        organisation=organisation,
        catalogue=catalogue(),
        written=request.form,
        errors=errors or {},
        locale=language(),
        **words,
    )
    return make_response(page, 422 if errors else 200)
