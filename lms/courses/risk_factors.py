"""The risk factors that lessons let people rate and every risk mapping asks about: data with a version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from lms.courses.fallback import LANGUAGES, best
from lms.courses.files import line_of, line_of_table, read_toml
from lms.courses.findings import Finding

RISK_FACTORS = "risk_factors.toml"


@dataclass(frozen=True)
class RiskFactor:
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
class RiskFactors:
    """The factors in the order of the form, and the version that a mapping remembers."""

    version: str = ""
    factors: tuple[RiskFactor, ...] = ()

    @cached_property
    def _by_key(self) -> Mapping[str, RiskFactor]:
        return {factor.key: factor for factor in self.factors}

    def factor(self, key: str | None) -> RiskFactor | None:
        """The factor with this key; None for an organisation's own."""
        return self._by_key.get(key or "")


def read_risk_factors(file: Path, findings: list[Finding]) -> RiskFactors:
    """The factors of a risk_factors.toml; where there is no such file, none."""
    if not file.is_file():
        return RiskFactors()
    tables = read_toml(file, findings)
    version, written = tables.get("version"), tables.get("factor", [])
    if not isinstance(version, str) or not isinstance(written, list) or not all(isinstance(t, dict) for t in written):
        do = 'Write version = "…" and a [[factor]] for each.'
        findings.append(Finding(file, line_of(file, "version"), "These are no risk factors.", do))
        return RiskFactors()
    factors: dict[str, RiskFactor] = {}
    for number, table in enumerate(written, 1):
        if wrong := _what_is_wrong(table, factors):
            line = line_of_table(file, "factor", number)
            findings.append(Finding(file, line, f"The risk factor {table.get('key', '')} is not whole.", wrong))
        else:
            factors[table["key"]] = RiskFactor(
                table["key"],
                {language: table[language] for language in LANGUAGES if language in table},
                {language: tuple(measures) for language, measures in table["measures"].items()},
            )
    return RiskFactors(version, tuple(factors.values()))


def _what_is_wrong(table: Mapping[str, Any], known: Mapping[str, RiskFactor]) -> str | None:
    key, measures = table.get("key"), table.get("measures")
    titles = [table[language] for language in LANGUAGES if language in table]
    if not isinstance(key, str) or not key:
        return 'Write key = "…".'
    if key in known:
        return "There is one with this key already: give it another."
    if not titles or not all(isinstance(title, str) for title in titles):
        return 'Write nb = "…" and en = "…".'
    if not isinstance(measures, dict) or not all(_are_texts(texts) for texts in measures.values()):
        return 'Write measures.nb = ["…"] and measures.en = ["…"].'
    return None


def _are_texts(written: object) -> bool:
    return isinstance(written, list) and all(isinstance(text, str) for text in written)
