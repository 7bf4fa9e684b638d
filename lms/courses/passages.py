"""What an author has written for people to read, passage by passage, each with its language, file and line."""

from __future__ import annotations

import html
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lms.courses.blocks import BOXES
from lms.courses.fallback import LANGUAGES
from lms.courses.files import read_text
from lms.courses.glossary import BRACKETS
from lms.courses.source import LessonFile

_FENCE = re.compile(r"\s*/{3,}\s*([\w-]*)\s*(?:\|(.*))?")
_SETTING = re.compile(r"(?: {4,}|\t)(\w+):(.*)")
_SETTINGS_READ = {"title"}
_DEFINITION = re.compile(r"\s*\[[^\]]+\]:\s+\S+.*")
# What stands in a line without being read as words: code, where a link leads, addresses, the box of a choice.
_NOT_WORDS = re.compile(
    r"`[^`]*`|(?<=\])\([^()]*\)|<[^<>\s]+>|\b(?:https?|mailto|tel):\S+|\S+@\S+|\b[\w.-]+\.(?:no|com|org|net)\b"
    r"|^\s*[-*+]\s+\[[ xX]\]"
)
_EMPHASIS = re.compile(r"\*|(?<!\w)_|_(?!\w)")


@dataclass(frozen=True)
class Passage:
    """Words as a reader meets them, from a line of a file.

    In a TOML file, `thing` is what they are a text of, in a course.toml such as «title»; where that has a row of texts
    in each language, they are number `row` of them, from 1.
    """

    file: Path
    line: int
    language: str
    text: str
    thing: str = ""
    row: int = 0


def in_lesson(lesson: LessonFile) -> Iterator[Passage]:
    """The title of a lesson, and each line of its text that is read."""
    yield Passage(lesson.file, _line_of_title(lesson), lesson.language, lesson.title)
    in_settings = False
    for number, line in enumerate(lesson.text.split("\n"), lesson.first_line):
        fence, setting = _FENCE.fullmatch(line), _SETTING.fullmatch(line)
        in_settings = bool(fence or (in_settings and setting))
        if fence:
            # What stands after | is the heading of a box, or the id of an exercise.
            read = fence[2] or "" if fence[1] in BOXES else ""
        elif in_settings and setting:
            read = setting[2] if setting[1] in _SETTINGS_READ else ""
        else:
            read = line
        if text := as_read(read):
            yield Passage(lesson.file, number, lesson.language, text)


def _line_of_title(lesson: LessonFile) -> int:
    lines = enumerate(read_text(lesson.file, []).split("\n"), 1)
    return next((number for number, line in lines if line.strip().startswith("title:")), 1)


def in_tables(file: Path) -> Iterator[Passage]:
    """Each text of a TOML file that stands under a language, wherever in the file that is."""
    written = read_text(file, []) if file.is_file() else ""
    try:
        tables = tomllib.loads(written)
    except tomllib.TOMLDecodeError:
        return
    at = 0
    for language, text, thing, row in _texts(tables):
        first = text.split("\n")[0]
        # They come in the order of the file, unless the author has taken up a table again further down.
        tries = (written.find(sought, start) for sought in (f'"{first}', first) for start in (at, 0))
        found = next((place for place in tries if place >= 0), at)
        at = found + 1
        yield Passage(file, written.count("\n", 0, found) + 1, language, as_read(text), thing, row)


def _texts(table: dict[str, Any], thing: str = "") -> Iterator[tuple[str, str, str, int]]:
    for key, value in table.items():
        if key in LANGUAGES:
            for row, text in enumerate(value, 1) if isinstance(value, list) else [(0, value)]:
                for each in _strings(text):
                    yield key, each, thing or key, row
        elif isinstance(value, dict):
            yield from _texts(value, _named(key, thing))
        elif isinstance(value, list):
            for each in value:
                if isinstance(each, dict):
                    id = next((each[name] for name in ("id", "key", "slug") if name in each), "")
                    yield from _texts(each, f"the {key} {id}".strip())


def _named(key: str, thing: str) -> str:
    return f"{key} of {thing}" if thing.startswith("the ") else f"{thing}.{key}" if thing else key


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _strings(each)


def as_read(text: str) -> str:
    """The words of a line of Markdown, without marks, addresses and whatever else is not read as words."""
    if _DEFINITION.fullmatch(text):
        return ""
    shown = BRACKETS.sub(lambda found: found[2] or found[1], text)
    return _EMPHASIS.sub("", html.unescape(_NOT_WORDS.sub(" ", shown))).strip()
