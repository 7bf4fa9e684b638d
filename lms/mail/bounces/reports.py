"""What a mail server says of a letter it took and could not deliver (RFC 3464), whichever server it is."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesHeaderParser, BytesParser, Parser
from email.policy import compat32
from typing import Literal

from lms.mail.undeliverable import in_plain_words

# Of these, the last is for addresses in any script (RFC 6533).
STATUS_PARTS = ("message/delivery-status", "message/global-delivery-status")
MOST_RECIPIENTS = 50
READ = 100_000  # bytes; the report stands before the letter that is sent back with it
MOST_BOUNDARIES = 12  # words in it, of which a report with our most composed letter has six
STATUS = re.compile(r"\b([245])\.\d{1,3}\.\d{1,3}\b")
# Where the address stands to which the message was sent: first what our own servers have written.
ADDRESSED = ("X-Original-To", "Delivered-To", "Envelope-To", "X-Envelope-To", "To")

Kind = Literal["report", "auto_reply", "something_else"]


class Malformed(Exception):
    """It says that it is a report, and is none that can be read."""


@dataclass(frozen=True)
class Report:
    """What became of a letter: refused for good or not, and the server's words without any address in them."""

    for_good: bool
    said: str


def read_headers(content: bytes) -> Message:
    """The headers of the message alone: who strews in messages of her own making gets no further for nothing."""
    return BytesHeaderParser(policy=compat32).parsebytes(content[:READ])


def read_message(content: bytes) -> Message:
    """The message as it came, as far as it is read. Raises Malformed for parts within parts within parts.

    The parser of the standard library takes anything that is bytes, but holds each line against every part it is
    within: a megabyte of that would keep the worker for a minute.
    """
    if content[:READ].lower().count(b"boundary") > MOST_BOUNDARIES:
        raise Malformed
    return BytesParser(policy=compat32).parsebytes(content[:READ])


def addressed_to(message: Message) -> Iterator[str]:
    """Every header that may hold the address the message was sent to."""
    for name in ADDRESSED:
        yield from (str(value) for value in message.get_all(name, []))


def kind_of(message: Message) -> Kind:
    """Whether a server reports, somebody's mail program answers by itself (RFC 3834), or it is something else.

    A report carries the header of an automatic answer too, so that one is asked for first.
    """
    kind = str(message.get_param("report-type", "")).lower()
    if message.get_content_type() == "multipart/report" and kind in ("delivery-status", "global-delivery-status"):
        return "report"
    by_itself = str(message.get("Auto-Submitted", "no")).strip().lower() != "no"
    if by_itself or "X-Autoreply" in message or "X-Autorespond" in message:
        return "auto_reply"
    return "something_else"


def read_report(message: Message) -> Report:
    """What the report says. Raises Malformed.

    An address may stand for several people: it is refused when each of them is.
    """
    parts = message.get_payload()
    found = [part for part in parts if isinstance(part, Message)] if isinstance(parts, list) else []
    found = [part for part in found if part.get_content_type() in STATUS_PARTS]
    if not found:
        raise Malformed
    recipients = [fields for fields in _groups(found[0]) if "Final-Recipient" in fields or "Action" in fields]
    if not 0 < len(recipients) <= MOST_RECIPIENTS:
        raise Malformed
    judged = [_judged(fields) for fields in recipients]
    return Report(all(report.for_good for report in judged), judged[0].said)


def _groups(part: Message) -> Iterator[Message]:
    """The groups of fields: about the message first, then about each recipient."""
    _head, _, body = part.as_string().replace("\r\n", "\n").partition("\n\n")
    for group in re.split(r"\n\s*\n", body.strip("\n"))[: MOST_RECIPIENTS + 2]:
        yield Parser(policy=compat32).parsestr(group.strip("\n") + "\n")


def _judged(fields: Message) -> Report:
    action = str(fields.get("Action", "")).strip().lower().partition(" ")[0]
    status = STATUS.search(str(fields.get("Status", "")))
    if not action or status is None:
        raise Malformed
    words = str(fields.get("Diagnostic-Code", "")).partition(";")[2]
    said = words if STATUS.search(words) else f"{status[0]} {words}"
    return Report(action == "failed" and status[1] == "5", in_plain_words(said))
