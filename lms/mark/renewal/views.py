"""Renewal: for the coordinator and the facilitator what was promised and done; for the facilitator what expires."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from email_validator import EmailNotValidError, validate_email
from flask import Blueprint, abort, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.database import norwegian_day, now, session
from lms.group_sessions.diary import read_month
from lms.group_sessions.models import next_group_session
from lms.languages import _, language
from lms.mark.renewal.beginning import NotYet, begin_round
from lms.mark.renewal.draft import draft_of
from lms.mark.renewal.expiring import SHOWS, SORTS, expiring
from lms.mark.renewal.models import address_of, keep_address, sides_for_anew, want_anew
from lms.mark.renewal.standing import renewal_of
from lms.mark.renewal.taking_back import SomethingHappened, can_take_back, take_back
from lms.mark.renewal.whose import organisation_followed
from lms.measures.carrying import goes_on
from lms.measures.catalogue import catalogue
from lms.measures.evidence.showing import organisation_reviewed_by
from lms.measures.evidence.troubles import what_is_wrong
from lms.organisations.models import Organisation, hold_roster, organisation_coordinated_by
from lms.people.lists import read_look
from lms.people.names import one_line
from lms.people.sign_in import must_be_signed_in

bp = Blueprint("renewal", __name__)
RENEWAL = "/organisations/<uuid:organisation_id>/renewal"


@dataclass(frozen=True)
class Renewing:
    """An organisation, and for which side somebody renews its mark: the organisation's, or the scheme's."""

    organisation: Organisation
    side: str

    @property
    def coordinates(self) -> bool:
        return self.side == "organisation"


@bp.get(RENEWAL)
def show(organisation_id: UUID) -> Response:
    """Show what was promised and what has become of it, and what is next."""
    if (away := must_be_signed_in()) is not None:
        return away
    return _page(_renewing(organisation_id))


@bp.post(f"{RENEWAL}/round")
def begin(organisation_id: UUID) -> Response:
    """Begin the next round, with the measures that were ticked."""
    renewing = _renewing(organisation_id)
    round_id = _uuid(request.form.get("round", ""))
    keep = {_uuid(each) for each in request.form.getlist("keep")}
    try:
        begin_round(organisation_id, round_id, keep, g.person)
    except NotYet:
        session.rollback()
        too_early = _("The new round can begin six months before the last day of the mark.")
        return _page(renewing, {"round": too_early})
    session.commit()
    return redirect(url_for(".show", organisation_id=organisation_id, _anchor="state"), 303)


@bp.post(f"{RENEWAL}/round/undo")
def undo(organisation_id: UUID) -> Response:
    """Undo the new round, while nothing has happened in it."""
    renewing = _renewing(organisation_id)
    try:
        take_back(organisation_id, _uuid(request.form.get("round", "")), g.person)
    except SomethingHappened:
        session.rollback()
        too_late = _("Something has happened in the new round, and would be lost. It can't be undone any more.")
        return _page(renewing, {"undo": too_late})
    session.commit()
    return redirect(url_for(".show", organisation_id=organisation_id, _anchor="state"), 303)


@bp.post(f"{RENEWAL}/anew")
def ask_anew(organisation_id: UUID) -> Response:
    """Say for one's own side whether everybody is to take the courses again."""
    renewing = _renewing(organisation_id)
    hold_roster(organisation_id)
    standing = renewal_of(organisation_id)
    # Once the round has begun it is too late to choose, and a press on an old page changes nothing.
    if not standing.is_begun:
        want_anew(organisation_id, standing.round.id, renewing.side, "anew" in request.form, g.person)
    session.commit()
    return redirect(url_for(".show", organisation_id=organisation_id, saved="anew", _anchor="courses"), 303)


@bp.post(f"{RENEWAL}/address")
def set_address(organisation_id: UUID) -> Response:
    """Keep the organisation's general address, which is told too."""
    renewing = _renewing(organisation_id)
    if not renewing.coordinates:
        abort(404)
    email = one_line(request.form.get("email", ""))
    if email:
        try:
            email = validate_email(email, check_deliverability=False).normalized
        except EmailNotValidError:
            return _page(renewing, {"email": _("Write an e-mail address, such as post@teatret.no, or leave it empty.")})
    hold_roster(organisation_id)
    keep_address(organisation_id, email, g.person)
    session.commit()
    return redirect(url_for(".show", organisation_id=organisation_id, saved="address", _anchor="address"), 303)


@bp.get("/renewals")
def what_expires() -> Response:
    """Show a facilitator which marks expire when, and what is next for each."""
    if (away := must_be_signed_in()) is not None:
        return away
    if not g.person.is_facilitator:
        abort(404)
    written = request.args.get("month", "")
    month = read_month(written) if written else None
    look = read_look(request.args, show=SHOWS, sort=SORTS)
    page = render_template(
        "lms/mark/renewals.html",
        look=look,
        month=f"{month:%Y-%m}" if month else "",
        months=_months_ahead(month),
        found=expiring(g.person, look, month),
    )
    return make_response(page)


def _months_ahead(chosen: date | None) -> list[date]:
    """The last three months and the twelve to come, and the one that was chosen."""
    first = norwegian_day(now()).replace(day=1)
    count = first.year * 12 + first.month - 1
    months = {date(each // 12, each % 12 + 1, 1) for each in range(count - 3, count + 13)}
    return sorted(months | ({chosen} if chosen else set()))


def _renewing(organisation_id: UUID) -> Renewing:
    if g.person is None:
        abort(401)
    if (coordinated := organisation_coordinated_by(g.person, organisation_id)) is not None:
        return Renewing(coordinated, "organisation")
    followed = organisation_followed(g.person, organisation_id) if g.person.is_facilitator else None
    return Renewing(followed or abort(404), "scheme")


def _uuid(written: str) -> UUID:
    try:
        return UUID(written)
    except ValueError:
        abort(400)


def _page(renewing: Renewing, errors: Mapping[str, str] | None = None) -> Response:
    organisation = renewing.organisation
    standing = renewal_of(organisation.id)
    draft = draft_of(standing)
    page = render_template(
        "lms/mark/renewal.html",
        organisation=organisation,
        coordinates=renewing.coordinates,
        gets_files=renewing.coordinates or organisation_reviewed_by(g.person, organisation.id) is not None,
        side=renewing.side,
        standing=standing,
        draft=draft,
        goes_on=goes_on,
        what_is_wrong=what_is_wrong,
        can_take_back=standing.is_begun and can_take_back(standing.round),
        numbers=renewing.coordinates or standing.round.shows_names or (draft is not None and draft.joined.are_some),
        catalogue=catalogue(),
        anew=sides_for_anew(organisation.id, standing.round.id),
        meeting=next_group_session(organisation.id) if standing.is_begun else None,
        general=address_of(organisation.id) if renewing.coordinates else "",
        written=request.form,
        errors=errors or {},
        locale=language(),
    )
    return make_response(page, 422 if errors else 200)
