"""The applications that the scheme has before it, and its decision about each."""

from collections.abc import Mapping
from uuid import UUID

from flask import Blueprint, abort, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.database import session
from lms.languages import _, language
from lms.organisations.fields import FIELDS
from lms.people.lists import read_look
from lms.people.models import Person
from lms.scheme.applications.deciding import accept, decline, known_already
from lms.scheme.applications.form import LONGEST_MESSAGE, countries
from lms.scheme.applications.letters import mail_question
from lms.scheme.applications.models import AlreadyDecided, Application, NotConfirmed, messages_about
from lms.scheme.applications.queue import SHOWS, applications_in
from lms.scheme.staff import administrator, staff_reads

bp = Blueprint("applications", __name__)
APPLICATION = "/applications/<uuid:application_id>"


@bp.get("/applications")
def queue() -> Response:
    """Show the staff which applications wait, and those decided."""
    if (away := staff_reads()) is not None:
        return away
    look = read_look(request.args, show=SHOWS)
    page = render_template("lms/scheme/applications/queue.html", look=look, found=applications_in(look), fields=FIELDS)
    return make_response(page)


@bp.get(APPLICATION)
def one(application_id: UUID) -> Response:
    """Show one application, what was asked about it, and what can be decided."""
    if (away := staff_reads()) is not None:
        return away
    return _page(session.get(Application, application_id) or abort(404))


@bp.post(f"{APPLICATION}/acceptance")
def take_in(application_id: UUID) -> Response:
    """Take the organisation in."""
    by = administrator()
    accept(session.get(Application, application_id) or abort(404), by, "is_member" in request.form)
    session.commit()
    return redirect(url_for(".one", application_id=application_id), 303)


@bp.post(f"{APPLICATION}/refusal")
def turn_down(application_id: UUID) -> Response:
    """Say why the organisation cannot come in."""
    by = administrator()
    application = session.get(Application, application_id) or abort(404)
    reason = _text("reason")
    if not 0 < len(reason) <= LONGEST_MESSAGE:
        return _page(application, {"reason": _("Write why, so that they know what would have to change.")})
    decline(application, by, reason)
    session.commit()
    return redirect(url_for(".one", application_id=application_id), 303)


@bp.post(f"{APPLICATION}/questions")
def ask_back(application_id: UUID) -> Response:
    """Ask the applicant something before deciding."""
    by = administrator()
    application = session.get(Application, application_id) or abort(404)
    question = _text("question")
    if not 0 < len(question) <= LONGEST_MESSAGE:
        return _page(application, {"question": _("Write what you want to know.")})
    if application.confirmed_at is None:
        raise NotConfirmed
    application.say(question, by)
    mail_question(application, question)
    session.commit()
    return redirect(url_for(".one", application_id=application_id), 303)


@bp.errorhandler(AlreadyDecided)
@bp.errorhandler(NotConfirmed)
def too_late(error: Exception) -> Response:
    """Show how the application stands: somebody was faster, or nobody has confirmed it."""
    session.rollback()
    told = _("Somebody has decided about this application meanwhile; that decision stands.")
    if isinstance(error, NotConfirmed):
        told = _("The address is not confirmed yet, so there is nothing to decide.")
    return _page(session.get(Application, (request.view_args or {})["application_id"]) or abort(404), {"": told})


def _text(name: str) -> str:
    return request.form.get(name, "").replace("\r\n", "\n").strip()


def _page(application: Application, errors: Mapping[str, str] | None = None) -> Response:
    decided_by = session.get(Person, application.decided_by) if application.decided_by else None
    page = render_template(
        "lms/scheme/applications/one.html",
        application=application,
        messages=messages_about(application),
        known=[] if application.decided_at else known_already(application),
        decided_by=decided_by.name if decided_by else "",
        decides=g.person.is_administrator,
        fields=FIELDS,
        country=countries(language()).get(application.country, ""),
        written=request.form,
        errors=errors or {},
    )
    return make_response(page, 422 if errors else 200)
