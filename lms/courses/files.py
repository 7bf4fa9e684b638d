"""Reading an author's files so that what is wrong has a line."""

from __future__ import annotations

import re
import tomllib
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
    try:
        return tomllib.loads(read_text(file, findings))
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"line (\d+)", str(error))
        line = int(place[1]) if place else 1
        findings.append(Finding(file, line, f"This is not TOML: {error}.", "Look at quotes and brackets."))
    return {}


def line_of(file: Path, needle: str) -> int:
    """The first line of the file that holds the words, or its first line."""
    lines = read_text(file, []).split("\n")
    return next((number for number, line in enumerate(lines, 1) if needle in line), 1)
