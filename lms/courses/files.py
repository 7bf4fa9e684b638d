"""Reading an author's files so that what is wrong has a line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lms.courses.findings import Finding


def read_text(file: Path, findings: list[Finding]) -> str:
    """The file's text; what can't be read becomes a finding."""
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        findings.append(Finding(file, 1, f"The file can't be read ({error.strerror}).", "Put it there."))
    except UnicodeDecodeError:
        findings.append(Finding(file, 1, "The file is not UTF-8.", "Save it as UTF-8."))
    return ""


def read_toml(file: Path, findings: list[Finding]) -> dict[str, Any]:
    """The file's tables; what can't be read becomes a finding on its line."""
    text = read_text(file, findings)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"line (\d+)", str(error))
        line = int(place[1]) if place else text.rstrip().count("\n") + 1
        findings.append(Finding(file, line, f"This is not TOML: {error}.", "Look at quotes and brackets."))
    return {}


def line_of(file: Path, needle: str) -> int:
    """The first line of the file that holds the words, or its first line."""
    return _first(re.escape(needle), _numbered(file)) or 1


def line_of_exercise(file: Path, id: str) -> int:
    """The line an exercise begins on."""
    return _first(rf"^\s*/{{3,}}\s*[\w-]+\s*\|\s*{re.escape(id)}\s*$", _numbered(file)) or 1


def line_in_course(manifest: Path, lesson: int | str, *sought: str) -> int:
    """The line of a course.toml that sets the name sought or holds it as a text; else the next one's, else the first.

    It is looked for in the table of one lesson, by slug or by number from 1 (two may have the same slug, or none),
    or, for number 0, in what stands before the first.
    """
    tables = _tables(manifest, "lesson")
    if isinstance(lesson, str):
        its_slug = rf"""^\s*slug\s*=\s*["']{re.escape(lesson)}["']"""
        table = next((each for each in tables[1:] if _first(its_slug, each)), [])
    else:
        table = tables[lesson] if lesson < len(tables) else []
    words = map(re.escape, sought)
    found = (_first(rf"""^\s*{word}\s*[.=]|["']{word}["']""", table) for word in words)
    return next(filter(None, found), table[0][0] if table else 1)


def line_of_table(file: Path, name: str, number: int) -> int:
    """The line a [[name]] begins on, counted from 1; where they are written in another way, the first."""
    tables = _tables(file, name)
    return tables[number][0][0] if number < len(tables) else 1


def _tables(file: Path, name: str) -> list[list[tuple[int, str]]]:
    """The lines before the first [[name]], and those of each."""
    tables: list[list[tuple[int, str]]] = [[]]
    for number, line in _numbered(file):
        if re.match(rf"\s*\[\[\s*{name}\s*\]\]", line):
            tables.append([])
        tables[-1].append((number, line))
    return tables


def _numbered(file: Path) -> list[tuple[int, str]]:
    return list(enumerate(read_text(file, []).split("\n"), 1))


def _first(pattern: str, lines: Iterable[tuple[int, str]]) -> int | None:
    return next((number for number, line in lines if re.search(pattern, line)), None)
