"""Our own three courses ask in more than one way, so that nobody only clicks her way through."""

from collections.abc import Iterator

import pytest

from lms.courses.exercises import Choice, Exercise, Rating
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


def checks(library: Library, language: str) -> list[Choice]:
    """Every question of our courses that has one right answer."""
    lessons = [lesson for key in OURS for lesson in course(library, key).lessons]
    asked = [exercise for lesson in lessons for exercise in lesson.exercises(language)]
    return [exercise for exercise in asked if isinstance(exercise, Choice) and not exercise.many]


def place_of_the_right_one(check: Choice) -> int:
    return next(place for place, each in enumerate(check.alternatives) if each.right)


def test_the_right_answer_stands_in_every_place(library: Library) -> None:
    """Otherwise somebody learns where it stands, and nothing else."""
    for size in (2, 3):
        places = [place_of_the_right_one(check) for check in checks(library, "nb") if len(check.alternatives) == size]

        assert all(places.count(place) >= len(places) / (2 * size) for place in range(size)), (size, places)


@pytest.mark.parametrize("language", ["nb", "en"])
def test_the_longest_answer_is_seldom_the_right_one(language: str, library: Library) -> None:
    """Among three alternatives of random lengths it would be a third; yes and no are left out."""
    asked = [check for check in checks(library, language) if len(check.alternatives) > 2]
    longest = [
        check.id for check in asked if max(check.alternatives, key=lambda each: len(each.text.striptags())).right
    ]

    assert len(longest) <= len(asked) / 3, longest


@pytest.mark.parametrize("key", OURS)
def test_choosing_all_of_them_is_never_the_answer(key: str, library: Library) -> None:
    asked = asked_in(course(library, key).lessons)

    assert not [each.id for each in asked if isinstance(each, Choice) and all(one.right for one in each.alternatives)]


@pytest.mark.parametrize("language", ["nb", "en"])
def test_a_why_does_not_say_right_once_more(language: str, library: Library) -> None:
    """The page has said «Right», or «This is the one that fits» to somebody who chose another."""
    said = ("Ja.", "Nettopp", "Riktig", "Yes.", "Right", "Correct", "Exactly")
    whys = {
        check.id: check.alternatives[place_of_the_right_one(check)].why.striptags()
        for check in checks(library, language)
    }

    assert {name: why for name, why in whys.items() if why.startswith(said)} == {}
