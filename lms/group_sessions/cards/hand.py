"""A hand of conversation cards, which is nothing but its address: what was filtered, picked, drawn and shuffled."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import blake2b
from typing import Any

from werkzeug.datastructures import MultiDict

from lms.courses.cards import KINDS, Card
from lms.courses.packs import Course

NEW = "new"
MOST_DRAWN = 99
MOST_PICKED = 300
CARDS_PER_PAGE = 20
_SEED = re.compile(r"[a-z0-9]{1,20}")
_NAME = re.compile(r"[a-z0-9_-]{1,80}\.[a-z0-9-]{1,80}")


@dataclass(frozen=True)
class Deal:
    """What an address asks for, from the cards there are."""

    deck: tuple[Card, ...]
    course: str = ""
    theme: str = ""
    kind: str = ""
    picked: tuple[str, ...] = ()
    draw: int = 0
    seed: str = ""

    @cached_property
    def matching(self) -> tuple[Card, ...]:
        """The cards of the chosen course, theme and kind."""
        return tuple(
            card
            for card in self.deck
            if self.course in ("", card.course) and self.theme in ("", card.theme.key) and self.kind in ("", card.kind)
        )

    @cached_property
    def picks(self) -> tuple[Card, ...]:
        """The picked cards, in the order they were picked, without those that are gone from the courses."""
        by_name = {card.name: card for card in self.deck}
        return tuple(by_name[name] for name in self.picked if name in by_name)

    @property
    def gone(self) -> int:
        """How many picked cards the courses hold no longer."""
        return len(self.picked) - len(self.picks)

    @cached_property
    def hand(self) -> tuple[Card, ...]:
        """The picked cards, or else those that match: shuffled by the seed, and as many as were drawn."""
        cards: Sequence[Card] = self.picks if self.picked else self.matching
        if self.seed:
            cards = sorted(cards, key=self._place)
        return tuple(cards[: self.draw] if self.draw else cards)

    def _place(self, card: Card) -> bytes:
        # Not the random module: the order must be the same in every process and every Python.
        return blake2b(f"{self.seed} {card.name}".encode(), digest_size=8).digest()

    @property
    def unshuffled(self) -> bool:
        """Whether it asks for a new seed."""
        return self.seed == NEW or (self.draw > 0 and not self.seed)

    def shuffled(self) -> Deal:
        """The same with a seed of its own, short enough to be read aloud."""
        return replace(self, seed=secrets.token_hex(3))

    def address(self, **more: Any) -> dict[str, Any]:
        """What stands in its address: only what was chosen; `more` adds to that or takes its place."""
        chosen = {
            "course": self.course,
            "theme": self.theme,
            "kind": self.kind,
            "card": list(self.picked),
            "draw": self.draw,
            "seed": self.seed,
        }
        return {name: value for name, value in {**chosen, **more}.items() if value}


def deal_from(args: MultiDict[str, str], courses: Sequence[Course]) -> Deal:
    """What an address asks for; a course, theme or kind that does not exist asks for all."""
    deck = tuple(card for course in courses for card in course.cards)
    course, theme, kind = (args.get(name, "") for name in ("course", "theme", "kind"))
    seed = args.get("seed", "").lower()
    draw = args.get("draw", 0, type=int)
    # Whoever draws wants a surprise: what she had ticked waits behind the back button.
    picked = {} if draw > 0 else dict.fromkeys(name for name in args.getlist("card") if _NAME.fullmatch(name))
    return Deal(
        deck,
        course=course if any(card.course == course for card in deck) else "",
        theme=theme if any(card.theme.key == theme for card in deck) else "",
        kind=kind if kind in KINDS else "",
        picked=tuple(picked)[:MOST_PICKED],
        draw=min(max(draw, 0), MOST_DRAWN),
        seed=seed if _SEED.fullmatch(seed) else "",
    )


@dataclass(frozen=True)
class Page:
    """Some of many cards."""

    cards: tuple[Card, ...]
    number: int
    all: int


def page_of(cards: Sequence[Card], number: int) -> Page:
    """The cards of one page; a number beyond the last one shows the last one."""
    last = max(1, -(-len(cards) // CARDS_PER_PAGE))
    number = min(max(number, 1), last)
    return Page(tuple(cards[(number - 1) * CARDS_PER_PAGE : number * CARDS_PER_PAGE]), number, last)
