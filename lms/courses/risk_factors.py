"""The risk factors lessons and mappings ask about: data with a version, which the scheme's staff revise."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from lms.courses.fallback import best

CATALOGUE = Path(__file__).with_name("risk_factors.toml")


@dataclass(frozen=True)
class Factor:
    """Something about the work that makes it more likely that something goes wrong, and what others do about it."""

    key: str
    titles: Mapping[str, str]
    measures: Mapping[str, tuple[str, ...]]

    def title(self, locale: str) -> str:
        """The factor in a sentence."""
        return best(self.titles, locale) or self.key

    def suggested(self, locale: str) -> tuple[str, ...]:
        """What others have done about it."""
        return best(self.measures, locale) or ()


@dataclass(frozen=True)
class Catalogue:
    """The factors in the order of the form, and the version that a mapping remembers."""

    version: str
    factors: tuple[Factor, ...]

    @cached_property
    def _by_key(self) -> Mapping[str, Factor]:
        return {factor.key: factor for factor in self.factors}

    def factor(self, key: str | None) -> Factor | None:
        """The factor with this key; None for an organisation's own."""
        return self._by_key.get(key or "")


@cache
def catalogue() -> Catalogue:
    """The catalogue in force, read once."""
    written = tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))
    return Catalogue(
        written["version"],
        tuple(
            Factor(
                table["key"],
                {language: table[language] for language in ("nb", "nn", "en")},
                {language: tuple(table["measures"][language]) for language in ("nb", "nn", "en")},
            )
            for table in written["factor"]
        ),
    )
