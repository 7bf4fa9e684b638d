"""Whatever kills the worker, and whenever: every message arrives, and hardly any arrives twice."""

import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from threading import Lock
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from lms.database import Model, engine, one_transaction, session
from lms.mail.mailbox import receiving
from lms.mail.models import OutboxMail, queue_mail
from tests.killed_worker import MOMENTS, outbox_app

pytestmark = pytest.mark.slow

KILLS = 50
MESSAGES = 200
ROOT = Path(__file__).parent.parent


class Recipients:
    """Everybody we wrote to, counting what they get."""

    def __init__(self) -> None:
        self.letters: list[bytes] = []
        self._lock = Lock()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        with self._lock:
            self.letters.append(envelope.content)
        return "250 OK"


@pytest.fixture
def recipients() -> Recipients:
    return Recipients()


@pytest.fixture
def port(recipients: Recipients) -> Iterator[int]:
    with receiving(recipients) as open_port:
        yield open_port


@pytest.fixture
def app(empty_database_url: str, port: int) -> Iterator[Flask]:
    app = outbox_app(empty_database_url, port)
    with app.app_context():
        tables = ("lms_outbox_mail", "lms_duty_done", "lms_undeliverable_address")
        Model.metadata.create_all(engine(), tables=[Model.metadata.tables[name] for name in tables])
        yield app
        session.remove()
        engine().dispose()


def queue_many() -> None:
    with one_transaction():
        for number in range(MESSAGES):
            queue_mail(f"kari+{number}@example.no", f"Letter {number}", f"Hello, number {number}.", "nb")


def worker_process(*arguments: object) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "tests.killed_worker", *map(str, arguments)],
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_fifty_kills_lose_nothing(app: Flask, empty_database_url: str, port: int, recipients: Recipients) -> None:
    queue_many()

    with worker_process(empty_database_url, port, 1, 2026, KILLS) as process:
        said, complaints = process.communicate(timeout=60)

    *kills, last = [line.split(" ", 1) for line in said.splitlines()]
    assert (process.returncode, complaints, last) == (0, "", ["0", "drained"])
    assert [how for how, _ in kills] == ["-9"] * KILLS
    assert {moment for _, moment in kills} == set(MOMENTS)

    copies = Counter(message_from_bytes(raw, policy=default)["Message-ID"] for raw in recipients.letters)
    contents = defaultdict(set)
    for raw in recipients.letters:
        contents[message_from_bytes(raw, policy=default)["To"]].add(raw)
    assert len(copies) == len(contents) == MESSAGES
    assert all(len(letters) == 1 for letters in contents.values()), "a duplicate differs from its original"
    assert 0 < copies.total() - MESSAGES <= KILLS
    assert session.scalar(select(func.count()).where(OutboxMail.sent_at.is_not(None))) == MESSAGES


def test_three_workers_at_once_send_each_message_once(
    app: Flask, empty_database_url: str, port: int, recipients: Recipients
) -> None:
    queue_many()

    workers = [worker_process(empty_database_url, port, 60, seed, 0) for seed in range(3)]
    for process in workers:
        with process:
            said, complaints = process.communicate(timeout=60)
        assert (said, complaints) == ("0 drained\n", "")

    copies = Counter(message_from_bytes(raw, policy=default)["Message-ID"] for raw in recipients.letters)
    assert (len(copies), copies.total()) == (MESSAGES, MESSAGES)
