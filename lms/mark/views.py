"""The mark, for the coordinators who ask for it: what is there, what is missing, and where the request is now."""

from collections.abc import Mapping
from uuid import UUID

from flask import Blueprint, abort, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.database import norwegian_day, now, session
from lms.languages import _, language
from lms.mark.dates import renewal_opens
from lms.mark.grounds import grounds_of, missing_in
from lms.mark.models import MarkRequest, awards_of, rests_on_evidence
from lms.mark.points import missing_at_points, titles_of_points, where_to_mend
from lms.mark.requests import AlreadyAsked, AlreadyGiven, NotYet, ask_for_mark
from lms.mark.reviews.queue import requests_of
from lms.mark.showing import opens_in, parts_of
from lms.mark.standing import standing_of_mark
from lms.mark.words import STATEMENT_LENGTH, WORDS_LENGTH, Words, own_words_of, read_statement
from lms.organisations.invitations import ForgedChoice, Invalid
from lms.organisations.models import Organisation, current_round, hold_roster, organisation_coordinated_by
from lms.people.sign_in import must_be_signed_in
from lms.risks.words import read_revision

bp = Blueprint("mark", __name__)
MARK = "/organisations/<uuid:organisation_id>/mark"


@bp.get(MARK)
def show(organisation_id: UUID) -> Response:
    """Show where the organisation is with the mark, and what is left before it can ask for it."""
    if (away := must_be_signed_in()) is not None:
        return away
    return _mark_page(_organisation(organisation_id))


@bp.post(f"{MARK}/request")
def ask(organisation_id: UUID) -> Response:
    """Ask the scheme for the mark, on what is there now."""
    organisation = _organisation(organisation_id)
    try:
        ask_for_mark(organisation.id, read_statement(request.form, _returned(organisation)), g.person)
    except Invalid as invalid:
        return _mark_page(organisation, invalid.errors)
    except NotYet:
        return _mark_page(organisation, {"request": _("Something is missing that has to be there first. See below.")})
    except (AlreadyAsked, AlreadyGiven):
        session.rollback()
    session.commit()
    return redirect(url_for(".show", organisation_id=organisation.id, _anchor="state"), 303)


@bp.post(f"{MARK}/own-words")
def describe(organisation_id: UUID) -> Response:
    """Keep what the organisation says about itself in the register."""
    organisation = _organisation(organisation_id)
    try:
        words = Words.read(request.form)
    except Invalid as invalid:
        return _mark_page(organisation, invalid.errors)
    hold_roster(organisation.id)
    try:
        words.keep(organisation.id, g.person, read_revision(request.form) if "revision" in request.form else None)
    except ForgedChoice:
        abort(400)
    except Invalid as invalid:
        return _mark_page(organisation, invalid.errors)
    session.commit()
    return redirect(url_for(".show", organisation_id=organisation.id, saved="words", _anchor="words"), 303)


def _returned(organisation: Organisation) -> MarkRequest | None:
    """The request whose words the form began with."""
    hold_roster(organisation.id)
    standing = standing_of_mark(organisation.id)
    return standing.request if standing.returned else None


def _organisation(organisation_id: UUID) -> Organisation:
    if g.person is None:
        abort(401)
    return organisation_coordinated_by(g.person, organisation_id) or abort(404)


def _mark_page(organisation: Organisation, errors: Mapping[str, str] | None = None) -> Response:
    round = current_round(organisation.id)
    form = grounds_of(round)
    standing = standing_of_mark(organisation.id)
    page = render_template(
        "lms/mark/mark.html",
        organisation=organisation,
        standing=standing,
        given=standing.given_in(round.id),
        renewal_opens=renewal_opens(standing.award.valid_until) if standing.award else None,
        today=norwegian_day(now()),
        form=form,
        parts=parts_of(organisation.id, form),
        missing=missing_in(form),
        can_ask=rests_on_evidence(form),
        titles=titles_of_points(),
        lacks=missing_at_points(),
        mend=where_to_mend(organisation.id),
        opens=opens_in(round, form),
        requests=requests_of(organisation.id),
        awards=awards_of(organisation.id),
        words=own_words_of(organisation.id),
        words_length=WORDS_LENGTH,
        statement_length=STATEMENT_LENGTH,
        written=request.form,
        errors=errors or {},
        locale=language(),
    )
    return make_response(page, 422 if errors else 200)
