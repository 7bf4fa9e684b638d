"""Every course there is: read from its pack once at start, and frozen after."""

from __future__ import annotations

import logging
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib.metadata import entry_points
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar, TypeAlias

from markupsafe import Markup, escape

from lms.courses.cache import cached_file, keep_rendering, read_cached
from lms.courses.cards import Card, cards_from
from lms.courses.exercises import Exercise, made_from, rendered
from lms.courses.facts import Fact, HelpService, facts_around, read_facts, read_help
from lms.courses.fallback import LANGUAGES, best, languages_for
from lms.courses.files import line_in_course
from lms.courses.findings import BrokenPack, Finding, PackError
from lms.courses.glossary import Glossary, Word, by_the_alphabet, over, read_glossary, words_in
from lms.courses.pictures import COVER, PREVIEW
from lms.courses.risk_factors import RISK_FACTORS, RiskFactors, read_risk_factors

log = logging.getLogger(__name__)

_IMAGES = "%IMAGES%"


def with_images(html: Markup, images_url: str) -> Markup:
    """The HTML with its pictures where the application serves them, such as `/courses/norms/images`."""
    if _IMAGES not in html:
        return html
    return rendered(str(html).replace(f'src="{_IMAGES}/', f'src="{escape(images_url.rstrip("/"))}/'))


@dataclass(frozen=True)
class Prose:
    """Rendered text between exercises."""

    kind: ClassVar[str] = "prose"
    html: Markup

    def html_at(self, images_url: str) -> Markup:
        """The text with its pictures where the application serves them."""
        return with_images(self.html, images_url)


@dataclass(frozen=True)
class HelpBox:
    """The place where a text asks for «do you need somebody to talk to?»."""

    kind: ClassVar[str] = "help"


Part: TypeAlias = Prose | HelpBox | Exercise


@dataclass(frozen=True)
class Section:
    """A heading with the prose and exercises under it; what stands before the first heading has none."""

    id: str
    heading: str | None
    parts: tuple[Part, ...]

    @cached_property
    def exercises(self) -> tuple[Exercise, ...]:
        """The section's exercises, which one button may skip together."""
        return tuple(part for part in self.parts if isinstance(part, Exercise))


@dataclass(frozen=True)
class Lesson:
    """One lesson in all its languages."""

    slug: str
    for_leaders: bool
    minutes: int
    reading_minutes: int
    facts: tuple[str, ...]
    exercise_ids: tuple[str, ...]
    titles: Mapping[str, str]
    content_notes: Mapping[str, str]
    texts: Mapping[str, tuple[Section, ...]]

    @property
    def written(self) -> bool:
        """Whether there is something to read; a lesson being written does not count towards completion."""
        return bool(self.texts)

    def language(self, locale: str) -> str | None:
        """The language a reader gets the text in, for the page's `lang`."""
        return next((language for language in languages_for(locale) if language in self.texts), None)

    def title(self, locale: str) -> str:
        """The lesson's title."""
        return best(self.titles, locale) or self.slug

    def content_note(self, locale: str) -> str | None:
        """What somebody might want to be prepared for."""
        return best(self.content_notes, locale)

    def sections(self, locale: str) -> tuple[Section, ...]:
        """The text, divided at its headings."""
        return best(self.texts, locale) or ()

    def parts(self, locale: str) -> tuple[Part, ...]:
        """The text as one row of prose and exercises."""
        return tuple(part for section in self.sections(locale) for part in section.parts)

    def exercises(self, locale: str) -> tuple[Exercise, ...]:
        """The exercises in the order they stand; the same in every language but for their words."""
        language = self.language(locale)
        return self._exercises[language] if language else ()

    @cached_property
    def _exercises(self) -> Mapping[str, tuple[Exercise, ...]]:
        return {
            language: tuple(exercise for section in sections for exercise in section.exercises)
            for language, sections in self.texts.items()
        }

    def exercise(self, id: str, locale: str) -> Exercise | None:
        """The exercise with this id."""
        return next((exercise for exercise in self.exercises(locale) if exercise.id == id), None)


@dataclass(frozen=True)
class Course:
    """One course in all its languages."""

    key: str
    version: str
    minutes: int
    lessons: tuple[Lesson, ...]
    titles: Mapping[str, str]
    summaries: Mapping[str, str]
    all_goals: Mapping[str, tuple[str, ...]]
    words: Mapping[str, Word]
    cards: tuple[Card, ...]
    images: Mapping[str, Path]

    @property
    def cover(self) -> str | None:
        """The picture on the course's card, if it has one."""
        return COVER if COVER in self.images else None

    @property
    def preview(self) -> str | None:
        """The picture shown where somebody shares a link to the course, if it has one."""
        return PREVIEW if PREVIEW in self.images else None

    def title(self, locale: str) -> str:
        """The course's name."""
        return best(self.titles, locale) or self.key

    def summary(self, locale: str) -> str:
        """One sentence about the course."""
        return best(self.summaries, locale) or ""

    def goals(self, locale: str) -> tuple[str, ...]:
        """What somebody can do after the course."""
        return best(self.all_goals, locale) or ()

    def taken_by(self, a_leader: bool) -> Course:
        """The course as somebody takes it: the parts for leaders are for leaders alone."""
        return self if a_leader else self._without_parts_for_leaders

    @cached_property
    def _without_parts_for_leaders(self) -> Course:
        return replace(self, lessons=tuple(lesson for lesson in self.lessons if not lesson.for_leaders))

    @cached_property
    def _by_slug(self) -> Mapping[str, Lesson]:
        return {lesson.slug: lesson for lesson in self.lessons}

    def lesson(self, slug: str) -> Lesson | None:
        """The lesson with this slug."""
        return self._by_slug.get(slug)

    @cached_property
    def written_lessons(self) -> tuple[Lesson, ...]:
        """The lessons that count towards completion."""
        return tuple(lesson for lesson in self.lessons if lesson.written)

    def minutes_ahead(self, done: Container[str]) -> int:
        """The minutes of the lessons that count and are not done yet."""
        return sum(lesson.minutes for lesson in self.written_lessons if lesson.slug not in done)


@dataclass(frozen=True)
class Library:
    """All courses, and what they share."""

    courses: tuple[Course, ...]
    facts: Mapping[str, Fact] = field(default_factory=dict)
    help_services: tuple[HelpService, ...] = ()
    words: Mapping[str, Word] = field(default_factory=dict)
    risk_factors: RiskFactors = field(default_factory=RiskFactors)
    problems: tuple[BrokenPack, ...] = ()

    @cached_property
    def _by_key(self) -> Mapping[str, Course]:
        return {course.key: course for course in self.courses}

    def course(self, key: str) -> Course | None:
        """The course with this key."""
        return self._by_key.get(key)

    def facts_of(self, lesson: Lesson) -> tuple[Fact, ...]:
        """A lesson's facts, as its sources."""
        return tuple(self.facts[key] for key in lesson.facts if key in self.facts)

    def sources_of(self, lesson: Lesson) -> tuple[Fact, ...]:
        """A lesson's facts, one from each source."""
        return tuple({fact.source: fact for fact in self.facts_of(lesson)}.values())

    def facts_by_lesson(self) -> tuple[tuple[Course, Lesson, tuple[Fact, ...]], ...]:
        """Every lesson that builds on facts, in the order of the courses."""
        lessons = [(course, lesson) for course in self.courses for lesson in course.lessons]
        return tuple((course, lesson, facts) for course, lesson in lessons if (facts := self.facts_of(lesson)))

    @cached_property
    def _all_words(self) -> Mapping[str, tuple[Word, ...]]:
        words = {key: word for course in self.courses for key, word in course.words.items()} | dict(self.words)
        return {language: by_the_alphabet(words.values(), language) for language in LANGUAGES}

    def glossary(self, locale: str) -> tuple[Word, ...]:
        """Every word that is explained, those of all courses and those of one, by the reader's alphabet."""
        return self._all_words[languages_for(locale)[0]]


def read_library(paths: Sequence[Path] = (), cache: Path | None = None, home: Path | None = None) -> Library:
    """Read every pack; a wrong one of our own raises PackError, a wrong one from elsewhere is left out."""
    home = home or own_folder()
    findings: list[Finding] = []
    facts = read_facts(home / "facts.toml", findings)
    help_services = read_help(home / "help.toml", findings)
    shared = read_glossary(home / "glossary.toml", findings)
    risk_factors = read_risk_factors(home / RISK_FACTORS, findings)
    words = words_in(shared)
    if findings:
        raise PackError(findings)
    courses: dict[str, Course] = {}
    for folder in pack_folders(home):
        courses[folder.name] = _read(folder, facts, shared, cache)
    problems: list[BrokenPack] = []
    for origin, folder in packs_from_elsewhere(paths, problems):
        findings = []
        try:
            if folder.name in courses:
                do = f"Rename the folder: {folder.name} is also the key people's progress hangs on."
                raise PackError([Finding(folder / "course.toml", 1, "There is such a course already.", do)])
            known = {**facts_around(folder, findings), **facts}
            beside = read_glossary(folder.parent / "glossary.toml", findings)
            if findings:
                raise PackError(findings)
            course = _read(folder, known, over(beside, shared), cache)
        except PackError as error:
            problems.append(BrokenPack(origin, error.findings))
        # A stranger's pack may be wrong in ways nobody thought of; the others' courses must still start.
        except Exception as error:
            finding = Finding(folder, 1, f"The pack can't be read ({error!r}).", "Run `lms courses check` on it.")
            problems.append(BrokenPack(origin, (finding,)))
        else:
            courses[course.key] = course
            facts = known
            words = {**words_in(beside), **words}
    for problem in problems:
        log.error("%s", problem)
    shown = tuple(courses.values()), MappingProxyType(facts), help_services, MappingProxyType(words)
    return Library(*shown, risk_factors, tuple(problems))


def own_folder() -> Path:
    """Where our own packs lie: beside the code in a repository, inside it when installed."""
    inside = Path(__file__).resolve().parents[1]
    # Site-packages may have a `courses` of somebody else's: only a project folder counts.
    if (inside.parent / "pyproject.toml").is_file() and (inside.parent / "courses").is_dir():
        return inside.parent / "courses"
    return inside / "_courses"


def pack_folders(path: Path) -> list[Path]:
    """The packs at a path: the folder itself, or those in it."""
    if (path / "course.toml").is_file():
        return [path]
    return sorted(manifest.parent for manifest in path.glob("*/course.toml"))


def packs_from_elsewhere(paths: Sequence[Path], problems: list[BrokenPack]) -> Iterator[tuple[str, Path]]:
    """Every pack at the paths and in installed packages, with where it was named."""
    for path in paths:
        yield from _packs_at(Path(path), str(path), problems)
    for entry_point in entry_points(group="lms.courses"):
        origin = f"{entry_point.name} ({entry_point.value})"
        try:
            named = entry_point.load()
            path = Path(named() if callable(named) else named)
        except Exception as error:
            do = "Let the entry point name the pack's folder, or a function that returns it."
            finding = Finding(Path(entry_point.value), 1, f"It leads to no pack ({error!r}).", do)
            problems.append(BrokenPack(origin, (finding,)))
        else:
            yield from _packs_at(path, origin, problems)


def _packs_at(path: Path, origin: str, problems: list[BrokenPack]) -> Iterator[tuple[str, Path]]:
    folders = pack_folders(path)
    if not folders:
        do = "Name a pack's folder, or a folder that holds packs."
        problems.append(BrokenPack(origin, (Finding(path, 1, "There is no course.toml here.", do),)))
    yield from ((origin, folder) for folder in folders)


def _read(folder: Path, facts: Mapping[str, Fact], shared: Glossary, cache: Path | None) -> Course:
    kept = cached_file(folder, cache, shared) if cache else None
    if kept and (data := read_cached(kept)):
        try:
            return _course(data, folder, facts)
        except (KeyError, TypeError, ValueError, AttributeError):
            log.info("The course cache %s is damaged; the pack is rendered again.", kept)
    # Markdown and two sanitisers take longer to import than a kept course takes to read.
    from lms.courses.source import Source

    source = Source(folder, shared)
    data = source.read()
    if source.findings:
        raise PackError(source.findings)
    course = _course(data, folder, facts)
    if kept:
        keep_rendering(kept, data)
    return course


def _course(data: Mapping[str, Any], folder: Path, facts: Mapping[str, Fact]) -> Course:
    lessons = tuple(_lesson(each) for each in data["lessons"])
    unknown = [
        Finding(
            folder / "course.toml",
            line_in_course(folder / "course.toml", lesson.slug, key, "facts"),
            f"The lesson {lesson.slug} builds on {key}, which nobody has explained.",
            "Add it to facts.toml, with its source.",
        )
        for lesson in lessons
        for key in lesson.facts
        if key not in facts
    ]
    if unknown:
        raise PackError(unknown)
    return Course(
        key=data["key"],
        version=data["version"],
        minutes=data["minutes"],
        lessons=lessons,
        titles=MappingProxyType(data["title"]),
        summaries=MappingProxyType(data["summary"]),
        all_goals=MappingProxyType({language: tuple(goals) for language, goals in data["goals"].items()}),
        words=MappingProxyType(words_in(data["glossary"])),
        cards=cards_from(data["cards"], data["key"]),
        images=MappingProxyType({name: folder / "images" / name for name in data["images"]}),
    )


def _lesson(data: Mapping[str, Any]) -> Lesson:
    texts = {language: tuple(map(_section, sections)) for language, sections in data["texts"].items()}
    first: Iterable[Section] = next(iter(texts.values()), ())
    return Lesson(
        slug=data["slug"],
        for_leaders=data["for_leaders"],
        minutes=data["minutes"],
        reading_minutes=data["reading_minutes"],
        facts=tuple(data["facts"]),
        exercise_ids=tuple(exercise.id for section in first for exercise in section.exercises),
        titles=MappingProxyType(data["titles"]),
        content_notes=MappingProxyType(data["content_note"]),
        texts=MappingProxyType(texts),
    )


def _section(data: Mapping[str, Any]) -> Section:
    return Section(data["id"], data["heading"], tuple(map(_part, data["parts"])))


def _part(data: Mapping[str, Any]) -> Part:
    if data["kind"] == Prose.kind:
        return Prose(rendered(data["html"]))
    return HelpBox() if data["kind"] == HelpBox.kind else made_from(data)
