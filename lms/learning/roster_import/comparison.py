"""The dry run: what a list would change on the roster, row by row, and whom it does not name.

Somebody is known again by the number the roster was taken out with, or by the address the organisation has written
before. A name alone only asks: two people may have one, and nobody's courses may end up with somebody else.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from lms.languages import _
from lms.learning.roster_import.entries import Entry
from lms.learning.roster_import.roster import Known
from lms.people.alphabet import folded_letters

# What can become of a row. Those in WRITTEN change the roster when the list is carried out.
KINDS = ("wrong", "asked", "twice", "new", "changed", "back", "unchanged")
WRITTEN = ("new", "changed", "back")
SOMEBODY_ELSE = "new"


@dataclass(frozen=True)
class Line:
    """One row of the list: what becomes of it, who it is about, and what she would have in place of what."""

    entry: Entry
    kind: str
    known: Known | None = None
    # Who it may be about, where only the coordinator can tell; `answer` is what she has said.
    candidates: tuple[Known, ...] = ()
    answer: str = ""
    changes: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Comparison:
    """A list held against the roster: its rows, and who is on the roster and not in the list."""

    lines: tuple[Line, ...]
    missing: tuple[Known, ...]
    leaving: tuple[Known, ...]

    def of(self, kind: str) -> list[Line]:
        """The rows of one kind; every row for any other word."""
        return [line for line in self.lines if line.kind == kind or kind not in KINDS]

    @property
    def counts(self) -> dict[str, int]:
        return {kind: len(self.of(kind)) for kind in KINDS} | {"missing": len(self.missing)}

    @property
    def writes(self) -> int:
        """How many people would be other than they are."""
        return sum(line.kind in WRITTEN for line in self.lines) + len(self.leaving)

    @property
    def seal(self) -> str:
        """The same for the same changes: whoever has seen one says with it which she has seen."""
        acts = [
            (
                line.entry.number,
                line.kind,
                line.known.employee_id.hex if line.known else "",
                line.entry.name,
                line.changes,
            )
            for line in self.lines
            if line.kind in WRITTEN
        ]
        leaving = [known.employee_id.hex for known in self.leaving]
        return hashlib.sha256(json.dumps([acts, leaving]).encode()).hexdigest()[:32]


def compare(
    entries: Iterable[Entry], roster: Iterable[Known], answers: Mapping[str, str], leaving: Iterable[str], whole: bool
) -> Comparison:
    """Hold a list against the roster; `whole` says whether whoever is not in it may be missing from it."""
    everybody = list(roster)
    known_by = _Index(everybody)
    lines = _without_repetitions(entries)
    # Those who are certain first: nobody else can be them any more.
    lines = [_certain(line, known_by) for line in lines]
    certain = {line.known.employee_id: line.entry.number for line in lines if line.known}
    taken = dict(certain)
    for place, line in enumerate(lines):
        said = answers.get(str(line.entry.number), "")
        if line.kind == "":
            lines[place] = line = _by_name(line, known_by, certain, taken, said)
        elif line.kind == "asked":
            lines[place] = line = _answered(line, taken, said)
        if line.known:
            taken.setdefault(line.known.employee_id, line.entry.number)
    lines = [_with_changes(line) for line in lines]
    named = {*taken, *_perhaps_named(lines, known_by)}
    missing = [
        known
        for known in everybody
        if whole and not known.has_left and known.role != "coordinator" and known.employee_id not in named
    ]
    wanted = set(leaving)
    going = [known for known in missing if known.employee_id.hex in wanted]
    return Comparison(tuple(lines), tuple(missing), tuple(going))


def folded_name(name: str) -> str:
    """A name without what people vary in writing it."""
    return " ".join(folded_letters(name).replace("-", " ").split())


class _Index:
    """The roster by number, by address and by name."""

    def __init__(self, everybody: list[Known]):
        self.by_id = {known.employee_id: known for known in everybody}
        self.by_email = {known.email: known for known in everybody if known.email}
        self.by_name: dict[str, list[Known]] = {}
        for known in everybody:
            self.by_name.setdefault(folded_name(known.name), []).append(known)


def _without_repetitions(entries: Iterable[Entry]) -> list[Line]:
    """Each row as a line without a kind yet, but for the wrong ones and those that are in the list already."""
    seen: dict[Any, int] = {}
    lines = []
    for entry in entries:
        if entry.mistakes:
            lines.append(Line(entry, "wrong"))
            continue
        marks: list[tuple[Any, str]] = []
        if entry.employee_id:
            marks.append((entry.employee_id, _("The same Balanse ID as in row %(number)s.")))
        if entry.email:
            marks.append((("@", entry.email), _("The same address as in row %(number)s. Two people cannot share one.")))
        elif not entry.employee_id:
            who = ("name", folded_name(entry.name), folded_name(entry.team or ""))
            marks.append((who, _("The same name and team as in row %(number)s, and no address tells them apart.")))
        repeated = next(((seen[mark], why) for mark, why in marks if mark in seen), None)
        if repeated:
            lines.append(Line(entry, "twice", remarks=(repeated[1] % {"number": repeated[0]},)))
            continue
        for mark, _why in [*marks, (("name", folded_name(entry.name), folded_name(entry.team or "")), "")]:
            seen.setdefault(mark, entry.number)
        lines.append(Line(entry, ""))
    return lines


def _certain(line: Line, known_by: _Index) -> Line:
    entry = line.entry
    if line.kind:
        return line
    if entry.employee_id:
        known = known_by.by_id.get(entry.employee_id)
        if known is None:
            mistake = _("The Balanse ID is nobody's on this roster. Empty the cell, and the row is read by name.")
            return replace(line, kind="wrong", entry=replace(entry, mistakes=(mistake,)))
        holder = known_by.by_email.get(entry.email)
        if holder is not None and holder is not known:
            mistake = _("The address is %(name)s's on the roster.", name=holder.name)
            return replace(line, kind="wrong", entry=replace(entry, mistakes=(mistake,)))
        return replace(line, kind="matched", known=known)
    known = known_by.by_email.get(entry.email)
    if known is None:
        return line
    # An address that a successor has taken over must not hand her somebody else's courses.
    if not set(folded_name(known.name).split()) & set(folded_name(entry.name).split()):
        return replace(line, kind="asked", candidates=(known,))
    return replace(line, kind="matched", known=known)


def _by_name(line: Line, known_by: _Index, certain: Mapping[UUID, int], taken: Mapping[UUID, int], answer: str) -> Line:
    everybody = known_by.by_name.get(folded_name(line.entry.name), [])
    namesakes = [known for known in everybody if known.employee_id not in certain]
    team = folded_name(line.entry.team or "")
    candidates = [known for known in namesakes if team and folded_name(known.team) == team] or namesakes
    if candidates:
        return _answered(replace(line, kind="asked", candidates=tuple(candidates)), taken, answer)
    remarks = tuple(
        _("Row %(number)s is about somebody else of this name.", number=certain[known.employee_id])
        for known in everybody[:1]
    )
    return replace(line, kind="new", remarks=remarks)


def _perhaps_named(lines: Iterable[Line], known_by: _Index) -> Iterator[UUID]:
    """Who may be meant by the rows that wait or cannot be used: nobody is missing because of a misprint."""
    for line in lines:
        if line.kind in ("asked", "wrong", "twice"):
            entry = line.entry
            about = [*line.candidates, *known_by.by_name.get(folded_name(entry.name), [])]
            yield from (known.employee_id for known in about)
            if entry.email in known_by.by_email:
                yield known_by.by_email[entry.email].employee_id
            if entry.employee_id:
                yield entry.employee_id


def _answered(line: Line, taken: Mapping[UUID, int], answer: str) -> Line:
    if answer == SOMEBODY_ELSE:
        return replace(line, kind="new", answer=answer)
    for known in line.candidates:
        if known.employee_id.hex == answer:
            if known.employee_id in taken:
                why = _("You have said that row %(number)s is this person.", number=taken[known.employee_id])
                return replace(line, kind="twice", answer=answer, remarks=(why,))
            return replace(line, kind="matched", known=known, answer=answer)
    return line


def _with_changes(line: Line) -> Line:
    """What a known person would have in place of what she has, and the kind that follows from it."""
    entry, known = line.entry, line.known
    if known is None:
        return _new(line) if line.kind == "new" else line
    changes: dict[str, tuple[Any, Any]] = {}
    remarks = []
    if entry.name != known.name:
        if known.has_come_in:
            remarks.append(_("Has chosen to be called %(name)s here, and keeps that name.", name=known.name))
        else:
            changes["name"] = (known.name, entry.name)
    if entry.email and entry.email != known.email:
        changes["email"] = (known.email, entry.email)
    if entry.team is not None and entry.team != known.team:
        changes["team"] = (known.team, entry.team)
    if entry.is_leader is not None and entry.is_leader != known.is_leader:
        changes["is_leader"] = (known.is_leader, entry.is_leader)
    if entry.role == "coordinator" and known.role != "coordinator":
        changes["role"] = (known.role, entry.role)
    elif entry.role == "employee" and known.role == "coordinator":
        remarks.append(_("Stays a coordinator: a list takes nobody's pages away. Change it on the person's own page."))
    kind = "back" if known.has_left else "changed" if changes else "unchanged"
    return replace(line, kind=kind, changes=changes, remarks=tuple(remarks))


def _new(line: Line) -> Line:
    entry = line.entry
    changes: dict[str, tuple[Any, Any]] = {"email": ("", entry.email), "team": ("", entry.team or "")}
    changes |= {"is_leader": (False, bool(entry.is_leader)), "role": ("employee", entry.role or "employee")}
    remarks = line.remarks
    if any(known.email and known.email == entry.email for known in line.candidates):
        remarks = (_("Takes over the address from %(name)s.", name=line.candidates[0].name),)
    return replace(line, changes=changes, remarks=remarks)
