"""The words that [[double brackets]] explain: those all courses share, and those a pack explains in its own way."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias

from lms.courses.fallback import LANGUAGES, languages_for
from lms.courses.files import line_of, read_toml
from lms.courses.findings import Finding

# As it stands in the file: by key, then by language.
Glossary: TypeAlias = Mapping[str, Mapping[str, Mapping[str, Any]]]

BRACKETS = re.compile(r"\[\[([^\[\]|]+)(?:\|([^\[\]|]+))?\]\]")

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_ALPHABET = str.maketrans("æøå", "{|}")


@dataclass(frozen=True)
class Term:
    """A word in one language, what it means, and other ways to write it."""

    term: str
    text: str
    also: tuple[str, ...] = ()


def anchor_of(key: str) -> str:
    """Where a word stands on the page of all words."""
    return re.sub(r"[^\w-]+", "-", key)


@dataclass(frozen=True)
class Word:
    """A word of the field in every language it is explained in."""

    key: str
    terms: Mapping[str, Term]

    @property
    def anchor(self) -> str:
        """Its place on the page of all words."""
        return anchor_of(self.key)

    def language(self, locale: str) -> str:
        """The language a reader gets it in, for the page's `lang`."""
        return next(language for language in languages_for(locale) if language in self.terms)

    def term(self, locale: str) -> Term:
        """The word in the reader's language, or in the nearest one it was explained in."""
        return self.terms[self.language(locale)]

    def speaks_of(self, sought: str, locale: str) -> bool:
        """Whether the word is written so in any language, or explained with it in the reader's."""
        written = [each for term in self.terms.values() for each in (term.term, *term.also)]
        return any(sought.casefold() in each.casefold() for each in (*written, self.term(locale).text))


@dataclass(frozen=True)
class Meaning:
    """What double brackets lead to: a word of the glossary, as the page shows it, and what it means."""

    key: str
    term: str
    text: str

    def shown(self, written: str, label: str | None) -> str:
        """What the reader sees: the author's other form of it, else what she wrote, else the word for its key."""
        return label or (written if written.casefold() == self.term.casefold() else self.term)


def read_glossary(file: Path, findings: list[Finding]) -> dict[str, dict[str, dict[str, Any]]]:
    """The words of a glossary.toml; where there is no such file, none."""
    glossary = read_toml(file, findings) if file.is_file() else {}
    for key, languages in list(glossary.items()):
        fits = isinstance(languages, dict) and languages and languages.keys() <= set(LANGUAGES)
        if not fits or not all(_is_term(each) for each in languages.values()):
            do = 'Write nb.term = "…" and nb.text = "…", and the same for en; nb.also = ["…"] is allowed.'
            findings.append(Finding(file, _line_of_word(file, key), f"The word {key} is not explained right.", do))
            del glossary[key]
    for language in LANGUAGES:
        _refuse_double_meanings(file, glossary, language, findings)
    return glossary


def _is_term(value: object) -> bool:
    if not isinstance(value, dict) or not value.keys() <= {"term", "text", "also"}:
        return False
    texts, also = [value.get("term"), value.get("text")], value.get("also", [])
    return isinstance(also, list) and all(isinstance(each, str) and each.strip() for each in [*texts, *also])


def _line_of_word(file: Path, key: str) -> int:
    return line_of(file, f"[{key}]" if _BARE.fullmatch(key) else f'["{key}"]')


def _refuse_double_meanings(file: Path, glossary: Glossary, language: str, findings: list[Finding]) -> None:
    """What stands in brackets must lead to one explanation."""
    taken: dict[str, str] = {}
    for key, languages in glossary.items():
        explained = languages.get(language, {})
        for written in {each.casefold() for each in _written(key, explained)}:
            other = taken.setdefault(written, key)
            if other != key:
                what = f"«{written}» leads to both {other} and {key} ({language})."
                do = "Keep it under one of them."
                findings.append(Finding(file, _line_of_word(file, key), what, do))


def _written(key: str, explained: Mapping[str, Any]) -> Iterable[str]:
    return [key, *([explained["term"], *explained.get("also", [])] if explained else [])]


def over(nearer: Glossary, farther: Glossary) -> dict[str, Mapping[str, Mapping[str, Any]]]:
    """Both glossaries as one; where they explain the same word, the nearer is right."""
    # What comes last is found first.
    return {**{key: word for key, word in farther.items() if key not in nearer}, **nearer}


def ways_to_write(glossary: Glossary, language: str) -> dict[str, Meaning]:
    """Whatever may stand in brackets, in small letters, with what it leads to."""
    ways: dict[str, Meaning] = {}
    for key, languages in glossary.items():
        explained = languages[next(each for each in languages_for(language) if each in languages)]
        ways[key.casefold()] = Meaning(key, explained["term"], explained["text"])
        for written in (*explained.get("also", []), explained["term"]):
            ways[written.casefold()] = Meaning(key, written, explained["text"])
    return ways


def words_in(glossary: Glossary) -> dict[str, Word]:
    """The words, frozen."""
    return {
        key: Word(
            key,
            MappingProxyType(
                {
                    language: Term(explained["term"], explained["text"], tuple(explained.get("also", ())))
                    for language, explained in languages.items()
                }
            ),
        )
        for key, languages in glossary.items()
    }


def by_the_alphabet(words: Iterable[Word], locale: str) -> tuple[Word, ...]:
    """The words as a reader of this language looks for them: æ, ø and å come last, and in that order."""
    return tuple(sorted(words, key=lambda word: word.term(locale).term.casefold().translate(_ALPHABET)))


def under_letters(words: Iterable[Word], locale: str) -> list[tuple[str, list[Word]]]:
    """The words, already in order, under the letter they begin with."""
    by_letter = groupby(words, key=lambda word: word.term(locale).term[0].upper())
    return [(letter, list(under)) for letter, under in by_letter]
