"""Inside a host, whose users have numbers of their own: a number opens one account, and nothing else opens it."""

from collections.abc import Iterator
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
from lms.people.models import Person
from lms.people.sign_in import OUR_HOST_KEY, OUR_KEY
from tests.accounts import owners_of
from tests.at_once import all_at_once
from tests.cast import REFLECTION, Theatre
from tests.letters import confirm_address

KARIS = "kari@example.no"
EARLIER = "skrevet på intranettet, 5d33"


@pytest.fixture
def host(tmp_path: Path, sqlite_url: str, rendered: Path) -> Iterator[Flask]:
    """A host that believes whoever says who she is; the courses are on the same database as the theatre."""
    app = Flask("host", instance_path=str(tmp_path))
    (tmp_path / "beside").mkdir()
    (tmp_path / "beside" / "cache").symlink_to(rendered)
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
