"""The letters that wait in the outbox, as their readers will find them."""

import re

from flask import Flask
from sqlalchemy import select

from lms.database import session
from lms.mail.models import OutboxMail

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
