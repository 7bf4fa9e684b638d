"""Handing a device over: the one who reads signs out and leaves nothing behind, and the next one finds the door."""

from flask import Blueprint, abort, current_app, g, make_response, redirect, render_template, url_for
from werkzeug.wrappers import Response

from lms.people.sign_in import device_shared_by, hand_over, must_be_signed_in

bp = Blueprint("hand_over", __name__)


@bp.get("/hand-over")
def ask() -> Response:
    """Say what goes and what stays when the device is handed over, before somebody is signed out."""
    if (away := must_be_signed_in()) is not None:
        return away
    if device_shared_by() is None:
        abort(404)
    return make_response(render_template("lms/learning/hand_over.html"))


@bp.post("/hand-over")
def give() -> Response:
    """Sign out, have the browser forget what it keeps of us, and open the door for the next one."""
    code = device_shared_by()
    if code is None or g.host_user is not None:
        abort(404)
    hand_over()
    response = redirect(url_for("lms.learning.join", code=code), 303)
    response.delete_cookie("lms_language")
    if not current_app.extensions["lms"].mounted:  # what the browser keeps of a host is the host's
        response.headers["Clear-Site-Data"] = '"storage"'
    return response
