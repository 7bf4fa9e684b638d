"""Sealing private texts: AES-256-GCM, bound to the person and the row, with numbered keys that can be replaced."""

import logging
import os
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import current_app

from lms.settings import SettingsError, reflection_keys

log = logging.getLogger(__name__)

NONCE_BYTES = 12


class SealBroken(Exception):
    """The text cannot be opened: another person, another row, changed bytes, or a key that is gone."""


def seal(text: str, person_id: UUID, row_id: UUID) -> bytes:
    """The text as key number (1 byte), nonce (12 bytes) and ciphertext; only this person's row opens it."""
    keys, number = _keys(), newest_key()
    nonce = os.urandom(NONCE_BYTES)
    head = bytes([number])
    return head + nonce + AESGCM(keys[number]).encrypt(nonce, text.encode(), head + person_id.bytes + row_id.bytes)


def unseal(sealed: bytes, person_id: UUID, row_id: UUID) -> str:
    """The text again. Raises SealBroken."""
    key = _keys().get(sealed[0]) or _keys_anew().get(sealed[0])
    if key is None:
        raise SealBroken
    nonce, ciphertext = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    try:
        return AESGCM(key).decrypt(nonce, ciphertext, sealed[:1] + person_id.bytes + row_id.bytes).decode()
    except InvalidTag:
        raise SealBroken from None


def newest_key() -> int:
    """The number of the key in use."""
    return max(_keys())


def sealed_with_newest(sealed: bytes) -> bool:
    """Whether a text already has the key in use."""
    return sealed[0] == newest_key()


def _keys() -> dict[int, bytes]:
    keys: dict[int, bytes] = current_app.extensions["lms"].reflection_keys
    return keys


def _keys_anew() -> dict[int, bytes]:
    """The keys as they are now: another process may have rotated them since this one started."""
    try:
        _keys().update(reflection_keys(current_app))
    except SettingsError:
        log.error("the reflection keys cannot be read any more")
    return _keys()
