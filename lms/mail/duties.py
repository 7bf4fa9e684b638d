"""What the worker does besides mail: the rooms say what and how often, the worker says when."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from lms.database import Model, now, one_transaction, session, upsert
from lms.logs import log_trouble

log = logging.getLogger("lms.mail")
Act = TypeVar("Act", bound=Callable[[], object])


class DutyDone(Model):
    """When a duty was last done, whoever of the workers did it; and, since then, how often it has failed."""

    __tablename__ = "lms_duty_done"

    name: Mapped[str] = mapped_column(primary_key=True)
    done_at: Mapped[datetime | None]
    did: Mapped[int | None]
    failures: Mapped[int] = mapped_column(default=0)
    failed_at: Mapped[datetime | None]
    trouble: Mapped[str | None]


@dataclass(frozen=True)
class Duty:
    """Something to do again and again; `act` may say how many things it did."""

    name: str
    every: timedelta
    act: Callable[[], object]

    @property
    def patience(self) -> timedelta:
        """How long after it was done somebody should begin to wonder."""
        return max(3 * self.every, SHORTEST_PATIENCE)


@dataclass(frozen=True)
class DutyState:
    """One line of the panel of jobs: when a duty was done and will be, and what has gone wrong since."""

    duty: Duty
    done_at: datetime | None = None
    did: int | None = None
    failures: int = 0
    failed_at: datetime | None = None
    trouble: str | None = None
    silent: bool = True

    @property
    def next_at(self) -> datetime | None:
        return self.done_at + self.duty.every if self.done_at else None


SHORTEST_PATIENCE = timedelta(minutes=15)
duties: dict[str, Duty] = {}


def duty_states(moment: datetime) -> list[DutyState]:
    """Every duty there is, by name, and how it fares: one question to the database."""
    rows = {row.name: row for row in session.scalars(select(DutyDone))}
    return [
        DutyState(
            each,
            row.done_at,
            row.did,
            row.failures,
            row.failed_at,
            row.trouble,
            silent=row.done_at is None or moment > row.done_at + each.patience,
        )
        if (row := rows.get(name)) is not None
        else DutyState(each)
        for name, each in sorted(duties.items())
    ]


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
            write_down(each, moment, error)


def write_down(each: Duty, moment: datetime, error: Exception) -> None:
    """Let the panel of jobs show the failure; where not even that can be kept, the log has to do."""
    row = {"name": each.name, "failures": 1, "failed_at": moment, "trouble": type(error).__name__}
    try:
        with one_transaction():
            upsert(DutyDone, row, ("name",), overwrite=("failed_at", "trouble"), add=("failures",))
    except DBAPIError as trouble:
        log_trouble(log, f"the failure of “{each.name}” could not be kept", trouble)


def done_once(each: Duty, moment: datetime) -> datetime:
    """Do it unless a worker has done it lately or is doing it now; say when it is due again."""
    with one_transaction():
        row = select(DutyDone).where(DutyDone.name == each.name).with_for_update(skip_locked=True)
        last = session.scalar(row.execution_options(populate_existing=True))
        if last is None:
            last = DutyDone(name=each.name)
            session.add(last)
            try:
                session.flush()
            except IntegrityError:  # the row is there, and locked: another worker is at it
                session.rollback()
                return moment + each.every
        elif last.done_at is not None and moment < last.done_at + each.every:
            return last.done_at + each.every
        last.done_at, last.failures = moment, 0
        session.flush()
        did = each.act()
        last.did = did if isinstance(did, int) else None
    return moment + each.every
