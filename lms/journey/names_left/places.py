"""What the places are called in which a name may be left, and where each is opened: a question or two to a room."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import url_for
from sqlalchemy import select

from lms.database import session
from lms.measures.evidence.models import Evidence
from lms.measures.guidelines.models import GuidelineVersion
from lms.measures.models import Measure, plan_in
from lms.organisations.models import Employee
from lms.organisations.names_left import NameStood, names_left_in
from lms.people.models import Person
from lms.risks.models import Risk, mapping_in
from lms.risks.notes.models import SessionNote

# What something is called in its own words, if it has any, and its address.
Called = tuple[str, str]


@dataclass(frozen=True)
class Place:
    """Somewhere a name may be left; without an address where it can't be changed any more, or is gone."""

    left: NameStood
    title: str = ""
    address: str = ""


def places_in(organisation_id: UUID, locale: str) -> list[Place]:
    """Where an organisation's coordinators are asked to read it through, oldest first."""
    left = names_left_in(organisation_id)
    ids: dict[str, list[UUID]] = {}
    for each in left:
        ids.setdefault(each.kind, []).append(each.row_id)
    called = {kind: _ROOMS[kind](organisation_id, these, locale) for kind, these in ids.items()}
    return [Place(each, *called[each.kind].get(each.row_id, ("", ""))) for each in left]


def _risks(organisation_id: UUID, ids: Collection[UUID], locale: str) -> Mapping[UUID, Called]:
    mapping = mapping_in(organisation_id)
    rows = _rows(Risk, organisation_id, ids) if mapping is not None and mapping.closed_at is None else []
    here = [row for row in rows if mapping is not None and row.mapping_id == mapping.id]
    return {row.id: (row.name(locale), _at("risks.row", organisation_id, risk_id=row.id)) for row in here}


def _framing(organisation_id: UUID, ids: Collection[UUID], locale: str) -> Mapping[UUID, Called]:
    mapping = mapping_in(organisation_id)
    if mapping is None or mapping.closed_at is not None:
        return {}
    return {mapping.id: ("", _at("risks.show", organisation_id, _anchor="framing"))}


def _notes(organisation_id: UUID, ids: Collection[UUID], locale: str) -> Mapping[UUID, Called]:
    return {
        note.id: (
            note.title(locale),
            _at("risk_notes.note", organisation_id, group_session_id=note.group_session_id, note_id=note.id),
        )
        for note in _rows(SessionNote, organisation_id, ids)
    }


def _exceptions(organisation_id: UUID, ids: Collection[UUID], locale: str) -> Mapping[UUID, Called]:
    rows = session.execute(
        select(Employee.id, Person.name)
        .join(Person, Person.id == Employee.person_id)
        .where(Employee.organisation_id == organisation_id, Employee.id.in_(ids), Person.erased_at.is_(None))
    )
    return {number: (name, _at("roster.person", organisation_id, employee_id=number)) for number, name in rows}


def _measures(organisation_id: UUID, ids: Collection[UUID], locale: str) -> Mapping[UUID, Called]:
    plan = plan_in(organisation_id)
    rows = [row for row in _rows(Measure, organisation_id, ids) if plan is not None and row.plan_id == plan.id]
    return {row.id: (row.what, _at("measures.measure", organisation_id, measure_id=row.id)) for row in rows}


def _lived_with(organisation_id: UUID, ids: Collection[UUID], locale: str) -> Mapping[UUID, Called]:
    address = _at("measures.show", organisation_id, _anchor="risks")
    return {row.id: (row.name(locale), address) for row in _rows(Risk, organisation_id, ids)}


def _evidence(organisation_id: UUID, ids: Collection[UUID], locale: str) -> Mapping[UUID, Called]:
    plan = plan_in(organisation_id)
    there = [each for each in _rows(Evidence, organisation_id, ids) if each.removed_at is None]
    return {
        each.id: (
            each.title,
            _at("evidence.about", organisation_id, about=each.about, _anchor=f"evidence-{each.id}"),
        )
        for each in there
        if plan is not None and each.plan_id == plan.id
    }


def _guidelines(organisation_id: UUID, ids: Collection[UUID], locale: str) -> Mapping[UUID, Called]:
    here = GuidelineVersion.organisation_id == organisation_id, GuidelineVersion.guideline_id.in_(ids)
    versions = session.scalars(select(GuidelineVersion).where(*here).order_by(GuidelineVersion.written_at))
    return {
        version.guideline_id: (
            version.wording(locale).title,
            _at("guidelines.show", organisation_id, guideline_id=version.guideline_id),
        )
        for version in versions
    }


def _one(endpoint: str, anchor: str) -> Callable[[UUID, Collection[UUID], str], Mapping[UUID, Called]]:
    """What an organisation has one of."""
    return lambda organisation_id, ids, locale: {organisation_id: ("", _at(endpoint, organisation_id, _anchor=anchor))}


_ROOMS: Mapping[str, Callable[[UUID, Collection[UUID], str], Mapping[UUID, Called]]] = {
    "risk": _risks,
    "framing": _framing,
    "note": _notes,
    "channel": _one("roster.choices", "channel"),
    "exception": _exceptions,
    "measure": _measures,
    "lives_with": _lived_with,
    "evidence": _evidence,
    "guideline": _guidelines,
    "own_words": _one("mark.show", "words"),
}


def _rows(model: Any, organisation_id: UUID, ids: Collection[UUID]) -> Any:
    return session.scalars(select(model).where(model.organisation_id == organisation_id, model.id.in_(ids))).all()


def _at(endpoint: str, organisation_id: UUID, **more: Any) -> str:
    return url_for(f"lms.{endpoint}", organisation_id=organisation_id, **more)
