"""Workers that die while they remind: between writing and keeping, between keeping and sending, and while they send."""

import os
import random
import sys
from datetime import timedelta
from pathlib import Path
from threading import Event

import time_machine
from flask import Flask
from sqlalchemy import func, select

import lms
from lms.database import now, one_transaction, session
from lms.group_sessions.reminders import duties as reminding
from lms.group_sessions.reminders.duties import WRITING
from lms.group_sessions.reminders.sending import write_reminders
from lms.mail import duties, worker
from lms.mail.models import OutboxMail
from tests.killed_worker import after, die, die_at
from tests.reminded import MORNING

MOMENTS = ("written but not kept", "kept", "sending", "sent", "acknowledging")
A_FEW = 7


def die_while_writing(moment: str, times: int) -> None:
    left = iter(range(times, 0, -1))

    def perhaps() -> None:
        if next(left, 0) == 1:
            die()

    if moment == "written but not kept":
        after(reminding, "write_reminders", perhaps)
    else:
        after(duties, "done_once", perhaps)


def work(app: Flask, moment: str | None, times: int) -> None:
    stop = Event()
    if moment in MOMENTS[:2]:
        die_while_writing(moment, times)
    elif moment:
        die_at(moment, times)
    else:
        after(worker, "do_duties", lambda: stop.set() if nothing_is_left() else None)
    worker.run_worker(app, stop)


def nothing_is_left() -> bool:
    with one_transaction():
        waiting = session.scalar(select(func.count()).where(OutboxMail.sent_at.is_(None)))
        return not waiting and not write_reminders(now())


def main(url: str, instance: str, port: int, kills: int) -> None:
    worker.LEASE, worker.BATCH, worker.PAUSE = timedelta(seconds=1), 5, 0.02
    for name in set(duties.duties) - {WRITING}:
        del duties.duties[name]
    duties.duties[WRITING] = duties.Duty(WRITING, timedelta(0), lambda: reminding.write_reminders(now()))
    reminding.write_reminders = lambda moment: write_reminders(moment, A_FEW)
    chance = random.Random(2026)
    for number in range(kills + 1):
        moment = MOMENTS[number % len(MOMENTS)] if number < kills else None
        times = chance.randint(1, 2)
        child = os.fork()
        if child == 0:
            try:
                config = {"LMS_DATABASE_URL": url, "LMS_INSTANCE": Path(instance), "LMS_ORIGIN": "https://example.no"}
                mail = {"LMS_SMTP_HOST": "127.0.0.1", "LMS_SMTP_PORT": port, "LMS_MAIL_FROM": "balanse@example.no"}
                work(lms.create_app({**config, **mail}), moment, times)
            except BaseException as error:
                print(f"worker {number}: {error!r}", file=sys.stderr, flush=True)
                os._exit(1)
            os._exit(0)
        _, ended = os.waitpid(child, 0)
        how = -os.WTERMSIG(ended) if os.WIFSIGNALED(ended) else os.WEXITSTATUS(ended)
        print(how, moment or "drained", flush=True)


if __name__ == "__main__":
    with time_machine.travel(MORNING):
        main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
