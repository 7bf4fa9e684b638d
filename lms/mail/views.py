"""The mailbox of a demonstration: what the invited people would find in theirs."""

from pathlib import Path
from uuid import UUID

from flask import Blueprint, Response, abort, current_app, render_template

from lms.mail.mailbox import find_letter, letters

bp = Blueprint("mailbox", __name__, url_prefix="/mailbox")


@bp.get("/")
def index() -> str:
    """Show every letter, the newest first."""
    return render_template("lms/mail/mailbox.html", letters=letters(folder()))


@bp.get("/<uuid:number>")
def show(number: UUID) -> str:
    """Show one letter with its links."""
    letter = find_letter(folder(), number)
    if letter is None:
        abort(404)
    return render_template("lms/mail/letter.html", letter=letter)


@bp.after_request
def keep_private(response: Response) -> Response:
    """Letters hold sign-in links: no cache keeps them."""
    response.headers["Cache-Control"] = "no-store"
    return response


def folder() -> Path:
    """The folder of the settings. Without one there is no mailbox, even if somebody registers it."""
    chosen = current_app.config.get("LMS_MAILBOX")
    if not chosen:
        abort(404)
    return Path(chosen)
