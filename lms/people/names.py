"""Names, labels and other single lines as people write them: in any script, with anything pasted in between."""

import re
import unicodedata

from email_validator import EmailNotValidError, validate_email

# Where the name of somebody who has been erased stood, in the database; pages say it in the reader's language.
ERASED = "slettet person"
# Where it stood within longer words that nobody can change any more, whatever their language.
TAKEN_OUT = "[…]"

ADDRESS_LENGTH = 254

# What turns the direction of everything after it, beyond the line it was written in.
TURNS_THE_PAGE = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def one_line(written: str) -> str:
    """The text on one line, without control characters and without marks that would turn the text around it.

    Letters of every script, emoji and what joins them stay as they are.
    """
    kept = (
        " " if unicodedata.category(letter) in ("Cc", "Zl", "Zp") else letter
        for letter in written
        if letter not in TURNS_THE_PAGE and not "\ud800" <= letter <= "\udfff"
    )
    return " ".join("".join(kept).split())


def is_address(email: str) -> bool:
    """Whether this may be an e-mail address; nobody is asked whether there is such a one."""
    try:
        validate_email(email, check_deliverability=False)
    except EmailNotValidError:
        return False
    return len(email) <= ADDRESS_LENGTH


def ways_to_write(name: str) -> tuple[str, ...]:
    """What others may call somebody in what they write: her whole name, and her first name with her last."""
    parts = name.split()
    return tuple(dict.fromkeys((" ".join(parts), f"{parts[0]} {parts[-1]}"))) if len(parts) > 1 else tuple(parts)


def is_named_within(words: str, name: str) -> bool:
    """Whether somebody of this name is mentioned in what is written, also in the genitive."""
    return any(_as_written(way).search(words) for way in ways_to_write(name))


def without_name(words: str, name: str) -> str:
    """What is written, with a mark wherever it mentions her.

    A name of one word stays: it may as well be a word like any other, and nobody will be there to judge.
    """
    for way in ways_to_write(name) if " " in name.strip() else ():
        words = _as_written(way).sub(TAKEN_OUT, words)
    return words


def _as_written(name: str) -> re.Pattern[str]:
    words = r"\s+".join(map(re.escape, name.split()))
    # One word alone is a name only where it is written as one: “Bo” lives somewhere else than those who bor there.
    return re.compile(rf"(?<!\w){words}(?:['’]?s)?(?!\w)", re.IGNORECASE if " " in name else 0)
