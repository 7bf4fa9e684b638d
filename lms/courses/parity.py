"""Whether a pack says the same in each of its languages; what stops it from starting `Source` has found already."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from lms.courses.blocks import HELP
from lms.courses.files import line_in_course, line_of_exercise
from lms.courses.findings import Finding
from lms.courses.passages import Passage
from lms.courses.source import LessonFile, Source

# Nynorsk may be left out, text by text: it reads bokmål.
NEEDED = ("nb", "en")

_PICTURE = re.compile(r'<img[^>]*\bsrc="[^"]*/([^"/]+)"')


def spoken_in(folders: Iterable[Path]) -> tuple[str, ...]:
    """The languages everything has to be written in where these packs are read."""
    return tuple(each for each in NEEDED if any((folder / each).is_dir() for folder in folders))


def missing_lessons(source: Source, lesson: Mapping[str, Any]) -> Iterator[Finding]:
    """A lesson that one language has and another has not."""
    for language in spoken_in([source.folder]):
        if lesson["titles"] and (
            language not in lesson["titles"] or (lesson["texts"] and language not in lesson["texts"])
        ):
            line = line_in_course(source.manifest, lesson["slug"], "slug")
            what = f"The lesson {lesson['slug']} is not written in {language}."
            do = "Translate it; until then it shows in another language."
            yield Finding(source.manifest, line, what, do, "warning")


def missing_texts(passages: Sequence[Passage], spoken: Collection[str]) -> Iterator[Finding]:
    """What a TOML file says in one language and not in another, or in fewer rows."""
    things: dict[str, dict[str, list[Passage]]] = {}
    for passage in passages:
        things.setdefault(passage.thing, {}).setdefault(passage.language, []).append(passage)
    for thing, languages in things.items():
        first = next(iter(languages.values()))[0]
        name = thing[0].upper() + thing[1:] if thing.startswith("the ") else f"«{thing}»"
        for language in spoken:
            if language not in languages:
                what = f"{name} is not written in {language}."
                yield Finding(first.file, first.line, what, "Translate it.", "warning")
        rows = {language: texts[-1].row for language, texts in languages.items()}
        if len(set(rows.values())) > 1:
            counted = ", ".join(f"{count} in {language}" for language, count in rows.items())
            what = f"{name} has not as many texts in each language: {counted}."
            yield Finding(first.file, first.line, what, "Say the same in each.", "warning")


def differing_lessons(files: Sequence[LessonFile], lesson: Mapping[str, Any]) -> Iterator[Finding]:
    """Where the languages of a lesson are not built alike: parts, pictures, help boxes, titles of scenes."""
    written = [file for file in files if file.slug == lesson["slug"] and lesson["texts"].get(file.language)]
    for file in written[1:]:
        here, there = lesson["texts"][file.language], lesson["texts"][written[0].language]
        beside = f"{written[0].language}/{written[0].file.name}"
        for line, what, do in _differences(file, here, there, beside):
            yield Finding(file.file, line, what, do, "warning")


def _differences(
    file: LessonFile, here: Sequence[Mapping[str, Any]], there: Sequence[Mapping[str, Any]], beside: str
) -> Iterator[tuple[int, str, str]]:
    if len(here) != len(there):
        what = f"The lesson has {len(here)} parts, and {len(there)} in {beside}."
        yield file.first_line, what, "Write the same ## headings in both."
    else:
        homes = {part["id"]: section["id"] for section in there for part in section["parts"] if "id" in part}
        for section in here:
            for id in (part["id"] for part in section["parts"] if "id" in part):
                if homes.get(id, section["id"]) != section["id"]:
                    what = f"The exercise {id} stands under another heading than in {beside}."
                    yield line_of_exercise(file.file, id), what, "Put it under the same."
    if _pictures(here) != _pictures(there):
        what = f"The pictures are not those of {beside}: {', '.join(_pictures(there)) or 'there are none'}."
        yield file.first_line, what, "Show the same in both, in the same order."
    if _helps(here) != _helps(there):
        what = f"The help box stands {_helps(here)} times here, and {_helps(there)} times in {beside}."
        yield file.first_line, what, "Write /// help in both."
    titled = {part["id"]: part["title"] for section in there for part in section["parts"] if "title" in part}
    for part in (part for section in here for part in section["parts"] if "title" in part):
        if bool(part["title"]) != bool(titled.get(part["id"], part["title"])):
            what = f"The scene {part['id']} has a title in one of this and {beside}, and none in the other."
            yield line_of_exercise(file.file, part["id"]), what, "Write its title in both."


def _pictures(sections: Sequence[Mapping[str, Any]]) -> list[str]:
    html = [text for section in sections for part in section["parts"] for text in _html_of(part)]
    return [name for text in html for name in _PICTURE.findall(text)]


def _html_of(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _html_of(each)


def _helps(sections: Sequence[Mapping[str, Any]]) -> int:
    return Counter(part["kind"] for section in sections for part in section["parts"])[HELP]
