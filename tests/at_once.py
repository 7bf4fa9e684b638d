"""Many at once: the same act from several threads, let go at the same moment."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from flask import Flask
from sqlalchemy import text

Answer = TypeVar("Answer")


def all_at_once(acts: Sequence[Callable[[], Answer]]) -> list[Answer]:
    """What each act answered, in their order; whatever one raises is raised here."""
    gate = Barrier(len(acts))

    def go(act: Callable[[], Answer]) -> Answer:
        gate.wait(30)
        return act()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(go, acts))


def until_somebody_waits(app: Flask, people: int = 1) -> None:
    """Return once so many transactions of this application's PostgreSQL wait for what another one holds."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity, pg_sleep(0.02)"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with app.extensions["lms"].engine.connect().execution_options(isolation_level="AUTOCOMMIT") as looking:
        assert any(looking.scalar(waiting) >= people for _ in range(1_500)), "nobody waits"
