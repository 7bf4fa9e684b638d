"""Names, labels and other single lines as people write them: in any script, with anything pasted in between."""

import unicodedata

from email_validator import EmailNotValidError, validate_email

# Where the name of somebody who has been erased stood, in the database; pages say it in the reader's language.
ERASED = "slettet person"

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
