"""One pack as its author wrote it: the folder read into plain data, with every finding by file and line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lms.courses.cards import read_cards
from lms.courses.exercises import made_from
from lms.courses.fallback import LANGUAGES
from lms.courses.files import line_in_course, line_of_exercise, read_text, read_toml
from lms.courses.findings import Finding
from lms.courses.glossary import Glossary, over, read_glossary, ways_to_write
from lms.courses.markup import Surroundings, render
from lms.courses.pictures import Image, read_images

# As long as what is kept about people has room for.
LONGEST_VERSION = 40
_SLUG = re.compile(r"(?=.{1,80}$)[a-z0-9]+(-[a-z0-9]+)*")
KEY = re.compile(r"(?=.{1,60}$)[a-z][a-z0-9]*([_-][a-z0-9]+)*")
_FILE = re.compile(r"(?:\d+-)?(.+)\.md")
_COURSE = {"version", "title", "summary", "minutes", "goals", "lesson"}
_LESSON = {"slug", "minutes", "reading_minutes", "facts", "content_note", "for_leaders"}


@dataclass(frozen=True)
class LessonFile:
    """One lesson in one language: its file, its title, its text and the line the text begins on."""

    file: Path
    slug: str
    language: str
    title: str
    text: str
    first_line: int


class Source:
    """A pack's folder, with the words it may use besides its own; `read` gives its data and fills up `findings`."""

    def __init__(self, folder: Path, shared: Glossary) -> None:
        self.folder = folder
        self.shared = shared
        self.manifest = folder / "course.toml"
        self.findings: list[Finding] = []
        self.lesson_files: list[LessonFile] = []

    def read(self) -> dict[str, Any]:
        """The whole pack as data that fits in JSON; not to be used when there are findings."""
        course = read_toml(self.manifest, self.findings)
        if self.findings:
            return {}
        if not KEY.fullmatch(self.folder.name):
            do = "Name it in small letters a–z, digits and _, 60 at most, beginning with a letter."
            self._find(self.manifest, 1, f"The folder {self.folder.name} can't be a course's key.", do)
        images = read_images(self.folder / "images", self.findings)
        own = read_glossary(self.folder / "glossary.toml", self.findings)
        glossary = over(own, self.shared)
        lessons = self._lessons(course)
        self._read_files({lesson["slug"] for lesson in lessons})
        for lesson in lessons:
            self._add_texts(lesson, glossary, images)
        self._refuse_unknown(course, _COURSE)
        return {
            "key": self.folder.name,
            "version": self._version(course),
            "minutes": self._minutes(course, "minutes"),
            "title": self._texts(course, "title", required=True),
            "summary": self._texts(course, "summary"),
            "goals": self._goals(course),
            "lessons": lessons,
            "glossary": own,
            "cards": read_cards(self.folder / "cards.toml", glossary, self.findings),
            "images": sorted(images),
        }

    def _find(self, file: Path, line: int, what: str, do: str) -> None:
        self.findings.append(Finding(file, line, what, do))

    def _wrong(self, what: str, do: str, *sought: str, lesson: int | str = 0) -> None:
        self._find(self.manifest, line_in_course(self.manifest, lesson, *sought), what, do)

    def _version(self, course: Mapping[str, Any]) -> str:
        version = course.get("version")
        if not isinstance(version, str) or not version:
            self._wrong("The course has no version.", 'Write version = "2026.1" or the like.', "version")
            return ""
        if len(version) > LONGEST_VERSION:
            do = f"Write at most {LONGEST_VERSION} characters."
            self._wrong("The course's version is too long to keep with a certificate.", do, "version")
        return version

    def _minutes(self, table: Mapping[str, Any], name: str, lesson: int = 0) -> int:
        minutes = table.get(name)
        if isinstance(minutes, bool) or not isinstance(minutes, int) or minutes <= 0:
            of = f"The lesson {table['slug']}" if lesson else "The course"
            do = f"Write {name} = 12 or the like, a whole number."
            self._wrong(f"{of} has no {name}.", do, name, lesson=lesson)
            return 1
        return minutes

    def _texts(self, table: Mapping[str, Any], name: str, lesson: int = 0, required: bool = False) -> dict[str, str]:
        texts = table.get(name, {})
        if not isinstance(texts, dict) or not all(isinstance(text, str) for text in texts.values()):
            self._wrong(f"{name} is not a text per language.", f'Write {name}.nb = "…".', name, lesson=lesson)
            return {}
        self._refuse_unknown(texts, set(LANGUAGES), f"{name}.", lesson)
        if required and not texts:
            self._wrong(f"There is no {name}.", f'Write {name}.nb = "…".', name)
        return dict(texts)

    def _goals(self, course: Mapping[str, Any]) -> dict[str, list[str]]:
        goals = course.get("goals", {})
        if isinstance(goals, dict) and all(_is_texts(each) for each in goals.values()):
            self._refuse_unknown(goals, set(LANGUAGES), "goals.")
            return dict(goals)
        self._wrong("goals is not a list of texts per language.", 'Write goals.nb = ["…", "…"].', "goals")
        return {}

    def _refuse_unknown(self, table: Mapping[str, Any], known: set[str], prefix: str = "", lesson: int = 0) -> None:
        for name in sorted(table.keys() - known):
            do = f"Use one of {', '.join(sorted(known))}."
            self._wrong(f"Nobody reads {prefix}{name}.", do, f"{prefix}{name}", name, lesson=lesson)

    def _lessons(self, course: Mapping[str, Any]) -> list[dict[str, Any]]:
        written = course.get("lesson", [])
        if not isinstance(written, list) or not written or not all(isinstance(table, dict) for table in written):
            self._wrong("The course has no lessons.", "Write a [[lesson]] for each.", "lesson")
            return []
        lessons: list[dict[str, Any]] = []
        for number, table in enumerate(written, 1):
            slug = table.get("slug", "")
            if not isinstance(slug, str) or not _SLUG.fullmatch(slug):
                do = "Use small letters a–z, digits and hyphens, 80 at most."
                self._wrong(f"«{slug}» can't be a slug.", do, "slug", lesson=number)
                continue
            if slug in [lesson["slug"] for lesson in lessons]:
                do = "Give each a slug of its own."
                self._wrong(f"Two lessons are called {slug}.", do, "slug", lesson=number)
                continue
            self._refuse_unknown(table, _LESSON, lesson=number)
            facts = table.get("facts", [])
            if not _is_texts(facts):
                do = 'Write facts = ["F1", "F2"].'
                self._wrong(f"The facts of {slug} are not a list.", do, "facts", lesson=number)
                facts = []
            if not isinstance(table.get("for_leaders", False), bool):
                do = "Write for_leaders = true, or leave it out."
                self._wrong(f"Whether {slug} is for leaders is not said.", do, "for_leaders", lesson=number)
            lessons.append(
                {
                    "slug": slug,
                    "for_leaders": table.get("for_leaders") is True,
                    "minutes": self._minutes(table, "minutes", number),
                    "reading_minutes": self._minutes(table, "reading_minutes", number),
                    "facts": facts,
                    "content_note": self._texts(table, "content_note", number),
                }
            )
        return lessons

    def _read_files(self, slugs: set[str]) -> None:
        for language in LANGUAGES:
            for file in sorted((self.folder / language).glob("*.md")):
                if file.name.startswith("."):
                    continue  # an editor keeps such files while it is open
                lesson = self._lesson_file(file, language)
                if lesson.slug not in slugs:
                    do = f'Add a [[lesson]] with slug = "{lesson.slug}" to course.toml, or rename the file.'
                    self._find(file, 1, "The file belongs to no lesson.", do)
                elif any((lesson.slug, language) == (other.slug, other.language) for other in self.lesson_files):
                    self._find(file, 1, f"Two files hold {lesson.slug} in {language}.", "Delete one of them.")
                else:
                    self.lesson_files.append(lesson)

    def _lesson_file(self, file: Path, language: str) -> LessonFile:
        name = _FILE.fullmatch(file.name)
        text = read_text(file, self.findings).removeprefix("\ufeff")
        lines = text.split("\n")
        front: dict[str, str] = {}
        end = next((at for at, line in enumerate(lines[1:], 1) if line.strip() == "---"), None)
        if lines[0].strip() != "---" or end is None:
            do = "Begin the file with --- on a line, title: …, and --- on a line."
            self._find(file, 1, "The file has no front matter.", do)
            end = -1
        for at, line in enumerate(lines[1 : max(end, 0)], 2):
            key, _, value = line.partition(":")
            if line.strip() and key.strip() != "title":
                self._find(file, at, f"Nobody reads «{line.strip()}» here.", "Keep only title: … between the ---.")
            elif line.strip():
                front["title"] = value.strip().strip("\"'")
        if end >= 0 and not front.get("title"):
            self._find(file, 1, "The lesson has no title.", "Write title: … between the two ---.")
        body = "\n".join(lines[end + 1 :])
        slug = name[1] if name else file.stem
        return LessonFile(file, slug, language, front.get("title", ""), body, end + 2)

    def _add_texts(self, lesson: dict[str, Any], glossary: Glossary, images: Mapping[str, Image]) -> None:
        files = [file for file in self.lesson_files if file.slug == lesson["slug"]]
        if not files:
            do = f"Write nb/…-{lesson['slug']}.md or en/…-{lesson['slug']}.md."
            self._wrong(f"The lesson {lesson['slug']} has no file.", do, "slug", lesson=lesson["slug"])
        lesson["titles"] = {file.language: file.title for file in files}
        lesson["texts"] = {}
        compared: tuple[LessonFile, dict[str, tuple[object, ...]]] | None = None
        for file in files:
            if not file.text.strip():
                continue
            surroundings = Surroundings(ways_to_write(glossary, file.language), images)
            rendered = render(file.text, surroundings)
            for slip in rendered.slips:
                self._find(file.file, slip.line + file.first_line - 1, slip.what, slip.do)
            lesson["texts"][file.language] = rendered.sections
            if rendered.slips:
                continue
            shapes = _shapes(rendered.sections)
            if compared is None:
                compared = file, shapes
            else:
                self._compare(file, shapes, *compared)

    def _compare(
        self,
        file: LessonFile,
        shapes: Mapping[str, tuple[object, ...]],
        other: LessonFile,
        others: Mapping[str, tuple[object, ...]],
    ) -> None:
        """Answers are stored once for all languages, so the exercises must be the same in each."""
        there = f"{other.language}/{other.file.name}"
        for name in sorted(shapes.keys() - others.keys()):
            line = line_of_exercise(file.file, name)
            self._find(file.file, line, f"The exercise {name} is not in {there}.", "Use the same ids in both.")
        for name in sorted(others.keys() - shapes.keys()):
            do = "Write it here too, with the same id."
            self._find(file.file, file.first_line, f"The exercise {name} of {there} is missing.", do)
        for name in sorted(shapes.keys() & others.keys()):
            if shapes[name] != others[name]:
                line = line_of_exercise(file.file, name)
                do = "Keep the kind, the number of choices and which are right alike."
                self._find(file.file, line, f"The exercise {name} differs from {there}.", do)
        if list(shapes) != list(others) and shapes.keys() == others.keys():
            do = "Put them in the same order."
            self._find(file.file, file.first_line, f"The exercises stand in another order than in {there}.", do)


def _shapes(sections: list[dict[str, Any]]) -> dict[str, tuple[object, ...]]:
    return {part["id"]: made_from(part).shape for section in sections for part in section["parts"] if "id" in part}


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)
