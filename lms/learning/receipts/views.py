"""Taking the courses without a name: the way in, the codes at the end, and what the organisation does with them."""

from typing import Any
from uuid import UUID

from flask import Blueprint, abort, current_app, g, make_response, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from lms.database import now, session
from lms.languages import language
from lms.learning.credit import start_clock
from lms.learning.joining import Entry, first_page
from lms.learning.places import enrol
from lms.learning.receipts.counting import count_codes, places_for_unnamed
from lms.learning.receipts.models import redeemed_in
from lms.learning.receipts.redeeming import Answer, redeem_all
from lms.learning.receipts.taking import (
    CodeTaken,
    Given,
    NothingCompleted,
    fresh_seed,
    given_before,
    reached_in,
    seed_in,
    take_receipts,
)
from lms.organisations.events import record
from lms.organisations.head_counts import head_count_of
from lms.organisations.invitations import Invalid
from lms.organisations.join_codes import A_CREW, MISTYPED
from lms.organisations.models import (
    Employee,
    JoinLink,
    JoinLinkClosed,
    Organisation,
    Round,
    current_round,
    organisation_coordinated_by,
)
from lms.organisations.unnamed import admit_unnamed, unnamed_place
from lms.organisations.ways_in import join_link, join_links_of, open_link
from lms.people.sign_in import (
    device_shared_by,
    hand_over,
    let_in,
    let_out,
    limiter,
    must_be_signed_in,
    newcomer,
    share_device,
)

bp = Blueprint("receipts", __name__)
MISSES = "60 per hour; 200 per day"


@bp.post("/join/<code>/without-name")
@limiter.limit(MISTYPED, misses=404)
@limiter.limit(A_CREW)
def enter(code: str) -> Response:
    """Let somebody in who keeps her name to herself, and take her to her first lesson."""
    link, entry = _link(open_link(code)), Entry.read(request.form)
    courses = link.courses_in(current_round(link.organisation_id))
    page = first_page(
        link.organisation_id, current_app.extensions["lms"].library.course(courses[0]) if courses else None
    )
    place = unnamed_place(g.person, link.organisation_id) if g.person is not None else None
    if place is not None:
        if device_shared_by() is not None and entry.number != g.person.id:
            # Another page than the one she came by: it may be the next one who presses, and is not to read on as her.
            return redirect(url_for("lms.learning.join", code=link.code), 303)
        enrol(place, courses)  # the organisation may have begun a new round since she came
        session.commit()
        return redirect(page, 303)
    if g.person is not None or g.host_user is not None:
        abort(409)
    person = newcomer("", language(), entry.number)
    employee = admit_unnamed(link, person)
    session.flush()
    enrol(employee, courses)
    start_clock(person.id, now())
    code_once = person.give_code()
    session.commit()
    share_device(link.code if entry.shares_device else None)
    let_in(person)
    return make_response(render_template("lms/learning/welcome.html", code=code_once, page=page, is_unnamed=True))


@bp.errorhandler(JoinLinkClosed)
def link_closed(error: JoinLinkClosed) -> Response:
    """Say why nobody can enter by this link, and what to do."""
    session.rollback()
    return make_response(render_template("lms/learning/closed.html", why=error.why), 410)


@bp.get("/receipts/<uuid:organisation_id>")
def ask(organisation_id: UUID) -> Response:
    """Say what a code is, and what is deleted when she takes it."""
    if (away := must_be_signed_in()) is not None:
        return away
    return _asking_page(organisation_id)


@bp.post("/receipts/<uuid:organisation_id>")
@limiter.limit(A_CREW)
def take(organisation_id: UUID) -> Response:
    """Show the codes for what she has completed, and delete everything else about her."""
    seed = seed_in(request.form.get("seed", ""), organisation_id)
    place = unnamed_place(g.person, organisation_id) if g.person is not None else None
    if place is None:
        # The answer to the same press may never have reached her: she has nothing else left to come back with.
        before = _given_before(organisation_id, seed) if seed else []
        return _codes_page(organisation_id, before) if before else abort(404)
    if seed is None:
        return _asking_page(organisation_id, status=422)
    key = (organisation_id, place.id)
    try:
        given = take_receipts(place, g.person, seed)
    except (NothingCompleted, CodeTaken):
        session.rollback()
        if session.get(Employee, key) is not None:
            return _asking_page(organisation_id, status=422)
        # A second press of hers, which has waited for the first: there is nothing left of her, and these are the codes.
        given = _given_before(organisation_id, seed) or abort(404)
    session.commit()
    if device_shared_by() is not None:
        hand_over()
    else:
        let_out()
    return _codes_page(organisation_id, given)


@bp.get("/organisations/<uuid:organisation_id>/receipts")
def redeeming(organisation_id: UUID) -> Response:
    """Show a coordinator where codes are typed in, and how many have been."""
    if (away := must_be_signed_in()) is not None:
        return away
    return _coordinators_page(_organisation(organisation_id))


@bp.post("/organisations/<uuid:organisation_id>/receipts")
def redeem(organisation_id: UUID) -> Response:
    """Count the codes that can be counted, and say of each what became of it."""
    organisation = _organisation(organisation_id)
    try:
        answers = _redeemed(current_round(organisation.id), str(g.person.id))
    except Invalid as error:
        return _coordinators_page(organisation, errors=error.errors)
    if counted := sum(answer.counts for answer in answers):
        record(organisation.id, "receipts.redeemed", by=g.person, receipts=counted)
    session.commit()
    return _coordinators_page(organisation, answers)


@bp.get("/join/<code>/receipts")
@limiter.limit(MISTYPED, misses=404)
def redeeming_by_link(code: str) -> Response:
    """Show whoever has a code, and the crew's link, where it is typed in."""
    return _crews_page(_link(join_link(code)))


@bp.post("/join/<code>/receipts")
@limiter.limit(MISTYPED, misses=404)
def redeem_by_link(code: str) -> Response:
    """Count a code that its owner types in herself: nothing says who it was, and no line in the log says when."""
    link = _link(join_link(code))
    try:
        answers = _redeemed(current_round(link.organisation_id), request.remote_addr or "nowhere")
    except Invalid as error:
        return _crews_page(link, errors=error.errors)
    session.commit()
    return _crews_page(link, answers)


def _given_before(organisation_id: UUID, seed: str) -> list[Given]:
    return given_before(organisation_id, seed, current_app.extensions["lms"].library.courses)


def _redeemed(round: Round, who: str) -> list[Answer]:
    """Count what is in the form; whoever guesses is stopped, and has counted nothing by the guesses before."""
    limit = limiter.limit(MISSES, key_func=lambda: who)

    def missed() -> None:
        with limit:
            pass

    return redeem_all(round, request.form.get("codes", ""), missed)


def _link(found: JoinLink | None) -> JoinLink:
    return found if found is not None and found.allows_unnamed else abort(404)


def _organisation(organisation_id: UUID) -> Organisation:
    if g.person is None:
        abort(404)
    return organisation_coordinated_by(g.person, organisation_id) or abort(404)


def _asking_page(organisation_id: UUID, status: int = 200) -> Response:
    place = unnamed_place(g.person, organisation_id) or abort(404)
    page = render_template(
        "lms/learning/receipts/take.html",
        organisation=session.get_one(Organisation, organisation_id),
        reached=reached_in(place),
        seed=fresh_seed(organisation_id),
        pressed=status != 200,
    )
    return make_response(page, status)


def _codes_page(organisation_id: UUID, given: list[Given]) -> Response:
    organisation = session.get_one(Organisation, organisation_id)
    page = render_template("lms/learning/receipts/codes.html", organisation=organisation, given=given)
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return response


def _coordinators_page(
    organisation: Organisation, answers: list[Answer] | None = None, errors: dict[str, str] | None = None
) -> Response:
    here = Round.organisation_id == organisation.id, Round.ended_at.is_(None)
    round, roster = session.execute(select(Round, head_count_of(organisation.id)).where(*here)).one()
    redeemed = redeemed_in(organisation.id)
    places, now_redeemed = places_for_unnamed(roster, round.declared_head_count), redeemed.pop(round.id, {})
    counted = {course: count_codes(now_redeemed.get(course, {}), places) for course in round.courses}
    return _answered(
        "redeem",
        answers,
        errors,
        organisation=organisation,
        declared=round.declared_head_count,
        roster=roster,
        counted=counted,
        beyond=max((each.beyond for each in counted.values()), default=0),
        earlier=sum(codes for courses in redeemed.values() for weeks in courses.values() for codes in weeks.values()),
        ways_in=[link for link in join_links_of(organisation.id) if link.allows_unnamed],
    )


def _crews_page(link: JoinLink, answers: list[Answer] | None = None, errors: dict[str, str] | None = None) -> Response:
    organisation = session.get_one(Organisation, link.organisation_id)
    return _answered("redeem_by_link", answers, errors, organisation=organisation, link=link)


def _answered(name: str, answers: list[Answer] | None, errors: dict[str, str] | None, **words: Any) -> Response:
    """The page with what became of each code; those that were not counted stay in the form to be corrected."""
    again = [answer.written for answer in answers or () if answer.outcome in ("mistyped", "unknown")]
    page = render_template(
        f"lms/learning/receipts/{name}.html",
        answers=answers or [],
        errors=errors or {},
        written=request.form.get("codes", "") if errors else "\n".join(again),
        **words,
    )
    return make_response(page, 422 if errors else 200)
