"""Reminders: for the coordinator who plans and presses, and for the person who may want none."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.database import norwegian_day, now, session
from lms.group_sessions.digest.models import weekly_letters_of
from lms.group_sessions.models import follower
from lms.group_sessions.reminders import missing, models
from lms.group_sessions.reminders.duties import WRITING
from lms.group_sessions.reminders.letters import Left, Letter
from lms.group_sessions.reminders.occasions import CHOICES, next_occasion, occasion_on, occasions
from lms.group_sessions.reminders.sending import Target, courses_asked, letters_lately, take_back_stale, target_of
from lms.group_sessions.reminders.stopping import who_stops
from lms.languages import LANGUAGES, _, speaking
from lms.mail.duties import duty_states
from lms.mail.hours import next_by_day
from lms.organisations.invitations import read_day
from lms.organisations.models import Organisation, employee_of, hold_roster
from lms.people.limits import limiter
from lms.people.models import Person
from lms.people.sign_in import must_be_signed_in

bp = Blueprint("reminders", __name__)
REMINDERS = "/organisations/<uuid:organisation_id>/reminders"
STOP = "/reminders/stop/<token>"
LATELY = timedelta(days=30)


@bp.get(REMINDERS)
def planned(organisation_id: UUID) -> Response:
    """Show who is missing, when they are written to and what it says, and what has become of it."""
    if (away := must_be_signed_in()) is not None:
        return away
    return _page(_organisation(organisation_id))


@bp.post(REMINDERS)
def choose(organisation_id: UUID) -> Response:
    """Choose how many days before which date people are reminded."""
    organisation = _organisation(organisation_id)
    chosen = request.form.getlist("days")
    if not set(chosen) <= {str(day) for day in CHOICES}:
        abort(400)
    written = request.form.get("due_on", "").strip()
    due_on = read_day(written) if written else None
    if written and due_on is None:
        error = _("Write the day as 31.12.2026, or leave the field empty.")
        return _page(organisation, request.form, {"due_on": error})
    if due_on is not None and due_on < norwegian_day(now()):
        return _page(organisation, request.form, {"due_on": _("That day has passed. Choose today or a later day.")})
    hold_roster(organisation.id)
    models.choose_days(organisation.id, [int(day) for day in chosen], due_on, g.person)
    session.flush()
    take_back_stale(now(), organisation.id)
    session.commit()
    return redirect(url_for(".planned", organisation_id=organisation.id, done="saved", _anchor="when"), 303)


@bp.post(f"{REMINDERS}/nudge")
def nudge(organisation_id: UUID) -> Response:
    """Write to those who are missing, today and besides the plan."""
    organisation = _organisation(organisation_id)
    hold_roster(organisation.id)
    done = "nudged" if models.nudge(organisation.id, g.person) else "enough"
    session.commit()
    return redirect(url_for(".planned", organisation_id=organisation.id, done=done), 303)


@bp.get("/me/reminders")
def preferences() -> Response:
    """Show a person from whom she may be reminded."""
    if (away := must_be_signed_in()) is not None:
        return away
    page = render_template(
        "lms/group_sessions/reminders/preferences.html",
        organisations=models.reminding_organisations(g.person),
        weekly=weekly_letters_of(g.person),
    )
    return make_response(page)


@bp.post("/me/reminders/<uuid:organisation_id>")
def prefer(organisation_id: UUID) -> Response:
    """Let an organisation remind her, or not."""
    if g.person is None:
        abort(401)
    if employee_of(g.person, organisation_id) is None:
        abort(404)
    act = {"on": models.allow_reminders, "off": models.refuse_reminders}.get(request.form.get("reminders", ""))
    if act is None:
        abort(400)
    act(organisation_id, g.person.id)
    session.commit()
    return redirect(url_for(".preferences", saved=1), 303)


@bp.get(STOP)
@limiter.limit("60 per minute")
def stop(token: str) -> Response:
    """Show a button: whoever only looks at the link, such as a mail scanner, changes nothing."""
    organisation, person_id = _stopping(token)
    return _stop_page(token, organisation, models.refuses(organisation.id, person_id))


@bp.post(STOP)
@limiter.limit("60 per minute")
def stop_now(token: str) -> Response:
    """Stop the reminders; from the page or from a mail program's own button, as often as it likes (RFC 8058)."""
    organisation, person_id = _stopping(token)
    models.refuse_reminders(organisation.id, person_id)
    session.commit()
    return _stop_page(token, organisation, stopped=True)


@bp.post(f"{STOP}/undo")
@limiter.limit("60 per minute")
def resume(token: str) -> Response:
    """Take it back."""
    organisation, person_id = _stopping(token)
    models.allow_reminders(organisation.id, person_id)
    session.commit()
    return redirect(url_for(".stop", token=token), 303)


def _stopping(token: str) -> tuple[Organisation, UUID]:
    organisation_id, person_id = who_stops(token) or abort(404)
    person = session.get(Person, person_id)
    if person is None or person.erased_at is not None:
        abort(404)
    return session.get(Organisation, organisation_id) or abort(404), person_id


def _stop_page(token: str, organisation: Organisation, stopped: bool) -> Response:
    page = render_template(
        "lms/group_sessions/reminders/stop.html", token=token, organisation=organisation, stopped=stopped
    )
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return response


def _organisation(organisation_id: UUID) -> Organisation:
    seen_by = follower(g.person, organisation_id) if g.person is not None else None
    if seen_by is None or not seen_by.coordinates:
        abort(404)
    return seen_by.organisation


def _page(
    organisation: Organisation, written: Mapping[str, str] | None = None, errors: dict[str, str] | None = None
) -> Response:
    moment = now()
    target, plan = target_of(organisation.id, moment), models.plan_of(organisation.id)
    courses = [course.key for course in courses_asked(target.round)]
    counts = missing.counted(target.round, courses)
    people = sum(counts.values())
    page = max(1, min(request.args.get("page", 1, type=int), -(-people // missing.ROWS_SHOWN)))
    last = models.last_nudge(organisation.id)
    duties = {state.duty.name: state for state in duty_states(moment)}
    words: dict[str, Any] = {
        "organisation": organisation,
        "target": target,
        "plan": plan,
        "choices": CHOICES,
        "calendar": occasions(target.day, target.offsets) if target.day else [],
        **_dates(target, norwegian_day(moment)),
        "counts": counts,
        "people": missing.listed(target.round, courses, page),
        "missing": people,
        "page": page,
        "pages": max(1, -(-people // missing.ROWS_SHOWN)),
        "last_nudge": last,
        "may_nudge": models.may_nudge(last),
        "goes_out": next_by_day(moment),
        "by_day": next_by_day(moment) == moment,
        "samples": _samples(target),
        "job": duties[WRITING],
        "silent": duties[WRITING].silent or duties["deliver mail"].silent,
        "lately": letters_lately(organisation.id, moment - LATELY),
        "written": written,
        "errors": errors or {},
        "today": norwegian_day(moment).isoformat(),
    }
    shown = render_template("lms/group_sessions/reminders/planned.html", **words)
    return make_response(shown, 422 if errors else 200)


def _dates(target: Target, today: date) -> dict[str, Any]:
    if target.day is None:
        return {"current": None, "next": None}
    return {
        "current": occasion_on(today, target.day, target.offsets),
        "next": next_occasion(today, target.day, target.offsets),
    }


def _samples(target: Target) -> dict[str, tuple[str, str]]:
    """Subject and text as they are written to somebody who has everything left, by language."""
    found = {}
    for code in LANGUAGES:
        with speaking(code):
            left = tuple(Left(course.title(code), course.minutes_ahead(())) for course in courses_asked(target.round))
            letter = Letter(
                organisation=target.organisation.name,
                target_on=target.day,
                session_at=target.session_at,
                name=_("(the name)"),
                left=left,
                address=_("(a link of her own)"),
                signs_in=True,
                stop_address=_("(a link of her own)"),
            )
            found[code] = letter.subject, letter.body
    return found
