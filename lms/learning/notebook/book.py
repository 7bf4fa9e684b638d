"""Everything a person has written, in the order of the courses, with the questions it answers."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from markupsafe import Markup

from lms.courses.packs import Lesson, Library
from lms.languages import _, in_words
from lms.learning.reflections import Reflection


@dataclass(frozen=True)
class Written:
    """One text and the question it answers; `question` is None when the course asks it no longer."""

    id: UUID
    question: Markup | None
    text: str | None
    visibility: str
    written_at: datetime


@dataclass(frozen=True)
class Page:
    """What she has written in one lesson."""

    course: str
    lesson: str
    language: str | None
    texts: tuple[Written, ...]


def notebook(rows: list[tuple[Reflection, str]], library: Library, locale: str) -> list[Page]:
    """The texts by course and lesson; a text stays readable when its lesson has left the course."""
    by_lesson: dict[tuple[str, str], list[Reflection]] = {}
    for reflection, course in rows:
        by_lesson.setdefault((course, reflection.lesson), []).append(reflection)
    keys = [course.key for course in library.courses]

    def place(lesson: tuple[str, str]) -> tuple[int, str, int]:
        course = library.course(lesson[0])
        slugs = [each.slug for each in course.lessons] if course else []
        return (
            keys.index(lesson[0]) if lesson[0] in keys else len(keys),
            lesson[0],
            slugs.index(lesson[1]) if lesson[1] in slugs else len(slugs),
        )

    return [_page(library, lesson, by_lesson[lesson], locale) for lesson in sorted(by_lesson, key=place)]


def _page(library: Library, place: tuple[str, str], reflections: list[Reflection], locale: str) -> Page:
    key, slug = place
    course = library.course(key)
    lesson = course.lesson(slug) if course else None
    texts = tuple(
        Written(each.id, _question(lesson, each.exercise, locale), each.text, each.visibility, each.written_at)
        for each in reflections
    )
    return Page(
        course.title(locale) if course else key,
        lesson.title(locale) if lesson else slug,
        lesson.language(locale) if lesson else None,
        texts,
    )


def _question(lesson: Lesson | None, exercise: str, locale: str) -> Markup | None:
    found = lesson.exercise(exercise, locale) if lesson else None
    return found.prompt if found else None


def as_text(pages: list[Page]) -> str:
    """The same as plain text, to keep."""
    lines = [_("My reflections"), ""]
    for page in pages:
        lines += [f"{page.course} – {page.lesson}", ""]
        for written in page.texts:
            if written.question is not None:
                lines += [written.question.striptags(), ""]
            lines += [
                in_words(written.written_at),
                written.text or _("This text cannot be opened: its key is lost."),
                "",
            ]
    return "\n".join(lines)
