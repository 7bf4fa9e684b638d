"""Whoever is erased is not left standing in a risk mapping: where her name is taken out, and where somebody is asked.

Out of what nobody can change any more it goes at once: the history of a row, what was chosen against, delivered forms
with a new fingerprint (the log keeps both), the scheme's comments, contributions. In what coordinators can change,
only a field that holds exactly her name is hers; where it stands in longer words, somebody who can read has to judge.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from lms.database import new_id, session
from lms.organisations.events import Event, record
from lms.organisations.names_left import (
    Leaving,
    NameStood,
    Stood,
    have_read_through,
    in_open_rounds,
    mentions,
    named_in,
    record_taken_out,
    rewrite,
    take_out,
    written_down_as_gone,
)
from lms.people.names import ERASED, is_named_within, without_name
from lms.risks.changes import RiskChange
from lms.risks.contributions.models import Contribution
from lms.risks.delivery import DeliveredMapping, MappingDecision
from lms.risks.models import Risk, RiskMapping, hold_mapping
from lms.risks.notes.models import SessionNote
from lms.risks.set_aside import redact
from lms.risks.words import FRAMING, TEXTS

ROOM = "risk_mapping"
REDACTED = "risk_mapping.owner_erased"
WORDS = ("title", *TEXTS, "owner")


def forget_in_mappings(who: Leaving) -> None:
    """Take her name out of the mappings, their history and delivered forms, and ask about what is left.

    Called before she is erased, while she has a name and the rosters of her places are held.
    """
    # Whoever writes in a row comes before this and is found, or after it and is told.
    mapped = select(RiskMapping.id).where(RiskMapping.organisation_id.in_(who.places)).order_by(RiskMapping.id)
    session.execute(mapped.with_for_update(key_share=True))
    writable = set(session.scalars(in_open_rounds(RiskMapping, who).where(RiskMapping.closed_at.is_(None))))
    _forget_in_rows(who, writable)
    for delivered in session.scalars(select(DeliveredMapping).where(DeliveredMapping.organisation_id.in_(who.places))):
        _forget_in_delivered(delivered, who)
    left = []
    for mapping, fields in mentions(RiskMapping, FRAMING, who, RiskMapping.id.in_(writable)):
        left.append(Stood(mapping.organisation_id, "framing", mapping.id, fields, mapping.framing_revision))
        mapping.framing_revision += 1
    have_read_through(ROOM, left)
    record_taken_out(ROOM, take_out(RiskMapping, FRAMING, who, RiskMapping.id.not_in(writable)))
    decided = [*take_out(MappingDecision, ("comment",), who), *_forget_in_comments(who)]
    record_taken_out(ROOM, {row.delivery_id: row for row in decided}.values())
    # No id of a contribution in the log: what is told of one that has no name is told by nothing.
    for organisation_id in {row.organisation_id for row in take_out(Contribution, ("text",), who)}:
        record(organisation_id, "contribution.name_taken_out", None)


def forget_what_stood_meanwhile(left: NameStood) -> None:
    """Leave nothing in the history of a row of what stood there between an erasure and its having been read through.

    Whoever has a page from in between is told when she saves it, as one from before the erasure is.
    """
    row = session.get(Risk, (left.organisation_id, left.row_id))
    if row is None or left.settled_at is not None:
        return
    hold_mapping(row.organisation_id, row.mapping_id)
    session.refresh(row)
    clean = {field: row.values[field] for field in left.fields}
    meanwhile = select(RiskChange).where(*RiskChange.of(row), RiskChange.revision > left.revision)
    for change in session.scalars(meanwhile.execution_options(populate_existing=True)):
        change.values = {**change.values, **clean}
    left.revision, row.revision = row.revision, row.revision + 1
    session.add(_nobody_wrote(row))


def forget_in_notes(who: Leaving) -> None:
    """Ask about her name in the notes from group sessions."""
    left = []
    for note, fields in mentions(SessionNote, ("text",), who):
        left.append(Stood(note.organisation_id, "note", note.id, fields, note.revision))
        note.revision += 1
    have_read_through("session_note", left)


def names_taken_out_of(delivered: DeliveredMapping) -> list[datetime]:
    """When the name of somebody who has been erased was taken out of a delivered form."""
    here = Event.organisation_id == delivered.organisation_id, Event.what == REDACTED
    this = Event.about["delivery"].as_string() == str(delivered.id)
    return list(session.scalars(select(Event.at).where(*here, this).order_by(Event.at)))


def _forget_in_rows(who: Leaving, writable: Collection[UUID]) -> None:
    """In each row that has named her: the row, what waits for a choice, and its history."""
    changes: dict[UUID, list[RiskChange]] = defaultdict(list)
    named_in_history = named_in([RiskChange.values[field].as_string() for field in WORDS], who)
    for change in session.scalars(
        select(RiskChange)
        .where(RiskChange.organisation_id.in_(who.places), named_in_history)
        .execution_options(populate_existing=True)
    ):
        changes[change.risk_id].append(change)
    named = or_(Risk.id.in_(changes), named_in([getattr(Risk, field) for field in WORDS], who))
    rows = select(Risk).where(Risk.organisation_id.in_(who.places), named).order_by(Risk.id)
    gone, left, redacted = list[Stood](), list[Stood](), dict[UUID, int]()
    for row in session.scalars(rows.execution_options(populate_existing=True)):
        held = _fields_naming([row.values, *(change.values for change in changes[row.id])], who)
        if not held:
            continue
        if row.owner == who.name:
            redacted[row.organisation_id] = redacted.get(row.organisation_id, 0) + 1
        asks = row.mapping_id in writable
        for change in changes[row.id]:
            change.values = _without(change.values, who, asks and change.waits)
        for field, words in _without(row.values, who, asks).items():
            if field in WORDS:
                setattr(row, field, words)
        waiting = [change.values for change in changes[row.id] if change.waits]
        still = _fields_naming([row.values, *waiting], who)
        place = row.organisation_id, "risk", row.id
        gone.append(Stood(*place, held, row.revision))
        if still:
            left.append(Stood(*place, still, row.revision))
        row.revision += 1
        session.add(_nobody_wrote(row))
    session.flush()
    written_down_as_gone(gone)
    for organisation_id, many in redacted.items():
        record(organisation_id, REDACTED, None, rows=many)
    have_read_through(ROOM, left)


def _fields_naming(versions: Iterable[Mapping[str, Any]], who: Leaving) -> tuple[str, ...]:
    texts = list(versions)
    return tuple(field for field in WORDS if any(is_named_within(text[field], who.name) for text in texts))


def _without(said: Mapping[str, Any], who: Leaving, asks: bool) -> dict[str, Any]:
    """What a row or a change says without her; of longer words only where nobody can be asked to judge."""
    values = dict(said)
    if values["owner"] == who.name:
        values["owner"] = ERASED
    if asks or who.shares_her_name:
        return values
    return values | {field: without_name(values[field], who.name) for field in WORDS}


def _nobody_wrote(row: Risk) -> RiskChange:
    """The revision a row comes to by an erasure. Nobody wrote it, so that it is no line of the history.

    It lies as long as a page may rest on it: what is left in it goes with it.
    """
    return RiskChange(
        organisation_id=row.organisation_id,
        id=new_id(),
        risk_id=row.id,
        values=row.values,
        based_on=row.revision - 1,
        revision=row.revision,
        passed=True,
    )


def _forget_in_delivered(delivered: DeliveredMapping, who: Leaving) -> None:
    rows = [_row_without(row, who) for row in delivered.form["rows"]]
    framing = dict(delivered.form["framing"])
    if not who.shares_her_name:
        framing = {name: without_name(answer, who.name) for name, answer in framing.items()}
    form = {**delivered.form, "framing": framing, "rows": rows}
    if form != delivered.form:
        before = delivered.digest
        redact(delivered, form)
        about = {"delivery": str(delivered.id), "number": delivered.number}
        record(delivered.organisation_id, REDACTED, None, before=before, digest=delivered.digest, **about)


def _row_without(row: Mapping[str, Any], who: Leaving) -> dict[str, Any]:
    owner = {"owner": ERASED} if row["owner"] == who.name else {}
    if who.shares_her_name:
        return {**row, **owner}
    texts = {field: without_name(row[field], who.name) for field in WORDS}
    names = {language: without_name(row["names"][language], who.name) for language in row["names"]}
    return {**row, **texts, **owner, "names": names}


def _forget_in_comments(who: Leaving) -> list[MappingDecision]:
    """Take her name out of what the scheme has said to single rows."""
    changed = []
    for decision in session.scalars(select(MappingDecision).where(MappingDecision.organisation_id.in_(who.places))):
        comments = {row: without_name(comment, who.name) for row, comment in decision.comments.items()}
        if comments != decision.comments and not who.shares_her_name:
            rewrite(decision, {"comments": comments})
            changed.append(decision)
    return changed
