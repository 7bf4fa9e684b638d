"""Where are we, and what now: the front page of everybody, and all that is stored about a person, room by room."""

from datetime import timedelta
from uuid import UUID

from flask import Blueprint, abort, current_app, g, jsonify, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.database import norwegian_day, now, session
from lms.group_sessions.brief.letter import can_be_written_to
from lms.group_sessions.models import sessions_led_by
from lms.journey.forgetting import take_name_out
from lms.journey.way import way_of
from lms.languages import language
from lms.learning.onboarding.new_hires import count_new_hires
from lms.learning.places import standings_of
from lms.mark.register.holders import newest
from lms.measures.guidelines.asked import asked_of
from lms.organisations.leaving import organisations_that_need
from lms.organisations.models import organisations_coordinated_by
from lms.people.belongings import belongings_of, erase
from lms.people.letters import absolute
from lms.people.models import HeldBack, is_held_back
from lms.people.sign_in import let_out, must_be_signed_in, reflections_open_from
from lms.risks.contributions.models import asking
from lms.scheme.notices import told_to
from lms.scheme.organisations.directory import steps_of

bp = Blueprint("journey", __name__)
SHOWN_ON_THE_FRONT = 6
# Where an organisation applies; a house without that room invites nobody to.
APPLICATION = "lms.applying.form"


@bp.get("/")
def front() -> str:
    """A greeting for a stranger; courses, organisations and group sessions for somebody we know."""
    if g.person is None:
        return _welcome()
    organisations = organisations_coordinated_by(g.person)
    meetings = sessions_led_by(g.person, now() - timedelta(days=1)) if g.person.is_facilitator else []
    return render_template(
        "lms/journey/front.html",
        standings=standings_of(g.person.id),
        organisations=organisations,
        # Whoever coordinates many branches looks at them one by one.
        next_thing=way_of(organisations[0]).next_thing if len(organisations) == 1 else None,
        asked=asking(g.person),
        to_confirm=asked_of(g.person),
        steps=steps_of(g.person) if g.person.is_facilitator else {},
        meetings=meetings,
        letters_go_nowhere=bool(meetings) and not can_be_written_to(g.person),
    )


def _welcome() -> str:
    """What the mark is, who holds it, and where to begin: one question to the database."""
    return render_template(
        "lms/journey/welcome.html",
        absolute=absolute,
        holders=newest(norwegian_day(now()), SHOWN_ON_THE_FRONT),
        apply_at=url_for(APPLICATION) if APPLICATION in current_app.view_functions else None,
    )


@bp.get("/organisations/<uuid:organisation_id>/")
def home(organisation_id: UUID) -> Response:
    """Show a coordinator where her organisation is on its way, and the one thing to do next."""
    if (away := must_be_signed_in()) is not None:
        return away
    told = told_to(g.person, organisation_id, language()) or abort(404)
    organisation = told.organisation
    way = way_of(organisation)
    page = render_template(
        "lms/journey/home.html",
        organisation=organisation,
        way=way,
        offered=[course.key for course in current_app.extensions["lms"].library.courses],
        new_hires=count_new_hires(way.round),
        today=norwegian_day(now()).isoformat(),
        told=told,
    )
    return make_response(page)


@bp.get("/me/data.json")
def belongings() -> Response:
    """Hand the person everything that is stored about her."""
    if (away := must_be_signed_in()) is not None:
        return away
    response = jsonify(belongings_of(g.person, reflections_open_from()))
    response.headers["Content-Disposition"] = "attachment; filename=balanse.json"
    return response


@bp.get("/me/erasure")
def erasure() -> Response:
    """Say what goes and what stays when the person is erased."""
    if (away := must_be_signed_in()) is not None:
        return away
    return _erasure_page()


@bp.post("/me/erasure")
def erase_me() -> Response:
    """Erase the person, who has read what that means, and sign her out everywhere."""
    if g.person is None:
        abort(401)
    if "sure" not in request.form:
        return _erasure_page(unsure=True, status=422)
    if organisations_that_need(g.person):
        return _erasure_page(status=422)
    try:
        take_name_out(g.person)
        erase(g.person, reflections_open_from())
    except HeldBack:
        return _erasure_page(status=422)
    session.commit()
    let_out()
    return make_response(render_template("lms/journey/erased.html"))


def _erasure_page(unsure: bool = False, status: int = 200) -> Response:
    page = render_template(
        "lms/journey/erasure.html",
        needed_by=organisations_that_need(g.person),
        held_back=is_held_back(g.person, reflections_open_from()),
        unsure=unsure,
    )
    return make_response(page, status)
