"""The minimum requirements and the examples of measures: data with versions, which the scheme's staff revise."""

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from lms.courses.fallback import LANGUAGES, best

CATALOGUE = Path(__file__).with_name("catalogue.toml")


@dataclass(frozen=True)
class Requirement:
    """Something every organisation with the mark has in place, and what shows that it has."""

    key: str
    titles: Mapping[str, str]
    evidence: Mapping[str, str]
    counts: Mapping[str, tuple[str, ...]]

    def title(self, locale: str) -> str:
        """The requirement in a sentence."""
        return best(self.titles, locale) or self.key

    def shown_by(self, locale: str) -> str:
        """What shows that it is met, in a sentence."""
        return best(self.evidence, locale) or ""

    def what_counts(self, locale: str) -> tuple[str, ...]:
        """What can be handed in for it."""
        return best(self.counts, locale) or ()


@dataclass(frozen=True)
class Example:
    """A measure that others have taken; the risk factors it is about, and the requirement it helps to meet."""

    key: str
    area: str
    requirement: str | None
    factors: tuple[str, ...]
    titles: Mapping[str, str]

    def title(self, locale: str) -> str:
        """The measure in a sentence."""
        return best(self.titles, locale) or self.key


@dataclass(frozen=True)
class Catalogue:
    """Requirements and examples in their order, and the two versions that a plan remembers."""

    requirements_version: str
    version: str
    requirements: tuple[Requirement, ...]
    examples: tuple[Example, ...]
    areas: Mapping[str, Mapping[str, str]]

    @cached_property
    def _requirements_by_key(self) -> Mapping[str, Requirement]:
        return {each.key: each for each in self.requirements}

    @cached_property
    def _examples_by_key(self) -> Mapping[str, Example]:
        return {each.key: each for each in self.examples}

    def requirement(self, key: str | None) -> Requirement | None:
        """The requirement with this key."""
        return self._requirements_by_key.get(key or "")

    def example(self, key: str | None) -> Example | None:
        """The example with this key; None for an organisation's own measure."""
        return self._examples_by_key.get(key or "")

    def area(self, key: str, locale: str) -> str:
        """What an area is called."""
        return best(self.areas[key], locale) or key

    def suggested_by(self, factors: Collection[str]) -> list[tuple[Example, int]]:
        """Every example with how many of these risk factors it is about; those that are about most of them first."""
        weighed = [(each, len({*each.factors} & {*factors})) for each in self.examples]
        return sorted(weighed, key=lambda pair: -pair[1])


@cache
def catalogue() -> Catalogue:
    """The catalogue in force, read once."""
    written = tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))
    return Catalogue(
        written["requirements_version"],
        written["examples_version"],
        tuple(
            Requirement(
                table["key"],
                _in_each_language(table),
                _in_each_language(table["evidence"]),
                {language: tuple(table["counts"][language]) for language in LANGUAGES},
            )
            for table in written["requirement"]
        ),
        tuple(
            Example(
                table["key"],
                table["area"],
                table.get("requirement"),
                tuple(table["factors"]),
                _in_each_language(table),
            )
            for table in written["example"]
        ),
        {key: _in_each_language(table) for key, table in written["area"].items()},
    )


def _in_each_language(table: Mapping[str, Any]) -> dict[str, str]:
    return {language: table[language] for language in LANGUAGES}
