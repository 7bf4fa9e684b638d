"""Changing many people's places at once, by team or by hand; and erasing a crew after its event."""

from typing import Any
from uuid import UUID

from flask import Blueprint, abort, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.database import session
from lms.languages import _
from lms.learning.crews.by_team import counts_of
from lms.learning.crews.erasing import expected
from lms.learning.crews.many import Act, change_of_many, chosen_people, coordinators_among
from lms.learning.roster.people import crews_in, look_at, screenful, teams_in
from lms.learning.roster_import.carrying_out import carry_out
from lms.organisations.after_the_event import USUAL_DAYS, AfterTheEvent, erasure_of, set_erasure
from lms.organisations.invitations import ForgedChoice, Invalid
from lms.organisations.models import (
    JoinLink,
    Organisation,
    Round,
    current_round,
    hold_roster,
    organisation_coordinated_by,
)
from lms.organisations.ways_in import join_link_of
from lms.people.sign_in import must_be_signed_in

bp = Blueprint("crews", __name__)
MANY = "/organisations/<uuid:organisation_id>/people/many"
ERASURE = "/organisations/<uuid:organisation_id>/join-links/<uuid:link_id>/after-the-event"


@bp.get(MANY)
def many(organisation_id: UUID) -> Response:
    """Show the teams, and people to choose among."""
    if (away := must_be_signed_in()) is not None:
        return away
    organisation = _organisation(organisation_id)
    return _page(organisation, current_round(organisation.id))


@bp.post(MANY)
def change_many(organisation_id: UUID) -> Response:
    """Let one thing happen to everybody who was chosen."""
    organisation = _organisation(organisation_id)
    hold_roster(organisation.id)
    round, search = current_round(organisation.id), look_at(request.args)
    try:
        act = Act.read(request.form)
        people = chosen_people(round, search, request.form)
    except ForgedChoice:
        abort(400)
    except Invalid as error:
        return _page(organisation, round, error.errors)
    change = change_of_many(people, act)
    stay = coordinators_among(people) if act.what == "leave" else 0
    if not change.writes:
        return _page(organisation, round, {"who": _nothing_to_change(stay)})
    carry_out(change, round, g.person, what="roster.many_changed")
    session.commit()
    return redirect(
        url_for(".many", organisation_id=organisation.id, changed=change.writes, stay=stay or None, **search.but()), 303
    )


@bp.get(ERASURE)
def erasure(organisation_id: UUID, link_id: UUID) -> Response:
    """Show when the people who entered by a link are erased, what that means, and whom it is about."""
    if (away := must_be_signed_in()) is not None:
        return away
    return _erasure_page(*_link(organisation_id, link_id))


@bp.post(ERASURE)
def choose_erasure(organisation_id: UUID, link_id: UUID) -> Response:
    """Decide on the day, on another one, or on none."""
    organisation, link = _link(organisation_id, link_id)
    try:
        set_erasure(link, AfterTheEvent.read(request.form), g.person)
    except Invalid as error:
        return _erasure_page(organisation, link, error.errors)
    session.commit()
    return redirect(url_for(".erasure", organisation_id=organisation.id, link_id=link.id, saved=1), 303)


def _nothing_to_change(stay: int) -> str:
    if stay:
        return _("Coordinators leave one at a time, on their own pages, so that these pages are never left to nobody.")
    return _("That is how it is already, for everybody you have chosen.")


def _organisation(organisation_id: UUID) -> Organisation:
    if g.person is None:
        abort(404)
    return organisation_coordinated_by(g.person, organisation_id) or abort(404)


def _link(organisation_id: UUID, link_id: UUID) -> tuple[Organisation, JoinLink]:
    organisation = _organisation(organisation_id)
    return organisation, join_link_of(organisation.id, link_id) or abort(404)


def _erasure_page(organisation: Organisation, link: JoinLink, errors: dict[str, str] | None = None) -> Response:
    page = render_template(
        "lms/learning/crews/erasure.html",
        organisation=organisation,
        link=link,
        found=erasure_of(link),
        expected=expected(link),
        counts=counts_of(link),
        usual_days=USUAL_DAYS,
        written=request.form,
        errors=errors or {},
    )
    return make_response(page, 422 if errors else 200)


def _page(organisation: Organisation, round: Round, errors: dict[str, str] | None = None) -> Response:
    search = look_at(request.args)
    words: dict[str, Any] = {
        "roster": screenful(round, search),
        "crews": crews_in(organisation.id),
        "teams": teams_in(organisation.id),
    }
    page = render_template(
        "lms/learning/crews/many.html",
        organisation=organisation,
        search=search,
        written=request.form,
        errors=errors or {},
        **words,
    )
    return make_response(page, 422 if errors else 200)
