"""Undoing a list: what it did is taken back, and what anybody has done since stays."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Table, delete, or_, select

from lms.all_at_once import THOSE, for_all
from lms.database import Model, now, session
from lms.learning.credit import PersonClock
from lms.learning.crowds import PLACE, count_all_anew, enrol_all, set_names, set_places
from lms.learning.inviting.models import MailedInvitation, forget_invitations_of_many
from lms.learning.models import Enrolment
from lms.learning.roster_import.carrying_out import forget_addresses, write_addresses
from lms.learning.roster_import.models import RosterAct, RosterImport
from lms.learning.roster_import.roster import Known, everybody_known
from lms.organisations.events import record
from lms.organisations.models import Employee, Round
from lms.organisations.roster_addresses import RosterAddress
from lms.people.belongings import forget_all
from lms.people.models import Person

FIELDS = ("name", "email", "team", "is_leader", "role", "has_left")
# What a list writes itself, and what a coordinator has sent: nobody who is on the list has done that.
WRITTEN_BY_LISTS = {
    model.__tablename__
    for model in (Person, Employee, Enrolment, RosterAddress, RosterAct, PersonClock, MailedInvitation)
}


@dataclass(frozen=True)
class Undoing:
    """What taking a list back would do.

    `removed` were put in by it and vanish; `staying` were too, and have begun or been changed since. `restored` get
    back what they had, by field; `kept` are those for whom something else has been chosen since.
    """

    removed: tuple[Known, ...]
    staying: tuple[Known, ...]
    restored: dict[Known, dict[str, Any]]
    kept: tuple[Known, ...]

    @property
    def returning(self) -> int:
        return sum(fields.get("has_left") is False for fields in self.restored.values())

    @property
    def departing(self) -> int:
        return sum(fields.get("has_left") is True for fields in self.restored.values())


def outlook_of_undoing(done: RosterImport, by: Person) -> Undoing:
    """Hold what the list did against the roster as it is now."""
    everybody = {known.employee_id: known for known in everybody_known(done.organisation_id)}
    holders = {known.email: known.employee_id for known in everybody.values() if known.email}
    touched = _touched(done)
    removed: list[Known] = []
    staying: list[Known] = []
    kept: list[Known] = []
    restored: dict[Known, dict[str, Any]] = {}
    acts = session.execute(
        select(RosterAct.employee_id, RosterAct.before, RosterAct.after)
        .where(RosterAct.organisation_id == done.organisation_id, RosterAct.import_id == done.id)
        .order_by(RosterAct.employee_id)
    ).all()
    for employee_id, before, after in acts:
        known = everybody.get(employee_id)
        if known is None:
            continue
        if not before:
            is_untouched = employee_id not in touched and not known.has_left and _has(known, after) == after
            (removed if is_untouched else staying).append(known)
            continue
        fields = {name: before[name] for name in FIELDS if name in before and getattr(known, name) == after[name]}
        if known.has_come_in:
            fields.pop("name", None)
        if known.person_id == by.id:
            fields = {name: value for name, value in fields.items() if name not in ("role", "has_left")}
        if fields:
            restored[known] = fields
        if len(fields) < len(before):
            kept.append(known)
    gone = {known.employee_id for known in removed}
    freed = {known.employee_id for known, fields in restored.items() if "email" in fields} | gone
    for known, fields in restored.items():
        if fields.get("email") and holders.get(fields["email"], known.employee_id) not in freed | {known.employee_id}:
            fields.pop("email")
            kept.append(known)
    return Undoing(tuple(removed), tuple(staying), restored, tuple(dict.fromkeys(kept)))


def undo(done: RosterImport, round: Round, by: Person) -> Undoing:
    """Take the list back, once; the roster is to be held."""
    undoing = outlook_of_undoing(done, by)
    _remove(done.organisation_id, undoing.removed)
    _restore(done.organisation_id, undoing.restored, by)
    back = [known.employee_id for known, fields in undoing.restored.items() if fields.get("has_left") is False]
    if back:
        enrol_all(back, round)
    count_all_anew([known.employee_id for known in undoing.restored], round)
    session.execute(
        delete(RosterAct).where(RosterAct.organisation_id == done.organisation_id, RosterAct.import_id == done.id)
    )
    done.undone_at, done.undone_by = now(), by.id
    numbers = {"removed": len(undoing.removed), "stayed": len(undoing.staying), "restored": len(undoing.restored)}
    record(done.organisation_id, "roster.import_undone", by, roster_import=str(done.id), **numbers)
    return undoing


def _has(known: Known, fields: dict[str, Any]) -> dict[str, Any]:
    return {name: getattr(known, name) for name in fields}


def _touched(done: RosterImport) -> set[UUID]:
    """Whom anything but a list has left a trace of, in whichever room: it asks every table that points to people.

    So a room that is built later cannot have its rows taken away with a list.
    """
    added = (
        select(Employee.id, Employee.person_id)
        .join(
            RosterAct,
            (RosterAct.organisation_id == Employee.organisation_id) & (RosterAct.employee_id == Employee.id),
        )
        .where(RosterAct.organisation_id == done.organisation_id, RosterAct.import_id == done.id)
        .subquery()
    )
    touched = set(
        session.scalars(
            select(Enrolment.employee_id).where(
                Enrolment.organisation_id == done.organisation_id,
                Enrolment.employee_id.in_(select(added.c.id)),
                or_(Enrolment.begun_at.is_not(None), Enrolment.completed_at.is_not(None)),
            )
        )
    )
    elsewhere = select(added.c.id).join(Employee, Employee.person_id == added.c.person_id)
    touched |= set(session.scalars(elsewhere.where(Employee.organisation_id != done.organisation_id)))
    for table, column, leads_to in _traces():
        key = added.c.person_id if leads_to == Person.__tablename__ else added.c.id
        known = select(table.c[column]).where(table.c[column].is_not(None))
        question: Select[Any] = select(added.c.id).where(key.in_(known))
        touched |= set(session.scalars(question))
    return touched


def _traces() -> Iterator[tuple[Table, str, str]]:
    """Every column that points to a person or an employee, but in the tables that lists write themselves."""
    for table in Model.metadata.sorted_tables:
        if table.name in WRITTEN_BY_LISTS:
            continue
        for key in table.foreign_keys:
            target = key.column
            if target.name == "id" and target.table.name in (Person.__tablename__, Employee.__tablename__):
                yield table, key.parent.name, target.table.name


def _remove(organisation_id: UUID, removed: tuple[Known, ...]) -> None:
    employees, people = [known.employee_id for known in removed], [known.person_id for known in removed]
    forget_invitations_of_many(organisation_id, employees)
    for model, column in (
        (RosterAct, "employee_id"),
        (RosterAddress, "employee_id"),
        (Enrolment, "employee_id"),
        (Employee, "id"),
    ):
        table = Model.metadata.tables[model.__tablename__]
        theirs = table.c.organisation_id == organisation_id, table.columns[column].in_(THOSE)
        for_all(delete(table).where(*theirs), employees)
    clocks = Model.metadata.tables[PersonClock.__tablename__]
    for_all(delete(clocks).where(clocks.c.person_id.in_(THOSE)), people)
    forget_all(people)


def _restore(organisation_id: UUID, restored: dict[Known, dict[str, Any]], by: Person) -> None:
    moment = now()
    gone = select(Employee.id, Employee.left_at).where(
        Employee.organisation_id == organisation_id, Employee.left_at.is_not(None)
    )
    left_before = {row.id: row.left_at for row in session.execute(gone)}
    places = []
    for known, fields in restored.items():
        left_at = left_before.get(known.employee_id)
        if "has_left" in fields:
            left_at = moment if fields["has_left"] else None
        place = {"team": known.team, "role": known.role, "is_leader": known.is_leader, "left_at": left_at}
        place |= {name: value for name, value in fields.items() if name in PLACE}
        places.append({"who": known.employee_id, **place})
    set_names([{"who": known.person_id, "called": f["name"]} for known, f in restored.items() if "name" in f])
    set_places(organisation_id, places)
    addresses = {known.employee_id: fields["email"] for known, fields in restored.items() if "email" in fields}
    forget_addresses(organisation_id, list(addresses))
    write_addresses(organisation_id, addresses, by, moment)
