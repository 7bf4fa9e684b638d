"""The kinds of exercise: what each asks, how its form fields are read, and what to show afterwards.

An exercise is data, drawn by a template. Keys are letters in the order the author wrote (a, b, c …), so that
an answer means the same in every language. Stored answers may be older than the text: `result` leaves out what
no longer exists.
"""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import ascii_lowercase
from typing import Any, ClassVar, Generic, Protocol, Self, TypeAlias, TypeVar

from markupsafe import Markup
from werkzeug.datastructures import MultiDict

Form: TypeAlias = MultiDict[str, str]
Value: TypeAlias = "str | int | list[str] | dict[str, str] | dict[str, int]"
Thing = TypeVar("Thing")

LONGEST_REFLECTION = 20_000
LONGEST_IN_A_LIST = 26
LETTERS = ascii_lowercase
LEVELS = ("none", "low", "medium", "high")


class ForgedAnswer(ValueError):
    """A posted value that our own form can't have sent."""


class TooLong(ValueError):
    """A reflection longer than we keep; `limit` says how many characters fit."""

    limit = LONGEST_REFLECTION


@dataclass(frozen=True)
class Exercise(ABC):
    """What all exercises have: a stable id, which is also its form field, and a prompt."""

    kind: ClassVar[str]
    id: str
    prompt: Markup

    @classmethod
    def made_from(cls, data: Mapping[str, Any]) -> Self:
        """The exercise from what the renderer, or its cache, has written down."""
        return cls(data["id"], rendered(data["prompt"]))

    @abstractmethod
    def read(self, form: Form) -> Value | None:
        """The answer in a posted form, or None when the field was left alone."""

    @abstractmethod
    def result(self, value: object) -> object:
        """What the page shows afterwards; a value that is no answer gives None, or a result of misses."""

    def is_answered(self, value: object) -> bool:
        """Whether the value is a whole answer, so that the exercise needs nothing more."""
        return self.result(value) is not None

    @property
    def shape(self) -> tuple[object, ...]:
        """What must be alike in every language."""
        return (self.kind,)


class Judged(Protocol):
    """One piece of an answer that can be right or wrong."""

    @property
    def judged_right(self) -> bool: ...


Piece = TypeVar("Piece", bound=Judged)


@dataclass(frozen=True)
class Result(Generic[Piece]):
    """Every piece of an answer in the written order, judged."""

    judged: tuple[Piece, ...]

    @property
    def all_right(self) -> bool:
        return all(piece.judged_right for piece in self.judged)


@dataclass(frozen=True)
class Reflection(Exercise):
    """A private text. Field `<id>`; the value is the text."""

    kind = "reflection"

    def read(self, form: Form) -> str | None:
        text = form.get(self.id, "").replace("\r\n", "\n").replace("\0", "").strip()
        if len(text) > LONGEST_REFLECTION:
            raise TooLong(f"A reflection can have {LONGEST_REFLECTION} characters.")
        return text or None

    def result(self, value: object) -> str | None:
        return value if isinstance(value, str) and value else None


@dataclass(frozen=True)
class Alternative:
    """One alternative of a choice, with the why that is shown once somebody has chosen."""

    key: str
    text: Markup
    why: Markup
    right: bool


@dataclass(frozen=True)
class JudgedAlternative:
    """An alternative beside what the person did with it; `judged_right` also when rightly left alone."""

    alternative: Alternative
    chosen: bool

    @property
    def judged_right(self) -> bool:
        return self.chosen == self.alternative.right


@dataclass(frozen=True)
class Choice(Exercise):
    """Pick the right one, or all right ones (`many`). Field `<id>`; the value is a list of keys."""

    kind = "choice"
    alternatives: tuple[Alternative, ...]

    @classmethod
    def made_from(cls, data: Mapping[str, Any]) -> Self:
        alternatives = tuple(
            Alternative(key, rendered(each["text"]), rendered(each["why"]), bool(each["right"]))
            for key, each in zip(LETTERS, data["alternatives"], strict=False)
        )
        return cls(data["id"], rendered(data["prompt"]), alternatives)

    @property
    def many(self) -> bool:
        """Whether more than one alternative is right."""
        return sum(alternative.right for alternative in self.alternatives) > 1

    def read(self, form: Form) -> list[str] | None:
        chosen = sorted({key for key in form.getlist(self.id) if key})
        known = {alternative.key for alternative in self.alternatives}
        if not known.issuperset(chosen) or (len(chosen) > 1 and not self.many):
            raise ForgedAnswer(self.id)
        return chosen or None

    def result(self, value: object) -> Result[JudgedAlternative]:
        chosen = value if isinstance(value, list) else []
        return Result(tuple(JudgedAlternative(each, each.key in chosen) for each in self.alternatives))

    def is_answered(self, value: object) -> bool:
        return any(judged.chosen for judged in self.result(value).judged)

    @property
    def shape(self) -> tuple[object, ...]:
        return (self.kind, *(alternative.right for alternative in self.alternatives))


@dataclass(frozen=True)
class Pair:
    """One row of a match: what belongs together; `field` is the form field of its left side."""

    key: str
    left: Markup
    right: Markup
    field: str


@dataclass(frozen=True)
class JudgedPair:
    """A pair beside the right side the person gave it, if any."""

    pair: Pair
    chosen: Pair | None

    @property
    def judged_right(self) -> bool:
        return self.chosen is not None and self.chosen.right == self.pair.right


@dataclass(frozen=True)
class Match(Exercise):
    """Pair left and right. One field `<id>.<key>` per left side, holding the key of a right side.

    The value is a dict of left and right key. A half-filled match is kept as it is and is not yet answered.
    """

    kind = "match"
    headings: tuple[Markup, Markup]
    pairs: tuple[Pair, ...]
    shuffled_right: tuple[Pair, ...]

    @property
    def lettered(self) -> bool:
        """Whether a right side is too long for a closed list on a phone, so that all stand above it, with letters."""
        return any(len(pair.right.striptags()) > LONGEST_IN_A_LIST for pair in self.pairs)

    @classmethod
    def made_from(cls, data: Mapping[str, Any]) -> Self:
        pairs = tuple(
            Pair(key, rendered(left), rendered(right), f"{data['id']}.{key}")
            for key, (left, right) in zip(LETTERS, data["pairs"], strict=False)
        )
        left, right = data["headings"]
        shuffled = _shuffled(pairs, data["id"])
        return cls(data["id"], rendered(data["prompt"]), (rendered(left), rendered(right)), pairs, shuffled)

    def read(self, form: Form) -> dict[str, str] | None:
        given = {pair.key: form[pair.field] for pair in self.pairs if form.get(pair.field)}
        if not {pair.key for pair in self.pairs}.issuperset(given.values()):
            raise ForgedAnswer(self.id)
        return given or None

    def result(self, value: object) -> Result[JudgedPair]:
        given = value if isinstance(value, dict) else {}
        by_key = {pair.key: pair for pair in self.pairs}
        return Result(tuple(JudgedPair(pair, by_key.get(given.get(pair.key, ""))) for pair in self.pairs))

    def is_answered(self, value: object) -> bool:
        return all(judged.chosen for judged in self.result(value).judged)

    @property
    def shape(self) -> tuple[object, ...]:
        return (self.kind, len(self.pairs))


@dataclass(frozen=True)
class Step:
    """One step of an order, its right place (from 1), and a note shown with the answer (may be empty)."""

    key: str
    text: Markup
    note: Markup
    place: int
    field: str


@dataclass(frozen=True)
class JudgedStep:
    """A step beside the place the person gave it, if any."""

    step: Step
    place: int | None

    @property
    def judged_right(self) -> bool:
        return self.place == self.step.place


@dataclass(frozen=True)
class Order(Exercise):
    """Put in order. One field `<id>.<key>` per step, holding its place from 1.

    The value is a dict of key and place. Two steps may get the same place: it is a mistake to learn from.
    """

    kind = "order"
    steps: tuple[Step, ...]
    shuffled: tuple[Step, ...]

    @classmethod
    def made_from(cls, data: Mapping[str, Any]) -> Self:
        steps = tuple(
            Step(key, rendered(each["text"]), rendered(each["note"]), place, f"{data['id']}.{key}")
            for place, (key, each) in enumerate(zip(LETTERS, data["steps"], strict=False), 1)
        )
        return cls(data["id"], rendered(data["prompt"]), steps, _shuffled(steps, data["id"]))

    def read(self, form: Form) -> dict[str, int] | None:
        places = {str(step.place): step.place for step in self.steps}
        given = {step.key: form[step.field] for step in self.steps if form.get(step.field)}
        if not places.keys() >= set(given.values()):
            raise ForgedAnswer(self.id)
        return {key: places[place] for key, place in given.items()} or None

    def result(self, value: object) -> Result[JudgedStep]:
        given = value if isinstance(value, dict) else {}
        return Result(tuple(JudgedStep(step, given.get(step.key)) for step in self.steps))

    def is_answered(self, value: object) -> bool:
        return all(judged.place is not None for judged in self.result(value).judged)

    @property
    def shape(self) -> tuple[object, ...]:
        return (self.kind, len(self.steps))


@dataclass(frozen=True)
class Stance(Exercise):
    """How much somebody agrees. Field `<id>`; the value is a whole number from 1 to 7."""

    kind = "stance"
    scale: ClassVar[tuple[int, ...]] = (1, 2, 3, 4, 5, 6, 7)

    def read(self, form: Form) -> int | None:
        return _one_of({str(step): step for step in self.scale}, form, self.id)

    def result(self, value: object) -> int | None:
        return value if isinstance(value, int) and value in self.scale else None


@dataclass(frozen=True)
class Rating(Exercise):
    """How big a risk factor is where somebody works. Field `<id>`; the value is one of `levels`."""

    kind = "rating"
    levels: ClassVar[tuple[str, ...]] = LEVELS
    factor: str

    @classmethod
    def made_from(cls, data: Mapping[str, Any]) -> Self:
        return cls(data["id"], rendered(data["prompt"]), data["factor"])

    def read(self, form: Form) -> str | None:
        return _one_of({level: level for level in self.levels}, form, self.id)

    def result(self, value: object) -> str | None:
        return value if isinstance(value, str) and value in self.levels else None

    @property
    def shape(self) -> tuple[object, ...]:
        return (self.kind, self.factor)


@dataclass(frozen=True)
class CaseChoice:
    """What somebody in the scene may do, and how the story goes on then."""

    key: str
    text: Markup
    reply: Markup


@dataclass(frozen=True)
class Case(Exercise):
    """A scene (`prompt`) with choices, none right or wrong. Field `<id>`; the value is a choice's key."""

    kind = "case"
    title: str
    choices: tuple[CaseChoice, ...]

    @classmethod
    def made_from(cls, data: Mapping[str, Any]) -> Self:
        choices = tuple(
            CaseChoice(key, rendered(each["text"]), rendered(each["reply"]))
            for key, each in zip(LETTERS, data["choices"], strict=False)
        )
        return cls(data["id"], rendered(data["prompt"]), data["title"], choices)

    def read(self, form: Form) -> str | None:
        return _one_of({choice.key: choice.key for choice in self.choices}, form, self.id)

    def result(self, value: object) -> CaseChoice | None:
        return next((choice for choice in self.choices if choice.key == value), None)

    @property
    def shape(self) -> tuple[object, ...]:
        return (self.kind, len(self.choices))


KINDS: Mapping[str, type[Exercise]] = {
    kind.kind: kind for kind in (Reflection, Choice, Match, Order, Stance, Rating, Case)
}


def made_from(data: Mapping[str, Any]) -> Exercise:
    """The exercise of the right kind from what the renderer has written down."""
    return KINDS[data["kind"]].made_from(data)


def rendered(html: str) -> Markup:
    """The renderer's HTML, which has passed the sanitisers; nothing a reader writes may come here."""
    return Markup(html)  # noqa: S704


def _one_of(values: Mapping[str, Thing], form: Form, field: str) -> Thing | None:
    posted = form.get(field, "")
    if posted and posted not in values:
        raise ForgedAnswer(field)
    return values.get(posted)


def _shuffled(written: Sequence[Thing], seed: str) -> tuple[Thing, ...]:
    """The same other order for everybody: people who sit together can talk about "the third one"."""
    shown = list(written)
    random.Random(seed).shuffle(shown)  # noqa: S311
    if shown == list(written):
        shown = [*shown[1:], *shown[:1]]
    return tuple(shown)
