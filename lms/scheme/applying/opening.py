"""What tells a person from a machine at the public form, without asking anybody else and without a puzzle."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from flask import current_app
from itsdangerous import BadData, URLSafeSerializer

from lms.database import new_id, now

# Nobody reads and fills in the form faster; a page that has lain open longer asks for one more press.
FASTEST = timedelta(seconds=4)
LONGEST = timedelta(days=2)
# A field that people never meet: whoever fills it in fills in everything.
BAIT = "website"


@dataclass(frozen=True)
class Opening:
    """One opened page: the number its application will have, and when it was opened."""

    number: UUID
    at: datetime

    @classmethod
    def fresh(cls) -> "Opening":
        """A page that is opened now."""
        return cls(new_id(), now())

    @classmethod
    def read(cls, written: str) -> "Opening | None":
        """What the page carried along; None when it is not ours."""
        try:
            number, at = _signing().loads(written)
            return cls(UUID(number), datetime.fromisoformat(at))
        except (BadData, ValueError, TypeError):
            return None

    @property
    def token(self) -> str:
        """What the page carries along: signed, so that nobody makes up when she began."""
        return str(_signing().dumps([str(self.number), self.at.isoformat()]))

    @property
    def is_credible(self) -> bool:
        """Whether somebody may have read and written in the meantime."""
        return now() - self.at >= FASTEST and not self.is_stale

    @property
    def is_stale(self) -> bool:
        """Whether the page has lain open for too long."""
        return now() - self.at > LONGEST


def _signing() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.extensions["lms"].secret_key, salt="apply")
