"""A rating in a lesson and a row of the mapping are about the same thing: the catalogue knows every factor."""

from lms.courses.exercises import Rating
from lms.courses.packs import Library
from lms.courses.risk_factors import catalogue
from lms.languages import LANGUAGES


def test_every_rating_is_about_a_factor_of_the_catalogue(library: Library) -> None:
    rated = {
        exercise.factor
        for course in library.courses
        for lesson in course.written_lessons
        for exercise in lesson.exercises("nb")
        if isinstance(exercise, Rating)
    }

    assert rated, "no lesson rates anything"
    assert rated <= {factor.key for factor in catalogue().factors}


def test_the_catalogue_has_sixteen_factors_in_every_language() -> None:
    factors = catalogue().factors

    assert len({factor.key for factor in factors}) == 16
    assert catalogue().version
    for factor in factors:
        assert set(factor.titles) == set(factor.measures) == set(LANGUAGES)
        assert len({len(measures) for measures in factor.measures.values()}) == 1, factor.key
        assert all(factor.title(language).strip() and factor.suggested(language) for language in LANGUAGES)
