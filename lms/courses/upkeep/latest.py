"""The library with what the scheme's staff has corrected, as one process knows it."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import blake2b
from threading import Lock

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from lms.courses.packs import Library
from lms.courses.upkeep.entries import Entry, corrected, entries_of
from lms.courses.upkeep.models import IN_ORDER, Revision
from lms.database import now
from lms.engines import reading_apart

log = logging.getLogger(__name__)

LOOK_AGAIN_AFTER = timedelta(seconds=30)
WAIT_FOR_IT_AFTER = timedelta(seconds=50)


@dataclass(frozen=True)
class Found:
    """What a look into the database gave: how many lines of history, and what follows from them."""

    lines: int
    version: str
    entries: tuple[Entry, ...]
    library: Library


class Latest:
    """The library as readers get it now; nowhere older than a minute, and no question to the database per page.

    A lesson is read far more often than a help number changes, and has four questions to ask at the most. So each
    process keeps what it found, and whoever first asks 30 seconds later counts the lines of history: they are only
    ever added to, so the count tells whether there is anything new to read. That is one small question per process
    and half minute, whatever the traffic, with nothing to set up: a cache of their own that processes share would
    have to be run, and a version number fetched along with the visitor would tie what is asked on every page to this.
    The process in which somebody corrects looks again at once.

    While one looks, others go on with what is known; when that is older than 50 seconds (nobody had asked for a
    while), they wait for it, so that no reader ever gets a number that was corrected more than a minute ago.

    It looks on a connection of its own: a question that fails there leaves the page's transaction alone, and what the
    page has written and not yet kept is never taken for kept. Whatever goes wrong, what was known stays, at worst the
    pack's own text; it is logged, and the next look is half a minute away, so that a slow database is not asked more.
    """

    def __init__(self, library: Library, engine: Engine):
        """Begin with what the packs say; nothing is asked before somebody wants to read."""
        self._packs = library
        self._engine = engine
        self._found = _found_from(library, [])
        self._looked_at: datetime | None = None
        self._lock = Lock()

    @property
    def version(self) -> str:
        """Another one when readers get other words, not when a text has only been checked.

        Whoever keeps what she makes of `library` reads this first: then what she keeps under it is never older.
        """
        return self._recent().version

    @property
    def library(self) -> Library:
        """The courses, with facts and help services as they are corrected."""
        return self._recent().library

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Every help service and fact, with what has been said about it."""
        return self._recent().entries

    def due(self, today: date) -> int:
        """How many facts and help services somebody should look up now."""
        return sum(entry.is_due(today) for entry in self.entries)

    def look_again(self) -> None:
        """Know at once what has just been kept in the database."""
        with self._lock:
            self._look_or_go_on()

    def look(self) -> None:
        """Read what is kept. Raises DBAPIError where the database can't be read."""
        try:
            with reading_apart(self._engine) as connection:
                if self._found.lines != connection.scalar(select(func.count()).select_from(Revision)):
                    with Session(connection) as reading:
                        revisions = reading.scalars(select(Revision).order_by(*IN_ORDER)).all()
                    self._found = _found_from(self._packs, revisions)
        finally:
            self._looked_at = now()

    def _recent(self) -> Found:
        if self._is_older_than(LOOK_AGAIN_AFTER) and self._lock.acquire(
            blocking=self._is_older_than(WAIT_FOR_IT_AFTER)
        ):
            try:
                if self._is_older_than(LOOK_AGAIN_AFTER):
                    self._look_or_go_on()
            finally:
                self._lock.release()
        return self._found

    def _is_older_than(self, age: timedelta) -> bool:
        # A clock that was set back must not keep an old number for an hour.
        return self._looked_at is None or not timedelta() <= now() - self._looked_at < age

    def _look_or_go_on(self) -> None:
        try:
            self.look()
        # No trouble with a correction is worth a lesson that does not open.
        except Exception as error:
            log.error("corrections of facts and help services could not be read: %s", type(error).__name__)


def _found_from(packs: Library, revisions: Sequence[Revision]) -> Found:
    entries = entries_of(packs, revisions)
    version = blake2b("".join(entry.seen for entry in entries).encode(), digest_size=8).hexdigest()
    return Found(len(revisions), version, entries, corrected(packs, entries))
