"""The mark as an Open Badge 3.0: a signed statement about an organisation, for wallets and for whoever checks badges.

The specification's own proof for the web, a JSON Web Token under RS256, which every verifier has to know. The library
for signing is the one that reflections are encrypted with, so nothing more has to be installed. Each badge has a
status list of its own with one bit in use: verifiers ask a list for a place, and no place has to be given out.

It also goes into the picture of the badge («baked», Open Badges 3.0, 5.3), so that one file is both.
"""

import gzip
import json
import struct
import zlib
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from flask import Blueprint, abort, current_app, jsonify, make_response, request
from werkzeug.wrappers import Response

from lms.database import NORWAY, norwegian_day, now
from lms.mark.history import Proof, proof_of, spelled
from lms.mark.proof.badge import as_png, badge_of
from lms.people.letters import absolute
from lms.people.sign_in import limiter
from lms.settings import badge_key, can_be_signed
from lms.typesetting import can_be_pdf

bp = Blueprint("badges", __name__)

CREDENTIALS = "https://www.w3.org/ns/credentials/v2"
OPEN_BADGES = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
# The least that verifiers accept: 131 072 places, so that a list tells little about the one that is asked for.
BYTES_IN_A_LIST = 16_384
# Where it lies in a picture: the element of an SVG, and the keyword of a chunk of text in a PNG.
BAKED_SVG = "https://purl.imsglobal.org/ob/v3p0"
BAKED_PNG = b"openbadgecredential"
PNG_HEADER = 8 + 4 + 4 + 13 + 4  # the signature, and the first chunk with its length, name, contents and sum
KEPT = "public, max-age=300"


@bp.get("/mark/<code>/credential.jwt")
@limiter.limit("30 per minute", misses=404)
def token(code: str) -> Response:
    """The signed badge as a token."""
    return _public(make_response(_signed(_credential(_proof(code)))), "application/vc+jwt")


@bp.get("/mark/<code>/credential.json")
@limiter.limit("30 per minute", misses=404)
def credential(code: str) -> Response:
    """The signed badge in an envelope of JSON."""
    signed = _signed(_credential(_proof(code)))
    envelope = {
        "@context": [CREDENTIALS],
        "id": f"data:application/vc+jwt,{signed}",
        "type": ["EnvelopedVerifiableCredential"],
    }
    return _public(jsonify(envelope), "application/vc+ld+json")


@bp.get("/mark/<code>/open-badge.<any(svg, png):kind>")
@limiter.limit("30 per minute", misses=404)
def baked(code: str, kind: str) -> Response:
    """The picture of the badge with the signed badge inside, where the extra that makes pictures is installed."""
    proof = _proof(code)
    picture, signed = badge_of(proof, request.args.get("language", "")), _signed(_credential(proof))
    if kind == "svg":
        return _public(make_response(baked_into_svg(picture, signed)), "image/svg+xml")
    if not can_be_pdf():
        abort(404)
    return _public(make_response(baked_into_png(as_png(picture), signed)), "image/png")


@bp.get("/mark/<code>/status.jwt")
@limiter.limit("60 per minute", misses=404)
def status(code: str) -> Response:
    """Whether the badge has been revoked: the first place in the list of its own."""
    return _public(make_response(_signed(_status_list(_proof(code)))), "application/vc+jwt")


@bp.get("/issuer.json")
def issuer() -> Response:
    """Who issues the badges."""
    _must_be_set_up()
    return _public(jsonify({"@context": [CREDENTIALS, OPEN_BADGES], **_issuer()}), "application/ld+json")


@bp.get("/issuer/key.json")
def key() -> Response:
    """The public half of the key that the badges are signed with."""
    return _public(jsonify(_public_half(_must_be_set_up())), "application/jwk+json")


@bp.get("/.well-known/jwks.json")
def keys() -> Response:
    """The same key, where others look for keys."""
    half = {**_public_half(_must_be_set_up()), "kid": absolute("lms.badges.key"), "use": "sig", "alg": "RS256"}
    return _public(jsonify({"keys": [half]}), "application/jwk-set+json")


def _must_be_set_up() -> rsa.RSAPrivateKey:
    """The key; without one, or without an address of our own, there are no badges.

    A name that whoever asks has made up would else stand in what we sign.
    """
    key = badge_key(current_app) if can_be_signed(current_app) else None
    return key or abort(404)


def _proof(code: str) -> Proof:
    _must_be_set_up()
    return proof_of(spelled(code), norwegian_day(now())) or abort(404)


def _credential(proof: Proof) -> dict[str, Any]:
    award, here = proof.award, {"code": proof.award.code}
    first, last = _moment(award.awarded_on), _moment(award.valid_until + timedelta(days=1)) - timedelta(seconds=1)
    home = absolute("lms.journey.front")
    # In English whoever asks: the same award is the same badge everywhere.
    achievement = {
        "id": f"{home}#balansemerket",
        "type": ["Achievement"],
        "achievementType": "Certification",
        "name": "Balansemerket",
        "description": "A mark for organisations in arts and culture that work against harassment and discrimination.",
        "criteria": {
            "id": home,
            "narrative": "Everybody has taken a course and met to talk; the risks are mapped; the minimum requirements "
            "are met and measures begun. Valid for two years.",
        },
    }
    listed = absolute("lms.badges.status", **here)
    return {
        "@context": [CREDENTIALS, OPEN_BADGES],
        "id": absolute("lms.badges.credential", **here),
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": "Balansemerket",
        "issuer": _issuer(),
        "validFrom": _written(first),
        "validUntil": _written(last),
        "credentialSubject": {
            "id": proof.organisation.id.urn,
            "type": ["AchievementSubject"],
            "identifier": [
                {
                    "type": "IdentityObject",
                    "hashed": False,
                    "identityHash": proof.organisation.name,
                    "identityType": "name",
                }
            ],
            "achievement": achievement,
        },
        "credentialStatus": {
            "id": f"{listed}#0",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": "0",
            "statusListCredential": listed,
        },
    }


def baked_into_svg(picture: str, signed: str) -> str:
    """The drawing with the token in an element of its own, the first one."""
    name, rest = picture.split(">", 1)
    return f'{name} xmlns:openbadges="{BAKED_SVG}"><openbadges:credential verify="{signed}"/>{rest}'


def baked_into_png(picture: bytes, signed: str) -> bytes:
    """The picture with the token in a chunk of text (iTXt), uncompressed and in no language, after the first chunk."""
    written = b"iTXt" + BAKED_PNG + bytes(5) + signed.encode("ascii")
    chunk = struct.pack(">I", len(written) - 4) + written + struct.pack(">I", zlib.crc32(written))
    return picture[:PNG_HEADER] + chunk + picture[PNG_HEADER:]


def _status_list(proof: Proof) -> dict[str, Any]:
    revoked = proof.history.state_of(proof.award) == "withdrawn"
    bits = bytes([0x80 if revoked else 0]) + bytes(BYTES_IN_A_LIST - 1)
    here = absolute("lms.badges.status", code=proof.award.code)
    return {
        "@context": [CREDENTIALS],
        "id": here,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": _issuer()["id"],
        "validFrom": _written(_moment(proof.award.awarded_on)),
        "credentialSubject": {
            "id": f"{here}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": "u" + _base64url(gzip.compress(bits, mtime=0)),
        },
    }


def _issuer() -> dict[str, Any]:
    home = absolute("lms.journey.front")
    return {"id": absolute("lms.badges.issuer"), "type": ["Profile"], "name": "Balansemerket", "url": home}


def _signed(credential: Mapping[str, Any]) -> str:
    """The credential as a compact token; what the token says of itself repeats what stands in the credential."""
    private = _must_be_set_up()
    header = {"alg": "RS256", "kid": absolute("lms.badges.key"), "jwk": _public_half(private), "typ": "JWT"}
    issued_by = credential["issuer"]
    claims = {
        "iss": issued_by if isinstance(issued_by, str) else issued_by["id"],
        "jti": credential["id"],
        "sub": credential["credentialSubject"]["id"],
        "nbf": _number(credential["validFrom"]),
        **({"exp": _number(credential["validUntil"])} if "validUntil" in credential else {}),
    }
    parts = (_base64url(json.dumps(part).encode()) for part in (header, {**credential, **claims}))
    said = ".".join(parts)
    signature = private.sign(said.encode(), padding.PKCS1v15(), SHA256())
    return f"{said}.{_base64url(signature)}"


def _public_half(private: rsa.RSAPrivateKey) -> dict[str, str]:
    numbers = private.public_key().public_numbers()
    return {"kty": "RSA", "n": _number_in_base64(numbers.n), "e": _number_in_base64(numbers.e)}


def _moment(day: date) -> datetime:
    """The beginning of a day in Norway."""
    return datetime.combine(day, time(), NORWAY).astimezone(UTC)


def _written(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _number(written: str) -> int:
    return int(datetime.fromisoformat(written).timestamp())


def _number_in_base64(number: int) -> str:
    return _base64url(number.to_bytes((number.bit_length() + 7) // 8))


def _base64url(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode()


def _public(response: Response, kind: str) -> Response:
    response.content_type = kind
    response.headers["Cache-Control"] = KEPT
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.set_etag(sha256(response.get_data()).hexdigest()[:20])
    return response.make_conditional(request)
