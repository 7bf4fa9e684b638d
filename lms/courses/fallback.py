"""The languages a pack can be written in, and which one stands in for another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

LANGUAGES = ("nb", "nn", "en")

_STANDS_IN = {
    "no": ("nb", "nn", "en"),
    "nb": ("nb", "nn", "en"),
    "nn": ("nn", "nb", "en"),
    "en": ("en", "nb", "nn"),
}

Text = TypeVar("Text")


def languages_for(locale: str) -> tuple[str, ...]:
    """The languages to try for a reader, best first; a locale no pack is written in reads English."""
    return _STANDS_IN.get(locale.replace("-", "_").partition("_")[0], _STANDS_IN["en"])


def best(texts: Mapping[str, Text], locale: str) -> Text | None:
    """The text in the reader's language, or in the nearest one it was written in."""
    for language in languages_for(locale):
        if language in texts:
            return texts[language]
    return None
