"""Taking in what comes back: from a folder that a mail server delivers into, or one message at a time."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from lms.database import now, session
from lms.mail.bounces.envelopes import ForgedAddress, letter_meant
from lms.mail.bounces.reports import Malformed, addressed_to, kind_of, read_headers, read_message, read_report
from lms.mail.models import OutboxMail
from lms.mail.undeliverable import mark_undeliverable

log = logging.getLogger("lms.mail")

LARGEST = 1_000_000  # bytes; a server sends back the headers, or at most the letter, and ours are far smaller
MOST_AT_ONCE = 200

Verdict = Literal[
    "refused",  # for good: the address is marked
    "policy",  # for good, and not the address's fault
    "delayed",
    "again",  # the letter was told to be refused before
    "auto_reply",
    "something_else",
    "unknown",  # a letter that we have forgotten, or none of ours
    "forged",
    "malformed",
    "too_large",
]


def take_in(content: bytes, config: Mapping[str, Any], to: str = "") -> Verdict:
    """Judge one message, and mark the address that it says is refused; `to` is where it was sent, if that is known.

    Anybody may write to the address, so whatever is in the message: only a signed address says which letter it is
    about, only the outbox says to whom that went, and nothing of it gets into the log.
    """
    verdict, number = _judged(content, config, to)
    if verdict in ("refused", "policy", "delayed", "again"):
        log.info("mail %s came back: %s", number, verdict)
    else:
        log.warning("a message to the bounce address was let be: %s", verdict)
    return verdict


def _judged(content: bytes, config: Mapping[str, Any], to: str) -> tuple[Verdict, object]:
    if len(content) > LARGEST:
        return "too_large", None
    try:
        number = letter_meant([to, *addressed_to(read_headers(content))], config)
        if number is None:
            return "unknown", None
        message = read_message(content)
        kind = kind_of(message)
        if kind != "report":
            return kind, number
        report = read_report(message)
    except ForgedAddress:
        return "forged", None
    except Malformed:
        return "malformed", None
    except Exception:
        # Strange mail raises nearly anything in the standard library, and must not stop what comes behind it.
        return "malformed", None
    if not report.for_good:
        return "delayed", number
    mail = session.get(OutboxMail, number, populate_existing=True, with_for_update=True)
    if mail is None or mail.recipient is None:
        return "unknown", number
    if mail.came_back_at is not None:
        return "again", number
    mail.came_back_at = now()
    return ("refused" if mark_undeliverable(mail.recipient, report.said, told_later=True) else "policy"), number


def take_in_folder(folder: Path, config: Mapping[str, Any]) -> int:
    """Take in what lies in a Maildir that is there for nothing else; returns how many addresses were marked.

    A message goes when there is nothing left to learn from it. One that has just marked an address stays until the
    next time, when that is sure to be kept: nothing is lost if this transaction is not.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder} is no folder")
    parts = [folder / part for part in ("new", "cur") if (folder / part).is_dir()]
    waiting = [file for part in parts for file in sorted(part.iterdir()) if file.is_file() and not file.is_symlink()]
    refused = 0
    for file in waiting[:MOST_AT_ONCE]:
        with file.open("rb") as opened:
            verdict = take_in(opened.read(LARGEST + 1), config)
        refused += verdict == "refused"
        if verdict not in ("refused", "policy"):
            file.unlink(missing_ok=True)
    return refused
