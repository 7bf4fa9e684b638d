"""Conversation cards: statements and questions a group talks about when it meets, by theme."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from lms.courses.fallback import LANGUAGES, best, languages_for
from lms.courses.files import line_of, read_text, read_toml
from lms.courses.findings import Finding
from lms.courses.glossary import BRACKETS, Glossary, anchor_of, ways_to_write

KINDS = ("statement", "question")
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_FIELDS = {"id", "kind", "theme", *LANGUAGES}


@dataclass(frozen=True)
class Theme:
    """What a card is about; packs that use the same key speak of the same theme."""

    key: str
    names: Mapping[str, str]

    def name(self, locale: str) -> str:
        """What the theme is called."""
        return best(self.names, locale) or self.key


@dataclass(frozen=True)
class Run:
    """A piece of a card's text; a word of the glossary carries its key and what it means."""

    text: str
    key: str = ""
    explanation: str = ""

    @property
    def anchor(self) -> str:
        """Where the word stands on the page of all words."""
        return anchor_of(self.key)


@dataclass(frozen=True)
class Card:
    """One statement or question, in all its languages."""

    course: str
    id: str
    kind: str
    theme: Theme
    texts: Mapping[str, tuple[Run, ...]]

    @property
    def name(self) -> str:
        """What an address calls it; no course's key holds a full stop."""
        return f"{self.course}.{self.id}"

    def language(self, locale: str) -> str:
        """The language a reader gets it in, for the page's `lang`."""
        return next(language for language in languages_for(locale) if language in self.texts)

    def runs(self, locale: str) -> tuple[Run, ...]:
        """The text, piece by piece."""
        return self.texts[self.language(locale)]

    def text(self, locale: str) -> str:
        """The text alone."""
        return "".join(run.text for run in self.runs(locale))

    def words(self, locale: str) -> tuple[Run, ...]:
        """The words it uses that the glossary explains."""
        return tuple(run for run in self.runs(locale) if run.key)


def read_cards(file: Path, glossary: Glossary, findings: list[Finding]) -> dict[str, Any]:
    """The themes and cards of a cards.toml as data that fits in JSON; a pack without one has none."""
    written = read_toml(file, findings) if file.is_file() else {}
    for name in written.keys() - {"theme", "card"}:
        findings.append(Finding(file, line_of(file, name), f"Nobody reads {name}.", "Write [theme.…] and [[card]]."))
    themes = _themes(file, written.get("theme", {}), findings)
    return {"themes": themes, "cards": _Reading(file, glossary, themes, findings).cards(written.get("card", []))}


def _themes(file: Path, written: Any, findings: list[Finding]) -> dict[str, dict[str, str]]:
    themes = dict(written) if isinstance(written, dict) else {}
    for key, names in list(themes.items()):
        if not _ID.fullmatch(key) or not _is_texts(names):
            do = 'Write nb = "…" and en = "…" under it, and name it in small letters a–z, digits and hyphens.'
            findings.append(Finding(file, line_of(file, f"[theme.{key}]"), f"The theme {key} is not whole.", do))
            del themes[key]
    return themes


class _Reading:
    """The cards of a file on their way to data, with every finding by line."""

    def __init__(
        self, file: Path, glossary: Glossary, themes: Mapping[str, dict[str, str]], findings: list[Finding]
    ) -> None:
        self.file = file
        self.themes = themes
        self.findings = findings
        self.ways = {language: ways_to_write(glossary, language) for language in LANGUAGES}
        self.lines = lines_of_cards(file)

    def cards(self, written: Any) -> list[dict[str, Any]]:
        if not isinstance(written, list) or not all(isinstance(table, dict) for table in written):
            do = "Write [[card]], with two brackets, for each."
            self.findings.append(Finding(self.file, line_of(self.file, "card"), "card is not a list of cards.", do))
            return []
        cards: list[dict[str, Any]] = []
        for at, table in enumerate(written):
            fault = self._fault_of(table, [other.get("id") for other in written[:at]])
            if fault:
                what = f"The card {table.get('id', '')} is not whole."
                self.findings.append(Finding(self.file, self._line(at), what, fault))
            else:
                texts = {each: self._runs(at, table[each], each) for each in LANGUAGES if each in table}
                cards.append({"id": table["id"], "kind": table["kind"], "theme": table["theme"], "texts": texts})
        return cards

    def _line(self, at: int, needle: str = "[[card]]") -> int:
        lines = self.lines[at] if at < len(self.lines) else {}
        return next((number for number, line in lines.items() if needle in line), 1)

    def _fault_of(self, table: Mapping[str, Any], taken: list[Any]) -> str | None:
        id, theme = table.get("id"), table.get("theme")
        if not isinstance(id, str) or not _ID.fullmatch(id):
            return 'Write id = "short-name", in small letters a–z, digits and hyphens.'
        if id in taken:
            return "Another card has this id: give each its own."
        if table.get("kind") not in KINDS:
            return f"Write kind = one of {', '.join(KINDS)}."
        if not isinstance(theme, str) or theme not in self.themes:
            return "Write theme = one that has a [theme.…] in this file."
        if unknown := table.keys() - _FIELDS:
            return f"Nobody reads {', '.join(sorted(unknown))}: use {', '.join(sorted(_FIELDS))}."
        if not _is_texts({language: table[language] for language in LANGUAGES if language in table}):
            return 'Write nb = "…" and en = "…".'
        return None

    def _runs(self, at: int, text: str, language: str) -> list[dict[str, str]]:
        runs: list[dict[str, str]] = []
        end = 0
        for found in BRACKETS.finditer(text):
            word, label = found[1].strip(), found[2].strip() if found[2] else None
            meaning = self.ways[language].get(word.casefold())
            if meaning is None:
                line = self._line(at, f"[[{found[1]}")
                what = f"Nobody explains the word {word}."
                self.findings.append(Finding(self.file, line, what, "Add it to glossary.toml."))
                continue
            runs.append({"text": text[end : found.start()]})
            runs.append({"text": meaning.shown(word, label), "key": meaning.key, "explanation": meaning.text})
            end = found.end()
        return [run for run in [*runs, {"text": text[end:]}] if run["text"]]


def lines_of_cards(file: Path) -> list[dict[int, str]]:
    """The lines of each card, by number, from its [[card]] to the next one."""
    cards: list[dict[int, str]] = []
    for number, line in enumerate(read_text(file, []).split("\n"), 1):
        if line.strip() == "[[card]]":
            cards.append({})
        if cards:
            cards[-1][number] = line
    return cards


def cards_from(data: Mapping[str, Any], course: str) -> tuple[Card, ...]:
    """The cards, frozen."""
    themes = {key: Theme(key, MappingProxyType(names)) for key, names in data["themes"].items()}
    return tuple(
        Card(
            course,
            card["id"],
            card["kind"],
            themes[card["theme"]],
            MappingProxyType({language: tuple(Run(**run) for run in runs) for language, runs in card["texts"].items()}),
        )
        for card in data["cards"]
    )


def _is_texts(texts: object) -> bool:
    return (
        isinstance(texts, dict)
        and bool(texts)
        and texts.keys() <= set(LANGUAGES)
        and all(isinstance(text, str) and text.strip() for text in texts.values())
    )
