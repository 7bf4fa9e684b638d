"""From what a coordinator hands in to a dry run, and her word on what only she can tell."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from werkzeug.datastructures import MultiDict

from lms.languages import _
from lms.learning.roster_import.columns import find_columns
from lms.learning.roster_import.comparison import KINDS, SOMEBODY_ELSE, Comparison, Line, compare
from lms.learning.roster_import.entries import entries_of, read_entry
from lms.learning.roster_import.models import RosterDraft, Rows, new_draft
from lms.learning.roster_import.roster import Known, everybody_known
from lms.organisations.invitations import ForgedChoice, Invalid
from lms.people.models import Person
from lms.people.names import one_line

ROWS_SHOWN = 50
BY_HAND = ("name", "email", "team", "is_leader", "role")


@dataclass(frozen=True)
class Look:
    """Which part of a dry run is looked at, as it stands in the page's address."""

    kind: str = "all"
    page: int = 1

    @classmethod
    def read(cls, arguments: Mapping[str, str]) -> "Look":
        """The look in an address; what nobody offers is as good as nothing."""
        kind, page = arguments.get("kind", ""), arguments.get("page", "")
        return cls(
            kind if kind in (*KINDS, "missing") else cls.kind,
            int(page) if page.isascii() and page.isdecimal() and 0 < len(page) < 6 else cls.page,
        )

    def but(self, **change: Any) -> dict[str, Any]:
        """The arguments of the same address with a change, from its first page unless a page is what changes."""
        other = replace(self, **{"page": 1, **change})
        return {name: value for name, value in vars(other).items() if value != getattr(Look, name)}


@dataclass(frozen=True)
class Screenful:
    """What one page of a dry run shows: rows of the list, or people who are not in it."""

    lines: tuple[Line, ...]
    missing: tuple[Known, ...]
    page: int
    pages: int


def screenful(comparison: Comparison, look: Look) -> Screenful:
    """The page that was asked for, or the last one there is."""
    missing = comparison.missing if look.kind == "missing" else ()
    lines = [] if look.kind == "missing" else comparison.of(look.kind)
    pages = max(1, -(-max(len(lines), len(missing)) // ROWS_SHOWN))
    page = max(1, min(look.page, pages))
    shown = slice((page - 1) * ROWS_SHOWN, page * ROWS_SHOWN)
    return Screenful(tuple(lines[shown]), tuple(missing[shown]), page, pages)


def draft_of(organisation_id: UUID, by: Person, source: str, rows: Rows) -> RosterDraft:
    """A list with its columns found."""
    draft = new_draft(organisation_id, by, source, rows)
    find_columns(draft)
    return draft


def draft_by_hand(organisation_id: UUID, by: Person, form: MultiDict[str, str]) -> RosterDraft:
    """A list of one person, written in a form. Raises Invalid, and ForgedChoice for a role there is not."""
    cells = {field: one_line(form.get(field, "")) for field in BY_HAND}
    if cells["role"] not in ("", "employee", "coordinator") or cells["is_leader"] not in ("", "1"):
        raise ForgedChoice
    errors: dict[str, str] = {}
    for field in ("name", "email", "team"):
        others = {"name": "Anne"} if field != "name" else {}
        mistakes = read_entry(1, {**others, field: cells[field]}).mistakes
        if mistakes:
            errors[field] = mistakes[0]
    if not cells["name"]:
        errors["name"] = _("Write the name.")
    if errors:
        raise Invalid(errors)
    draft = new_draft(organisation_id, by, "hand", [(1, [cells[field] for field in BY_HAND])])
    draft.columns = list(BY_HAND)
    return draft


def compared(draft: RosterDraft) -> Comparison:
    """The list held against the roster as it is now."""
    return compare(
        entries_of(draft),
        everybody_known(draft.organisation_id),
        draft.answers,
        draft.leaving,
        whole=draft.source != "hand",
    )


def answer(draft: RosterDraft, comparison: Comparison, form: MultiDict[str, str]) -> None:
    """Keep who the rows on a page are about; `everybody` answers all there are, where there is one it may be.

    Raises ForgedChoice for somebody it was not asked about.
    """
    questions = {str(line.entry.number): line for line in comparison.lines if line.candidates}
    answers = dict(draft.answers)
    for number, line in questions.items():
        said = form.get(f"row-{number}", "")
        if said not in ("", SOMEBODY_ELSE, *(known.employee_id.hex for known in line.candidates)):
            raise ForgedChoice
        if said:
            answers[number] = said
    all_of_them = form.get("everybody", "")
    if all_of_them not in ("", "same", SOMEBODY_ELSE):
        raise ForgedChoice
    for number, line in questions.items() if all_of_them else ():
        if line.kind == "asked" and not form.get(f"row-{number}"):
            if all_of_them == SOMEBODY_ELSE:
                answers[number] = SOMEBODY_ELSE
            elif len(line.candidates) == 1:
                answers[number] = line.candidates[0].employee_id.hex
    draft.answers = answers


def choose_leaving(draft: RosterDraft, comparison: Comparison, form: MultiDict[str, str]) -> None:
    """Keep who of those not in the list have left; `everybody` says it of all of them, or of none."""
    missing = {known.employee_id.hex for known in comparison.missing}
    shown, chosen = set(form.getlist("shown")), set(form.getlist("leaves"))
    all_of_them = form.get("everybody", "")
    if not chosen <= shown or all_of_them not in ("", "leave", "stay"):
        raise ForgedChoice
    leaving = (set(draft.leaving) - shown) | chosen
    if all_of_them:
        leaving = missing if all_of_them == "leave" else set()
    draft.leaving = sorted(leaving & missing)
