"""Workers that die: a process of its own, since a test that is killed says nothing any more.

It loads everything once and forks one worker after the other, each of which kills itself with SIGKILL at a moment
drawn from the seed. The last one lives until the outbox is empty.
"""

import os
import random
import signal
import smtplib
import sys
from collections.abc import Callable
from datetime import timedelta
from threading import Event
from types import SimpleNamespace
from typing import Any

from flask import Flask
from sqlalchemy import Engine, event, func, select

from lms.database import forget_session, one_transaction, session
from lms.engines import open_engine
from lms.mail import worker
from lms.mail.duties import duties
from lms.mail.models import OutboxMail

MOMENTS = (
    "claiming",  # the claim is written but not committed
    "claimed",
    "sending",
    "sent to the server, which has not answered",
    "sent",
    "acknowledging",  # the acknowledgement is written but not committed
    "acknowledged",
)


def outbox_app(url: str, port: int) -> Flask:
    app = Flask("outbox")
    app.config.update(LMS_SMTP_HOST="127.0.0.1", LMS_SMTP_PORT=port, LMS_MAIL_FROM="Balanse <balanse@example.no>")
    app.extensions["lms"] = SimpleNamespace(engine=open_engine(url), secret_key="never in earnest")
    app.teardown_appcontext(forget_session)
    return app


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def before(owner: Any, name: str, act: Callable[[], None]) -> None:
    whole = getattr(owner, name)
    setattr(owner, name, lambda *args, **kwargs: (act(), whole(*args, **kwargs))[1])


def after(owner: Any, name: str, act: Callable[[], None]) -> None:
    whole = getattr(owner, name)
    setattr(owner, name, lambda *args, **kwargs: (whole(*args, **kwargs), act())[0])


def die_at(moment: str, times: int) -> None:
    """Die when the moment comes for the n-th time in this worker's life."""
    left = iter(range(times, 0, -1))

    def perhaps() -> None:
        if next(left) == 1:
            die()

    def only_within(name: str) -> Callable[[object], None]:
        inside: list[bool] = []
        before(worker, name, lambda: inside.append(True))
        after(worker, name, inside.clear)
        return lambda connection: perhaps() if inside else None

    match moment:
        case "claiming":
            event.listen(Engine, "commit", only_within("claim"))
        case "claimed":
            after(worker, "claim", perhaps)
        case "sending":
            before(worker.MailServer, "send", perhaps)
        case "sent to the server, which has not answered":
            before(smtplib.SMTP, "data", lambda: before_the_answer(perhaps))
        case "sent":
            after(worker.MailServer, "send", perhaps)
        case "acknowledging":
            event.listen(Engine, "commit", only_within("acknowledge"))
        case "acknowledged":
            after(worker, "acknowledge", perhaps)
        case _:
            raise AssertionError(moment)


def before_the_answer(act: Callable[[], None]) -> None:
    """The answer to DATA is the first one, the answer to the letter the second."""
    whole, answers = smtplib.SMTP.getreply, iter((False, True))

    def getreply(line: smtplib.SMTP) -> tuple[int, bytes]:
        if next(answers):
            smtplib.SMTP.getreply = whole  # type: ignore[method-assign]
            act()
        return whole(line)

    smtplib.SMTP.getreply = getreply  # type: ignore[method-assign]


def work(url: str, port: int, moment: str | None, times: int) -> None:
    app, stop = outbox_app(url, port), Event()
    if moment:
        die_at(moment, times)
    else:
        after(worker, "deliver_due", lambda: stop.set() if nothing_waits() else None)
    worker.run_worker(app, stop)


def nothing_waits() -> bool:
    with one_transaction():
        return not session.scalar(select(func.count()).where(OutboxMail.sent_at.is_(None)))


def main(url: str, port: int, lease: float, seed: int, kills: int) -> None:
    worker.LEASE, worker.BATCH, worker.PAUSE = timedelta(seconds=lease), 5, 0.02
    # The outbox alone is on trial: the other rooms' duties need the whole application.
    for name in set(duties) - {"forget sent mail"}:
        del duties[name]
    chance = random.Random(seed)
    for number in range(kills + 1):
        # Every moment has its turn; the seed says in which message of which batch.
        moment = MOMENTS[number % len(MOMENTS)] if number < kills else None
        times = chance.randint(1, 2 if moment in ("claiming", "claimed") else 4)
        child = os.fork()
        if child == 0:
            try:
                work(url, port, moment, times)
            except BaseException as error:
                print(f"worker {number}: {error!r}", file=sys.stderr, flush=True)
                os._exit(1)
            os._exit(0)
        _, ended = os.waitpid(child, 0)
        how = -os.WTERMSIG(ended) if os.WIFSIGNALED(ended) else os.WEXITSTATUS(ended)
        print(how, moment or "drained", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]))
