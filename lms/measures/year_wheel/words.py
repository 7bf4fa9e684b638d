"""What somebody writes when she plans an activity, and when she says that one was held."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from werkzeug.datastructures import MultiDict

from lms.database import norwegian_day, now
from lms.languages import _
from lms.measures.words import Written
from lms.organisations.invitations import ForgedChoice, Invalid, read_day
from lms.risks.words import read_text

A_YEAR = timedelta(days=366)


@dataclass(frozen=True)
class Held:
    """The day an activity was planned for, the day it was held on, and what came of it."""

    planned_on: date
    held_on: date
    note: str

    @classmethod
    def read(cls, form: Mapping[str, str]) -> "Held":
        """What is in the form. Raises Invalid, and ForgedChoice for a planned day that no page has sent."""
        errors: dict[str, str] = {}
        held_on, today = read_day(form.get("held_on", "")), norwegian_day(now())
        if held_on is None:
            errors["held_on"] = _("Write the day as 31.12.2026.")
        elif held_on > today:
            errors["held_on"] = _("That day is still to come. Say so when it has been held.")
        elif held_on < today - A_YEAR:
            errors["held_on"] = _("That is more than a year ago. Is the year right?")
        note = read_text(form, "note", errors)
        planned_on = read_planned_day(form)
        if errors or held_on is None:
            raise Invalid(errors)
        return cls(planned_on, held_on, note)


def read_planned_day(form: Mapping[str, str]) -> date:
    """The day that the page had in hand. Raises ForgedChoice."""
    try:
        return date.fromisoformat(form.get("planned_on", ""))
    except ValueError:
        raise ForgedChoice from None


def read_activity(form: "MultiDict[str, str]") -> Written:
    """An activity of the awareness work: a measure with a day. Raises Invalid, and ForgedChoice."""
    errors: dict[str, str] = {}
    try:
        written = Written.read(form, ())
    except Invalid as invalid:
        errors = dict(invalid.errors)
    if "due" in errors or not form.get("due", "").strip():
        errors["due"] = _("Write the day it happens, or the first day, as 31.12.2026.")
    if errors:
        raise Invalid(errors)
    return Written({**written.values, "requirement": "awareness_plan"}, written.risks, written.example)
