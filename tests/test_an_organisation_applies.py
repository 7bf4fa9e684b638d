"""An organisation applies by the public form, confirms its address, and becomes one of those that walk the steps."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from lms.database import norwegian_day, now, one_transaction, session
from lms.mail.models import OutboxMail
from lms.organisations.models import Employee, Organisation, current_round
from lms.organisations.profile import profile_of
from lms.people.models import Person
from lms.scheme.applications.models import Application, forget_unconfirmed
from lms.scheme.duties import forget_applications
from lms.scheme.organisations.membership import memberships_of
from tests.cast import Theatre
from tests.letters import confirm_address, found_in, letters_to
from tests.lists import said_in
from tests.schemes import WRITTEN, application_in, apply, as_administrator, opened

PAGE = re.compile(r"(/apply/[\w.-]+)")
INVITATION = re.compile(r"(/invitations/[\w-]+)")
DINA = "dina@dans.example"


def applications(app: Flask) -> list[Application]:
    with app.app_context():
        return list(session.scalars(select(Application).order_by(Application.applied_at)))


def one(app: Flask) -> Application:
    (application,) = applications(app)
    return application


def organisation_called(app: Flask, name: str) -> Organisation | None:
    with app.app_context():
        return session.scalar(select(Organisation).where(Organisation.name == name))


def test_from_applying_to_being_coordinator(app: Flask, theatre: Theatre) -> None:
    dina, una = app.test_client(), as_administrator(app)
    assert dina.get("/apply").status_code == 200
    assert apply(app, dina).status_code == 303
    application = one(app)
    assert (application.state, application.number, application.people) == ("unconfirmed", "974760673", 28)
    assert "Dansekompaniet" not in una.get("/applications").text

    page = found_in(letters_to(app, DINA)[0], PAGE)
    assert "Dansekompaniet" in dina.get(page).text
    assert one(app).confirmed_at is None, "whoever only looks confirms nothing"
    assert dina.post(f"{page}/confirmation").status_code == 303
    assert "Dansekompaniet" in una.get("/applications").text

    assert (
        una.post(f"/applications/{application.id}/questions", data={"question": "Hvem leder dere?"}).status_code == 303
    )
    assert "Hvem leder dere?" in letters_to(app, DINA)[1]
    assert "Dansekompaniet" not in una.get("/applications").text
    assert dina.post(f"{page}/answers", data={"answer": "Det gjør jeg."}).status_code == 303
    assert "Det gjør jeg." in una.get(f"/applications/{application.id}").text

    assert una.post(f"/applications/{application.id}/acceptance", data={"is_member": "1"}).status_code == 303
    company = organisation_called(app, "Dansekompaniet")
    assert company is not None
    with app.app_context():
        profile = profile_of(company.id)
        assert profile is not None
        assert (profile.field, profile.place, profile.size, profile.number) == ("dance", "Bergen", "20-49", "974760673")
        assert current_round(company.id).declared_head_count == 28
        assert [each.from_on for each in memberships_of(company.id)] == [norwegian_day(now())]
    assert dina.get(f"/organisations/{company.id}/").status_code == 303, "accepting has signed nobody in"

    door = found_in(letters_to(app, DINA)[2], INVITATION)
    assert "koordinator" in dina.get(door).text
    assert dina.post(door, data={"name": "Dina Dans"}).status_code == 200
    assert dina.get(f"/organisations/{company.id}/").status_code == 200
    assert dina.get(f"/organisations/{theatre.id}/").status_code == 404
    assert dina.get(page).status_code == 200


def test_somebody_who_has_an_account_signs_in_to_it_before_she_coordinates(app: Flask, theatre: Theatre) -> None:
    una, stranger = as_administrator(app), app.test_client()
    confirm_address(app, theatre.people["kari"], "kari@teatret.no")
    number = application_in(app, contact_email="kari@teatret.no")
    una.post(f"/applications/{number}/acceptance")
    door = found_in(letters_to(app, "kari@teatret.no")[0], INVITATION)

    assert "/sign-in" in stranger.get(door).text
    stranger.post(door, data={"name": "Kari Berg"})
    with app.app_context():
        place = session.scalars(
            select(Employee)
            .join(Organisation, Organisation.id == Employee.organisation_id)
            .where(Organisation.name == "Dansekompaniet")
        ).one()
        assert place.person_id != theatre.people["kari"]
    kari = app.test_client()
    with kari.session_transaction() as ticket:
        ticket["_user_id"] = f"{theatre.people['kari']}.1"
    assert kari.post(door, data={"as": str(theatre.people["kari"])}).status_code == 303
    assert kari.get(f"/organisations/{place.organisation_id}/").status_code == 200


def test_a_declined_applicant_is_told_why(app: Flask, theatre: Theatre) -> None:
    una, number = as_administrator(app), application_in(app)
    assert una.post(f"/applications/{number}/refusal", data={"reason": " "}).status_code == 422
    assert one(app).state == "waiting"
    assert una.post(f"/applications/{number}/refusal", data={"reason": "Dere må ha eget styre."}).status_code == 303

    assert one(app).state == "declined"
    assert "Dere må ha eget styre." in letters_to(app, DINA)[0]
    assert organisation_called(app, "Dansekompaniet") is None
    assert una.post(f"/applications/{number}/acceptance").status_code == 422
    assert organisation_called(app, "Dansekompaniet") is None


def test_nothing_is_decided_before_the_address_is_confirmed(app: Flask, theatre: Theatre) -> None:
    una, number = as_administrator(app), application_in(app, confirmed_at=None)

    assert una.post(f"/applications/{number}/acceptance").status_code == 422
    assert una.post(f"/applications/{number}/refusal", data={"reason": "Nei."}).status_code == 422
    assert una.post(f"/applications/{number}/questions", data={"question": "Hva?"}).status_code == 422
    assert one(app).state == "unconfirmed"
    assert letters_to(app, DINA) == []


def test_the_answer_is_the_same_whoever_has_the_address(app: Flask, theatre: Theatre) -> None:
    confirm_address(app, theatre.people["kari"], "kari@teatret.no")
    device = app.test_client()
    known = apply(app, device, contact_email="kari@teatret.no")
    unknown = apply(app, device, contact_email="ingen@teatret.no")

    assert (known.status_code, known.location) == (unknown.status_code, unknown.location) == (303, "/apply/sent")


@pytest.mark.parametrize(
    ("written", "field"),
    [
        ({"name": " "}, "name"),
        ({"field": ""}, "field"),
        ({"place": ""}, "place"),
        ({"number": "123 456 789"}, "number"),
        ({"employees": "", "freelancers": ""}, "employees"),
        ({"employees": "mange"}, "employees"),
        ({"contact_name": ""}, "contact_name"),
        ({"contact_email": "dina"}, "contact_email"),
        ({"message": "x" * 4001}, "message"),
    ],
)
def test_a_mistake_comes_back_with_what_was_written(
    written: dict[str, str], field: str, app: Flask, theatre: Theatre
) -> None:
    answer = apply(app, app.test_client(), **written)

    assert answer.status_code == 422
    assert re.findall(r'id="(\w+)-error"', answer.text) == [field]
    assert "Vi vil begynne i høst." in answer.text or field == "message"
    assert applications(app) == []


@pytest.mark.parametrize("forged", [{"field": "banking"}, {"country": "XX"}, {"member": "perhaps"}])
def test_a_choice_that_nobody_offers_is_refused(forged: dict[str, str], app: Flask, theatre: Theatre) -> None:
    assert apply(app, app.test_client(), **forged).status_code == 400


def test_a_foreign_organisation_writes_its_own_number(app: Flask, theatre: Theatre) -> None:
    assert apply(app, app.test_client(), country="SE", number="556016-0680").status_code == 303
    assert (one(app).country, one(app).number) == ("SE", "556016-0680")


def test_a_department_applies_with_the_number_of_the_house(app: Flask, theatre: Theatre) -> None:
    una = as_administrator(app)
    first = application_in(app, number="974760673")
    una.post(f"/applications/{first}/acceptance")
    second = application_in(app, name="Dansekompaniets skole", number="974760673", contact_email="per@dans.example")

    assert "Dansekompaniet<" in una.get(f"/applications/{second}").text, "it is pointed out"
    assert una.post(f"/applications/{second}/acceptance").status_code == 303
    assert organisation_called(app, "Dansekompaniets skole") is not None


def test_whoever_fills_in_what_nobody_sees_is_thanked_and_forgotten(app: Flask, theatre: Theatre) -> None:
    assert apply(app, app.test_client(), website="https://casino.example").location == "/apply/sent"
    assert applications(app) == []
    assert letters_to(app, DINA) == []


@pytest.mark.parametrize("ago", [timedelta(seconds=1), timedelta(days=3)])
def test_too_fast_or_too_late_costs_one_more_press(ago: timedelta, app: Flask, theatre: Theatre) -> None:
    answer = apply(app, app.test_client(), opening=opened(app, ago))

    assert answer.status_code == 422
    assert "Vi vil begynne i høst." in answer.text
    assert applications(app) == []


@pytest.mark.parametrize("token", ["", "made up", "WyIxIl0.x"])
def test_a_page_that_is_not_ours_sends_nothing(token: str, app: Flask, theatre: Theatre) -> None:
    assert apply(app, app.test_client(), opening=token).status_code == 422
    assert applications(app) == []


def test_the_same_page_sent_twice_is_one_application(app: Flask, theatre: Theatre) -> None:
    device, token = app.test_client(), opened(app)
    apply(app, device, opening=token)
    apply(app, device, opening=token)

    assert len(applications(app)) == 1
    assert len(letters_to(app, DINA)) == 1


def test_one_address_is_not_written_to_again_and_again(open_app: object, sqlite_url: str) -> None:
    app: Flask = open_app(sqlite_url, RATELIMIT_ENABLED=True)  # type: ignore[operator]
    answers = [apply(app, app.test_client()).status_code for _each in range(4)]

    assert answers == [303, 303, 303, 429]
    assert apply(app, app.test_client(), contact_email="en.annen@dans.example").status_code == 303


def test_a_link_that_somebody_made_up_leads_nowhere(app: Flask, theatre: Theatre) -> None:
    stranger = app.test_client()
    with app.app_context():
        token = session.get_one(Application, application_in(app)).token
    assert stranger.get(f"/apply/{token[:-2]}aa").status_code == 404
    assert stranger.post(f"/apply/{token[:-2]}aa/confirmation").status_code == 404
    assert stranger.get("/apply/whatever").status_code == 404


def test_what_nobody_confirms_is_forgotten_in_a_month(app: Flask, theatre: Theatre) -> None:
    application_in(app, confirmed_at=None, applied_at=now() - timedelta(days=31))
    application_in(app, confirmed_at=None, applied_at=now() - timedelta(days=29))
    application_in(app, applied_at=now() - timedelta(days=400))
    with app.app_context(), one_transaction():
        assert forget_applications() == 1
        assert forget_unconfirmed(now()) == 1
    assert [each.state for each in applications(app)] == ["waiting"]


def test_whoever_applied_can_be_forgotten(app: Flask, kari: FlaskClient, theatre: Theatre) -> None:
    confirm_address(app, theatre.people["kari"], "kari@teatret.no")
    application_in(app, contact_email="kari@teatret.no", contact_name="Kari Berg", message="Ring meg.")
    assert "Ring meg." in kari.get("/me/data.json").text
    assert kari.post("/me/erasure", data={"sure": "1"}).status_code == 200

    left = one(app)
    assert (left.contact_name, left.contact_email, left.message, left.name) == ("", "", "", "Dansekompaniet")


def test_a_facilitator_reads_and_decides_nothing(app: Flask, siv: FlaskClient, theatre: Theatre) -> None:
    number = application_in(app)
    page = siv.get(f"/applications/{number}")

    assert page.status_code == 200
    assert "/acceptance" not in page.text
    assert siv.post(f"/applications/{number}/acceptance").status_code == 404
    assert one(app).state == "waiting"


def test_the_letter_is_in_the_language_of_the_page(app: Flask, theatre: Theatre) -> None:
    device = app.test_client()
    device.post("/language", data={"language": "en"})
    apply(app, device)

    assert "You have applied on behalf of Dansekompaniet." in letters_to(app, DINA)[0]
    with app.app_context():
        assert session.scalars(select(OutboxMail.language)).all() == ["en"]
        assert session.query(Person).filter(Person.name == WRITTEN["contact_name"]).count() == 0
    assert "Confirm your application" in said_in(device.get(found_in(letters_to(app, DINA)[0], PAGE)).text)
