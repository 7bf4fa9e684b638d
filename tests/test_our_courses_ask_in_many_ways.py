"""Our own three courses ask in more than one way, so that nobody only clicks her way through."""

from collections.abc import Iterator

import pytest

from lms.courses.exercises import Exercise, Rating
from lms.courses.packs import Course, Lesson, Library

OURS = ["harassment", "norms", "power_techniques"]


def asked_in(lessons: tuple[Lesson, ...]) -> Iterator[Exercise]:
    for lesson in lessons:
        yield from lesson.exercises("nb")


def kinds_in(*lessons: Lesson) -> set[str]:
    return {exercise.kind for exercise in asked_in(lessons)}


def course(library: Library, key: str) -> Course:
    found = library.course(key)
    assert found is not None
    return found


@pytest.mark.parametrize("key", OURS)
def test_each_lesson_asks_in_two_ways_at_least(key: str, library: Library) -> None:
    lessons = course(library, key).lessons

    assert {lesson.slug: kinds_in(lesson) for lesson in lessons if len(kinds_in(lesson)) < 2} == {}


@pytest.mark.parametrize("key", OURS)
def test_each_course_asks_in_six_ways_at_least(key: str, library: Library) -> None:
    """What leaders alone are asked is not counted: the course has to do without."""
    kinds = kinds_in(*course(library, key).taken_by(a_leader=False).lessons)

    assert len(kinds) >= 6
    assert {"stance", "case"} <= kinds
    assert kinds & {"match", "order"}


def test_the_course_about_harassment_rates_three_risk_factors(library: Library) -> None:
    lessons = course(library, "harassment").taken_by(a_leader=False).lessons
    factors = {exercise.factor for exercise in asked_in(lessons) if isinstance(exercise, Rating)}

    assert len(factors) >= 3
