"""The address a letter comes back to: it names the letter, and is signed, so that nobody makes up a refusal."""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from flask import current_app

SIGNED_BYTES = 10
LONGEST_HEADER = 4_000  # characters: nobody's own address stands further back


class ForgedAddress(Exception):
    """It looks like an address of ours, and we have never made it."""


def comes_back_to(number: UUID, config: Mapping[str, Any]) -> str | None:
    """The envelope sender of this letter; None where nobody takes letters in that come back."""
    if not config.get("LMS_MAIL_BOUNCES"):
        return None
    local, _, domain = str(config["LMS_MAIL_BOUNCES"]).strip().partition("@")
    return f"{local}+{_letters(number.bytes)}-{_letters(_signature(number))}@{domain}"


def letter_meant(written: Iterable[str], config: Mapping[str, Any]) -> UUID | None:
    """Which letter these addresses or headers name; None where none of them is ours. Raises ForgedAddress."""
    local, _, domain = str(config.get("LMS_MAIL_BOUNCES") or "").strip().partition("@")
    if not domain:
        return None
    ours = re.compile(
        rf"(?<![\w.+-]){re.escape(local)}\+([a-z2-7]{{26}})-([a-z2-7]{{16}})@{re.escape(domain)}(?![\w.-])",
        re.IGNORECASE,
    )
    looked_like_one = False
    for line in written:
        for name, signature in ours.findall(line[:LONGEST_HEADER]):
            looked_like_one = True
            number = UUID(bytes=base64.b32decode(f"{name.upper()}======"))
            if hmac.compare_digest(_letters(_signature(number)), signature.lower()):
                return number
    if looked_like_one:
        raise ForgedAddress
    return None


def _signature(number: UUID) -> bytes:
    key = str(current_app.extensions["lms"].secret_key).encode()
    return hmac.new(key, b"comes back: " + number.bytes, hashlib.sha256).digest()[:SIGNED_BYTES]


def _letters(raw: bytes) -> str:
    """In letters and digits that no mail server on the way confuses or changes."""
    return base64.b32encode(raw).decode().rstrip("=").lower()
