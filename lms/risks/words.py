"""What stands in a row of the mapping, and how what two people have written in it becomes one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lms.languages import _
from lms.organisations.invitations import ForgedChoice, Invalid, read_day
from lms.people.models import Person
from lms.people.names import ERASED, one_line

RELEVANCE = ("yes", "partly", "no", "unknown")
DEGREES = (1, 2, 3)
TEXTS = ("where_and_when", "already", "proposed")
FIELDS = ("title", "relevant", "likelihood", "consequence", *TEXTS, "owner", "deadline", "postponed")
FRAMING = ("can_go_wrong", "can_prevent", "can_soften")
TEXT_LENGTH = 3000
OWNER_LENGTH = 120
TITLE_LENGTH = 200

EMPTY: Mapping[str, Any] = {
    **dict.fromkeys(("title", "relevant", *TEXTS, "owner"), ""),
    **dict.fromkeys(("likelihood", "consequence", "deadline"), None),
    "postponed": False,
}
# Says the same as nothing: where it is not known what somebody had before her, every difference waits for a choice.
UNKNOWN: Mapping[str, Any] = dict.fromkeys(FIELDS, object())


def merged(
    base: Mapping[str, Any], there: Mapping[str, Any], wanted: Mapping[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """What two have made of one `base`, and the fields in which they want different things (those stay as `there`)."""
    together, clashing = dict(there), []
    for field in FIELDS:
        if wanted[field] in (base[field], there[field]):
            continue
        if there[field] == base[field]:
            together[field] = wanted[field]
        else:
            clashing.append(field)
    return together, clashing


def score_of(values: Mapping[str, Any]) -> int | None:
    """Likelihood times consequence of a row that is relevant, for sorting only."""
    if values["relevant"] == "no" or not (values["likelihood"] and values["consequence"]):
        return None
    return int(values["likelihood"] * values["consequence"])


def state_of(values: Mapping[str, Any]) -> str:
    """new, postponed, begun or done: a row is done when it is not relevant, or both degrees are given."""
    if values["postponed"]:
        return "postponed"
    if values["relevant"] == "no" or (values["relevant"] and score_of(values)):
        return "done"
    return "new" if all(values[field] == EMPTY[field] for field in FIELDS if field != "title") else "begun"


@dataclass(frozen=True)
class Row:
    """What somebody has written in the form of one row, and the revision she had before her.

    `told_at` is the revision at which she was told that somebody had been erased; 0 where nobody told her.
    """

    values: Mapping[str, Any]
    based_on: int
    told_at: int = 0

    @classmethod
    def read(cls, form: Mapping[str, str], own: bool) -> "Row":
        """The row in the form. Raises Invalid, and ForgedChoice for what the page does not offer."""
        errors: dict[str, str] = {}
        deadline = form.get("deadline", "").strip()
        day = read_day(deadline) if deadline else None
        if deadline and day is None:
            errors["deadline"] = _("Write the day as 31.12.2026, or leave the field empty.")
        owner = one_line(form.get("owner", ""))
        if len(owner) > OWNER_LENGTH:
            errors["owner"] = _("This can have at most %(number)s characters.", number=OWNER_LENGTH)
        values = {
            "title": read_title(form.get("title", ""), errors) if own else "",
            "relevant": _one_of(form.get("relevant", ""), RELEVANCE),
            "likelihood": int(degree) if (degree := _one_of(form.get("likelihood", ""), map(str, DEGREES))) else None,
            "consequence": int(degree) if (degree := _one_of(form.get("consequence", ""), map(str, DEGREES))) else None,
            **{field: read_text(form, field, errors) for field in TEXTS},
            "owner": owner,
            "deadline": day.isoformat() if day else None,
            "postponed": "postpone" in form,
        }
        if errors:
            raise Invalid(errors)
        return cls(values, read_revision(form), read_revision(form, "told_at") if form.get("told_at") else 0)

    def for_row(self, owner: str) -> dict[str, Any]:
        """What is to stand in a row that has this owner."""
        return {**self.values, "owner": owner_meant(self.values["owner"], owner)}


def owner_meant(written: str, there: str) -> str:
    """Who is to see to something: an empty field leaves a place that belonged to somebody erased as it is."""
    return ERASED if not written and there == ERASED else written


def owner_in_words(owner: str) -> str:
    """Who sees to something, in the reader's language where she has been erased."""
    return _("an erased person") if owner == ERASED else owner


def read_title(written: str, errors: dict[str, str]) -> str:
    """A risk factor of your own in a sentence; with what to do in `errors` when there is none."""
    title = one_line(written)
    if not title:
        errors["title"] = _("Write the risk factor in a sentence.")
    elif len(title) > TITLE_LENGTH:
        errors["title"] = _("This can have at most %(number)s characters.", number=TITLE_LENGTH)
    return title


def read_text(form: Mapping[str, str], field: str, errors: dict[str, str], longest: int = TEXT_LENGTH) -> str:
    """A text of several lines; with what to do in `errors` when it is too long."""
    text = "\n".join(map(one_line, form.get(field, "").strip().splitlines()))
    if len(text) > longest:
        errors[field] = _("The text can have at most %(number)s characters.", number=longest)
    return text


def is_named_in(channel: str, person: Person) -> bool:
    """Whether she is herself the one people are to report to, so that somebody else has to be named."""
    return bool(person.name) and person.name.casefold() in channel.casefold()


def read_revision(form: Mapping[str, str], name: str = "revision") -> int:
    """The revision the page was opened at, in a field of this `name`. Raises ForgedChoice."""
    written = form.get(name, "")
    if not (written.isascii() and written.isdecimal() and len(written) < 9):
        raise ForgedChoice
    return int(written)


def _one_of(chosen: str, offered: Iterable[str]) -> str:
    if chosen and chosen not in set(offered):
        raise ForgedChoice
    return chosen
