"""The address in every reminder at which one press ends them, without signing in (RFC 8058).

It is a capability and not a secret of the person's: whoever has it can only stop and resume the reminders of one
organisation. It does not run out, since letters are kept for years.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from uuid import UUID

from flask import current_app

SIGNATURE = 16  # bytes: what nobody can guess, and short enough for one line of a header


def stop_token(organisation_id: UUID, person_id: UUID, about: str = "reminders") -> str:
    """64 characters that stand for «no such letters from this organisation to this person»."""
    whom = organisation_id.bytes + person_id.bytes
    return urlsafe_b64encode(whom + _signed(whom, about)).decode()


def who_stops(token: str, about: str = "reminders") -> tuple[UUID, UUID] | None:
    """The organisation and the person; None for a token that is not ours."""
    try:
        raw = urlsafe_b64decode(token.encode("ascii"))
    except ValueError:
        return None
    whom, signature = raw[:32], raw[32:]
    if len(whom) != 32 or not hmac.compare_digest(signature, _signed(whom, about)):
        return None
    return UUID(bytes=whom[:16]), UUID(bytes=whom[16:])


def _signed(whom: bytes, about: str) -> bytes:
    key = str(current_app.extensions["lms"].secret_key).encode()
    return hmac.new(key, about.encode() + b":" + whom, sha256).digest()[:SIGNATURE]
