"""Addresses that a mail server has refused, and in which words."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar

from sqlalchemy import String, delete
from sqlalchemy.orm import Mapped, mapped_column

from lms.all_at_once import THOSE, for_all
from lms.database import Model, Privacy, now, session, upsert

LONGEST = 300
AN_ADDRESS = re.compile(r"\S*@\S*")
# A policy was against us, or our own server against its sender: the address may be as good as any.
NOT_THE_ADDRESS = re.compile(r"\b5\.7\.\d")


class UndeliverableAddress(Model):
    """An address to which a server has said no for good; a letter that is known to have arrived there removes it."""

    __tablename__ = "lms_undeliverable_address"
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To write no more to an address that does not exist, and tell who can correct it.",
        retention="Until the address is corrected or a letter arrives there.",
        person="recipient",
        export=("recipient", "since", "said"),
    )

    recipient: Mapped[str] = mapped_column(String(254), primary_key=True)
    since: Mapped[datetime]
    said: Mapped[str] = mapped_column(String(LONGEST))
    # By a letter that came back. A server that takes letters first and refuses them later proves nothing by taking.
    told_later: Mapped[bool] = mapped_column(default=False)


def in_plain_words(said: bytes | str) -> str:
    """What the server answered, on one line, without any address in it: servers repeat them."""
    words = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return AN_ADDRESS.sub("…", " ".join(words.split()))[:LONGEST]


def mark_undeliverable(recipient: str, said: str, told_later: bool = False) -> bool:
    """Remember that a server refused this address, unless it was not the address it objected to: then False."""
    if NOT_THE_ADDRESS.search(said):
        return False
    row = {"recipient": recipient.lower(), "since": now(), "said": said, "told_later": told_later}
    return upsert(UndeliverableAddress, row, ("recipient",), overwrite=("since", "said", "told_later"))


def server_took_it(recipient: str) -> None:
    """A server has taken a letter for this address, which it had refused: unless it was told later, it is good now."""
    there = UndeliverableAddress.recipient == recipient.lower(), UndeliverableAddress.told_later.is_(False)
    session.execute(delete(UndeliverableAddress).where(*there).execution_options(synchronize_session=False))


def believe_in(recipient: str) -> None:
    """Write to this address again: somebody has opened a letter there, or says that it is right."""
    believe_in_all([recipient])


def believe_in_all(recipients: Iterable[str]) -> None:
    """The same for all of these, in one statement however many they are."""
    there = Model.metadata.tables[UndeliverableAddress.__tablename__]
    for_all(delete(there).where(there.c.recipient.in_(THOSE)), [recipient.lower() for recipient in recipients])
