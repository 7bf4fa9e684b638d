"""Whatever kills the worker, and whenever: everybody is reminded, of each occasion once."""

import subprocess
import sys
from collections import Counter
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
import time_machine
from sqlalchemy import func, select

from lms.database import session
from lms.group_sessions.reminders.models import Reminder
from lms.mail.mailbox import receiving
from lms.mail.models import OutboxMail
from tests.cast import cast_in
from tests.killed_reminders import MOMENTS
from tests.reminded import MORNING, SESSION, colleagues, hold_session_at
from tests.test_the_worker_is_killed import Recipients

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
PEOPLE = 60
KILLS = 10


def test_killed_at_any_moment_it_reminds_everybody_once(open_app: Any, database_url: str, tmp_path: Path) -> None:
    recipients = Recipients()
    app = open_app(database_url)
    with time_machine.travel(MORNING, tick=False):
        theatre = cast_in(app)
        hold_session_at(app, theatre, SESSION)
        colleagues(app, theatre, PEOPLE)
    with receiving(recipients) as port:
        ran = subprocess.run(
            [
                sys.executable,
                "-m",
                "tests.killed_reminders",
                database_url,
                tmp_path / "instance",
                str(port),
                str(KILLS),
            ],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    *kills, last = [line.split(" ", 1) for line in ran.stdout.splitlines()]
    assert (ran.stderr, last) == ("", ["0", "drained"])
    assert [how for how, _ in kills] == ["-9"] * KILLS
    assert {moment for _, moment in kills} == set(MOMENTS)

    letters = [message_from_bytes(raw, policy=default) for raw in recipients.letters]
    copies = Counter(letter["Message-ID"] for letter in letters)
    assert len(copies) == PEOPLE
    assert len({letter["To"] for letter in letters}) == PEOPLE
    assert copies.total() - PEOPLE <= KILLS
    with app.app_context():
        assert session.scalar(select(func.count()).select_from(Reminder)) == PEOPLE
        assert session.scalar(select(func.count()).where(OutboxMail.sent_at.is_not(None))) == PEOPLE
