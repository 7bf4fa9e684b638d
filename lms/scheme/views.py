"""Everything that waits for the scheme's staff, on one page."""

from flask import Blueprint, g, make_response, render_template
from werkzeug.wrappers import Response

from lms.scheme.queues import QUEUES
from lms.scheme.staff import staff_reads

bp = Blueprint("queues", __name__)


@bp.get("/queues")
def all_of_them() -> Response:
    """Show each queue with its count, who has waited longest, and what to do next."""
    if (away := staff_reads()) is not None:
        return away
    found = [(queue, *queue.find(g.person)) for queue in QUEUES]
    return make_response(render_template("lms/scheme/queues.html", found=found))
