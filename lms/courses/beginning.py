"""A new pack for somebody who begins to write: a small whole course, copied from files, to be made one's own."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

from lms.courses.files import read_text
from lms.courses.packs import own_folder, pack_folders
from lms.courses.source import KEY

PATTERN = Path(__file__).parent / "first_pack"

_LETTERS = str.maketrans({"æ": "ae", "ø": "o", "å": "a", "ä": "a", "ö": "o", "é": "e", "ü": "u"})


class NoPlaceForIt(Exception):
    """A pack can't begin there; the message says what to do."""


def begin_pack(folder: Path, titles: Mapping[str, str]) -> list[Path]:
    """Write a small course that can be served at once, with these titles by language; returns its files.

    Nothing that is there already is touched. Raises NoPlaceForIt, or OSError where the folder can't be written.
    """
    _refuse_a_taken_place(folder)
    lines = [_title_line(language, title) for language, title in titles.items()]
    written = []
    for file in sorted(PATTERN.rglob("*")):
        if file.is_file() and not file.name.startswith("."):
            text = read_text(file, [])
            if file.name == "course.toml":
                text = "".join(
                    next((mine for mine in lines if line.startswith(mine.partition("=")[0])), line)
                    for line in text.splitlines(keepends=True)
                )
            copy = folder / file.relative_to(PATTERN)
            copy.parent.mkdir(parents=True, exist_ok=True)
            with copy.open("x", encoding="utf-8", newline="\n") as out:
                out.write(text)
            written.append(copy)
    return written


def _refuse_a_taken_place(folder: Path) -> None:
    key = folder.resolve().name
    if not KEY.fullmatch(key):
        raise NoPlaceForIt(
            f"The folder's name is also the course's key, in small letters a–z, digits and _, 60 at most. "
            f"Call it {folder.with_name(_as_key(key))}; how the course is called for people is its title: --title"
        )
    if key in [pack.name for pack in pack_folders(own_folder())]:
        raise NoPlaceForIt(f"There is a course called {key} already. Choose another name for the folder.")
    if folder.is_dir() and any(folder.iterdir()):
        raise NoPlaceForIt(f"{folder} has something in it, and stays as it is. Name a folder that is new or empty.")
    if folder.exists() and not folder.is_dir():
        raise NoPlaceForIt(f"{folder} is a file. Name a folder that is new or empty.")


def _as_key(name: str) -> str:
    """A key that looks like the name."""
    key = (
        re.sub(r"[^a-z0-9]+", "_", name.casefold().translate(_LETTERS))
        .strip("_")
        .lstrip("0123456789_")[:60]
        .rstrip("_")
    )
    return key or "our_house"


def _title_line(language: str, title: str) -> str:
    if not title.strip() or not title.isprintable():
        raise NoPlaceForIt("A title is some words on one line, such as --title «Hos oss».")
    # What JSON writes for printable text is TOML too.
    return f"title.{language} = {json.dumps(title.strip(), ensure_ascii=False)}\n"
