"""Numbers for whoever watches over the site, as Prometheus reads them: how much, how long, what waits; never who."""

import fcntl
import logging
import mmap
import os
import struct
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Blueprint, Flask, Response, g, request
from sqlalchemy.exc import DBAPIError

from lms.database import now, session, trouble_with
from lms.mail.duties import duty_states
from lms.mail.models import waiting_mail

log = logging.getLogger("lms")

METHODS = {"GET", "HEAD", "POST", "OPTIONS"}
ROW = struct.Struct("=112sqd")  # what is counted, how often, and how many seconds in all
ROWS = 4_096

# The lock of a file is the process's, so that its threads need one of their own.
_threads = threading.Lock()


class Counts:
    """Counts in a file that all processes of a machine share, so that it does not matter which of them is asked.

    A row is never moved: each process remembers where it has found it.
    """

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
        weakref.finalize(self, os.close, self._file)
        with self._alone():
            # Written and not merely promised: on a full disk, a hole in the file would end the process that fills it.
            there = os.fstat(self._file).st_size
            os.pwrite(self._file, bytes(max(ROW.size * ROWS - there, 0)), there)
        self._rows = mmap.mmap(self._file, ROW.size * ROWS)
        self._places: dict[bytes, int] = {}

    def add(self, name: str, seconds: float) -> None:
        """Count one more, which took so long; a name too many for the file is not counted."""
        key = name.encode()[:112]
        with self._alone():
            place = self._place_of(key)
            if place is not None:
                _, count, total = ROW.unpack_from(self._rows, place)
                ROW.pack_into(self._rows, place, key, count + 1, total + seconds)

    def all(self) -> list[tuple[str, int, float]]:
        """Every name with its count and seconds, by the alphabet."""
        with self._alone():
            rows = list(self._filled())
        return sorted((key.decode(), count, total) for _, key, count, total in rows)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with _threads:
            fcntl.lockf(self._file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN)

    def _filled(self) -> Iterator[tuple[int, bytes, int, float]]:
        for place in range(0, ROW.size * ROWS, ROW.size):
            key, count, total = ROW.unpack_from(self._rows, place)
            if not count:
                return
            yield place, key.rstrip(b"\0"), count, total

    def _place_of(self, key: bytes) -> int | None:
        if key not in self._places:
            free = 0
            for place, found, _, _ in self._filled():
                self._places[found] = place
                free = place + ROW.size
            if key not in self._places:
                if free >= ROW.size * ROWS:
                    return None
                self._places[key] = free
        return self._places[key]


def count_requests(app: Flask, house: Blueprint) -> None:
    """Count what the house answers, and show the counts under /metrics."""
    counts = Counts(app.config["LMS_INSTANCE"] / "metrics")

    def begin() -> None:
        g.lms_counted_from = time.perf_counter()

    def end(response: Response) -> Response:
        if "lms_counted_from" in g:
            method = request.method if request.method in METHODS else "other"
            name = f"{request.endpoint} {method} {response.status_code}"
            counts.add(name, time.perf_counter() - g.lms_counted_from)
        return response

    house.before_request(begin)
    house.after_request(end)
    house.add_url_rule("/metrics", "metrics", lambda: _shown(counts))


def _shown(counts: Counts) -> Response:
    lines = [*_requests(counts), *_outbox()]
    response = Response("\n".join(lines) + "\n", content_type="text/plain; version=0.0.4; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    return response


def _requests(counts: Counts) -> Iterator[str]:
    counted = [(name.split(" "), count, total) for name, count, total in counts.all()]
    labelled = [
        (f'{{endpoint="{endpoint}",method="{method}",status="{status}"}}', count, total)
        for (endpoint, method, status), count, total in counted
    ]
    yield "# HELP lms_requests_total Requests answered, by endpoint, method and status."
    yield "# TYPE lms_requests_total counter"
    yield from (f"lms_requests_total{labels} {count}" for labels, count, _ in labelled)
    yield "# HELP lms_request_seconds_total Seconds it took to answer them."
    yield "# TYPE lms_request_seconds_total counter"
    yield from (f"lms_request_seconds_total{labels} {total:.6f}" for labels, _, total in labelled)


def _outbox() -> Iterator[str]:
    """What waits in the outbox, and which duties are silent; without a database, only that there is none."""
    try:
        waiting, since = waiting_mail(now())
        states = duty_states(now())
    except DBAPIError as error:
        session.rollback()
        if trouble_with(error) is None:
            raise
        log.error("the database could not answer: %s", type(error.orig).__name__)
        yield from _gauge("lms_database_up", "Whether the database answers.", 0)
    else:
        age = max(round((now() - since).total_seconds(), 3), 0) if since else 0
        yield from _gauge("lms_database_up", "Whether the database answers.", 1)
        yield from _gauge("lms_outbox_waiting", "Letters that are due and not sent yet.", waiting)
        yield from _gauge("lms_outbox_oldest_seconds", "How long the oldest of them has been due.", age)
        yield "# HELP lms_duty_silent Whether a duty of the worker has not been done for longer than it should."
        yield "# TYPE lms_duty_silent gauge"
        yield from (f'lms_duty_silent{{duty="{state.duty.name}"}} {int(state.silent)}' for state in states)


def _gauge(name: str, meaning: str, value: float) -> Iterator[str]:
    yield from (f"# HELP {name} {meaning}", f"# TYPE {name} gauge", f"{name} {value}")
