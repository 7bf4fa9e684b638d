"""What somebody writes in the form of a measure, and what she sets its status to."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from werkzeug.datastructures import MultiDict

from lms.languages import _
from lms.measures.catalogue import catalogue
from lms.measures.models import STATUSES, TIMES_A_YEAR
from lms.organisations.invitations import ForgedChoice, Invalid, read_day
from lms.people.names import one_line
from lms.risks.words import OWNER_LENGTH, read_text

WHAT_LENGTH = 600
REMARK_LENGTH = 3000


@dataclass(frozen=True)
class Written:
    """A measure as somebody wants it, the risks it answers, and the example it was taken from."""

    values: Mapping[str, Any]
    risks: frozenset[UUID]
    example: str | None

    @classmethod
    def read(cls, form: "MultiDict[str, str]", offered: Collection[UUID]) -> "Written":
        """The measure in the form. Raises Invalid, and ForgedChoice for what the page does not offer."""
        errors: dict[str, str] = {}
        what = read_text(form, "what", errors, longest=WHAT_LENGTH)
        if not what:
            errors["what"] = _("Write in a sentence what you will do.")
        owner = one_line(form.get("owner", ""))
        if len(owner) > OWNER_LENGTH:
            errors["owner"] = _("This can have at most %(number)s characters.", number=OWNER_LENGTH)
        due = form.get("due", "").strip()
        day = read_day(due) if due else None
        if due and day is None:
            errors["due"] = _("Write the day as 31.12.2026, or leave the field empty.")
        values = {
            "what": what,
            "why": read_text(form, "why", errors),
            "owner": owner,
            "due": day,
            "recurring": _one_of(form.get("recurring", ""), TIMES_A_YEAR),
            "requirement": _one_of(form.get("requirement", ""), [each.key for each in catalogue().requirements])
            or None,
            "already": "already" in form,
        }
        example = _one_of(form.get("example", ""), [each.key for each in catalogue().examples]) or None
        risks = frozenset(_risk(written, offered) for written in form.getlist("risks"))
        if errors:
            raise Invalid(errors)
        return cls(values, risks, example)


def read_status(form: Mapping[str, str], errors: dict[str, str]) -> tuple[str, str]:
    """A status and why; with what to do in `errors` where it needs a reason. Raises ForgedChoice."""
    status = form.get("status", "")
    if status not in STATUSES:
        raise ForgedChoice
    because = read_text(form, "because", errors)
    if status == "not_relevant" and not because:
        errors["because"] = _("Say in a sentence why it is not relevant any more.")
    return status, because


def _one_of(chosen: str, offered: Collection[str]) -> str:
    if chosen and chosen not in offered:
        raise ForgedChoice
    return chosen


def _risk(written: str, offered: Collection[UUID]) -> UUID:
    found = next((risk_id for risk_id in offered if str(risk_id) == written), None)
    if found is None:
        raise ForgedChoice
    return found
