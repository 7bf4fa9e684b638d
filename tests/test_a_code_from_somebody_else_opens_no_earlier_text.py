"""Mona has asked for a new code for Kari, and reads it herself: she sees how far Kari is, and nothing Kari wrote."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from lms.database import one_transaction, session
from lms.learning.reflections import Reflection
from lms.organisations.models import JoinLink
from lms.people.models import Person
from tests.accounts import address_of, by_mail, what_it_reads, who_is
from tests.at_the_door import PERSONAL_CODE
from tests.cast import REFLECTION, Theatre, signed_in
from tests.letters import SIX_DIGITS, confirm_address, found_in, letters_to, link_by_mail
from tests.spoken import READERS, said

KARIS = "kari@example.no"
MONAS = "mona@example.no"
EARLIER = "skrevet før noen fikk en ny kode, 4be1"
LATER = "written afterwards, 9c07"
STAYS_CLOSED = (
    "You wrote something here before you came in by the code or the e-mail. "
    "It stays closed on this device, and it is kept."
)
HELD_BACK = "You came in by a code or an e-mail you did not ask for. Ask for a sign-in link by e-mail to do this."


@pytest.fixture
def lesson(theatre: Theatre) -> str:
    return f"/learn/{theatre.id}/harassment/welcome"


@pytest.fixture
def kari(app: Flask, theatre: Theatre, lesson: str) -> FlaskClient:
    """Kari, who has written to herself, and whose address opens her account."""
    confirm_address(app, theatre.people["kari"], KARIS)
    device = signed_in(app, theatre, "kari")
    assert device.post(f"{lesson}/answers", data={REFLECTION: EARLIER, "sara": "a"}).status_code == 303
    return device


@pytest.fixture
def code(kari: FlaskClient, app: Flask, theatre: Theatre) -> str:
    """The code that Mona has asked for."""
    with app.app_context(), one_transaction():
        mona = session.get_one(Person, theatre.people["mona"])
        return session.get_one(Person, theatre.people["kari"]).give_code(by=mona)


@pytest.fixture
def intruder(code: str, app: Flask) -> FlaskClient:
    """A device that came in by it."""
    return by_code(app, code)


def by_code(app: Flask, code: str) -> FlaskClient:
    device = app.test_client()
    assert device.post("/sign-in", data={"code": code}).status_code == 303
    return device


def confirms(app: Flask, device: FlaskClient, email: str) -> None:
    """Whoever is at the device reads this address."""
    assert device.post("/me/addresses", data={"email": email}).status_code == 303
    code = found_in(letters_to(app, email)[-1], SIX_DIGITS)
    place = f"/me/addresses/{address_of(app, email, 'Kari Berg')}/confirmation"
    assert device.post(place, data={"code": code}).status_code == 303


def new_code(device: FlaskClient) -> str:
    found = PERSONAL_CODE.search(device.post("/me/code").text)
    assert found
    return found[1]


def text_kept(app: Flask) -> list[str | None]:
    with app.app_context():
        return [reflection.text for reflection in session.scalars(select(Reflection))]


@pytest.mark.parametrize("language", READERS)
def test_it_opens_her_courses_and_none_of_her_earlier_text(
    language: str, intruder: FlaskClient, app: Flask, theatre: Theatre, lesson: str
) -> None:
    with app.app_context(), one_transaction():
        session.get_one(Person, theatre.people["kari"]).language = language
    page = intruder.get(lesson).text

    assert who_is(intruder) == "Kari Berg"
    assert re.search(r'name="sara"\s+value="a"\s+checked', page), "what is not private is progress"
    assert said(language, STAYS_CLOSED) in page
    assert f'name="{REFLECTION}"' not in page
    assert EARLIER not in what_it_reads(intruder, lesson)


def test_her_old_code_is_closed_and_her_own_devices_read_on(
    code: str, kari: FlaskClient, app: Flask, theatre: Theatre, lesson: str
) -> None:
    assert app.test_client().post("/sign-in", data={"code": theatre.codes["kari"]}).status_code == 422
    assert EARLIER in kari.get(lesson).text
    assert EARLIER in by_mail(app, KARIS).get("/me/reflections").text


def test_saving_over_it_changes_nothing(intruder: FlaskClient, kari: FlaskClient, app: Flask, lesson: str) -> None:
    for text in ("overwritten", ""):
        for act in ("answers", "skips", "completion"):
            form = {REFLECTION: text, f"{REFLECTION}.visibility": "my_session", "part": "all"}
            assert intruder.post(f"{lesson}/{act}", data=form).status_code in (303, 422)
    with app.app_context():
        (number,) = session.scalars(select(Reflection.id))
    assert intruder.post(f"/me/reflections/{number}/removal").status_code == 404

    assert text_kept(app) == [EARLIER]
    assert EARLIER in kari.get("/me/reflections").text
    with app.app_context():
        assert session.scalars(select(Reflection.visibility)).all() == ["only_me"]


def test_what_is_written_with_it_is_read_with_it(intruder: FlaskClient, theatre: Theatre) -> None:
    other = f"/learn/{theatre.id}/norms/what-is-a-norm"
    question = re.search(r'<textarea id="[^"]+"\s+name="([^"]+)"', intruder.get(other).text)
    assert question
    assert intruder.post(f"{other}/answers", data={question[1]: LATER}).status_code == 303

    for page in (other, "/me/reflections", "/me/reflections.txt", "/me/data.json"):
        assert LATER in intruder.get(page).text, page
    assert EARLIER not in intruder.get("/me/reflections").text


# The ways from one code to another


def sign_out_everywhere(app: Flask, device: FlaskClient) -> FlaskClient:
    assert device.post("/me/sign-out-everywhere").status_code == 303
    return device


def make_a_new_code(app: Flask, device: FlaskClient) -> FlaskClient:
    return by_code(app, new_code(device))


def confirm_an_address(app: Flask, device: FlaskClient) -> FlaskClient:
    confirms(app, device, MONAS)
    return by_mail(app, MONAS)


def confirm_an_address_and_make_a_code_there(app: Flask, device: FlaskClient) -> FlaskClient:
    confirms(app, device, MONAS)
    return by_code(app, new_code(by_mail(app, MONAS)))


def make_a_code_and_confirm_an_address_there(app: Flask, device: FlaskClient) -> FlaskClient:
    confirms(app, by_code(app, new_code(device)), MONAS)
    return by_mail(app, MONAS)


def sign_out_everywhere_and_make_a_code(app: Flask, device: FlaskClient) -> FlaskClient:
    device.post("/me/sign-out-everywhere")
    return by_code(app, new_code(device))


def enter_another_organisation(app: Flask, device: FlaskClient) -> FlaskClient:
    with app.app_context():
        code = session.scalars(select(JoinLink.code)).first()
    assert device.post(f"/join/{code}").status_code == 303
    return device


def choose_another_language(app: Flask, device: FlaskClient) -> FlaskClient:
    device.post("/language", data={"language": "en"})
    return device


WAYS = [
    sign_out_everywhere,
    make_a_new_code,
    confirm_an_address,
    confirm_an_address_and_make_a_code_there,
    make_a_code_and_confirm_an_address_there,
    sign_out_everywhere_and_make_a_code,
    enter_another_organisation,
    choose_another_language,
]


@pytest.mark.parametrize("way", WAYS)
def test_no_way_from_it_leads_further(
    way: Callable[[Flask, FlaskClient], FlaskClient], intruder: FlaskClient, app: Flask, lesson: str
) -> None:
    device = way(app, intruder)

    assert who_is(device) == "Kari Berg"
    assert EARLIER not in what_it_reads(device, lesson)
    device.post(f"{lesson}/answers", data={REFLECTION: "overwritten"})
    assert text_kept(app) == [EARLIER]


def test_another_code_for_her_closes_what_she_wrote_meanwhile_too(
    intruder: FlaskClient, kari: FlaskClient, app: Flask, theatre: Theatre, lesson: str
) -> None:
    with app.app_context(), one_transaction():
        mona = session.get_one(Person, theatre.people["mona"])
        again = session.get_one(Person, theatre.people["kari"]).give_code(by=mona)
    late = by_code(app, again)

    assert EARLIER not in what_it_reads(late, lesson)
    assert new_code(kari) != again
    assert app.test_client().post("/sign-in", data={"code": again}).status_code == 422, "her own comes in its place"


# What only the person may do


def test_it_closes_none_of_her_own_ways_in(intruder: FlaskClient, kari: FlaskClient, app: Flask) -> None:
    mine = address_of(app, KARIS, "Kari Berg")
    refused = intruder.post(f"/me/addresses/{mine}/removal")
    assert refused.status_code == 422
    assert said("nb", HELD_BACK) in refused.text
    erased = intruder.post("/me/erasure", data={"sure": "on"})
    assert erased.status_code == 422
    assert said("nb", HELD_BACK) in erased.text

    assert EARLIER in by_mail(app, KARIS).get("/me/reflections").text
    assert text_kept(app) == [EARLIER]


def test_she_puts_everything_right_by_mail(intruder: FlaskClient, kari: FlaskClient, app: Flask, lesson: str) -> None:
    """The address that the intruder has added goes, her devices are signed out, and the new code is Kari's."""
    confirms(app, intruder, MONAS)
    mine = by_mail(app, KARIS)
    assert MONAS in mine.get("/me").text, "she sees what has been added"
    assert mine.post(f"/me/addresses/{address_of(app, MONAS, 'Kari Berg')}/removal").status_code == 303
    mine.post("/me/sign-out-everywhere")
    code = new_code(mine)

    assert who_is(intruder) == "nobody"
    assert EARLIER in what_it_reads(by_code(app, code), lesson)


def test_a_device_that_came_in_by_it_and_then_by_her_link_reads_everything(
    intruder: FlaskClient, app: Flask, lesson: str
) -> None:
    assert intruder.post(link_by_mail(app, intruder, KARIS)).status_code == 303

    assert EARLIER in intruder.get(lesson).text
