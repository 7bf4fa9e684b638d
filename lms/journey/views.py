"""Where are we, and what now: the front page of everybody."""

from datetime import timedelta

from flask import Blueprint, g, render_template

from lms.database import now
from lms.group_sessions.models import sessions_led_by
from lms.learning.places import standings_of
from lms.organisations.models import organisations_coordinated_by

bp = Blueprint("journey", __name__)


@bp.get("/")
def front() -> str:
    """A greeting for a stranger; courses, organisations and group sessions for somebody we know."""
    if g.person is None:
        return render_template("lms/journey/welcome.html")
    return render_template(
        "lms/journey/front.html",
        standings=standings_of(g.person.id),
        organisations=organisations_coordinated_by(g.person),
        meetings=sessions_led_by(g.person, now() - timedelta(days=1)) if g.person.is_facilitator else [],
    )
