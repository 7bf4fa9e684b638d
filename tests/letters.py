"""The letters that wait in the outbox, as their readers will find them."""

import re
from typing import Any
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from lms.database import now, one_transaction, session
from lms.mail.models import OutboxMail
from lms.people.models import Person, add_address

SIGN_IN = re.compile(r"/sign-in/links/([\w-]+)")
CONFIRMATION = re.compile(r"/confirm/([\w-]+)")
SIX_DIGITS = re.compile(r"\b\d{6}\b")


def letters_to(app: Flask, email: str) -> list[str]:
    """What has been written to an address, the oldest first."""
    with app.app_context():
        mails = session.scalars(select(OutboxMail).where(OutboxMail.recipient == email).order_by(OutboxMail.queued_at))
        return [mail.body or "" for mail in mails]


def found_in(letter: str, pattern: re.Pattern[str]) -> str:
    """The secret in a letter: its link's, or its six digits."""
    found = pattern.search(letter)
    assert found, letter
    return found[found.re.groups]


def sign_in_secret(app: Flask, email: str) -> str:
    """The secret in the latest sign-in link that went to an address."""
    return found_in(letters_to(app, email)[-1], SIGN_IN)


def confirm_address(app: Flask, person_id: UUID, email: str) -> None:
    """Somebody has confirmed this address at some time, so that it opens her account."""
    with app.app_context(), one_transaction():
        add_address(session.get_one(Person, person_id), email).confirmed_at = now()


def ask_for_link(device: FlaskClient, email: str, wanted: str = "", **more: Any) -> Any:
    """What is answered to somebody who asks for a sign-in link."""
    return device.post("/sign-in/links", data={"email": email, "wanted": wanted}, **more)


def link_by_mail(app: Flask, device: FlaskClient, email: str, wanted: str = "") -> str:
    """The address in the letter that somebody asks for now."""
    assert ask_for_link(device, email, wanted).status_code == 303
    return f"/sign-in/links/{sign_in_secret(app, email)}"
