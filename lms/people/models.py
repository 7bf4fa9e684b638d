"""People, and their own ways in: confirmed addresses and personal codes."""

import hashlib
import hmac
import secrets
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from flask import current_app
from sqlalchemy import (
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    and_,
    select,
    text,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column, validates

from lms.database import Model, Privacy, new_id, now, session
from lms.people.alphabet import folded_letters

NAME_LENGTH = 120
# Signs that stand for æ ø å have their place by their number, on either database and in every cluster.
BY_NAME = String(NAME_LENGTH).with_variant(String(NAME_LENGTH, collation="C"), "postgresql")
MOST_ADDRESSES = 5
CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 10


class AddressTaken(Exception):
    """Another person has confirmed this address."""


class EnoughAddresses(Exception):
    """Nobody needs more addresses than this."""


class HeldBack(Exception):
    """Somebody whose sign-in does not open everything asks for what only the person may do."""


def place_in_the_alphabet(name: str) -> str:
    """What lists sort and search a name by."""
    return folded_letters(name)[:NAME_LENGTH]


def _by_the_new_name(context: Any) -> str:
    return place_in_the_alphabet(context.get_current_parameters()["name"])


class Person(Model):
    """Somebody with a way to sign in; may belong to several organisations."""

    __tablename__ = "lms_person"
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To greet a person by name, let her go on where she left, and write her certificate.",
        retention="Until she erases herself, or two years after her last organisation ended.",
        person="id",
        export=("name", "language", "created_at"),
        erase="blank",
        blanks=("name", "by_name", "language", "host_id", "scheme_role"),
    )
    # Each place of hers keeps a copy of the key, by which the organisation's lists are read from an index.
    __table_args__ = (UniqueConstraint("id", "by_name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    by_name: Mapped[str] = mapped_column(BY_NAME, default=_by_the_new_name)
    language: Mapped[str | None] = mapped_column(String(2))
    host_id: Mapped[str | None] = mapped_column(String(200), unique=True)
    scheme_role: Mapped[str | None] = mapped_column(String(20))
    door: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(default=now)
    erased_at: Mapped[datetime | None]

    @validates("name")
    def _take_her_place_in_the_alphabet(self, _column: str, name: str) -> str:
        self.by_name = place_in_the_alphabet(name)
        return name

    @property
    def is_facilitator(self) -> bool:
        return self.scheme_role in ("facilitator", "administrator")

    @property
    def is_administrator(self) -> bool:
        return self.scheme_role == "administrator"

    def sign_out_everywhere(self) -> None:
        """Change the lock: every cookie handed out before this one stops working."""
        self.door += 1

    def give_code(self, by: "Person | None" = None, opens_from: datetime | None = None) -> str:
        """A new personal code in place of the old one, shown this once.

        A code that somebody else asked for opens the person's progress, never the reflections she wrote before it;
        nor does a code that was asked for by such a code, which is what `opens_from` carries on.
        """
        # Two at once follow one another, or neither would see the other's new code and both would work.
        session.execute(select(Person.id).where(Person.id == self.id).with_for_update(key_share=True))
        session.execute(update(PersonalCode).where(PersonalCode.person_id == self.id).values(revoked_at=now()))
        letters = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
        by_another = by is not None and by.id != self.id
        session.add(
            PersonalCode(
                person_id=self.id,
                digest=keyed_digest(letters),
                given_by=by.id if by and by_another else None,
                opens_reflections_from=now() if by_another else opens_from,
            )
        )
        return f"{letters[:5]}-{letters[5:]}"


def by_whose_it_is(context: Any) -> Any:
    """The same of whoever a new row belongs to by its `person_id`, for rows that do not say it themselves."""
    person_id = context.get_current_parameters()["person_id"]
    return context.connection.scalar(select(Person.by_name).where(Person.id == person_id))


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
    # As with a personal code: whoever came in by a re-issued code gets no further by confirming an address.
    opens_reflections_from: Mapped[datetime | None]

    def confirm(self, opens_from: datetime | None = None) -> None:
        """The person herself, signed in, says that the address is hers. Raises AddressTaken.

        `opens_from` is what her sign-in opens: the address never opens more than what it was confirmed with.
        """
        if self.confirmed_at is None:
            if person_with_address(self.email) is not None:
                raise AddressTaken
            try:
                with session.begin_nested():
                    self.confirmed_at, self.opens_reflections_from = now(), opens_from
            except IntegrityError:  # somebody else was faster by a moment
                raise AddressTaken from None

    def remove(self, opens_from: datetime | None = None) -> None:
        """Forget the address and the links that were sent to it.

        Raises HeldBack where a re-issued code would close the person's own way in.
        """
        if self.confirmed_at is not None and _opens_more(self.opens_reflections_from, opens_from):
            raise HeldBack
        session.delete(self)


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
    # Reflections from before this moment stay closed to the code; None when it opens them all.
    opens_reflections_from: Mapped[datetime | None]


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


def confirmed_address(email: str) -> Address | None:
    """This address, if it opens somebody's account."""
    return session.scalar(
        select(Address)
        .join(Person, Person.id == Address.person_id)
        .where(Address.email == email.lower(), Address.confirmed_at.is_not(None), Person.erased_at.is_(None))
    )


def addresses_of(person: Person) -> list[Address]:
    """The person's addresses, those that open her account first."""
    return list(
        session.scalars(
            select(Address)
            .where(Address.person_id == person.id)
            .order_by(Address.confirmed_at.is_(None), Address.created_at)
        )
    )


def own_address(person: Person, address_id: UUID) -> Address | None:
    """This address, if it is hers."""
    return session.scalar(select(Address).where(Address.id == address_id, Address.person_id == person.id))


def add_address(person: Person, email: str) -> Address:
    """An address she has typed; it opens nothing until she has confirmed it. Raises EnoughAddresses."""
    known = addresses_of(person)
    for address in known:
        if address.email == email.lower():
            return address
    if len(known) >= MOST_ADDRESSES:
        raise EnoughAddresses
    address = Address(id=new_id(), person_id=person.id, email=email.lower())
    session.add(address)
    session.flush()
    return address


def is_held_back(person: Person, opens_from: datetime | None) -> bool:
    """Whether some other way in opens more than this sign-in, so that it must not close or end anything for good."""
    return any(
        address.confirmed_at is not None and _opens_more(address.opens_reflections_from, opens_from)
        for address in addresses_of(person)
    )


def _opens_more(one: datetime | None, other: datetime | None) -> bool:
    return other is not None and (one is None or one < other)


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


def facilitators() -> list[Person]:
    """The scheme's staff, by name."""
    return list(
        session.scalars(
            select(Person)
            .where(Person.scheme_role.is_not(None), Person.erased_at.is_(None))
            .order_by(Person.by_name, Person.id)
        )
    )
