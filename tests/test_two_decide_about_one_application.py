"""Two of the scheme's administrators decide about the same application at once: there is one decision."""

from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from lms.database import session
from lms.mail.models import OutboxMail
from lms.organisations.models import Organisation
from lms.scheme.applications.models import Application
from tests.at_once import all_at_once
from tests.cast import cast_in
from tests.schemes import application_in, as_administrator


def test_one_decision_stands(open_app: Callable[..., Flask], database_url: str) -> None:
    app = open_app(database_url)
    cast_in(app)
    number = application_in(app)
    una, kim = as_administrator(app), as_administrator(app)

    def deciding(device: FlaskClient, act: str) -> Callable[[], int]:
        address = f"/applications/{number}/{act}"
        return lambda: device.post(address, data={"reason": "Nei, ikke nå."}).status_code

    answers = all_at_once([deciding(una, "acceptance"), deciding(kim, "refusal"), deciding(una, "acceptance")])

    assert sorted(answers) == [303, 422, 422]
    with app.app_context():
        application = session.get_one(Application, number)
        founded = session.scalar(select(func.count()).where(Organisation.name == "Dansekompaniet"))
        letters = session.scalar(select(func.count()).where(OutboxMail.recipient == application.contact_email))
        assert founded == (1 if application.verdict == "accepted" else 0)
        assert letters == 1
