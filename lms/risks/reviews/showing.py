"""A delivered form as a page, for those who delivered it and whoever in the scheme reads it."""

from collections.abc import Mapping
from uuid import UUID

from flask import make_response, render_template, request
from werkzeug.wrappers import Response

from lms.database import session
from lms.languages import language
from lms.people.models import Person
from lms.risks.forgetting import names_taken_out_of
from lms.risks.outcome.models import published_since
from lms.risks.picture import picture_of
from lms.risks.reviews.queue import Delivery
from lms.risks.set_aside import set_aside_in


def delivery_page(
    delivery: Delivery, reviews: bool, errors: Mapping[str, str] | None = None, request_at: str = ""
) -> Response:
    """The form as it was delivered; only to be read behind a request for the mark, which stands at `request_at`."""
    decision = delivery.decision
    page = render_template(
        "lms/risks/delivered.html",
        delivered=delivery.delivered,
        organisation=delivery.organisation,
        decision=decision,
        form=delivery.delivered.form,
        picture=picture_of(delivery.delivered.form["rows"]),
        delivered_by=_name(delivery.delivered.delivered_by),
        decided_by=_name(decision.decided_by) if decision else "",
        reviews=reviews,
        request_at=request_at,
        taken_out=set_aside_in(delivery.delivered),
        names_taken_out=names_taken_out_of(delivery.delivered),
        published_since=published_since(delivery.delivered),
        written=request.form,
        errors=errors or {},
        locale=language(),
    )
    return make_response(page, 422 if errors else 200)


def _name(person_id: UUID) -> str:
    person = session.get(Person, person_id)
    return person.name if person else ""
