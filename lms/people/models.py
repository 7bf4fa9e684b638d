"""People, and the ways they sign in: confirmed addresses, personal codes and mailed links."""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

from flask import current_app
from sqlalchemy import ForeignKey, Index, String, Text, and_, func, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from lms.database import Model, Privacy, new_id, now, session

NAME_LENGTH = 120
LINK_LIVES = timedelta(minutes=15)
CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 10


class LinkSpent(Exception):
    """The mailed link was used, is too old, or was never ours; which of them is nobody's business."""


class AddressTaken(Exception):
    """Another person has confirmed this address."""


class Person(Model):
    """Somebody with a way to sign in; may belong to several organisations."""

    __tablename__ = "lms_person"
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To greet a person by name, let her go on where she left, and write her certificate.",
        retention="Until she erases herself, or two years after her last organisation ended.",
        person="id",
        export=("name", "language", "created_at"),
        erase="blank",
        blanks=("name", "language", "host_id", "scheme_role"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    language: Mapped[str | None] = mapped_column(String(2))
    host_id: Mapped[str | None] = mapped_column(String(200), unique=True)
    scheme_role: Mapped[str | None] = mapped_column(String(20))
    door: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(default=now)
    erased_at: Mapped[datetime | None]

    @property
    def is_facilitator(self) -> bool:
        return self.scheme_role in ("facilitator", "administrator")

    def sign_out_everywhere(self) -> None:
        """Change the lock: every cookie handed out before this one stops working."""
        self.door += 1

    def give_code(self, by: "Person | None" = None) -> str:
        """A new personal code in place of the old one, shown this once.

        A code that somebody else asked for opens the person's progress, never the reflections she wrote before it.
        """
        session.execute(update(PersonalCode).where(PersonalCode.person_id == self.id).values(revoked_at=now()))
        letters = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
        by_another = by is not None and by.id != self.id
        session.add(
            PersonalCode(person_id=self.id, digest=keyed_digest(letters), given_by=by.id if by and by_another else None)
        )
        return f"{letters[:5]}-{letters[5:]}"


class Address(Model):
    """An e-mail address; a way to sign in only from the moment the person confirmed it while signed in."""

    __tablename__ = "lms_address"
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To let a person go on from another device, and to send her what she asked for.",
        retention="Until she removes it or erases herself.",
        person="person_id",
        export=("email", "confirmed_at", "created_at"),
    )
    __table_args__ = (
        Index(
            "uq_lms_address_confirmed",
            "email",
            unique=True,
            sqlite_where=text("confirmed_at IS NOT NULL"),
            postgresql_where=text("confirmed_at IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("lms_person.id"), index=True)
    email: Mapped[str] = mapped_column(String(254))
    confirmed_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)

    def confirm(self) -> None:
        """The person herself, signed in, says that the address is hers."""
        if self.confirmed_at is None:
            if person_with_address(self.email) is not None:
                raise AddressTaken
            self.confirmed_at = now()


class PersonalCode(Model):
    """A short code that opens a person's progress where there is no address; kept as a keyed digest only."""

    __tablename__ = "lms_personal_code"
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To let a person without an e-mail address go on from another device.",
        retention="Until it is replaced, or she erases herself.",
        person="person_id",
        export=("given_at", "revoked_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("lms_person.id"), index=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    given_by: Mapped[UUID | None] = mapped_column(ForeignKey("lms_person.id"))
    given_at: Mapped[datetime] = mapped_column(default=now)
    revoked_at: Mapped[datetime | None]

    @property
    def opens_reflections_from(self) -> datetime | None:
        """The moment before which reflections stay closed to this code; None when it opens them all."""
        return self.given_at if self.given_by is not None else None


class MailedLink(Model):
    """A sign-in or confirmation link on its way; only the digest of its secret is kept."""

    __tablename__ = "lms_mailed_link"
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To sign a person in, or confirm an address, by a link she asked for.",
        retention="A day after it stopped working.",
        person="person_id",
        export=("created_at", "spent_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("lms_person.id"), index=True)
    address_id: Mapped[UUID] = mapped_column(ForeignKey("lms_address.id", ondelete="CASCADE"))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    confirmation_code: Mapped[str | None] = mapped_column(String(64))
    confirmation_tries: Mapped[int] = mapped_column(default=0)
    wanted: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    spent_at: Mapped[datetime | None]

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


def digest(secret: str) -> str:
    """SHA-256 of a secret long enough that nobody can try them all."""
    return hashlib.sha256(secret.encode()).hexdigest()


def keyed_digest(secret: str) -> str:
    """HMAC-SHA-256 of a short secret, so that a stolen database does not let anyone try them all."""
    key = str(current_app.extensions["lms"].secret_key).encode()
    return hmac.new(key, secret.encode(), hashlib.sha256).hexdigest()


def plain_code(written: str) -> str:
    """A personal code as people write it, without spaces and dashes."""
    return "".join(letter for letter in written.upper() if letter in CODE_LETTERS)


def person_with_address(email: str) -> Person | None:
    """Who has confirmed this address."""
    return session.scalar(
        select(Person)
        .join(Address, and_(Address.person_id == Person.id, Address.confirmed_at.is_not(None)))
        .where(Address.email == email.lower(), Person.erased_at.is_(None))
    )


def address_of(person: Person) -> Address | None:
    """The person's address: the confirmed one, or else the latest."""
    return session.scalar(
        select(Address)
        .where(Address.person_id == person.id)
        .order_by(Address.confirmed_at.is_(None), Address.created_at.desc())
        .limit(1)
    )


def code_that_opens(written: str) -> PersonalCode | None:
    """The personal code somebody wrote, if it is one that works."""
    return session.scalar(
        select(PersonalCode)
        .join(Person, Person.id == PersonalCode.person_id)
        .where(
            PersonalCode.digest == keyed_digest(plain_code(written)),
            PersonalCode.revoked_at.is_(None),
            Person.erased_at.is_(None),
        )
    )


def mailed_link(secret: str) -> MailedLink | None:
    """The link with this secret, spent or not."""
    return session.scalar(select(MailedLink).where(MailedLink.digest == digest(secret)))


def open_confirmation(person: Person) -> MailedLink | None:
    """The confirmation the person has been sent and not yet answered."""
    return session.scalar(
        select(MailedLink)
        .join(Address, Address.id == MailedLink.address_id)
        .where(
            MailedLink.person_id == person.id,
            MailedLink.confirmation_code.is_not(None),
            MailedLink.spent_at.is_(None),
            MailedLink.expires_at > now(),
            Address.confirmed_at.is_(None),
        )
        .order_by(MailedLink.created_at.desc())
        .limit(1)
    )


def facilitators() -> list[Person]:
    """The scheme's staff, by name."""
    return list(
        session.scalars(
            select(Person)
            .where(Person.scheme_role.is_not(None), Person.erased_at.is_(None))
            .order_by(func.lower(Person.name))
        )
    )
