"""Word codes: three words and four digits, which somebody can write on a slip of paper and read out on the telephone.

The words are 256 everyday ones of bokmål in the letters of every keyboard, each at least two letters from each other.
Three of them and three digits are 34 bits, behind a limit on misses; the fourth digit is a check on the rest.
"""

import hashlib
import hmac
import re
from functools import cache
from pathlib import Path

from flask import current_app

WORDS_IN_A_CODE = 3
_SHAPE = re.compile(r"([a-z]+) ([a-z]+) ([a-z]+) ([0-9]{3})([0-9])")


@cache
def words() -> tuple[str, ...]:
    """The words there are, each worth eight bits."""
    return tuple(Path(__file__).with_name("words.txt").read_text(encoding="utf-8").split())


def code_from(seed: str, what: str) -> str:
    """The code that this seed gives for what it stands for; the same each time, and nobody else can tell it."""
    key = str(current_app.extensions["lms"].secret_key).encode()
    drawn = hmac.new(key, f"receipt {seed} {what}".encode(), hashlib.sha256).digest()
    said = [words()[number] for number in drawn[:WORDS_IN_A_CODE]]
    digits = f"{int.from_bytes(drawn[WORDS_IN_A_CODE : WORDS_IN_A_CODE + 8], 'big') % 1000:03}"
    return "-".join((*said, digits + _check(said, digits)))


def read_code(written: str) -> str | None:
    """A code however somebody has written it, in capitals, with spaces or dots; None when it was written wrong."""
    plain = " ".join(re.findall(r"[a-z]+|[0-9]+", written.lower()))
    found = _SHAPE.fullmatch(plain) if written.isascii() or written.isprintable() else None
    if found is None:
        return None
    *said, digits, check = found.groups()
    known = all(word in words() for word in said) and check == _check(said, digits)
    return "-".join((*said, digits + check)) if known else None


def _check(said: list[str], digits: str) -> str:
    return str(hashlib.sha256(" ".join((*said, digits)).encode()).digest()[0] % 10)
