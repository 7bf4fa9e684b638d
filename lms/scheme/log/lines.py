"""An organisation's events as people read them: when, who, what, and about whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, not_, or_, select

from lms.database import session
from lms.languages import _
from lms.organisations.events import Event
from lms.organisations.models import Employee
from lms.people.lists import ROWS_SHOWN, Look, Screenful, page_in
from lms.people.models import Person
from lms.scheme.log.words import GROUPS, WITHOUT_NAME, said_of

MOST_IN_A_FILE = 20_000


@dataclass(frozen=True)
class LogLine:
    """One event; `about` is the name of the employee it concerns, for whoever may see names."""

    at: datetime
    who: str
    what: str
    about: str = ""


def log_of(organisation_id: UUID, look: Look, sees_names: bool) -> Screenful[LogLine]:
    """The page of the log that was asked for, the newest first: three questions at the most."""
    kinds = _of_group(look["group"])
    here = Event.organisation_id == organisation_id
    in_all = session.scalar(select(func.count()).select_from(Event).where(here, *kinds)) or 0
    page = page_in(look, in_all)
    wanted = _events(organisation_id, kinds).limit(ROWS_SHOWN).offset((page - 1) * ROWS_SHOWN)
    return Screenful(_lines(organisation_id, wanted, sees_names), page, in_all)


def whole_log(organisation_id: UUID, group: str, sees_names: bool) -> list[LogLine]:
    """The log for a file: two questions."""
    return _lines(organisation_id, _events(organisation_id, _of_group(group)).limit(MOST_IN_A_FILE), sees_names)


def _of_group(group: str) -> tuple[ColumnElement[bool], ...]:
    if not group:
        return ()
    beginnings = GROUPS[group] if group in GROUPS else tuple(each for kinds in GROUPS.values() for each in kinds)
    among = or_(*(Event.what.startswith(f"{beginning}.", autoescape=True) for beginning in beginnings))
    return (among if group in GROUPS else not_(among),)


def _events(organisation_id: UUID, kinds: Sequence[ColumnElement[bool]]) -> Select[Any]:
    columns: tuple[Any, ...] = (Event, Person.name, Person.erased_at, Person.scheme_role, Employee.role)
    return (
        select(*columns)
        .select_from(Event)
        .outerjoin(Person, Person.id == Event.by)
        .outerjoin(Employee, and_(Employee.organisation_id == Event.organisation_id, Employee.person_id == Event.by))
        .where(Event.organisation_id == organisation_id, *kinds)
        .order_by(Event.at.desc(), Event.id.desc())
    )


def _lines(organisation_id: UUID, wanted: Select[Any], sees_names: bool) -> list[LogLine]:
    rows = session.execute(wanted).all()
    concerned = _names(organisation_id, [event.about.get("employee") for event, *_rest in rows]) if sees_names else {}
    return [
        LogLine(
            event.at,
            _who(event, name, erased_at is not None, sees_names or bool(scheme_role) or role == "coordinator"),
            said_of(event.what),
            concerned.get(str(event.about.get("employee")), ""),
        )
        for event, name, erased_at, scheme_role, role in rows
    ]


def _who(event: Event, name: str | None, erased: bool, named: bool) -> str:
    if event.by is None or event.what in WITHOUT_NAME:
        return ""
    if erased:
        return _("erased person")
    return (name or "") if named else _("somebody in the organisation")


def _names(organisation_id: UUID, employees: Sequence[object]) -> dict[str, str]:
    """The names of these employees by id, as they are now."""
    ids = set()
    for each in employees:
        try:
            ids.add(UUID(str(each)))
        except ValueError:
            continue
    if not ids:
        return {}
    rows = session.execute(
        select(Employee.id, Person.name, Person.erased_at)
        .join(Person, Person.id == Employee.person_id)
        .where(Employee.organisation_id == organisation_id, Employee.id.in_(ids))
    )
    return {str(number): _("erased person") if erased_at else name for number, name, erased_at in rows}
