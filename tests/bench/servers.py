"""Servers to measure: gunicorn with one worker on one core, and a client small enough not to matter."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import IO

from tests.bench.served import USAGE

ROOT = Path(__file__).parents[2]
CONNECTIONS = 4
# The database's own housekeeping is not ours to answer for.
QUESTIONS = b"postgres: lms "
SERVER = ("--worker-class", "gthread", "--workers", "1", "--threads", str(CONNECTIONS), "--log-level", "error")


@dataclass(frozen=True)
class Request:
    """One request, as bytes would have it."""

    path: str
    cookie: str
    body: str | None = None
    expect: int = 200


@dataclass(frozen=True)
class Measured:
    """What some requests took: seconds of the worker and of the database, and the wall's for each request."""

    requests: int
    worker: float
    database: float
    walls: tuple[float, ...]

    @property
    def per_second(self) -> float:
        """Requests for each second of the worker's processor."""
        return self.requests / self.worker

    @property
    def per_second_of_both(self) -> float:
        """Requests for each second of processor, the worker's and the database's together."""
        return self.requests / (self.worker + self.database)


@dataclass(frozen=True)
class Server:
    """One gunicorn with one worker; `postmaster` is the PostgreSQL behind it, if any."""

    port: int
    started_in: float
    postmaster: int | None

    def connect(self) -> HTTPConnection:
        return HTTPConnection("127.0.0.1", self.port, timeout=60)

    def usage(self) -> dict[str, float]:
        connection = self.connect()
        connection.request("GET", USAGE)
        told: dict[str, float] = json.loads(connection.getresponse().read())
        connection.close()
        return told

    def ask(self, request: Request) -> tuple[int, str, str]:
        """Send one request: the status, where it leads, and the page."""
        connection = self.connect()
        headers = {"Cookie": request.cookie, "Accept-Language": "nb"}
        if request.body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request("GET" if request.body is None else "POST", request.path, request.body, headers)
        answer = connection.getresponse()
        page = answer.read().decode()
        connection.close()
        return answer.status, answer.headers.get("Location", ""), page

    def measure(self, requests: Sequence[Request], connections: int = CONNECTIONS) -> Measured:
        """Send these requests over a few connections that stay open."""
        walls: list[float] = []
        trouble: list[str] = []
        before, database_before = self.usage()["cpu"], processor_of(self.postmaster, QUESTIONS)
        threads = [
            threading.Thread(target=self._send, args=(requests[first::connections], walls, trouble))
            for first in range(connections)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not trouble, trouble[0]
        worker = self.usage()["cpu"] - before
        return Measured(
            len(requests), worker, processor_of(self.postmaster, QUESTIONS) - database_before, tuple(sorted(walls))
        )

    def _send(self, requests: Sequence[Request], walls: list[float], trouble: list[str]) -> None:
        connection = self.connect()
        for each in requests:
            headers = {"Cookie": each.cookie, "Accept-Language": "nb"}
            if each.body is not None:
                headers["Content-Type"] = "application/x-www-form-urlencoded"
            begun = time.perf_counter()
            connection.request("GET" if each.body is None else "POST", each.path, each.body, headers)
            answer = connection.getresponse()
            page = answer.read()
            walls.append(time.perf_counter() - begun)
            if answer.status != each.expect:
                trouble.append(f"{each.path}: {answer.status} {page[:2000].decode()}")
                break
        connection.close()


@contextlib.contextmanager
def serving(what: str, environment: dict[str, str], postmaster: int | None = None) -> Iterator[Server]:
    """Serve `ours` or `floor` until the block ends."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", *SERVER, "--bind", f"127.0.0.1:{port}", f"tests.bench.served:{what}()"]
    begun = time.perf_counter()
    # What it logs is written, as in production, but not shown.
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **environment},
            stderr=log,
            preexec_fn=_stay_on_one_core,
            start_new_session=True,
        )
        try:
            _wait_for(port, process, log)
            yield Server(port, time.perf_counter() - begun, postmaster)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


@dataclass(frozen=True)
class Site:
    """A site as docs/running.md has it: gunicorn with its workers, and the worker that sends mail."""

    port: int
    gunicorn: int
    worker: int


@contextlib.contextmanager
def serving_for_real(environment: dict[str, str], postmaster: int | None = None) -> Iterator[Site]:
    """Serve our application with its worker until the block ends, on two cores with their database."""
    port = free_port()
    gunicorn = (
        "-m",
        "gunicorn",
        "--worker-class",
        "gthread",
        "--workers",
        "2",
        "--threads",
        "4",
        "--log-level",
        "error",
    )
    served = (*gunicorn, "--bind", f"127.0.0.1:{port}", "lms:create_app()")
    if postmaster is not None:
        _stay_on_two_cores(postmaster)
    with contextlib.ExitStack() as running, tempfile.TemporaryFile("w+") as log:
        pids = []
        for command in (served, ("-c", "from lms.cli import main; main()", "worker")):
            process = subprocess.Popen(
                [sys.executable, *command],
                cwd=ROOT,
                env={**os.environ, **environment},
                stdout=log,
                stderr=log,
                preexec_fn=_stay_on_two_cores,
                start_new_session=True,
            )
            running.callback(process.wait, 60)
            running.callback(process.send_signal, signal.SIGTERM)
            pids.append(process.pid)
            if command is served:
                _wait_for(port, process, log, "/readyz")
        yield Site(port, *pids)


def _stay_on_two_cores(process: int = 0) -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(process, set(sorted(os.sched_getaffinity(0))[:2]))


def _stay_on_one_core() -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def _wait_for(port: int, process: "subprocess.Popen[bytes]", log: IO[str], page: str = USAGE) -> None:
    while True:
        if process.poll() is not None:
            log.seek(0)
            raise AssertionError(f"the server ended: {log.read()}")
        with contextlib.suppress(OSError):
            connection = HTTPConnection("127.0.0.1", port, timeout=60)
            connection.request("GET", page)
            connection.getresponse().read()
            connection.close()
            return
        time.sleep(0.01)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def processor_of(parent: int | None, named: bytes = b"") -> float:
    """Processor seconds of a process and its children; with a name, of the children that are called so."""
    if parent is None or not Path("/proc").exists():
        return 0.0
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            is_child = int(fields[1]) == parent and named in stat.with_name("cmdline").read_bytes()
            if is_child or (not named and stat.parent.name == str(parent)):
                ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")
