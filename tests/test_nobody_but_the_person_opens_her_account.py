"""Kari has written to herself. Everybody tries, by every way there is, to get into her account, and nobody does."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import flask
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

import lms
from lms import HostUser
from lms.database import one_transaction, session
from lms.people.links import MOST_TRIES
from lms.people.models import Address, Person, add_address
from lms.people.sign_in import OUR_HOST_KEY, OUR_KEY
from tests.accounts import address_of, by_mail, owners_of, what_it_reads, who_is
from tests.at_once import all_at_once
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


# Inside a host, whose users have numbers of their own


@pytest.fixture
def host(tmp_path: Path, sqlite_url: str, rendered: Path) -> Iterator[Flask]:
    """A host that believes whoever says who she is; the courses are on the same database as the theatre."""
    app = Flask("host", instance_path=str(tmp_path))
    (tmp_path / "beside").mkdir()
    (tmp_path / "beside" / "course-cache").symlink_to(rendered)
    app.config.update(
        SECRET_KEY="a host's own key, which is long enough",
        LMS_INSTANCE=tmp_path / "beside",
        LMS_DATABASE_URL=sqlite_url,
        WTF_CSRF_ENABLED=False,
        RATELIMIT_ENABLED=False,
    )

    def signed_in_here() -> HostUser | None:
        number = flask.session.get("host_user")
        return HostUser(number, f"Bruker {number}") if number else None

    lms.LMS(app, url_prefix="/kurs", person_for=signed_in_here)
    yield app
    app.extensions["lms"].engine.dispose()


def as_user(host: Flask, number: str | None, device: FlaskClient | None = None) -> FlaskClient:
    """A device on which the host has signed this user in, or nobody."""
    device = device or host.test_client()
    with device.session_transaction() as kept:
        kept["host_user"] = number
    return device


def who_is_inside(device: FlaskClient) -> str:
    data = device.get("/kurs/me/data.json").json
    return str(data["lms_person"][0]["name"]) if data else "nobody"


@pytest.fixture
def live_strand(host: Flask, theatre: Theatre) -> FlaskClient:
    """The host's user 17, who has entered and written to herself."""
    device = as_user(host, "17")
    assert device.post(f"/kurs/join/{theatre.join_code}", data={"name": "Live Strand"}).status_code == 303
    lesson = f"/kurs/learn/{theatre.id}/harassment/welcome"
    assert device.post(f"{lesson}/answers", data={REFLECTION: EARLIER}).status_code == 303
    return device


def test_a_users_number_opens_her_own_account_only(live_strand: FlaskClient, host: Flask, theatre: Theatre) -> None:
    numbers = ("1", "170", "017", "17 ", " 17", "17.0", "１７", "", "None", str(theatre.people["kari"]), "0 OR 1=1")
    for number in numbers:
        device = as_user(host, number)
        assert who_is_inside(device) == "nobody", repr(number)
        assert EARLIER not in device.get("/kurs/me/reflections").text
    assert who_is_inside(as_user(host, "17")) == "Live Strand"


def test_a_name_or_an_address_makes_nobody_a_user_of_the_host(
    live_strand: FlaskClient, host: Flask, theatre: Theatre
) -> None:
    """Nor does a user of the host get somebody's account by being called as she is, or by typing her address."""
    confirm_address(host, theatre.people["kari"], KARIS)
    other = as_user(host, "42")
    form = {"name": "Kari Berg", "email": KARIS}
    assert other.post(f"/kurs/join/{theatre.join_code}", data=form).status_code == 303
    other.post(f"/kurs/learn/{theatre.id}/norms/welcome/answers", data={})

    assert owners_of(host, KARIS) == ["Kari Berg"]
    with host.app_context():
        numbers = dict(session.execute(select(Person.host_id, Person.id).where(Person.host_id.is_not(None))).all())
        assert session.get_one(Person, theatre.people["kari"]).host_id is None
    assert set(numbers) == {"17", "42"}
    assert theatre.people["kari"] not in numbers.values()


def test_a_ticket_is_good_only_beside_the_user_it_was_written_for(
    live_strand: FlaskClient, host: Flask, theatre: Theatre
) -> None:
    with live_strand.session_transaction() as kept:
        ticket = {name: kept[name] for name in (OUR_KEY, OUR_HOST_KEY)}
    for number in (None, "42"):
        device = as_user(host, number)
        with device.session_transaction() as kept:
            kept.update(ticket)
        assert who_is_inside(device) == "nobody", number


def test_a_code_from_somebody_else_holds_back_beside_her_own_user_too(
    live_strand: FlaskClient, host: Flask, theatre: Theatre
) -> None:
    with host.app_context(), one_transaction():
        live = session.scalars(select(Person).where(Person.host_id == "17")).one()
        code = live.give_code(by=session.get_one(Person, theatre.people["mona"]))
    colleague = as_user(host, "42")
    assert colleague.post("/kurs/sign-in", data={"code": code}).status_code == 303
    assert who_is_inside(colleague) == "Live Strand"
    assert EARLIER not in colleague.get("/kurs/me/reflections").text

    as_user(host, "43", colleague)
    assert who_is_inside(colleague) == "nobody", "the next one on the device is not taken for her"
    as_user(host, "17", colleague)
    assert EARLIER in colleague.get("/kurs/me/reflections").text, "she herself, by the host's word"


def test_signing_out_everywhere_holds_inside_a_host(live_strand: FlaskClient, host: Flask, theatre: Theatre) -> None:
    with host.app_context(), one_transaction():
        live = session.scalars(select(Person).where(Person.host_id == "17")).one()
        code = live.give_code()
    guest = as_user(host, None)
    assert guest.post("/kurs/sign-in", data={"code": code}).status_code == 303
    live_strand.post("/kurs/me/sign-out-everywhere")

    assert who_is_inside(guest) == "nobody"
    assert who_is_inside(live_strand) == "Live Strand"


def test_two_presses_of_one_user_are_one_person(host: Flask, theatre: Theatre) -> None:
    devices = [as_user(host, "17") for _ in range(3)]
    door = f"/kurs/join/{theatre.join_code}"
    answers = all_at_once([partial(device.post, door, data={"name": "Live Strand"}) for device in devices])

    assert [answer.status_code for answer in answers] == [303] * 3
    with host.app_context():
        assert len(session.scalars(select(Person).where(Person.name == "Live Strand")).all()) == 1
