"""The organisation's guidelines, for its coordinators: write, publish, see who has confirmed, remind, withdraw.

Whoever leads the organisation's group session sees the texts and the numbers, and no names.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.database import now, session
from lms.group_sessions.models import Follower, follower
from lms.languages import _, language
from lms.learning.roster.people import teams_in
from lms.mail.hours import next_by_day
from lms.measures.guidelines.asked import SHOWS, SORTS, in_use, readers
from lms.measures.guidelines.drafts import Draft, NothingToPublish, begin, drafts_in, publish, throw_away, write
from lms.measures.guidelines.models import (
    KINDS,
    Guideline,
    GuidelineUse,
    draft_of,
    guideline_of,
    use_in,
    versions_of,
    words_in,
)
from lms.measures.guidelines.reminding import last_reminder, may_remind, reached, remind
from lms.measures.guidelines.sharing.offers import organisations_using
from lms.organisations.invitations import ForgedChoice, Invalid
from lms.organisations.models import Organisation, hold_roster, organisation_coordinated_by
from lms.organisations.names_left import told_of_change
from lms.people.lists import read_look
from lms.people.sign_in import must_be_signed_in
from lms.risks.models import ChangedMeanwhile
from lms.risks.words import read_revision

bp = Blueprint("guidelines", __name__)
GUIDELINES = "/organisations/<uuid:organisation_id>/guidelines"
ONE = f"{GUIDELINES}/<uuid:guideline_id>"


@bp.get(GUIDELINES)
def index(organisation_id: UUID) -> Response:
    """Show the organisation's guidelines: what is in use, what is being written, what has been withdrawn."""
    if (away := must_be_signed_in()) is not None:
        return away
    return list_page(_follower(organisation_id))


@bp.get(f"{GUIDELINES}/new")
def new(organisation_id: UUID) -> Response:
    """Show an empty form."""
    if (away := must_be_signed_in()) is not None:
        return away
    return _form_page(_organisation(organisation_id))


@bp.post(GUIDELINES)
def write_first(organisation_id: UUID) -> Response:
    """Begin a guideline with its first draft."""
    organisation = _organisation(organisation_id)
    try:
        draft = Draft.read(request.form)
    except ForgedChoice:
        abort(400)
    except Invalid as error:
        return _form_page(organisation, errors=error.errors)
    hold_roster(organisation.id)
    guideline = begin(organisation.id, draft, g.person)
    session.commit()
    return _back_to(guideline, "kept", "draft")


@bp.get(ONE)
def show(organisation_id: UUID, guideline_id: UUID) -> Response:
    """Show a guideline: its text, how many have confirmed it, and what a coordinator can do with it."""
    if (away := must_be_signed_in()) is not None:
        return away
    return _guideline_page(_follower(organisation_id), guideline_id)


@bp.get(f"{ONE}/draft")
def draft(organisation_id: UUID, guideline_id: UUID) -> Response:
    """Show the draft to go on with, or a new one that begins with what was published last."""
    if (away := must_be_signed_in()) is not None:
        return away
    organisation = _organisation(organisation_id)
    return _form_page(organisation, guideline_of(organisation.id, guideline_id) or abort(404))


@bp.post(f"{ONE}/draft")
def rewrite(organisation_id: UUID, guideline_id: UUID) -> Response:
    """Keep the draft."""
    organisation, guideline = _guideline_to_change(organisation_id, guideline_id)
    try:
        written, based_on = Draft.read(request.form), read_revision(request.form)
        number = read_revision(request.form, "number") if "number" in request.form else 0
        write(guideline, written, based_on, g.person, number)
    except ForgedChoice:
        abort(400)
    except Invalid as error:
        return _form_page(organisation, guideline, error.errors)
    except ChangedMeanwhile:
        told = _("Somebody else has written here meanwhile.")
        told = told_of_change(organisation.id, "guideline", guideline.id, based_on, told)
        return _form_page(organisation, guideline, {"changed": told})
    session.commit()
    return _back_to(guideline, "kept", "draft")


@bp.post(f"{ONE}/draft/removal")
def remove_draft(organisation_id: UUID, guideline_id: UUID) -> Response:
    """Throw the draft away; what has been published stays."""
    organisation, guideline = _guideline_to_change(organisation_id, guideline_id)
    gone = throw_away(guideline, g.person)
    session.commit()
    if gone:
        return redirect(url_for(".index", organisation_id=organisation.id, done="thrown"), 303)
    return _back_to(guideline, "thrown")


@bp.post(f"{ONE}/publication")
def publish_draft(organisation_id: UUID, guideline_id: UUID) -> Response:
    """Publish the draft as it was looked at; of two who publish at once, one does."""
    organisation, guideline = _guideline_to_change(organisation_id, guideline_id)
    if (anew := request.form.get("anew", "yes")) not in ("yes", "no"):
        abort(400)
    try:
        publish(guideline, read_revision(request.form), anew == "no", g.person)
    except ForgedChoice:
        abort(400)
    except NothingToPublish:
        return _back_to(guideline, "published")
    except ChangedMeanwhile:
        changed = _("The draft has been changed since you looked at it. Read it again, and publish.")
        return _guideline_page(_follower(organisation.id), guideline.id, {"publish": changed})
    session.commit()
    return _back_to(guideline, "published")


@bp.get(f"{ONE}/people")
def people(organisation_id: UUID, guideline_id: UUID) -> Response:
    """Show who has confirmed the version in use, and who is missing."""
    if (away := must_be_signed_in()) is not None:
        return away
    organisation = _organisation(organisation_id)
    (line,) = in_use(organisation.id, guideline_id) or abort(404)
    teams = teams_in(organisation.id)
    look = read_look(request.args, show=SHOWS, team=["", *teams], sort=SORTS)
    return _page(
        "people",
        organisation=organisation,
        line=line,
        look=look,
        teams=teams,
        people=readers(organisation.id, line.version, look),
    )


@bp.post(f"{ONE}/reminders")
def remind_people(organisation_id: UUID, guideline_id: UUID) -> Response:
    """Write to those who have not confirmed."""
    organisation, use = _use_to_change(organisation_id, guideline_id)
    done = "reminded" if remind(use, g.person) else "enough"
    session.commit()
    here: dict[str, Any] = {"organisation_id": organisation.id, "guideline_id": guideline_id}
    return redirect(url_for(".show", done=done, _anchor="read", **here), 303)


@bp.post(f"{ONE}/withdrawal")
def withdraw(organisation_id: UUID, guideline_id: UUID) -> Response:
    """Take a guideline out of use."""
    organisation, use = _use_to_change(organisation_id, guideline_id)
    use.withdraw(g.person)
    session.commit()
    return redirect(url_for(".show", organisation_id=organisation.id, guideline_id=guideline_id), 303)


@bp.post(f"{ONE}/withdrawal/undo")
def put_back(organisation_id: UUID, guideline_id: UUID) -> Response:
    """Use it again."""
    organisation, use = _use_to_change(organisation_id, guideline_id)
    use.put_back(g.person)
    session.commit()
    return redirect(url_for(".show", organisation_id=organisation.id, guideline_id=guideline_id), 303)


def _follower(organisation_id: UUID) -> Follower:
    return follower(g.person, organisation_id) or abort(404)


def _organisation(organisation_id: UUID) -> Organisation:
    if g.person is None:
        abort(401)
    return organisation_coordinated_by(g.person, organisation_id) or abort(404)


def _guideline_to_change(organisation_id: UUID, guideline_id: UUID) -> tuple[Organisation, Guideline]:
    organisation = _organisation(organisation_id)
    return organisation, guideline_of(organisation.id, guideline_id, to_change=True) or abort(404)


def _use_to_change(organisation_id: UUID, guideline_id: UUID) -> tuple[Organisation, GuidelineUse]:
    organisation = _organisation(organisation_id)
    hold_roster(organisation.id)
    return organisation, use_in(organisation.id, guideline_id) or abort(404)


def _back_to(guideline: Guideline, done: str, anchor: str | None = None) -> Response:
    here: dict[str, Any] = {"organisation_id": guideline.organisation_id, "guideline_id": guideline.id}
    return redirect(url_for(".show", done=done, _anchor=anchor, **here), 303)


def list_page(seen_by: Follower, errors: Mapping[str, str] | None = None) -> Response:
    """The list of guidelines, with what is to be put right when a code was typed in it."""
    lines = in_use(seen_by.organisation.id)
    return _page(
        "index",
        errors,
        organisation=seen_by.organisation,
        coordinates=seen_by.coordinates,
        lines=[line for line in lines if line.use.withdrawn_at is None],
        withdrawn=[line for line in lines if line.use.withdrawn_at is not None],
        drafts=drafts_in(seen_by.organisation.id) if seen_by.coordinates else [],
    )


def _form_page(
    organisation: Organisation, guideline: Guideline | None = None, errors: Mapping[str, str] | None = None
) -> Response:
    there = draft_of(guideline) if guideline else None
    versions = versions_of(guideline) if guideline else []
    before = there or (versions[0] if versions else None)
    return _page(
        "form",
        errors,
        organisation=organisation,
        guideline=guideline,
        kinds=KINDS,
        draft=there,
        number=len(versions) + 1,
        before={"kind": guideline.kind if guideline else "", **words_in(before)},
    )


def _guideline_page(seen_by: Follower, guideline_id: UUID, errors: Mapping[str, str] | None = None) -> Response:
    organisation = seen_by.organisation
    line = next(iter(in_use(organisation.id, guideline_id)), None)
    own = guideline_of(organisation.id, guideline_id) if line is None or line.use.is_own else None
    if line is None and (own is None or not seen_by.coordinates):
        abort(404)
    words: dict[str, Any] = {}
    if line is not None and seen_by.coordinates:
        last = last_reminder(line.use)
        words = {"last": last, "may_remind": may_remind(last), "reached": reached(line.use, line.version)}
    if own is not None and seen_by.coordinates:
        words |= {"draft": draft_of(own), "users": organisations_using(own)}
    return _page(
        "guideline",
        errors,
        organisation=organisation,
        coordinates=seen_by.coordinates,
        guideline=own or (line.guideline if line else None),
        own=own,
        line=line,
        versions=versions_of(line.guideline) if line else [],
        goes_out=next_by_day(moment := now()),
        by_day=next_by_day(moment) == moment,
        **words,
    )


def _page(name: str, errors: Mapping[str, str] | None = None, **words: Any) -> Response:
    page = render_template(
        f"lms/measures/guidelines/{name}.html", written=request.form, errors=errors or {}, locale=language(), **words
    )
    return make_response(page, 422 if errors else 200)
