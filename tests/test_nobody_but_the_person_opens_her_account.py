"""Kari has written to herself. Everybody tries, by every way there is, to get into her account, and nobody does."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from lms.database import now, one_transaction, session
from lms.people.links import MOST_TRIES
from lms.people.models import Address, Person, add_address
from tests.accounts import address_of, by_mail, owners_of, what_it_reads, who_is
from tests.at_once import all_at_once, until_somebody_waits
from tests.cast import REFLECTION, Theatre, cast_in, signed_in
from tests.letters import (
    CONFIRMATION,
    SIGN_IN,
    SIX_DIGITS,
    ask_for_link,
    confirm_address,
    found_in,
    letters_to,
    link_by_mail,
)
from tests.spoken import READERS, reading, said

KARIS = "kari@example.no"
NOBODYS = "ny@example.no"
EARLIER = "skrevet før noen fikk en ny kode, 4be1"


@pytest.fixture
def thief(app: Flask, theatre: Theatre) -> FlaskClient:
    """Somebody with an account of her own, signed in."""
    device = app.test_client()
    assert device.post(f"/join/{theatre.join_code}", data={"name": "Tove Tyv"}).status_code == 200
    return device


@pytest.fixture
def lesson(theatre: Theatre) -> str:
    return f"/learn/{theatre.id}/harassment/welcome"


@pytest.fixture
def secrets(kari: FlaskClient, app: Flask, theatre: Theatre, lesson: str) -> None:
    """Kari's address opens her account, and she has written to herself."""
    confirm_address(app, theatre.people["kari"], KARIS)
    assert kari.post(f"{lesson}/answers", data={REFLECTION: EARLIER}).status_code == 303


# Addresses that somebody else has typed


def type_at_the_door(app: Flask, theatre: Theatre, thief: FlaskClient, email: str) -> FlaskClient:
    device = app.test_client()
    form = {"name": "Tove Tyv", "email": email}
    assert device.post(f"/join/{theatre.join_code}", data=form).status_code == 200
    return device


def type_on_my_page(app: Flask, theatre: Theatre, thief: FlaskClient, email: str) -> FlaskClient:
    assert thief.post("/me/addresses", data={"email": email}).status_code == 303
    return thief


both_ways = pytest.mark.parametrize("type_it", [type_at_the_door, type_on_my_page])
Typing = Callable[[Flask, Theatre, FlaskClient, str], FlaskClient]


@both_ways
def test_typing_her_address_tells_her_and_moves_nothing(
    type_it: Typing, secrets: None, thief: FlaskClient, app: Flask, theatre: Theatre, lesson: str
) -> None:
    device = type_it(app, theatre, thief, KARIS)
    (letter,) = letters_to(app, KARIS)
    assert SIX_DIGITS.search(letter) is None, "nothing in it makes the address the other account's"
    assert CONFIRMATION.search(letter) is None
    kari = app.test_client()
    assert kari.post(f"/sign-in/links/{found_in(letter, SIGN_IN)}").status_code == 303

    assert who_is(kari) == "Kari Berg"
    assert who_is(device) == "Tove Tyv"
    assert EARLIER not in what_it_reads(device, lesson)
    assert owners_of(app, KARIS) == ["Kari Berg"]
    assert who_is(by_mail(app, KARIS)) == "Kari Berg"


@both_ways
def test_guessing_the_digits_of_a_letter_ends_soon(
    type_it: Typing, secrets: None, thief: FlaskClient, app: Flask, theatre: Theatre
) -> None:
    """Also the right digits come too late then."""
    device = type_it(app, theatre, thief, NOBODYS)
    with app.app_context():
        address = session.scalars(select(Address.id).where(Address.email == NOBODYS)).one()
    right = found_in(letters_to(app, NOBODYS)[0], SIX_DIGITS)
    wrong = f"{(int(right) + 1) % 1_000_000:06}"
    for number in range(MOST_TRIES):
        answer = device.post(f"/me/addresses/{address}/confirmation", data={"code": wrong})
        assert answer.status_code == 422, number

    assert device.post(f"/me/addresses/{address}/confirmation", data={"code": right}).status_code == 422
    assert owners_of(app, NOBODYS) == []
    ask_for_link(app.test_client(), NOBODYS)
    assert len(letters_to(app, NOBODYS)) == 1, "an address that nobody has confirmed opens nothing"


@both_ways
def test_who_typed_an_address_first_has_no_claim_to_it(
    type_it: Typing, thief: FlaskClient, kari: FlaskClient, app: Flask, theatre: Theatre
) -> None:
    device = type_it(app, theatre, thief, NOBODYS)
    to_the_thief = letters_to(app, NOBODYS)[0]
    kari.post("/me/addresses", data={"email": NOBODYS})
    mine = address_of(app, NOBODYS, "Kari Berg")
    code = found_in(letters_to(app, NOBODYS)[1], SIX_DIGITS)
    assert kari.post(f"/me/addresses/{mine}/confirmation", data={"code": code}).status_code == 303

    with app.app_context():
        theirs = session.scalars(select(Address.id).where(Address.email == NOBODYS, Address.id != mine)).one()
    digits = {"code": found_in(to_the_thief, SIX_DIGITS)}
    assert device.post(f"/me/addresses/{theirs}/confirmation", data=digits).status_code == 422
    assert device.post(f"/confirm/{found_in(to_the_thief, CONFIRMATION)}").status_code in (410, 422)
    assert owners_of(app, NOBODYS) == ["Kari Berg"]
    assert who_is(by_mail(app, NOBODYS)) == "Kari Berg"


# Confirmations that somebody else follows


@pytest.mark.parametrize("language", READERS)
def test_a_confirmation_is_for_whoever_asked_for_it(
    language: str, kari: FlaskClient, mona: FlaskClient, anonymous: FlaskClient, app: Flask, theatre: Theatre
) -> None:
    kari.post("/me/addresses", data={"email": NOBODYS})
    (letter,) = letters_to(app, NOBODYS)
    link = f"/confirm/{found_in(letter, CONFIRMATION)}"
    with app.app_context(), one_transaction():
        session.get_one(Person, theatre.people["mona"]).language = language

    for device in (mona, anonymous):
        for answer in (
            device.get(link, headers=reading(language)),
            device.head(link),
            device.post(link, headers=reading(language)),
        ):
            assert answer.status_code == 410
        page = device.get(link, headers=reading(language)).text
        assert f"<h1>{said(language, 'This link works no longer')}</h1>" in page
        assert NOBODYS not in page
    digits = {"code": found_in(letter, SIX_DIGITS)}
    address = address_of(app, NOBODYS, "Kari Berg")
    assert mona.post(f"/me/addresses/{address}/confirmation", data=digits).status_code == 404
    assert anonymous.post(f"/me/addresses/{address}/confirmation", data=digits).status_code == 401
    assert owners_of(app, NOBODYS) == []

    assert NOBODYS in kari.get(link).text
    assert kari.post(link).status_code == 303
    assert owners_of(app, NOBODYS) == ["Kari Berg"]


def test_a_confirmation_signs_nobody_in(kari: FlaskClient, app: Flask) -> None:
    kari.post("/me/addresses", data={"email": NOBODYS})
    secret = found_in(letters_to(app, NOBODYS)[0], CONFIRMATION)
    device = app.test_client()

    assert device.post(f"/sign-in/links/{secret}").status_code == 410
    assert who_is(device) == "nobody"


def test_of_two_who_confirm_one_address_at_once_one_has_it(database_url: str, open_app: Callable[..., Flask]) -> None:
    app = open_app(database_url)
    theatre = cast_in(app)
    names = {"kari": "Kari Berg", "mona": "Mona Haug", "siv": "Siv Aune"}
    devices = {name: signed_in(app, theatre, name) for name in names}
    acts = []
    for number, (name, device) in enumerate(devices.items()):
        device.post("/me/addresses", data={"email": NOBODYS})
        letter = letters_to(app, NOBODYS)[number]
        if name == "siv":
            acts.append(partial(device.post, f"/confirm/{found_in(letter, CONFIRMATION)}"))
        else:
            place = f"/me/addresses/{address_of(app, NOBODYS, names[name])}/confirmation"
            acts.append(partial(device.post, place, data={"code": found_in(letter, SIX_DIGITS)}))

    answers = all_at_once(acts)

    assert sorted(answer.status_code for answer in answers) == [303, 422, 422]
    (owner,) = owners_of(app, NOBODYS)
    winner = [name for name, answer in zip(devices, answers, strict=True) if answer.status_code == 303]
    assert [names[name] for name in winner] == [owner]
    assert who_is(by_mail(app, NOBODYS)) == owner


@pytest.mark.postgres
def test_who_is_late_by_a_moment_is_told_so(postgres_url: str, open_app: Callable[..., Flask]) -> None:
    """Both have been found free to confirm; the other one's is kept first."""
    app = open_app(postgres_url)
    theatre = cast_in(app)
    kari, mona = signed_in(app, theatre, "kari"), signed_in(app, theatre, "mona")
    for device in (kari, mona):
        device.post("/me/addresses", data={"email": NOBODYS})
    link = f"/confirm/{found_in(letters_to(app, NOBODYS)[0], CONFIRMATION)}"
    monas = address_of(app, NOBODYS, "Mona Haug")

    with app.extensions["lms"].engine.connect() as faster:
        faster.execute(update(Address).where(Address.id == monas).values(confirmed_at=now()))
        with ThreadPoolExecutor() as threads:
            answer = threads.submit(kari.post, link, headers=reading("nb"))
            until_somebody_waits(app)
            faster.commit()
            late = answer.result()

    assert late.status_code == 422
    assert (
        said("nb", "This address opens another account already. Sign out, and sign in there with a link by e-mail.")
        in late.text
    )
    assert owners_of(app, NOBODYS) == ["Mona Haug"]


# Somebody who is erased


def test_the_address_of_somebody_erased_opens_nothing_of_hers(
    secrets: None, kari: FlaskClient, thief: FlaskClient, app: Flask, theatre: Theatre, lesson: str
) -> None:
    waiting = link_by_mail(app, app.test_client(), KARIS)
    with app.app_context(), one_transaction():
        add_address(session.get_one(Person, theatre.people["kari"]), NOBODYS)
    again = signed_in(app, theatre, "kari")
    assert kari.post("/me/erasure", data={"sure": "on"}).status_code == 200

    late = app.test_client()
    assert late.post(waiting).status_code == 410
    assert late.post("/sign-in", data={"code": theatre.codes["kari"]}).status_code == 422
    assert who_is(again) == who_is(kari) == who_is(late) == "nobody"
    ask_for_link(late, KARIS)
    assert letters_to(app, KARIS) == []

    thief.post("/me/addresses", data={"email": KARIS})
    address = address_of(app, KARIS, "Tove Tyv")
    digits = {"code": found_in(letters_to(app, KARIS)[-1], SIX_DIGITS)}
    assert thief.post(f"/me/addresses/{address}/confirmation", data=digits).status_code == 303
    newcomer = by_mail(app, KARIS)
    assert who_is(newcomer) == "Tove Tyv", "whoever has the address now, has it for an account of her own"
    assert EARLIER not in what_it_reads(newcomer, lesson)


def test_a_link_to_an_address_she_has_removed_opens_nothing(secrets: None, kari: FlaskClient, app: Flask) -> None:
    link = link_by_mail(app, app.test_client(), KARIS)
    kari.post(f"/me/addresses/{address_of(app, KARIS, 'Kari Berg')}/removal")
    device = app.test_client()

    assert device.post(link).status_code == 410
    assert who_is(device) == "nobody"


# Cookies


def test_no_cookie_outlives_signing_out_everywhere(kari: FlaskClient, app: Flask, theatre: Theatre) -> None:
    stolen = kari.get_cookie("lms")
    assert stolen
    thief = app.test_client()
    thief.set_cookie("lms", stolen.value)
    assert who_is(thief) == "Kari Berg"
    kari.post("/me/sign-out-everywhere")

    assert who_is(kari) == "Kari Berg"
    assert who_is(thief) == "nobody"
    thief.set_cookie("lms", stolen.value)
    assert thief.post("/me/name", data={"name": "Tove"}).status_code == 401
    assert who_is(thief) == "nobody"


def test_a_ticket_that_is_not_quite_hers_opens_nothing(app: Flask, theatre: Theatre) -> None:
    number = theatre.people["kari"]
    for ticket in (f"{number}.2", f"{number}.", f"{number}", f"{number}.01", f"{number}.1.1", ".1", "1", "\0", ["a"]):
        device = app.test_client()
        with device.session_transaction() as kept:
            kept["_user_id"] = ticket
        assert who_is(device) == "nobody", ticket
