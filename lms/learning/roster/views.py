"""The coordinator's pages: the roster, one person's page in it, and what the organisation has chosen for its round."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, current_app, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.database import session
from lms.languages import _
from lms.learning.roster import choices as choosing
from lms.learning.roster.alike import MOST_COUNTED, Pairs, pairs_in
from lms.learning.roster.changes import (
    Change,
    PagesWouldClose,
    give_exception,
    mark_as_left,
    read_reason,
    undo_exception,
    undo_leaving,
)
from lms.learning.roster.people import head_count, look_at, screenful, standings_in, tallies, teams_in
from lms.learning.roster.reissued_codes import NotHersToGive, reissue_code, why_no_code
from lms.organisations.course_exceptions import exception_for
from lms.organisations.events import record
from lms.organisations.invitations import ForgedChoice, Invalid
from lms.organisations.models import (
    Employee,
    LastCoordinator,
    Organisation,
    Round,
    current_round,
    employee_in,
    employee_to_change,
    hold_roster,
    organisation_coordinated_by,
)
from lms.organisations.onwards import onwards
from lms.organisations.reaching import mail_to, unreachable_among
from lms.people.models import Person
from lms.people.sign_in import limiter, must_be_signed_in

bp = Blueprint("roster", __name__)
PERSON = "/organisations/<uuid:organisation_id>/people/<uuid:employee_id>"
CHOICES = "/organisations/<uuid:organisation_id>/choices"


@bp.get("/organisations/<uuid:organisation_id>/people")
def people(organisation_id: UUID) -> Response:
    """Show who is here, and who has come how far."""
    if (away := must_be_signed_in()) is not None:
        return away
    organisation = _organisation(organisation_id)
    round, search = current_round(organisation.id), look_at(request.args)
    shown, is_plain = screenful(round, search), not search.differs_in("text", "team", "show")
    people_here = shown.in_all if is_plain else head_count(organisation.id)
    page = render_template(
        "lms/learning/roster/people.html",
        organisation=organisation,
        round=round,
        search=search,
        roster=shown,
        unreachable=unreachable_among(organisation.id, [line.employee_id for line in shown.rows]),
        tallies=tallies(round),
        head_count=people_here,
        twice=_here_twice(organisation, people_here) if is_plain else Pairs(),
    )
    return make_response(page)


def _here_twice(organisation: Organisation, people_here: int) -> Pairs | None:
    """Who may be on the roster twice; None where there are too many people to look through for one page."""
    return pairs_in(organisation.id) if people_here <= MOST_COUNTED else None


@bp.get(PERSON)
def person(organisation_id: UUID, employee_id: UUID) -> Response:
    """Show somebody's place in the organisation, and what a coordinator can change about it."""
    if (away := must_be_signed_in()) is not None:
        return away
    organisation = _organisation(organisation_id)
    return _person_page(organisation, employee_in(organisation.id, employee_id) or abort(404))


@bp.post(PERSON)
def change(organisation_id: UUID, employee_id: UUID) -> Response:
    """Set somebody's role, whether she leads, and her team."""
    organisation, employee = _to_change(organisation_id, employee_id)
    try:
        Change.read(request.form).make(employee, g.person, sure="sure" in request.form)
    except ForgedChoice:
        abort(400)
    except Invalid as error:
        return _person_page(organisation, employee, error.errors)
    except LastCoordinator:
        return _person_page(organisation, employee, {"role": _last_coordinator()})
    except PagesWouldClose:
        return _person_page(organisation, employee, {"stepping_down": _say_that_you_know()})
    session.commit()
    return _back_to(employee, "changed")


@bp.post(f"{PERSON}/departure")
def leave(organisation_id: UUID, employee_id: UUID) -> Response:
    """Mark that somebody has left the organisation."""
    organisation, employee = _to_change(organisation_id, employee_id)
    try:
        mark_as_left(employee, g.person, sure="sure" in request.form)
    except LastCoordinator:
        return _person_page(organisation, employee, {"departure": _last_coordinator()})
    except PagesWouldClose:
        return _person_page(organisation, employee, {"leaving": _say_that_you_know()})
    session.commit()
    return _back_to(employee, "left")


@bp.post(f"{PERSON}/departure/undo")
def take_back(organisation_id: UUID, employee_id: UUID) -> Response:
    """Undo that somebody has left."""
    _organisation_here, employee = _to_change(organisation_id, employee_id)
    undo_leaving(employee, g.person)
    session.commit()
    return _back_to(employee, "back")


@bp.post(f"{PERSON}/exception")
def excuse(organisation_id: UUID, employee_id: UUID) -> Response:
    """Let readiness not wait for somebody, with a reason."""
    organisation, employee = _to_change(organisation_id, employee_id)
    try:
        give_exception(employee, read_reason(request.form), g.person)
    except Invalid as error:
        return _person_page(organisation, employee, error.errors)
    session.commit()
    return _back_to(employee, "excused")


@bp.post(f"{PERSON}/exception/undo")
def expect_again(organisation_id: UUID, employee_id: UUID) -> Response:
    """Let readiness wait for somebody again."""
    _organisation_here, employee = _to_change(organisation_id, employee_id)
    undo_exception(employee, g.person)
    session.commit()
    return _back_to(employee, "expected")


@bp.post(f"{PERSON}/code")
@limiter.limit("60 per hour")
def new_code(organisation_id: UUID, employee_id: UUID) -> Response:
    """Show a new personal code for somebody, this once."""
    organisation, employee = _to_change(organisation_id, employee_id)
    known = session.get_one(Person, employee.person_id)
    try:
        code = reissue_code(employee, known, g.person)
    except NotHersToGive:
        return _person_page(organisation, employee, {"code": _("No code was made.")})
    record(organisation.id, "code.given", by=g.person, employee=str(employee.id))
    session.commit()
    page = render_template(
        "lms/learning/roster/code.html", organisation=organisation, employee=employee, person=known, code=code
    )
    return make_response(page)


@bp.get(CHOICES)
def choices(organisation_id: UUID) -> Response:
    """Show what the organisation has chosen, and let it choose again."""
    if (away := must_be_signed_in()) is not None:
        return away
    organisation = _organisation(organisation_id)
    return _choices_page(organisation, current_round(organisation.id))


@bp.post(f"{CHOICES}/courses")
def choose_courses(organisation_id: UUID) -> Response:
    """Choose which courses everybody is to take."""

    def choose(organisation: Organisation, round: Round) -> None:
        offered = choosing.offered_in(current_app.extensions["lms"].library, round)
        choosing.choose_courses(round, choosing.read_courses(request.form, offered), g.person)

    return _choose(organisation_id, "courses", choose)


@bp.post(f"{CHOICES}/policy")
def set_policy(organisation_id: UUID) -> Response:
    """Set how many must have completed the courses before the group session."""
    return _choose(
        organisation_id,
        "policy",
        lambda organisation, round: choosing.set_policy(round, choosing.read_shares(request.form), g.person),
    )


@bp.post(f"{CHOICES}/head-count")
def declare_head_count(organisation_id: UUID) -> Response:
    """Say how many the organisation is, also those who have not entered."""
    return _choose(
        organisation_id,
        "head-count",
        lambda organisation, round: choosing.set_policy(round, choosing.read_head_count(request.form), g.person),
    )


@bp.post(f"{CHOICES}/time")
def set_time_share(organisation_id: UUID) -> Response:
    """Let time guide, or ask for a share of it."""
    return _choose(
        organisation_id,
        "time",
        lambda organisation, round: choosing.set_policy(round, choosing.read_time_share(request.form), g.person),
    )


@bp.post(f"{CHOICES}/names")
def show_names(organisation_id: UUID) -> Response:
    """Say whether the facilitator sees who has completed what, or only how many."""
    return _choose(
        organisation_id,
        "names",
        lambda organisation, round: choosing.set_policy(round, choosing.read_shows_names(request.form), g.person),
    )


@bp.post(f"{CHOICES}/channel")
def set_channel(organisation_id: UUID) -> Response:
    """Say to whom people here can report."""

    def choose(organisation: Organisation, round: Round) -> None:
        channel, seen = (
            choosing.read_channel(request.form),
            choosing.read_channel_revision(request.form, organisation),
        )
        choosing.set_channel(organisation, channel, seen, g.person)

    return _choose(organisation_id, "channel", choose)


@bp.post(f"{CHOICES}/name")
def rename(organisation_id: UUID) -> Response:
    """Call the organisation something else."""
    return _choose(
        organisation_id,
        "organisation-name",
        lambda organisation, round: choosing.rename(organisation, choosing.read_name(request.form), g.person),
    )


@bp.post(f"{CHOICES}/roster")
def confirm_roster(organisation_id: UUID) -> Response:
    """Say that the roster is whole."""

    def confirm(organisation: Organisation, round: Round) -> None:
        round.confirm_roster(g.person)
        record(organisation.id, "roster.confirmed", by=g.person, people=head_count(organisation.id))

    return _choose(organisation_id, "roster", confirm)


def _organisation(organisation_id: UUID) -> Organisation:
    if g.person is None:
        abort(404)
    return organisation_coordinated_by(g.person, organisation_id) or abort(404)


def _to_change(organisation_id: UUID, employee_id: UUID) -> tuple[Organisation, Employee]:
    organisation = _organisation(organisation_id)
    return organisation, employee_to_change(organisation.id, employee_id) or abort(404)


def _back_to(employee: Employee, done: str) -> Response:
    """The person's page, or the front page for a coordinator who has just closed these pages to herself."""
    if organisation_coordinated_by(g.person, employee.organisation_id) is None:
        return redirect(url_for("lms.journey.front"), 303)
    page = url_for(".person", organisation_id=employee.organisation_id, employee_id=employee.id, done=done)
    return redirect(page, 303)


def _last_coordinator() -> str:
    return _("Nobody else could open these pages. Make somebody else a coordinator first.")


def _say_that_you_know() -> str:
    return _("These pages will close for you. Say that you know.")


def _person_page(organisation: Organisation, employee: Employee, errors: dict[str, str] | None = None) -> Response:
    round, known = current_round(organisation.id), session.get_one(Person, employee.person_id)
    exception = exception_for(employee)
    giver = session.get(Person, exception.given_by) if exception else None
    page = render_template(
        "lms/learning/roster/person.html",
        organisation=organisation,
        round=round,
        employee=employee,
        person=known,
        standings=standings_in(round, employee),
        exception=exception,
        given_by=giver.name if giver else "",
        teams=teams_in(organisation.id),
        no_code=why_no_code(employee, known, g.person),
        herself=employee.person_id == g.person.id,
        mail=mail_to(employee),
        written=request.form,
        errors=errors or {},
    )
    return make_response(page, 422 if errors else 200)


def _choose(organisation_id: UUID, section: str, choose: Callable[[Organisation, Round], None]) -> Response:
    """Make one choice, and go back to it; two coordinators who choose at once follow one another."""
    organisation = _organisation(organisation_id)
    hold_roster(organisation.id)
    session.refresh(organisation)
    round = current_round(organisation.id)
    try:
        choose(organisation, round)
    except ForgedChoice:
        abort(400)
    except Invalid as error:
        return _choices_page(organisation, round, section, error.errors)
    session.commit()
    here = url_for(".choices", organisation_id=organisation.id, saved=section, _anchor=section)
    return onwards(organisation.id, here)


def _choices_page(
    organisation: Organisation, round: Round, section: str = "", errors: dict[str, str] | None = None
) -> Response:
    confirmed_at, confirmed_by = round.roster_confirmed_at, round.roster_confirmed_by
    confirmer = session.get(Person, confirmed_by) if confirmed_by else None
    words: dict[str, Any] = {
        "head_count": head_count(organisation.id),
        "entered_since": head_count(organisation.id, since=confirmed_at) if confirmed_at else 0,
        "confirmed_by": confirmer.name if confirmer else "",
    }
    page = render_template(
        "lms/learning/roster/choices.html",
        organisation=organisation,
        round=round,
        offered=choosing.offered_in(current_app.extensions["lms"].library, round),
        wrong=section,
        written=request.form,
        errors=errors or {},
        **words,
    )
    return make_response(page, 422 if errors else 200)
