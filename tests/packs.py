"""Small course packs that tests write to disk: whole ones, and ones with a single thing wrong."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import bleach
import markdown
import nh3
import pytest

from lms.courses import markup, source
from lms.courses.packs import Course, Library

FACT = '[{key}]\nnb = "Lyd er bølger."\nsource = "Lydboka"\nlast_verified = 2026-01-01\n'
MANIFEST = """\
version = "{version}"
title.nb = "Lydkurset"
title.en = "The course about sound"
summary.en = "What everybody hears."
minutes = {minutes}
goals.nb = ["lytte", "snakke"]
goals.en = ["listen", "speak"]
"""
LESSON = """
[[lesson]]
slug = "{slug}"
minutes = 5
reading_minutes = 1
"""
EVERY_KIND = """
Before any heading.

## All of them

/// reflection | thought
What do you hear?
///

/// choice | one
Which is louder?

- [ ] A whisper

    No, listen again.

- [x] A shout

    Yes, that carries.
///

/// choice | many
Which are sounds?

- [x] A note

    It is.

- [ ] A chair

    Only when it falls.

- [x] A scream

    It is.
///

/// match | pairs
What belongs together?

| Word | Meaning |
|---|---|
| Piano | Soft |
| Forte | Loud |
| Tacet | Silent |
///

## And the rest

/// order | turns
What came first?

1. The drum

    Very old.

2. The lute

3. The synthesiser
///

/// stance | agree
Everybody is heard here.
///

/// rating | late
    factor: alcohol

How big is the risk on late nights?
///

/// case | scene
    title: In the van

Sara gets a message.

- She answers

    Then they talk.

- She waits

    Then it rings.
///

/// help
///
"""
PROSE = "Something to read.\n"


def lesson_file(text: str, title: str = "A lesson") -> str:
    """A lesson's file; without text, one that is being written."""
    return f"---\ntitle: {title}\n---\n{text}"


def write_pack(
    folder: Path,
    lessons: Mapping[str, str] | None = None,
    *,
    version: str = "1",
    languages: tuple[str, ...] = ("en",),
    files: Mapping[str, str] | None = None,
) -> Path:
    """A pack with these lessons, by slug; `files` puts others beside or in place of them."""
    lessons = {"sound": EVERY_KIND} if lessons is None else lessons
    written = {"course.toml": MANIFEST.format(version=version, minutes=5 * len(lessons))}
    for number, (slug, text) in enumerate(lessons.items(), 1):
        written["course.toml"] += LESSON.format(slug=slug)
        for language in languages:
            written[f"{language}/{number:02}-{slug}.md"] = lesson_file(text, slug.replace("-", " ").capitalize())
    for name, content in {**written, **(files or {})}.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")
    return folder


def break_the_renderer(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on, whoever renders or sanitises anything falls over."""

    def broken(*args: Any, **kwargs: Any) -> Any:
        raise AssertionError("something was rendered")

    monkeypatch.setattr(markup, "render", broken)
    monkeypatch.setattr(source, "render", broken)
    monkeypatch.setattr(markdown.Markdown, "convert", broken)
    monkeypatch.setattr(bleach.Cleaner, "clean", broken)
    monkeypatch.setattr(nh3, "clean", broken)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Where this library's own packs lie: one about sound."""
    write_pack(tmp_path / "home" / "sound")
    return tmp_path / "home"


def only(library: Library) -> Course:
    """The course of a library that has one."""
    (course,) = library.courses
    return course
