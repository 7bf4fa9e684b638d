"""Carrying a list out: everybody in it at once, and what it did to each of them kept, so that it can be undone."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert

from lms.all_at_once import THOSE, for_all
from lms.database import Model, new_id, now, session
from lms.learning.crowds import PLACE, count_all_anew, enrol_all, set_names, set_places
from lms.learning.inviting.models import forget_invitations_of_many
from lms.learning.roster_import.comparison import Comparison, Line
from lms.learning.roster_import.models import RosterAct, RosterImport
from lms.learning.roster_import.roster import Known
from lms.mail.undeliverable import believe_in_all
from lms.organisations.events import record
from lms.organisations.models import Employee, Round
from lms.organisations.roster_addresses import RosterAddress
from lms.people.models import Person, place_in_the_alphabet

_ADDRESSES = Model.metadata.tables[RosterAddress.__tablename__]


def carry_out(comparison: Comparison, round: Round, by: Person, what: str = "roster.imported") -> RosterImport:
    """Do to the roster what the comparison says; the roster is to be held, and the comparison as fresh as that.

    `what` is what the organisation's log calls it.
    """
    moment, organisation_id = now(), round.organisation_id
    new = {new_id(): line for line in comparison.of("new")}
    changed = {
        line.known.employee_id: line for kind in ("changed", "back") for line in comparison.of(kind) if line.known
    }
    back = [employee_id for employee_id, line in changed.items() if line.kind == "back"]
    done = RosterImport(
        organisation_id=organisation_id,
        id=new_id(),
        carried_out_at=moment,
        carried_out_by=by.id,
        added=len(new),
        changed=len(changed) - len(back),
        returned=len(back),
        departed=len(comparison.leaving),
    )
    session.add(done)
    session.flush()
    lost = _let_go_of_addresses([*new.values(), *changed.values()], organisation_id)
    _add(new, organisation_id, moment)
    _change(changed, comparison.leaving, organisation_id, moment)
    write_addresses(
        organisation_id,
        {who: line.changes["email"][1] for who, line in {**new, **changed}.items() if "email" in line.changes},
        by,
        moment,
    )
    enrol_all([*new, *back], round)
    count_all_anew([*new, *changed, *(known.employee_id for known in comparison.leaving)], round)
    _write_acts(done, new, changed, comparison.leaving, lost)
    about = {name: getattr(done, name) for name in ("added", "changed", "returned", "departed")}
    record(organisation_id, what, by, roster_import=str(done.id), **about)
    return done


def write_addresses(organisation_id: UUID, addresses: dict[UUID, str], by: Person, moment: datetime) -> None:
    """Write an address for each of these employees who has none; an empty one is none."""
    rows = [
        {
            "organisation_id": organisation_id,
            "employee_id": who,
            "email": email,
            "written_at": moment,
            "written_by": by.id,
        }
        for who, email in addresses.items()
        if email
    ]
    if rows:
        # Whoever writes an address says that it is right, so letters are tried there again.
        believe_in_all(address for address in addresses.values() if address)
        session.execute(insert(RosterAddress), rows)


def forget_addresses(organisation_id: UUID, employees: list[UUID]) -> None:
    """Let these employees have no address on the roster, and close the links that went to the one they had.

    A link confirms the address of its place: an old one would confirm the new address for whoever reads the old mail.
    """
    forget_invitations_of_many(organisation_id, employees)
    theirs = _ADDRESSES.c.organisation_id == organisation_id, _ADDRESSES.c.employee_id.in_(THOSE)
    for_all(delete(_ADDRESSES).where(*theirs), employees)


def _let_go_of_addresses(lines: list[Line], organisation_id: UUID) -> list[Known]:
    """Of two who change addresses with one another neither is in the other's way; gives back who is left without."""
    changing = [line.known for line in lines if line.known and "email" in line.changes]
    lost = [
        known
        for line in lines
        if line.known is None
        for known in line.candidates
        if known.email and known.email == line.entry.email
    ]
    forget_addresses(organisation_id, [known.employee_id for known in (*changing, *lost)])
    return [known for known in lost if known not in changing]


def _add(new: dict[UUID, Line], organisation_id: UUID, moment: datetime) -> None:
    if not new:
        return
    people = {employee_id: new_id() for employee_id in new}
    session.execute(
        insert(Person),
        [{"id": people[employee_id], "name": line.entry.name} for employee_id, line in new.items()],
    )
    session.execute(
        insert(Employee),
        [
            {
                "organisation_id": organisation_id,
                "id": employee_id,
                "person_id": people[employee_id],
                "by_name": place_in_the_alphabet(line.entry.name),
                "joined_at": moment,
                **{name: after for name, (_before, after) in line.changes.items() if name in PLACE},
            }
            for employee_id, line in new.items()
        ],
    )


def _change(changed: dict[UUID, Line], leaving: tuple[Known, ...], organisation_id: UUID, moment: datetime) -> None:
    """New teams, roles and leadership, who is back and who has left, and the names of those who have not come in."""
    places = [_place_of(known, left_at=moment) for known in leaving]
    names = []
    for line in changed.values():
        if (known := line.known) is not None:
            places.append(_place_of(known) | {name: new for name, (_old, new) in line.changes.items() if name in PLACE})
            if "name" in line.changes:
                names.append({"who": known.person_id, "called": line.changes["name"][1]})
    # The name first, which her places follow: in the same order as whoever is just entering by a letter.
    set_names(names)
    set_places(organisation_id, places)


def _place_of(known: Known, left_at: datetime | None = None) -> dict[str, Any]:
    return {
        "who": known.employee_id,
        "team": known.team,
        "role": known.role,
        "is_leader": known.is_leader,
        "left_at": left_at,
    }


def _write_acts(
    done: RosterImport,
    new: dict[UUID, Line],
    changed: dict[UUID, Line],
    leaving: tuple[Known, ...],
    lost: list[Known],
) -> None:
    acts: dict[UUID, tuple[dict[str, Any], dict[str, Any]]] = {}
    for who, line in new.items():
        acts[who] = ({}, {name: after for name, (_before, after) in line.changes.items()})
    for who, line in changed.items():
        before, after = ({name: pair[side] for name, pair in line.changes.items()} for side in (0, 1))
        if line.kind == "back":
            before, after = {**before, "has_left": True}, {**after, "has_left": False}
        acts[who] = (before, after)
    for known in leaving:
        acts[known.employee_id] = ({"has_left": False}, {"has_left": True})
    for known in lost:
        before, after = acts.get(known.employee_id, ({}, {}))
        acts[known.employee_id] = ({**before, "email": known.email}, {**after, "email": ""})
    key = {"organisation_id": done.organisation_id, "import_id": done.id}
    rows = [{**key, "employee_id": who, "before": before, "after": after} for who, (before, after) in acts.items()]
    if rows:
        session.execute(insert(RosterAct), rows)
