"""Inviting those on the roster who have not entered, and entering by such an invitation."""

from typing import Any
from uuid import UUID

from email_validator import EmailNotValidError, validate_email
from flask import Blueprint, abort, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.database import now, session
from lms.languages import LANGUAGES, _, language, speaking
from lms.learning.credit import start_clock
from lms.learning.inviting import entering, models
from lms.learning.inviting.letters import body_of, courses_offered, invite, subject_of
from lms.learning.inviting.models import InvitationClosed, open_invitation
from lms.mail.hours import next_by_day
from lms.organisations.events import record
from lms.organisations.models import (
    Employee,
    Organisation,
    current_round,
    employee_to_change,
    hold_roster,
    organisation_coordinated_by,
)
from lms.organisations.reaching import AddressInUse, set_roster_address
from lms.people.limits import limiter
from lms.people.models import NAME_LENGTH, AddressTaken, Person, person_with_address
from lms.people.names import one_line
from lms.people.sign_in import let_in, must_be_signed_in, reflections_open_from

bp = Blueprint("inviting", __name__)
INVITATIONS = "/organisations/<uuid:organisation_id>/invitations"


@bp.get(INVITATIONS)
def guests(organisation_id: UUID) -> Response:
    """Show who has not entered, what has been written to whom, and what an invitation says."""
    if (away := must_be_signed_in()) is not None:
        return away
    return _guests_page(_organisation(organisation_id))


@bp.post(INVITATIONS)
@limiter.limit("60 per hour")
def send(organisation_id: UUID) -> Response:
    """Invite all of them, or those who are ticked."""
    organisation = _organisation(organisation_id)
    try:
        ticked = None if request.form.get("whom") == "all" else [UUID(each) for each in request.form.getlist("guests")]
    except ValueError:
        abort(400)
    if ticked == []:
        return _guests_page(organisation, _("Tick at least one person, or invite everybody."))
    hold_roster(organisation.id)
    number = invite(organisation, current_round(organisation.id), models.to_invite(organisation.id, ticked), g.person)
    session.commit()
    return redirect(url_for(".guests", organisation_id=organisation.id, invited=number), 303)


@bp.post("/organisations/<uuid:organisation_id>/people/<uuid:employee_id>/address")
def set_address(organisation_id: UUID, employee_id: UUID) -> Response:
    """Write or correct the address on the roster; links that went to the old one are closed."""
    organisation = _organisation(organisation_id)
    employee = employee_to_change(organisation.id, employee_id) or abort(404)
    email = request.form.get("email", "").strip()
    if email and not _is_address(email):
        return _address_page(organisation, employee.id, email, _("This does not look like an e-mail address."))
    try:
        if set_roster_address(employee, email, g.person):
            models.forget_invitations(employee)
            record(organisation.id, "roster_address.set", by=g.person, employee=str(employee.id), known=bool(email))
    except AddressInUse:
        return _address_page(organisation, employee.id, email, _("Somebody else on the roster has this address."))
    session.commit()
    return redirect(url_for("lms.roster.person", organisation_id=organisation.id, employee_id=employee.id), 303)


@bp.get("/invitations/<secret>")
@limiter.limit("60 per minute")
def show(secret: str) -> Response:
    """Show who invites, and a button: whoever only looks at the link, such as a mail scanner, enters nothing."""
    employee, person, email = open_invitation(secret)
    return _door(secret, employee, person.name, email)


@bp.post("/invitations/<secret>")
@limiter.limit("30 per minute")
def enter(secret: str) -> Response:
    """Let her in, to the place that waits for her."""
    employee, waiting, _email = open_invitation(secret)
    hold_roster(employee.organisation_id)
    employee, waiting, email = open_invitation(secret)  # of two presses at once, the second finds it entered
    name = one_line(request.form.get("name", waiting.name))
    if g.person is None and not 0 < len(name) <= NAME_LENGTH:
        error = _("Write a name with at most %(number)s characters.", number=NAME_LENGTH)
        return _door(secret, employee, name, email, {"name": error})
    if g.person is not None and request.form.get("as") != str(g.person.id):
        # Somebody else has signed in on this device while the page was open.
        return _door(secret, employee, waiting.name, email, {"somebody": "else"})
    code = None
    try:
        if g.person is not None:
            entering.take_over(employee, waiting, g.person)
        else:
            code = entering.begin(employee, waiting, name, email, language())
    except AddressTaken:
        session.rollback()
        return _door(secret, employee, name, email)
    person: Person = g.person or waiting
    start_clock(person.id, now())
    record(employee.organisation_id, "invitation.accepted", by=person, employee=str(employee.id))
    session.commit()
    let_in(person, reflections_open_from() if g.person is not None else None)
    onwards = entering.first_page(employee)
    if code is None:
        return redirect(onwards, 303)
    coordinates = employee.role == "coordinator"
    words = {"code": code, "page": onwards, "email": email, "coordinates": coordinates}
    page = render_template("lms/learning/inviting/entered.html", **words)
    return make_response(page)


@bp.errorhandler(InvitationClosed)
def invitation_closed(error: InvitationClosed) -> Response:
    """Say what to do instead."""
    session.rollback()
    return make_response(render_template("lms/learning/inviting/closed.html"), 410)


@bp.after_request
def keep_private(response: Response) -> Response:
    """These pages hold addresses and what opens a place: no cache keeps them."""
    response.headers["Cache-Control"] = "no-store"
    return response


def _organisation(organisation_id: UUID) -> Organisation:
    if g.person is None:
        abort(404)
    return organisation_coordinated_by(g.person, organisation_id) or abort(404)


def _is_address(email: str) -> bool:
    try:
        validate_email(email, check_deliverability=False)
    except EmailNotValidError:
        return False
    return len(email) <= 254


def _door(secret: str, employee: Employee, name: str, email: str, errors: dict[str, str] | None = None) -> Response:
    organisation = session.get_one(Organisation, employee.organisation_id)
    page = render_template(
        "lms/learning/inviting/door.html",
        secret=secret,
        organisation=organisation,
        courses=courses_offered(current_round(organisation.id)),
        name=name,
        email=email,
        coordinates=employee.role == "coordinator",
        has_account=g.person is None and person_with_address(email) is not None,
        errors=errors or {},
    )
    return make_response(page, 422 if errors else 200)


def _guests_page(organisation: Organisation, error: str = "") -> Response:
    counts, moment = models.guests_by_state(organisation.id), now()
    number = sum(counts.values())
    pages = max(1, -(-number // models.ROWS_SHOWN))
    page = max(1, min(request.args.get("page", 1, type=int), pages))
    words: dict[str, Any] = {
        "organisation": organisation,
        "counts": counts,
        "number": number,
        "guests": models.guests(organisation.id, page),
        "page": page,
        "pages": pages,
        "most": models.MOST_LETTERS,
        "peace": models.IN_PEACE.days,
        "goes_out": next_by_day(moment),
        "by_day": next_by_day(moment) == moment,
        "samples": _samples(organisation),
        "error": error,
    }
    return make_response(render_template("lms/learning/inviting/guests.html", **words), 422 if error else 200)


def _samples(organisation: Organisation) -> dict[str, tuple[str, str]]:
    courses = courses_offered(current_round(organisation.id))
    found = {}
    for code in LANGUAGES:
        with speaking(code):
            body = body_of(organisation, courses, code, _("(the name)"), _("(a link of her own)"))
            found[code] = subject_of(organisation), body
    return found


def _address_page(organisation: Organisation, employee_id: UUID, email: str, error: str) -> Response:
    page = render_template(
        "lms/learning/inviting/address.html",
        organisation=organisation,
        employee_id=employee_id,
        written={"email": email},
        errors={"email": error},
    )
    return make_response(page, 422)
