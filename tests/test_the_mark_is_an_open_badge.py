"""An organisation takes its mark to a wallet of badges, and whoever is shown it can check who signed it."""

import gzip
import json
import struct
import zlib
from base64 import b64encode, urlsafe_b64decode
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any
from xml.etree import ElementTree

import pytest
import time_machine
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from flask import Flask
from flask.testing import FlaskClient

from lms.database import NORWAY, one_transaction, session
from lms.mark.models import Award
from lms.people.models import Person
from lms.settings import SettingsError
from tests.awards import CODE, found_holder, give_mark
from tests.cast import Theatre, cast_in, signed_in

HOME = "https://balanse.example.no"
FILES = ("credential.jwt", "credential.json", "status.jwt", "open-badge.svg", "open-badge.png")
ADDRESSES = [f"/mark/{CODE}/{what}" for what in FILES]
ADDRESSES += ["/issuer.json", "/issuer/key.json", "/.well-known/jwks.json"]


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(datetime(2026, 6, 1, 12, tzinfo=NORWAY), tick=False) as traveller:
        yield traveller


@pytest.fixture
def app(open_app: Callable[..., Flask], sqlite_url: str) -> Flask:
    return open_app(sqlite_url, LMS_ORIGIN=HOME)


@pytest.fixture
def theatre(app: Flask) -> Theatre:
    return cast_in(app)


@pytest.fixture
def award(app: Flask, theatre: Theatre) -> Award:
    with app.app_context(), one_transaction():
        siv = session.get_one(Person, theatre.people["siv"])
        return found_holder("Blåsehuset", siv, date(2026, 3, 29), "Oslo", "music", "Vi blåser.", code=CODE)


def octets(written: str) -> bytes:
    return urlsafe_b64decode(written + "=" * (-len(written) % 4))


def checked(client: FlaskClient, token: str) -> dict[str, Any]:
    """What a token says, if the key that it points to under our address has signed it."""
    header, payload, signature = token.split(".")
    said = json.loads(octets(header))
    assert said["alg"] == "RS256"
    assert said["kid"].startswith(HOME)
    key = client.get(said["kid"].removeprefix(HOME)).get_json()
    assert key == said["jwk"]
    assert set(key) == {"kty", "n", "e"}, "never the private half"
    public = rsa.RSAPublicNumbers(*(int.from_bytes(octets(key[name])) for name in ("e", "n"))).public_key()
    public.verify(octets(signature), f"{header}.{payload}".encode(), padding.PKCS1v15(), SHA256())
    found: dict[str, Any] = json.loads(octets(payload))
    return found


def revoked(client: FlaskClient, credential: dict[str, Any]) -> bool:
    """What somebody reads in the list that the badge points to."""
    entry = credential["credentialStatus"]
    listed = checked(client, client.get(entry["statusListCredential"].removeprefix(HOME)).text)
    assert listed["issuer"] == listed["iss"] == credential["issuer"]["id"]
    assert entry["statusPurpose"] == listed["credentialSubject"]["statusPurpose"] == "revocation"
    bits = gzip.decompress(octets(listed["credentialSubject"]["encodedList"].removeprefix("u")))
    assert len(bits) * 8 == 131_072
    place = int(entry["statusListIndex"])
    return bool(bits[place // 8] & 0x80 >> place % 8)


def test_the_badge_says_who_holds_what_and_until_when(anonymous: FlaskClient, award: Award) -> None:
    answer = anonymous.get(f"/mark/{CODE}/credential.jwt")
    badge = checked(anonymous, answer.text)

    assert answer.content_type == "application/vc+jwt"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert badge["type"] == ["VerifiableCredential", "OpenBadgeCredential"]
    assert badge["id"] == badge["jti"] == f"{HOME}/mark/{CODE}/credential.json"
    assert badge["issuer"]["id"] == badge["iss"] == f"{HOME}/issuer.json"
    assert badge["credentialSubject"]["id"] == badge["sub"] == award.organisation_id.urn
    assert badge["credentialSubject"]["identifier"][0]["identityHash"] == "Blåsehuset"
    assert badge["credentialSubject"]["achievement"]["criteria"]["narrative"]


def test_it_begins_and_ends_with_the_days_in_norway(anonymous: FlaskClient, award: Award) -> None:
    """Awarded on the day the clocks went forward, and valid through the whole of its last day."""
    badge = checked(anonymous, anonymous.get(f"/mark/{CODE}/credential.jwt").text)

    assert badge["validFrom"] == "2026-03-28T23:00:00Z"
    assert badge["validUntil"] == "2028-03-29T21:59:59Z"
    assert badge["nbf"] == datetime.fromisoformat(badge["validFrom"]).timestamp()
    assert badge["exp"] == datetime.fromisoformat(badge["validUntil"]).timestamp()


def test_the_json_is_an_envelope_around_the_same(anonymous: FlaskClient, award: Award) -> None:
    envelope = anonymous.get(f"/mark/{CODE}/credential.json").get_json()
    kind, _, token = envelope["id"].partition(",")

    assert envelope["type"] == ["EnvelopedVerifiableCredential"]
    assert kind == "data:application/vc+jwt"
    assert token == anonymous.get(f"/mark/{CODE}/credential.jwt").text


def test_a_badge_that_was_changed_does_not_pass(anonymous: FlaskClient, award: Award) -> None:
    header, payload, signature = anonymous.get(f"/mark/{CODE}/credential.jwt").text.split(".")
    other = payload[:200] + ("A" if payload[200] != "A" else "B") + payload[201:]

    with pytest.raises(InvalidSignature):
        checked(anonymous, ".".join((header, other, signature)))


def test_a_withdrawn_mark_is_a_revoked_badge_and_no_other_is(
    app: Flask, theatre: Theatre, anonymous: FlaskClient, award: Award
) -> None:
    with app.app_context(), one_transaction():
        other = give_mark(theatre.id, theatre.people["siv"], date(2026, 5, 1)).code
    mine, theirs = (checked(anonymous, anonymous.get(f"/mark/{one}/credential.jwt").text) for one in (CODE, other))
    before = revoked(anonymous, mine)
    with app.app_context(), one_transaction():
        siv = session.get_one(Person, theatre.people["siv"])
        session.get_one(Award, (award.organisation_id, award.id)).withdraw("Kari varslet.", siv)

    assert before is False
    assert revoked(anonymous, mine) is True
    assert revoked(anonymous, theirs) is False
    assert "Kari" not in str(checked(anonymous, anonymous.get(f"/mark/{CODE}/status.jwt").text))


def test_who_issues_it_stands_where_the_badge_says(anonymous: FlaskClient, award: Award) -> None:
    badge = checked(anonymous, anonymous.get(f"/mark/{CODE}/credential.jwt").text)
    profile = anonymous.get(badge["iss"].removeprefix(HOME)).get_json()
    (key,) = anonymous.get("/.well-known/jwks.json").get_json()["keys"]

    assert profile.items() >= badge["issuer"].items()
    assert key["kid"] == f"{HOME}/issuer/key.json"
    assert anonymous.get("/issuer/key.json").get_json().items() <= key.items()


def test_the_drawing_of_the_badge_holds_the_signed_one(anonymous: FlaskClient, award: Award) -> None:
    answer = anonymous.get(f"/mark/{CODE}/open-badge.svg?language=en")
    drawing = ElementTree.fromstring(answer.text)
    (baked,) = drawing.findall("{https://purl.imsglobal.org/ob/v3p0}credential")

    assert answer.content_type == "image/svg+xml"
    assert drawing[0] is baked, "readers look no further than the first element"
    assert "valid until" in answer.text
    assert checked(anonymous, baked.attrib["verify"])["credentialSubject"]["id"] == award.organisation_id.urn


def test_the_picture_of_the_badge_holds_the_signed_one(anonymous: FlaskClient, award: Award) -> None:
    answer = anonymous.get(f"/mark/{CODE}/open-badge.png")
    chunks = list(chunks_of(answer.data))
    (text,) = (contents for name, contents in chunks if name == b"iTXt" and contents.startswith(b"openbadgecredential"))
    keyword, rest = text.split(b"\0", 1)
    uncompressed, (tongue, translated, token) = rest[:2] == b"\0\0", rest[2:].split(b"\0")

    assert answer.content_type == "image/png"
    assert (keyword, uncompressed, tongue, translated) == (b"openbadgecredential", True, b"", b"")
    assert checked(anonymous, token.decode()) == checked(anonymous, anonymous.get(f"/mark/{CODE}/credential.jwt").text)
    assert [name for name, _ in chunks if name != b"iTXt"] == [
        name for name, _ in chunks_of(anonymous.get(f"/mark/{CODE}/badge.png").data)
    ]


def chunks_of(picture: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The parts of a PNG with their names, each with the sum that its writer promised."""
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    here = 8
    while here < len(picture):
        (length,) = struct.unpack(">I", picture[here : here + 4])
        part, promised = picture[here + 4 : here + 8 + length], picture[here + 8 + length : here + 12 + length]
        assert zlib.crc32(part) == int.from_bytes(promised)
        yield part[:4], part[4:]
        here += 12 + length


def test_a_coordinator_is_led_to_it(app: Flask, theatre: Theatre) -> None:
    with app.app_context(), one_transaction():
        give_mark(theatre.id, theatre.people["siv"], date(2026, 5, 1), code=CODE)
    page = signed_in(app, theatre, "mona").get(f"/organisations/{theatre.id}/mark/badge").text

    assert f'href="/mark/{CODE}/credential.json"' in page
    assert f'href="/mark/{CODE}/open-badge.svg?language=nb"' in page


@pytest.mark.parametrize("address", ADDRESSES)
def test_nothing_is_signed_under_an_address_that_the_reader_made_up(
    address: str, open_app: Callable[..., Flask], sqlite_url: str
) -> None:
    app = open_app(sqlite_url)
    theatre = cast_in(app)
    with app.app_context(), one_transaction():
        give_mark(theatre.id, theatre.people["siv"], date(2026, 5, 1), code=CODE)

    assert app.test_client().get(address, headers={"Host": "evil.example"}).status_code == 404
    page = signed_in(app, theatre, "mona").get(f"/organisations/{theatre.id}/mark/badge").text
    assert "credential" not in page


@pytest.mark.parametrize("address", ADDRESSES)
def test_in_production_there_is_none_before_somebody_has_made_a_key(
    address: str, app: Flask, award: Award, anonymous: FlaskClient
) -> None:
    app.config["LMS_PRODUCTION"] = True

    assert anonymous.get(address).status_code == 404
    app.config["LMS_PRODUCTION"] = False
    assert anonymous.get(address).status_code == 200
    app.config["LMS_PRODUCTION"] = True
    assert anonymous.get(address).status_code == 200, "the key is there now"


def other_key() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    return b64encode(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())).decode()


@pytest.mark.parametrize("written", ["not base64!", "AAAA", other_key()])
def test_a_key_of_another_kind_stops_the_start(written: str, open_app: Callable[..., Flask], sqlite_url: str) -> None:
    with pytest.raises(SettingsError, match=r"RSA key of 2048 bits or more.*lms keys make"):
        open_app(sqlite_url, LMS_BADGE_KEY=written)


@pytest.mark.parametrize("what", FILES)
def test_an_unknown_code_has_no_badge(what: str, anonymous: FlaskClient, award: Award) -> None:
    assert anonymous.get(f"/mark/AAAA-BBBB-CCCC/{what}").status_code == 404
