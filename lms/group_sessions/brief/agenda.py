"""How the time of a session may be spent: a suggestion, which the people in the room change as they like."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Kind = Literal["welcome", "pictures", "cards", "pause", "mapping", "closing"]
# Of a hundred parts of the time that is left when the pause is taken out.
SHARES: dict[Kind, int] = {"welcome": 10, "pictures": 20, "cards": 30, "mapping": 30, "closing": 10}
PAUSE_FROM, LONG_PAUSE_FROM = 120, 180  # minutes
ROUND_TO = 5  # minutes


@dataclass(frozen=True)
class Item:
    """One part of the session: how long it takes, and when it begins where the session has a time."""

    kind: Kind
    minutes: int
    begins_at: datetime | None


def agenda_of(minutes: int, starts_at: datetime | None, with_pictures: bool) -> tuple[Item, ...]:
    """The parts of so many minutes, in order; without pictures to look at, the cards get their time."""
    lengths = dict(_lengths(minutes, with_pictures))
    items, gone = [], 0
    for kind in ("welcome", "pictures", "cards", "pause", "mapping", "closing"):
        if length := lengths.get(kind, 0):
            items.append(Item(kind, length, starts_at and starts_at + timedelta(minutes=gone)))
            gone += length
    return tuple(items)


def _lengths(minutes: int, with_pictures: bool) -> Iterator[tuple[Kind, int]]:
    pause = 15 if minutes >= LONG_PAUSE_FROM else 10 if minutes >= PAUSE_FROM else 0
    left = minutes - pause
    yield "pause", pause
    for kind, share in SHARES.items():
        if kind != "cards" and (kind != "pictures" or with_pictures):
            length = (minutes - pause) * share // 100 // ROUND_TO * ROUND_TO
            left -= length
            yield kind, length
    yield "cards", left
