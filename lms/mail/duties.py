"""What the worker does besides mail: the rooms say what and how often, the worker says when."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from lms.database import Model, now, one_transaction, session
from lms.logs import log_trouble

log = logging.getLogger("lms.mail")
Act = TypeVar("Act", bound=Callable[[], object])


class DutyDone(Model):
    """When a duty was last done, whoever of the workers did it."""

    __tablename__ = "lms_duty_done"

    name: Mapped[str] = mapped_column(primary_key=True)
    done_at: Mapped[datetime]


@dataclass(frozen=True)
class Duty:
    """Something to do again and again."""

    name: str
    every: timedelta
    act: Callable[[], object]


duties: dict[str, Duty] = {}


def duty(name: str, every_seconds: float) -> Callable[[Act], Act]:
    """Have the worker call the function so often, in a transaction of its own, by one worker at a time."""

    def register(act: Act) -> Act:
        if name in duties and duties[name].act is not act:
            raise ValueError(f"two duties are called “{name}”")
        duties[name] = Duty(name, timedelta(seconds=every_seconds), act)
        return act

    return register


def do_duties(not_before: dict[str, datetime]) -> None:
    """Do what is due and remember in `not_before` when to ask again; a failed duty is logged and waits."""
    for each in tuple(duties.values()):
        moment = now()
        if moment < not_before.get(each.name, moment):
            continue
        not_before[each.name] = moment + each.every
        try:
            not_before[each.name] = done_once(each, moment)
        except Exception as error:
            log_trouble(log, f"the duty “{each.name}” failed", error)


def done_once(each: Duty, moment: datetime) -> datetime:
    """Do it unless a worker has done it lately or is doing it now; say when it is due again."""
    with one_transaction():
        row = select(DutyDone).where(DutyDone.name == each.name).with_for_update(skip_locked=True)
        last = session.scalar(row.execution_options(populate_existing=True))
        if last is None:
            session.add(DutyDone(name=each.name, done_at=moment))
            try:
                session.flush()
            except IntegrityError:  # the row is there, and locked: another worker is at it
                session.rollback()
                return moment + each.every
        elif moment < last.done_at + each.every:
            return last.done_at + each.every
        else:
            last.done_at = moment
        each.act()
    return moment + each.every
