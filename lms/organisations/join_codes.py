"""The code of a join link: too many to guess, and short enough to copy from a poster without a camera."""

import secrets

from lms.people.models import CODE_LETTERS

LETTERS = CODE_LETTERS.lower()
GROUPS, LETTERS_IN_A_GROUP = 3, 4
# Three thousand who enter in ten minutes come five a second and at times many more, all from the address of one hall,
# and some copy the code from a poster by hand. At this pace a guesser needs some hundred thousand years for a hit.
A_CREW, MISTYPED = "1500 per minute", "120 per minute"


def new_join_code() -> str:
    """Twelve letters and digits in groups of four, as in k7m2-p9xq-r3t8: 59 bits, behind a limit on misses."""
    return _grouped("".join(secrets.choice(LETTERS) for _ in range(GROUPS * LETTERS_IN_A_GROUP)))


def as_given(written: str) -> str:
    """A code as it was given, however somebody has copied it: in capitals, without dashes, with spaces."""
    plain = "".join(letter for letter in written.lower() if letter.isalnum())
    fits = len(plain) == GROUPS * LETTERS_IN_A_GROUP and set(plain) <= set(LETTERS)
    return _grouped(plain) if fits else written


def _grouped(plain: str) -> str:
    starts = range(0, len(plain), LETTERS_IN_A_GROUP)
    return "-".join(plain[start : start + LETTERS_IN_A_GROUP] for start in starts)
