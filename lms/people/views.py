"""Signing in and out, the language somebody reads, and the person's own page."""

from typing import Any
from uuid import UUID

from email_validator import EmailNotValidError, validate_email
from flask import Blueprint, abort, current_app, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.database import session
from lms.languages import LANGUAGES, _
from lms.people.letters import mail_confirmation, mail_sign_in_link
from lms.people.limits import remote_address
from lms.people.links import (
    LinkSpent,
    WrongCode,
    confirmation_for,
    link_remembered,
    open_confirmations,
    sign_in_link,
)
from lms.people.models import (
    NAME_LENGTH,
    Address,
    AddressTaken,
    EnoughAddresses,
    HeldBack,
    Person,
    addresses_of,
    code_that_opens,
    is_held_back,
    keyed_digest,
    own_address,
)
from lms.people.names import one_line
from lms.people.sign_in import inside as _inside
from lms.people.sign_in import let_in, let_out, limiter, must_be_signed_in, reflections_open_from

bp = Blueprint("people", __name__)


@bp.get("/sign-in")
def sign_in() -> Response:
    """Ask for the personal code, or for the address a link shall go to."""
    return _sign_in_page(_inside(request.args.get("wanted", "")))


@bp.post("/sign-in")
@limiter.limit("10 per minute; 60 per hour", misses=422)
def enter_code() -> Response:
    """Sign in with a personal code; a wrong one says nothing about whose codes exist."""
    code = code_that_opens(request.form.get("code", ""))
    wanted = _inside(request.form.get("wanted", ""))
    if code is None:
        error = _("We do not know that code. Look once more at each character, or ask for a new one.")
        return _sign_in_page(wanted, error=error, status=422)
    person = session.get_one(Person, code.person_id)
    let_in(person, code.opens_reflections_from)
    return redirect(wanted or url_for("lms.journey.front"), 303)


def _address_asked() -> str:
    return keyed_digest(request.form.get("email", "").strip().lower())


@bp.post("/sign-in/links")
@limiter.limit("60 per 15 minutes; 300 per day")
@limiter.limit("3 per 15 minutes; 10 per day", key_func=_address_asked)
def ask_for_link() -> Response:
    """Mail a sign-in link to an address we know; the answer is the same for every address."""
    email, wanted = request.form.get("email", "").strip().lower(), _inside(request.form.get("wanted", ""))
    if not _is_address(email):
        error = _("This does not look like an e-mail address. Look once more at each character.")
        return _sign_in_page(wanted, email=email, email_error=error, status=422)
    mail_sign_in_link(email, wanted)
    session.commit()
    return redirect(url_for(".link_sent"), 303)


@bp.get("/sign-in/sent")
def link_sent() -> str:
    """Say that a letter is on its way if we know the address."""
    return render_template("lms/people/link_sent.html")


@bp.get("/sign-in/links/<secret>")
@limiter.limit("60 per minute")
def show_link(secret: str) -> Response:
    """Show a button: whoever only looks at the link, such as a mail scanner, does not use it up."""
    if (onwards := _hers_already(secret)) is not None:
        return onwards
    link = sign_in_link(secret)
    if link is None:
        return _link_closed(wanted=_wanted_with(secret))
    return make_response(render_template("lms/people/link.html", secret=secret, link=link))


@bp.post("/sign-in/links/<secret>")
@limiter.limit("30 per minute")
def follow_link(secret: str) -> Response:
    """Use the link up and sign in."""
    link = sign_in_link(secret)
    if link is None:
        return _link_closed(wanted=_wanted_with(secret))
    link.spend()
    session.commit()
    address = session.get_one(Address, link.address_id)
    # Of the address and the link, whichever opens less.
    held = [moment for moment in (address.opens_reflections_from, link.opens_reflections_from) if moment is not None]
    let_in(session.get_one(Person, link.person_id), max(held, default=None))
    return redirect(_inside(link.wanted) or url_for("lms.journey.front"), 303)


def _hers_already(secret: str) -> Response | None:
    """Where the link leads, for somebody who is signed in as the one it is for: she needs no key to her own house.

    Only letters that nobody asked for: whoever asks for a link wants what it opens on this device.
    """
    link = link_remembered(secret) if g.person is not None else None
    if link is None or link.person_id != g.person.id or link.opens_reflections_from is None:
        return None
    return redirect(_inside(link.wanted) or url_for("lms.journey.front"), 303)


def _wanted_with(secret: str) -> str:
    """Where a link that works no longer led: whoever signs in anew goes on there."""
    link = link_remembered(secret)
    return _inside(link.wanted) if link is not None else ""


@bp.errorhandler(LinkSpent)
def _spent(error: LinkSpent) -> Response:
    session.rollback()
    return _link_closed()


@bp.post("/sign-out")
def sign_out() -> Response:
    """Sign out on this device."""
    let_out()
    return redirect(_inside(request.form.get("wanted", "")) or url_for("lms.journey.front"), 303)


@bp.post("/language")
def choose_language() -> Response:
    """Read in another language from now on."""
    chosen = request.form.get("language", "")
    if chosen not in LANGUAGES:
        abort(400)
    if g.person is not None:
        g.person.language = chosen
        session.commit()
    response = redirect(_inside(request.form.get("wanted", "")) or url_for("lms.journey.front"), 303)
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    response.set_cookie("lms_language", chosen, max_age=31_536_000, secure=secure, samesite="Lax", httponly=True)
    return response


@bp.get("/me")
def me() -> Response:
    """Show what a person may decide about her own account."""
    if (away := must_be_signed_in()) is not None:
        return away
    return _my_page()


@bp.post("/me/name")
def rename() -> Response:
    """Be called something else from now on."""
    person, name = _me(), one_line(request.form.get("name", ""))
    if not 0 < len(name) <= NAME_LENGTH:
        error = _("Write a name with at most %(number)s characters.", number=NAME_LENGTH)
        return _my_page(name=name, errors={"name": error}, status=422)
    person.name = name
    session.commit()
    return redirect(url_for(".me", _anchor="name"), 303)


def _who() -> str:
    return str(g.person.id) if g.person else remote_address()


@bp.post("/me/code")
@limiter.limit("10 per hour", key_func=_who)
def new_code() -> str:
    """Show a new personal code, this once, in place of the old one."""
    code = _me().give_code(opens_from=reflections_open_from())
    session.commit()
    return render_template("lms/people/code.html", code=code)


@bp.post("/me/addresses")
@limiter.limit("10 per hour", key_func=_who)
def new_address() -> Response:
    """Ask whoever reads an address to say that it is hers, so that it can open the account."""
    person, email = _me(), request.form.get("email", "").strip().lower()
    if not _is_address(email):
        error = _("This does not look like an e-mail address. Look once more at each character.")
        return _my_page(email=email, errors={"email": error}, status=422)
    try:
        mail_confirmation(person, email)
    except EnoughAddresses:
        error = _("You have enough addresses. Remove one first.")
        return _my_page(email=email, errors={"email": error}, status=422)
    session.commit()
    return redirect(url_for(".me", _anchor="addresses"), 303)


@bp.post("/me/addresses/<uuid:address_id>/confirmation")
@limiter.limit("20 per hour", key_func=_who)
def confirm_by_code(address_id: UUID) -> Response:
    """Confirm an address with the code from the letter."""
    address = _my_address(address_id)
    link = open_confirmations(_me()).get(address.id)
    try:
        if link is None:
            raise LinkSpent
        link.answer(request.form.get("code", ""))
        address.confirm(reflections_open_from())
    except (WrongCode, LinkSpent, AddressTaken) as error:
        return _not_confirmed(address, error)
    session.commit()
    return redirect(url_for(".me", _anchor="addresses"), 303)


@bp.post("/me/addresses/<uuid:address_id>/removal")
def remove_address(address_id: UUID) -> Response:
    """Forget an address."""
    try:
        _my_address(address_id).remove(reflections_open_from())
    except HeldBack:
        return _my_page(errors={"addresses": _why_held_back()}, status=422)
    session.commit()
    return redirect(url_for(".me", _anchor="addresses"), 303)


@bp.get("/confirm/<secret>")
@limiter.limit("60 per minute")
def confirmation(secret: str) -> Response:
    """Show a button that confirms an address, to nobody but the signed-in person who asked for the letter."""
    link = confirmation_for(g.person, secret) if g.person else None
    address = session.get(Address, link.address_id) if link else None
    if address is None:
        return _link_closed(confirming=True)
    return make_response(render_template("lms/people/confirmation.html", secret=secret, address=address))


@bp.post("/confirm/<secret>")
@limiter.limit("30 per minute")
def confirm(secret: str) -> Response:
    """Confirm an address by the link from the letter."""
    link = confirmation_for(g.person, secret) if g.person else None
    if link is None:
        return _link_closed(confirming=True)
    link.spend()
    address = session.get_one(Address, link.address_id)
    try:
        address.confirm(reflections_open_from())
    except AddressTaken as error:
        return _not_confirmed(address, error)
    session.commit()
    return redirect(url_for(".me", _anchor="addresses"), 303)


@bp.post("/me/sign-out-everywhere")
def sign_out_everywhere() -> Response:
    """Sign out on every device but this one."""
    person = _me()
    person.sign_out_everywhere()
    session.commit()
    let_in(person, reflections_open_from())
    return redirect(url_for(".me", _anchor="devices"), 303)


def _me() -> Person:
    person: Person = g.person or abort(401)
    return person


def _my_address(address_id: UUID) -> Address:
    return own_address(_me(), address_id) or abort(404)


def _not_confirmed(address: Address, error: Exception) -> Response:
    """Keep the try, and say what to do now."""
    session.commit()
    if isinstance(error, AddressTaken):
        words = _("This address opens another account already. Sign out, and sign in there with a link by e-mail.")
    elif isinstance(error, WrongCode) and error.tries_left:
        words = _("That is not the code in our latest e-mail. Look once more at each digit.")
    else:
        words = _("This code works no longer. Ask for a new e-mail.")
    return _my_page(errors={str(address.id): words}, status=422)


def _why_held_back() -> str:
    return _("You came in by a code or an e-mail you did not ask for. Ask for a sign-in link by e-mail to do this.")


def _my_page(status: int = 200, errors: dict[str, str] | None = None, **written: str) -> Response:
    person = _me()
    page = render_template(
        "lms/people/me.html",
        addresses=addresses_of(person),
        confirmations=open_confirmations(person),
        held_back=is_held_back(person, reflections_open_from()),
        errors=errors or {},
        written={"name": person.name, **written},
    )
    return make_response(page, status)


def _sign_in_page(wanted: str, status: int = 200, **more: Any) -> Response:
    return make_response(render_template("lms/people/sign_in.html", wanted=wanted, **more), status)


def _link_closed(confirming: bool = False, wanted: str = "") -> Response:
    page = render_template("lms/people/link_closed.html", confirming=confirming, wanted=wanted)
    return make_response(page, 410)


def _is_address(email: str) -> bool:
    try:
        validate_email(email, check_deliverability=False)
    except EmailNotValidError:
        return False
    return len(email) <= 254
