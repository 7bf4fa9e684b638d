"""What people have answered, as a room may see it: counts from five on, each with the words it was asked in."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from markupsafe import Markup

from lms.courses.exercises import LEVELS, Stance
from lms.courses.packs import Course, Lesson, Library
from lms.courses.risk_factors import RiskFactors
from lms.learning.sharing import Question, let_out, shared_in
from lms.learning.together import SharedCount, count_ratings, count_stances, counts_in, shares, stance_subject
from lms.organisations.models import Round

MOST_FACTORS = 5


@dataclass(frozen=True)
class Asked:
    """A question of a course in the words and the language a reader gets it in."""

    course: str
    prompt: Markup
    language: str | None

    @property
    def words(self) -> str:
        """The question alone."""
        return self.prompt.striptags()


@dataclass(frozen=True)
class StanceTaken:
    """How many agree how much, from 1 (not at all) to 7."""

    asked: Asked
    people: int
    counts: tuple[int, ...]

    @property
    def most(self) -> int:
        return max(self.counts)


@dataclass(frozen=True)
class RatedFactor:
    """What people have said about one risk factor, from none to high."""

    factor: str
    title: str
    people: int
    counts: tuple[int, ...]

    @property
    def risky(self) -> int:
        """How many see a medium or a high risk."""
        return sum(self.counts[2:])


@dataclass(frozen=True)
class SharedTexts:
    """A question about which texts are shared without a name, and how many."""

    question: Question
    asked: Asked
    texts: int


@dataclass(frozen=True)
class Themes:
    """All of it; `shares` is False in an organisation of fewer than five, where there is never anything here."""

    shares: bool
    stances: tuple[StanceTaken, ...] = ()
    risky: tuple[RatedFactor, ...] = ()
    texts: tuple[SharedTexts, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.stances or self.risky or self.texts)


def gather(round: Round, library: Library) -> None:
    """Count anew and let texts out, as far as five more people have answered or shared."""
    courses = courses_of(round, library)
    count_ratings(round, library.courses)
    count_stances(round, courses)
    let_out(round)


def courses_of(round: Round, library: Library) -> list[Course]:
    """The courses the round asks for, in its order, without those whose pack is gone."""
    return [course for key in round.courses if (course := library.course(key))]


def themes_of(round: Round, library: Library, locale: str) -> Themes:
    """What may be shown: three questions to the database, whatever the head count."""
    if not shares(round.organisation_id):
        return Themes(shares=False)
    counted = counts_in(round.organisation_id, round.id)
    shared = shared_in(round)
    courses = courses_of(round, library)
    return Themes(
        shares=True,
        stances=tuple(_stances(courses, counted, locale)),
        risky=risky_of(counted, library.risk_factors, locale),
        texts=tuple(_texts(courses, shared, locale)),
    )


def risky_of(counted: Mapping[str, SharedCount], known: RiskFactors, locale: str) -> tuple[RatedFactor, ...]:
    """The factors that most people see a medium or high risk in, as a share of those who said something."""
    rated = []
    for factor in known.factors:
        row = counted.get(f"rating:{factor.key}")
        if row is not None:
            counts = tuple(row.counts.get(level, 0) for level in LEVELS)
            rated.append(RatedFactor(factor.key, factor.title(locale), row.people, counts))
    rated.sort(key=lambda each: (each.risky / each.people, each.counts[3] / each.people), reverse=True)
    return tuple(each for each in rated if each.risky)[:MOST_FACTORS]


def _stances(courses: Iterable[Course], counted: Mapping[str, SharedCount], locale: str) -> Iterator[StanceTaken]:
    for course in courses:
        for lesson in course.written_lessons:
            for exercise in lesson.exercises(locale):
                row = counted.get(stance_subject(course.key, lesson.slug, exercise.id))
                if row is not None and isinstance(exercise, Stance):
                    counts = tuple(row.counts.get(str(step), 0) for step in Stance.scale)
                    yield StanceTaken(_asked(course, lesson, exercise.prompt, locale), row.people, counts)


def _texts(courses: Iterable[Course], shared: Mapping[Question, int], locale: str) -> Iterator[SharedTexts]:
    for course in courses:
        for lesson in course.written_lessons:
            for exercise in lesson.exercises(locale):
                question = Question(course.key, lesson.slug, exercise.id)
                if question in shared:
                    yield SharedTexts(question, _asked(course, lesson, exercise.prompt, locale), shared[question])


def _asked(course: Course, lesson: Lesson, prompt: Markup, locale: str) -> Asked:
    return Asked(course.title(locale), prompt, lesson.language(locale))


def seed_of(group_session_id: UUID, question: Question) -> str:
    """What shuffles the texts about a question in one session: alike on every screen, unlike in the next session."""
    return "/".join((group_session_id.hex, *question))
