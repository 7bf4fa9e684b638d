"""Giving places: people choose, are placed, wait in line and get what others give up.

Whoever calls holds the organisation's roster, so that the places of one house are given one after the other: of two who
want the last place one is first, and nobody who waits is passed by.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, exists, func, literal, null, select, update

from lms.database import engine, insert_of, now, session, upsert
from lms.group_sessions.calendars.telling import uninvite
from lms.group_sessions.models import GroupSession, sessions_ahead
from lms.group_sessions.seats.models import (
    ANSWER,
    KEY,
    Seat,
    SessionFull,
    TooLate,
    WaitingPlace,
    can_be_chosen,
    seats_in,
    seats_taken,
    waiting_for,
)
from lms.organisations.models import Employee
from lms.people.models import Person

LINES_ARE_KEPT = timedelta(days=1)  # after the session has begun


def take_seat(meeting: GroupSession, employee: Employee) -> None:
    """She chooses this session, and leaves the one she had. Raises SessionFull, TooLate."""
    if not can_be_chosen(meeting):
        raise TooLate
    give_free_places(meeting.organisation_id)
    if _has_a_place(meeting, employee):
        return
    if meeting.capacity is not None and seats_taken(meeting) >= meeting.capacity:
        raise SessionFull(0)
    _answer(meeting, employee, None)
    _leave_lines(meeting, [employee.id])
    give_free_places(meeting.organisation_id)


def decline(meeting: GroupSession, employee: Employee) -> None:
    """She says in advance that she cannot come; her place is the next one's. Raises TooLate."""
    if not can_be_chosen(meeting):
        raise TooLate
    _answer(meeting, employee, now())
    _leave_lines(meeting, [employee.id])
    give_free_places(meeting.organisation_id)


def wait_for(meeting: GroupSession, employee: Employee) -> None:
    """She stands in line for this session; asked twice, she keeps the place in line she had. Raises TooLate.

    Nobody waits in two lines, and whoever has a place elsewhere keeps it until this one is hers.
    """
    if not can_be_chosen(meeting):
        raise TooLate
    waiting = session.get(WaitingPlace, (meeting.organisation_id, employee.id), populate_existing=True)
    if _has_a_place(meeting, employee) or (waiting is not None and waiting.group_session_id == meeting.id):
        return
    row = {**_key(meeting, employee.id), "group_session_id": meeting.id, "since": now()}
    upsert(WaitingPlace, row, KEY, overwrite=("group_session_id", "since"))
    give_free_places(meeting.organisation_id)


def stop_waiting(meeting: GroupSession, employee: Employee) -> None:
    """She leaves the line; what else she has answered stays."""
    _leave_lines(meeting, [employee.id])


def give_free_places(organisation_id: UUID) -> int:
    """Whoever has waited longest gets the place that is free, and her own goes on to the next; says how many got one.

    One question where nobody waits.
    """
    given = 0
    while (lines := waiting_for(organisation_id)) and (
        now_given := sum(
            _give_to_the_first(meeting)
            for meeting in sessions_ahead(organisation_id)
            if meeting.id in lines and can_be_chosen(meeting)
        )
    ):
        given += now_given
    return given


def place(meeting: GroupSession, employees: Collection[UUID], by: Person, over_capacity: bool = False) -> int:
    """These people have a place here, or none of them gets one; says how many were placed.

    Raises SessionFull unless the session may be fuller than it should, and TooLate.
    """
    if not can_be_chosen(meeting):
        raise TooLate
    give_free_places(meeting.organisation_id)
    seated = select(Seat.employee_id).where(*seats_in(meeting), Seat.cannot_come_at.is_(None))
    new = set(employees) - set(session.scalars(seated.where(Seat.employee_id.in_(employees))))
    left = None if meeting.capacity is None else max(0, meeting.capacity - seats_taken(meeting))
    if left is not None and len(new) > left and not over_capacity:
        raise SessionFull(left)
    if new:
        _tell_others(meeting, Seat.employee_id.in_(new))
        answer = dict(_NOTHING, group_session_id=meeting.id, taken_at=now(), placed_by=by.id)
        upsert(Seat, [{**_key(meeting, each), **answer} for each in new], KEY, overwrite=ANSWER)
        _leave_lines(meeting, new)
        give_free_places(meeting.organisation_id)
    return len(new)


def take_out(organisation_id: UUID, employees: Collection[UUID]) -> int:
    """These people have no place any more in a session ahead, and are told so; says how many had one.

    Whoever has said that she cannot come has none to lose.
    """
    taken_out = 0
    for meeting in filter(can_be_chosen, sessions_ahead(organisation_id)):
        seats = (*seats_in(meeting), Seat.employee_id.in_(employees), Seat.cannot_come_at.is_(None))
        if gone := list(session.scalars(select(Seat.employee_id).where(*seats))):
            session.execute(delete(Seat).where(*seats).execution_options(synchronize_session=False))
            uninvite(meeting, gone)
            taken_out += len(gone)
    give_free_places(organisation_id)
    return taken_out


def place_team(meeting: GroupSession, team: str, by: Person) -> int:
    """Everybody in the team has a place here, or nobody gets one; says how many were placed.

    Whoever has answered about this session, or has chosen another one herself, keeps what she has chosen.
    Raises SessionFull, TooLate.
    """
    if not can_be_chosen(meeting):
        raise TooLate
    of_hers = and_(Seat.organisation_id == Employee.organisation_id, Seat.employee_id == Employee.id)
    ahead = select(GroupSession.id).where(
        GroupSession.organisation_id == meeting.organisation_id,
        GroupSession.held_at.is_(None),
        GroupSession.cancelled_at.is_(None),
    )
    chose_another = and_(
        Seat.employee_id.is_not(None),
        Seat.placed_by.is_(None),
        Seat.cannot_come_at.is_(None),
        Seat.group_session_id.in_(ahead),
    )
    missing = (
        select(Employee.id)
        .outerjoin(Seat, of_hers)
        .where(
            Employee.organisation_id == meeting.organisation_id,
            Employee.team == team,
            Employee.left_at.is_(None),
            Seat.group_session_id.is_distinct_from(meeting.id),
            ~chose_another,
        )
    )
    give_free_places(meeting.organisation_id)
    many = session.scalar(select(func.count()).select_from(missing.subquery())) or 0
    if meeting.capacity is not None and many > (left := max(0, meeting.capacity - seats_taken(meeting))):
        raise SessionFull(left)
    _tell_others(meeting, Seat.employee_id.in_(missing))
    placed = missing.with_only_columns(
        literal(meeting.organisation_id, Seat.organisation_id.type),
        Employee.id,
        literal(meeting.id, Seat.group_session_id.type),
        literal(now(), Seat.taken_at.type),
        literal(by.id, Seat.placed_by.type),
        null(),
        null(),
    )
    insert = insert_of(engine().dialect.name, Seat)
    insert = insert.from_select([*KEY, *ANSWER], placed)
    session.execute(
        insert.on_conflict_do_update(index_elements=KEY, set_={name: insert.excluded[name] for name in ANSWER})
    )
    here = select(Seat.employee_id).where(*seats_in(meeting), Seat.cannot_come_at.is_(None))
    _leave_lines(meeting, here)
    give_free_places(meeting.organisation_id)
    return many


def forget_lines_of_the_past(before: datetime) -> None:
    """Nobody waits any more for a session that began before then."""
    past = exists().where(
        GroupSession.organisation_id == WaitingPlace.organisation_id,
        GroupSession.id == WaitingPlace.group_session_id,
        GroupSession.starts_at < before,
    )
    session.execute(delete(WaitingPlace).where(past).execution_options(synchronize_session=False))


def pass_on(line: Employee, kept: Employee) -> None:
    """Two lines of the roster were one person: she has the place, or the place in line, that one of them was given.

    What she has answered herself stands, and a place that nobody is behind any more is the next one's.
    """
    for model in (Seat, WaitingPlace):
        here = model.organisation_id == line.organisation_id
        has_one = session.scalar(select(model.employee_id).where(here, model.employee_id == kept.id)) is not None
        change = delete(model) if has_one else update(model).values(employee_id=kept.id)
        session.execute(change.where(here, model.employee_id == line.id).execution_options(synchronize_session=False))
    seat = session.get(Seat, (kept.organisation_id, kept.id), populate_existing=True)
    if seat is not None:
        meeting = session.get_one(GroupSession, (seat.organisation_id, seat.group_session_id))
        meeting.letters_due = True
        _leave_lines(meeting, [kept.id])
    give_free_places(kept.organisation_id)


def ask_anew(meeting: GroupSession) -> None:
    """The session has another day: whoever could not come may be able to now."""
    session.execute(delete(Seat).where(*seats_in(meeting), Seat.cannot_come_at.is_not(None)))


_NOTHING: dict[str, Any] = dict.fromkeys(ANSWER)


def _key(meeting: GroupSession, employee_id: UUID) -> dict[str, Any]:
    return {"organisation_id": meeting.organisation_id, "employee_id": employee_id}


def _has_a_place(meeting: GroupSession, employee: Employee) -> bool:
    here = select(Seat.employee_id).where(*seats_in(meeting), Seat.employee_id == employee.id)
    return session.scalar(here.where(Seat.cannot_come_at.is_(None))) is not None


def _answer(meeting: GroupSession, employee: Employee, cannot_come_at: datetime | None) -> None:
    _tell_others(meeting, Seat.employee_id == employee.id)
    answer = dict(_NOTHING, group_session_id=meeting.id, taken_at=now(), cannot_come_at=cannot_come_at)
    upsert(Seat, {**_key(meeting, employee.id), **answer}, KEY, overwrite=ANSWER)


def _give_to_the_first(meeting: GroupSession) -> int:
    """The places that are free here go to the first in line, as many as there are."""
    free = None if meeting.capacity is None else meeting.capacity - seats_taken(meeting)
    if free is not None and free <= 0:
        return 0
    first = (
        select(WaitingPlace.employee_id, WaitingPlace.since)
        .join(
            Employee,
            and_(Employee.organisation_id == WaitingPlace.organisation_id, Employee.id == WaitingPlace.employee_id),
        )
        .where(*_line_of(meeting), Employee.left_at.is_(None))
        .order_by(WaitingPlace.since, WaitingPlace.employee_id)
        .limit(free)
    )
    since = dict(session.execute(first).all())
    _tell_others(meeting, Seat.employee_id.in_(since))
    answer = dict(_NOTHING, group_session_id=meeting.id, taken_at=now())
    rows = [{**_key(meeting, each), **answer, "waited_since": moment} for each, moment in since.items()]
    upsert(Seat, rows, KEY, overwrite=ANSWER)
    _leave_lines(meeting, list(since))
    return len(since)


def _line_of(meeting: GroupSession) -> tuple[Any, ...]:
    return WaitingPlace.organisation_id == meeting.organisation_id, WaitingPlace.group_session_id == meeting.id


def _leave_lines(meeting: GroupSession, employees: Any) -> None:
    """They do not wait for this session any more."""
    gone = delete(WaitingPlace).where(*_line_of(meeting), WaitingPlace.employee_id.in_(employees))
    session.execute(gone.execution_options(synchronize_session=False))


def _tell_others(meeting: GroupSession, whose: Any) -> None:
    """Calendars: the session somebody leaves is taken out of hers, and the one she gets is put in."""
    left = select(Seat.group_session_id).where(Seat.organisation_id == meeting.organisation_id, whose)
    session.execute(
        update(GroupSession)
        .where(
            GroupSession.organisation_id == meeting.organisation_id,
            GroupSession.id.in_(left) | (GroupSession.id == meeting.id),
        )
        .values(letters_due=True)
        .execution_options(synchronize_session=False)
    )
