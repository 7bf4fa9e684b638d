"""Links on their way by mail: to sign in, and to confirm an address. Only digests of their secrets are kept."""

import hmac
import secrets
import string
from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

from sqlalchemy import ColumnElement, ForeignKey, String, Text, delete, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from lms.database import Model, Privacy, new_id, now, session
from lms.mail.undeliverable import believe_in
from lms.people.models import Address, Person, digest, keyed_digest

LINK_LIVES = timedelta(minutes=15)
# By itself a confirmation opens nothing, so it may wait until somebody reads her mail in the evening.
CONFIRMATION_LIVES = timedelta(days=1)
UNASKED_LINK_LIVES = timedelta(days=7)
LINKS_ARE_KEPT = timedelta(days=1)
MOST_TRIES = 5
MOST_LETTERS_A_DAY = 10


class LinkSpent(Exception):
    """The mailed link was used, is too old, or was never ours; which of them is nobody's business."""


class WrongCode(Exception):
    """Not the code that stands in the letter; `tries_left` says how often one may still try."""

    def __init__(self, tries_left: int):
        self.tries_left = tries_left


class MailedLink(Model):
    """A sign-in or confirmation link on its way; only the digest of its secret is kept."""

    __tablename__ = "lms_mailed_link"
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To sign a person in, or confirm an address, by a link in a letter.",
        retention="A day after it stopped working.",
        person="person_id",
        export=("created_at", "spent_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    # Nobody's, when the address that was asked with is nobody's: asking costs the same, whoever asks.
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("lms_person.id"), index=True)
    address_id: Mapped[UUID | None] = mapped_column(ForeignKey("lms_address.id", ondelete="CASCADE"))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    confirmation_code: Mapped[str | None] = mapped_column(String(64))
    confirmation_tries: Mapped[int] = mapped_column(default=0)
    wanted: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    spent_at: Mapped[datetime | None]
    # A link that nobody has asked for lies about for days: what was written before it stays closed to it.
    opens_reflections_from: Mapped[datetime | None]

    @property
    def is_open(self) -> bool:
        return self.spent_at is None and now() < self.expires_at

    def spend(self) -> None:
        """Use the link up; of two who try at once, one gets in. Raises LinkSpent."""
        spent = session.execute(
            update(MailedLink)
            .where(MailedLink.id == self.id, MailedLink.spent_at.is_(None), MailedLink.expires_at > now())
            .values(spent_at=now())
            .returning(MailedLink.id)
        )
        if spent.first() is None:
            raise LinkSpent
        if (email := session.scalar(select(Address.email).where(Address.id == self.address_id))) is not None:
            believe_in(email)

    @property
    def can_be_answered(self) -> bool:
        """Whether the code in the letter may still be typed."""
        return self.is_open and self.confirmation_tries < MOST_TRIES

    def answer(self, code: str) -> None:
        """Use the link up by the code in its letter; the view keeps the try also when it was wrong.

        Raises WrongCode, LinkSpent.
        """
        tried = session.execute(
            update(MailedLink)
            .where(
                MailedLink.id == self.id,
                MailedLink.spent_at.is_(None),
                MailedLink.expires_at > now(),
                MailedLink.confirmation_tries < MOST_TRIES,
            )
            .values(confirmation_tries=MailedLink.confirmation_tries + 1)
            .returning(MailedLink.confirmation_tries)
        ).scalar()
        if tried is None or self.confirmation_code is None:
            raise LinkSpent
        digits = "".join(letter for letter in code if letter in string.digits)
        if not hmac.compare_digest(keyed_digest(f"{self.id}:{digits}"), self.confirmation_code):
            raise WrongCode(MOST_TRIES - tried)
        self.spend()


def new_link(
    person: Person | None, address: Address | None, lives: timedelta, wanted: str = ""
) -> tuple[MailedLink, str]:
    """A link for a letter that somebody has asked for, and the secret that only the letter holds."""
    secret = secrets.token_urlsafe(32)
    link = MailedLink(
        id=new_id(),
        person_id=person.id if person else None,
        address_id=address.id if address else None,
        digest=digest(secret),
        wanted=wanted,
        expires_at=now() + lives,
    )
    session.add(link)
    return link, secret


def new_unasked_link(person_id: UUID, address_id: UUID, wanted: str) -> tuple[MailedLink, str]:
    """A link for a letter that nobody has asked for, such as a reminder, and its secret.

    Fifteen minutes would be over before such a letter is read, so it lives for a week. In a week it may be forwarded,
    printed, or read over a shoulder. Therefore it opens what a code that somebody else asked for opens: the courses,
    at the place where the person left, and none of what she wrote before the letter; nor can it remove an address,
    end the account, or make a code that opens more. It leads only to an address she has confirmed herself, it works
    once, and only a press uses it up, so that a mail scanner does not.
    """
    secret = secrets.token_urlsafe(32)
    link = MailedLink(
        id=new_id(),
        person_id=person_id,
        address_id=address_id,
        digest=digest(secret),
        wanted=wanted,
        expires_at=now() + UNASKED_LINK_LIVES,
        opens_reflections_from=now(),
    )
    session.add(link)
    return link, secret


def new_confirmation(person: Person, address: Address) -> tuple[MailedLink, str, str]:
    """What a person answers to say that an address is hers: the link, its secret, and a code of six digits."""
    link, secret = new_link(person, address, CONFIRMATION_LIVES)
    code = f"{secrets.randbelow(1_000_000):06}"
    link.confirmation_code = keyed_digest(f"{link.id}:{code}")
    return link, secret, code


def letters_lately(email: str) -> int:
    """How many confirmations have been sent to an address in a day, whoever typed it."""
    return (
        session.scalar(
            select(func.count())
            .select_from(MailedLink)
            .join(Address, Address.id == MailedLink.address_id)
            .where(
                Address.email == email,
                MailedLink.confirmation_code.is_not(None),
                MailedLink.created_at > now() - CONFIRMATION_LIVES,
            )
        )
        or 0
    )


def sign_in_link(secret: str) -> MailedLink | None:
    """The sign-in link with this secret, while it works."""
    return _open_link(secret, MailedLink.confirmation_code.is_(None), MailedLink.person_id.is_not(None))


def link_remembered(secret: str) -> MailedLink | None:
    """The sign-in link with this secret, also when it works no longer, for as long as it is kept."""
    return session.scalar(
        select(MailedLink).where(MailedLink.digest == digest(secret), MailedLink.confirmation_code.is_(None))
    )


def confirmation_for(person: Person, secret: str) -> MailedLink | None:
    """The confirmation with this secret, while it works and only for the person who asked for it."""
    return _open_link(secret, MailedLink.confirmation_code.is_not(None), MailedLink.person_id == person.id)


def _open_link(secret: str, *kind: ColumnElement[bool]) -> MailedLink | None:
    return session.scalar(
        select(MailedLink)
        .outerjoin(Person, Person.id == MailedLink.person_id)
        .where(
            MailedLink.digest == digest(secret),
            MailedLink.spent_at.is_(None),
            MailedLink.expires_at > now(),
            Person.erased_at.is_(None),
            *kind,
        )
    )


def open_confirmations(person: Person) -> dict[UUID, MailedLink]:
    """The latest confirmation she has been sent for each address and not yet answered."""
    found = session.scalars(
        select(MailedLink)
        .where(
            MailedLink.person_id == person.id,
            MailedLink.confirmation_code.is_not(None),
            MailedLink.spent_at.is_(None),
            MailedLink.expires_at > now(),
        )
        .order_by(MailedLink.created_at, MailedLink.id)
    )
    return {link.address_id: link for link in found if link.address_id is not None}


def forget_links(before: datetime) -> None:
    """Remove links that stopped working before the moment."""
    session.execute(delete(MailedLink).where(MailedLink.expires_at < before))
