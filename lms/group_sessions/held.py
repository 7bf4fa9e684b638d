"""What was true when a session was held: frozen as ids and counts, and sealed with a hash.

Names are looked up when the page is shown, so that erasing a person changes nothing that is sealed. Who came stands in
the attendance list, which is closed from then on; the snapshot holds the list's own hash, not a copy that would grow
with the head count.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import and_, func, select

from lms.database import now, session
from lms.group_sessions.attendance.models import Attendance
from lms.group_sessions.models import AlreadyHeld, GroupSession, NotHeldYet
from lms.group_sessions.readiness import Blocker, CourseFacts, Facts, Readiness, readiness_for
from lms.organisations.models import Employee, Organisation, current_round
from lms.people.models import Person

FORM = 1  # of the snapshot; a later form must still read this one
Kind = TypeVar("Kind")


@dataclass(frozen=True)
class Came:
    """How many came: by name in the list, leaders among them, and as counted in the room where somebody counted."""

    listed: int
    leaders: int
    counted: int | None
    people: str

    @property
    def in_all(self) -> int:
        """Whoever is in the list was in the room, and so was whoever was counted there."""
        return max(self.listed, self.counted or 0)


@dataclass(frozen=True)
class Held:
    """A session as it was when it was held; `is_true` says whether what is sealed is still what was sealed then."""

    readiness: Readiness
    came: Came
    held_at: datetime
    sealed: str
    is_true: bool


def hold(meeting: GroupSession, organisation: Organisation, by: Person) -> None:
    """The session took place: freeze readiness, policy and attendance as they are now. Raises AlreadyHeld, NotHeldYet.

    Whoever calls holds the session's row alone, so that nobody is marked while the list is sealed.
    """
    if meeting.held_at is not None:
        raise AlreadyHeld
    if not meeting.has_begun:
        raise NotHeldYet
    (readiness,) = readiness_for([(meeting, organisation)])
    round = current_round(organisation.id)
    snapshot = {
        "form": FORM,
        **_what_and_when(meeting),
        "round": str(round.id),
        "held_by": str(by.id),
        "frozen_at": now().isoformat(),
        "policy": {
            "courses": list(round.courses),
            "leader_share": round.leader_share,
            "staff_share": round.staff_share,
            "time_share": round.time_share,
            "declared_head_count": round.declared_head_count,
        },
        "facts": asdict(readiness.facts),
        "verdict": readiness.verdict,
        "blockers": [asdict(blocker) for blocker in readiness.blockers],
        "came": asdict(_came(meeting)),
    }
    # As the database will give it back: lists for tuples, text for keys.
    snapshot = json.loads(canonical(snapshot))
    meeting.hold(by, snapshot, seal(snapshot))


def held(meeting: GroupSession) -> Held:
    """The session as it was when it was held, from the snapshot alone. Raises NotHeldYet."""
    if meeting.held_at is None or meeting.frozen_facts is None or meeting.frozen_hash is None:
        raise NotHeldYet
    snapshot = meeting.frozen_facts
    written = snapshot["facts"]
    courses = tuple(_read(CourseFacts, course) for course in written["courses"])
    facts = _read(Facts, {**written, "courses": courses})
    blockers = tuple(_read(Blocker, blocker) for blocker in snapshot["blockers"])
    came = _read(Came, snapshot["came"])
    return Held(
        readiness=Readiness(facts, snapshot["verdict"], blockers),
        came=came,
        held_at=meeting.held_at,
        sealed=meeting.frozen_hash,
        is_true=seal(snapshot) == meeting.frozen_hash and _agrees(snapshot, meeting),
    )


def _agrees(snapshot: Mapping[str, Any], meeting: GroupSession) -> bool:
    """Whether what stands outside the snapshot is as it was: the session itself, and its closed list."""
    return snapshot == {
        **snapshot,
        **_what_and_when(meeting),
        "came": {**snapshot["came"], "counted": meeting.came_counted, **_listed(meeting)},
    }


def _what_and_when(meeting: GroupSession) -> dict[str, Any]:
    return {
        "organisation": str(meeting.organisation_id),
        "group_session": str(meeting.id),
        "starts_at": meeting.starts_at and meeting.starts_at.isoformat(),
        "minutes": meeting.minutes,
        "facilitator": meeting.facilitator_id and str(meeting.facilitator_id),
    }


def canonical(snapshot: Mapping[str, Any]) -> str:
    """The one way to write a snapshot down: JSON with sorted keys and no spaces, in UTF-8."""
    return json.dumps(snapshot, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def seal(snapshot: Mapping[str, Any]) -> str:
    """SHA-256 over the canonical form."""
    return hashlib.sha256(canonical(snapshot).encode()).hexdigest()


def _came(meeting: GroupSession) -> Came:
    leaders = select(func.count()).select_from(Attendance).join(Employee, _OF_HERS).where(*_list_of(meeting))
    return Came(
        leaders=session.scalar(leaders.where(Employee.is_leader)) or 0, counted=meeting.came_counted, **_listed(meeting)
    )


def _listed(meeting: GroupSession) -> dict[str, Any]:
    """The list as it is; it has the same hash for good, whatever becomes of the people in it."""
    people = session.scalars(select(Attendance.employee_id).where(*_list_of(meeting))).all()
    return {"listed": len(people), "people": _hash_of(people)}


def _list_of(meeting: GroupSession) -> tuple[Any, ...]:
    return Attendance.organisation_id == meeting.organisation_id, Attendance.group_session_id == meeting.id


_OF_HERS = and_(Employee.organisation_id == Attendance.organisation_id, Employee.id == Attendance.employee_id)


def _hash_of(people: Iterable[UUID]) -> str:
    listed = hashlib.sha256()
    for line in sorted(map(str, people)):
        listed.update(f"{line}\n".encode())
    return listed.hexdigest()


def _read(kind: type[Kind], written: Mapping[str, Any]) -> Kind:
    known = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    return kind(**{name: value for name, value in written.items() if name in known})
