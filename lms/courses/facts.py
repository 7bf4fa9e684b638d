"""What all courses share: facts with their sources, and the services somebody can call."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

from lms.courses.fallback import LANGUAGES, best
from lms.courses.files import line_of, line_of_table, read_toml
from lms.courses.findings import Finding

ADDRESS = re.compile(r"https?://[^\s/.]+\.[^\s/]+(/\S*)?")


@dataclass(frozen=True)
class Fact:
    """A sentence about the law or the field, with its source and the day somebody last looked it up.

    `source_language` is the language in which the source is named, as for HTML's `lang`.
    """

    key: str
    texts: Mapping[str, str]
    source: str
    url: str
    last_verified: date
    source_language: str = "nb"

    def text(self, locale: str) -> str:
        """The sentence."""
        return best(self.texts, locale) or ""


@dataclass(frozen=True)
class HelpService:
    """Somebody to call or write to."""

    key: str
    names: Mapping[str, str]
    abouts: Mapping[str, str]
    phone: str
    url: str
    last_verified: date

    def name(self, locale: str) -> str:
        """What the service is called."""
        return best(self.names, locale) or self.key

    def about(self, locale: str) -> str:
        """When it is open and for whom."""
        return best(self.abouts, locale) or ""


def read_facts(file: Path, findings: list[Finding]) -> dict[str, Fact]:
    """The facts of a facts.toml; a pack without one has none."""
    facts: dict[str, Fact] = {}
    for key, table in (read_toml(file, findings) if file.is_file() else {}).items():
        table = table if isinstance(table, dict) else {}
        texts = {language: table[language] for language in LANGUAGES if language in table}
        wrong = None if texts else 'Write nb = "…" and en = "…".'
        wrong = wrong or _what_is_wrong(table, texts.values(), "source")
        if wrong:
            findings.append(Finding(file, line_of(file, f"[{key}]"), f"The fact {key} is not whole.", wrong))
        else:
            about = table["source"], table.get("url", ""), table["last_verified"], table.get("source_language", "nb")
            facts[key] = Fact(key, MappingProxyType(texts), *about)
    return facts


def facts_around(pack: Path, findings: list[Finding]) -> dict[str, Fact]:
    """The facts a pack may build on besides the library's: those in its folder and those beside it."""
    return {**read_facts(pack.parent / "facts.toml", findings), **read_facts(pack / "facts.toml", findings)}


def read_help(file: Path, findings: list[Finding]) -> tuple[HelpService, ...]:
    """The services of a help.toml, in the order they are shown."""
    services: list[HelpService] = []
    written = (read_toml(file, findings) if file.is_file() else {}).get("service", [])
    if not isinstance(written, list) or not all(isinstance(table, dict) for table in written):
        do = "Write a [[service]] for each."
        findings.append(Finding(file, line_of(file, "service"), "These are no services.", do))
        return ()
    for number, table in enumerate(written, 1):
        key, names, abouts = table.get("key", ""), table.get("name"), table.get("about", {})
        if not isinstance(names, dict) or not names:
            wrong: str | None = 'Write name.nb = "…" and name.en = "…".'
        elif not isinstance(abouts, dict):
            wrong = 'Write about.nb = "…" and about.en = "…".'
        elif not (table.get("phone") or table.get("url")):
            wrong = "Write a phone, a url or both."
        else:
            wrong = _what_is_wrong(table, [*names.values(), *abouts.values()], "key")
        if wrong:
            line = line_of_table(file, "service", number)
            findings.append(Finding(file, line, f"The service {key} is not whole.", wrong))
        else:
            about = table.get("phone", ""), table.get("url", ""), table["last_verified"]
            services.append(HelpService(key, MappingProxyType(names), MappingProxyType(abouts), *about))
    return tuple(services)


def _what_is_wrong(table: Mapping[str, Any], texts: Iterable[Any], needed: str) -> str | None:
    url = table.get("url", "")
    if not isinstance(table.get(needed), str):
        return f'Write {needed} = "…".'
    if not all(isinstance(text, str) for text in [*texts, table.get("phone", "")]):
        return "Put every text between quotes."
    if url and not (isinstance(url, str) and ADDRESS.fullmatch(url)):
        return "Write the whole url, from https://."
    if not isinstance(table.get("last_verified"), date):
        return "Write last_verified = 2026-11-01, without quotes, on the day you looked it up."
    return None
