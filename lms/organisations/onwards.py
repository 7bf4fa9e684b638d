"""Where a coordinator goes after a form: back to the way she was walking, or on the page where the form stands."""

from uuid import UUID

from flask import redirect, request, url_for
from werkzeug.wrappers import Response


def onwards(organisation_id: UUID, otherwise: str) -> Response:
    """The organisation's home for a form that was filled in there as a step of the way; else `otherwise`."""
    if request.form.get("onwards") == "home":
        return redirect(url_for("lms.journey.home", organisation_id=organisation_id, _anchor="next"), 303)
    return redirect(otherwise, 303)
