"""Everything that is stored about a person, whichever room keeps it: given to her, or erased.

Nothing here knows a table by its name but the person's own: each model declares in `privacy` which column leads to
the person, what she is given, and what becomes of the row when she is erased.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Table, delete, func, select, tuple_, update

from lms.all_at_once import THOSE, for_all
from lms.database import Model, Privacy, now, session
from lms.people.models import Address, HeldBack, Person, is_held_back

# Columns that hold an address and no id: whose row it is hangs on who reads mail there.
ADDRESSES = ("recipient", "contact_email")


def declared() -> list[tuple[type[Model], Privacy]]:
    """Every model with a person behind it and its promise, each after the tables it points to."""
    by_table = {mapper.class_.__tablename__: mapper.class_ for mapper in Model.registry.mappers}
    models = [by_table[table.name] for table in Model.metadata.sorted_tables if table.name in by_table]
    return [(model, model.privacy) for model in models if model.privacy is not None]


def belongings_of(person: Person, opens_from: datetime | None = None) -> dict[str, list[dict[str, Any]]]:
    """What is stored about the person by table, as JSON can hold it; with `opens_from`, no earlier private writing."""
    found: dict[str, list[dict[str, Any]]] = {}
    for model, promise in declared():
        if not promise.export:
            continue
        question = select(model).where(_is_about(model, promise, person.id, given=True))
        if promise.written_at and opens_from is not None:
            question = question.where(getattr(model, promise.written_at) >= opens_from)
        rows = session.scalars(question.order_by(*_table(model).primary_key.columns))
        found[model.__tablename__] = [{name: _as_json(getattr(row, name)) for name in promise.export} for row in rows]
    return found


def erase(person: Person, opens_from: datetime | None = None) -> None:
    """Forget the person as every table has promised; what others have counted stays counted.

    Raises HeldBack when a re-issued code would end an account that its owner can still open.
    """
    if is_held_back(person, opens_from):
        raise HeldBack
    # Whose mail it is hangs on her addresses, which go themselves: first find everything, then begin.
    everything = [(model, promise, _is_about(model, promise, person.id)) for model, promise in reversed(declared())]
    for model, promise, rows in everything:
        if promise.erase == "delete":
            session.execute(delete(model).where(rows).execution_options(synchronize_session=False))
        elif promise.erase == "blank":
            empty = {name: _empty(_table(model).columns[name]) for name in promise.blanks}
            session.execute(update(model).where(rows).values(empty).execution_options(synchronize_session=False))
    session.expire(person)
    person.erased_at = now()
    person.sign_out_everywhere()


def erase_in(person: Person, organisation_id: UUID) -> None:
    """Forget what one organisation keeps of somebody, as every table has promised; her account stays hers."""
    for model, promise in reversed(declared()):
        table = _table(model)
        if "organisation_id" not in table.columns or promise.erase == "keep":
            continue
        here = table.columns["organisation_id"] == organisation_id, _is_about(model, promise, person.id)
        if promise.erase == "delete":
            session.execute(delete(model).where(*here).execution_options(synchronize_session=False))
        else:
            empty = {name: _empty(table.columns[name]) for name in promise.blanks}
            session.execute(update(model).where(*here).values(empty).execution_options(synchronize_session=False))


def forget(person: Person) -> None:
    """Let nothing remain of somebody whom nobody has counted: her row goes too.

    Whoever calls has removed what others count by; raises IntegrityError where something still leads to her.
    """
    for model, promise in reversed(declared()):
        if promise.erase == "delete":
            rows = _is_about(model, promise, person.id)
            session.execute(delete(model).where(rows).execution_options(synchronize_session=False))
    session.flush()
    session.execute(delete(Person).where(Person.id == person.id).execution_options(synchronize_session=False))
    session.expunge(person)


def forget_all(people: Sequence[UUID]) -> None:
    """Let nothing remain of people whom nothing else tells of; as after an erasure, an empty row stays.

    To take the row out, the database would look through each of the eighty columns that may lead to a person, most of
    them without an index, for every one of them: 3 000 took it fifteen seconds.
    """
    there, promise = _table(Person), Person.privacy
    empty = {name: _empty(there.columns[name]) for name in promise.blanks} if promise else {}
    for_all(update(there).where(there.columns["id"].in_(THOSE)).values({**empty, "erased_at": now()}), people)


def _is_about(model: type[Model], promise: Privacy, person_id: UUID, given: bool = False) -> ColumnElement[bool]:
    """Which rows of a model are the person's, along the declared column and the keys it is part of."""
    column = _table(model).columns[promise.person]
    if promise.person in ADDRESSES:
        return func.lower(column).in_(_addresses(person_id, given))
    if model is Person or promise.person == "person_id" or _points_to_person(column):
        return column == person_id
    for key in _table(model).foreign_key_constraints:
        if column.key in key.column_keys:
            target, further = _model_of(key.referred_table.name)
            here = tuple_(*(element.parent for element in key.elements))
            there = select(*(element.column for element in key.elements))
            return here.in_(there.where(_is_about(target, further, person_id)))
    raise LookupError(f"{model.__name__}.{promise.person} leads to nobody")


def _table(model: type[Model]) -> Table:
    return Model.metadata.tables[model.__tablename__]


def _points_to_person(column: Column[Any]) -> bool:
    return any(key.column.table.name == Person.__tablename__ for key in column.foreign_keys)


def _model_of(table: str) -> tuple[type[Model], Privacy]:
    return next((model, promise) for model, promise in declared() if model.__tablename__ == table)


def _addresses(person_id: UUID, given: bool) -> list[str]:
    """Where her mail goes: confirmed addresses, and for erasing also those that nobody but her has typed.

    Anybody can type an address: neither a stranger's mail nor its removal may follow from that.
    """
    rows = session.execute(select(Address.email, Address.confirmed_at).where(Address.person_id == person_id))
    hers = [(email, confirmed is not None) for email, confirmed in rows]
    if not given:
        hers += [(email, False) for email in _written_by_others(person_id)]
    typed = [email for email, _confirmed in hers]
    others = set(session.scalars(select(Address.email).where(Address.email.in_(typed), Address.person_id != person_id)))
    return [email for email, confirmed in hers if confirmed or not (given or email in others)]


def _written_by_others(person_id: UUID) -> Iterator[str]:
    """Where others have her mail go, such as her place of work."""
    for model, promise in declared():
        if model is not Address and "email" in _table(model).columns:
            yield from session.scalars(
                select(_table(model).columns["email"]).where(_is_about(model, promise, person_id))
            )


def _empty(column: Column[Any]) -> str | None:
    return None if column.nullable else ""


def _as_json(value: Any) -> Any:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def table_of_promises() -> Iterator[tuple[str, Privacy]]:
    """Each table's name and promise, by name, for the documentation."""
    yield from sorted((model.__tablename__, promise) for model, promise in declared())
