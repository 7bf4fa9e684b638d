"""What is shown in the room, screen by screen: welcome, how people answered, shared texts, cards, closing."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from lms.courses.cards import Card
from lms.database import now
from lms.group_sessions.brief.themes import SharedTexts, StanceTaken, Themes
from lms.group_sessions.models import CHECK_IN_OPENS, CHECK_IN_STAYS_OPEN, GroupSession

Kind = Literal["welcome", "rules", "few", "stance", "texts", "risks", "card", "closing"]
TEXTS_ON_A_SCREEN = 3
MOST_SCREENS_OF_TEXTS = 3  # about one question
MOST_QUESTIONS = 6


@dataclass(frozen=True)
class Screen:
    """One screen. `first` is the first of the texts about a question that stand on it."""

    kind: Kind
    stance: StanceTaken | None = None
    shared: SharedTexts | None = None
    first: int = 0
    card: Card | None = None
    themes: Themes = field(default_factory=lambda: Themes(shares=False))


def texts_are_open(meeting: GroupSession) -> bool:
    """Whether shared texts are shown: they are for those who meet, from an hour before until some hours after.

    Before that an employer alone at her desk would read them, who may know how each of her people writes.
    """
    if meeting.cancelled_at is not None or meeting.starts_at is None or meeting.ends_at is None:
        return False
    return meeting.starts_at - CHECK_IN_OPENS <= now() < meeting.ends_at + CHECK_IN_STAYS_OPEN


def screens_of(meeting: GroupSession, themes: Themes, cards: tuple[Card, ...]) -> tuple[Screen, ...]:
    """Every screen in its order."""
    return tuple(_screens(meeting, themes, cards))


def _screens(meeting: GroupSession, themes: Themes, cards: tuple[Card, ...]) -> Iterator[Screen]:
    yield Screen("welcome")
    yield Screen("rules")
    if not themes:
        yield Screen("few", themes=themes)
    for stance in themes.stances:
        yield Screen("stance", stance=stance)
    if texts_are_open(meeting):
        for shared in _questions(themes):
            on_screens = min(shared.texts, TEXTS_ON_A_SCREEN * MOST_SCREENS_OF_TEXTS)
            for first in range(0, on_screens, TEXTS_ON_A_SCREEN):
                yield Screen("texts", shared=shared, first=first)
    for card in cards:
        yield Screen("card", card=card)
    if themes.risky:
        yield Screen("risks", themes=themes)
    yield Screen("closing")


def _questions(themes: Themes) -> list[SharedTexts]:
    """Those that most have shared something about, in the order of the courses."""
    most = sorted(themes.texts, key=lambda shared: -shared.texts)[:MOST_QUESTIONS]
    return [shared for shared in themes.texts if shared in most]
