"""A rating in a lesson and a row of the mapping are about the same thing: the catalogue knows every factor."""

from pathlib import Path

import pytest

from lms.courses.check import check
from lms.courses.exercises import Rating
from lms.courses.findings import PackError
from lms.courses.packs import Library, read_library
from lms.languages import LANGUAGES
from tests.packs import write_pack

WHOLE = 'version = "1"\n[[factor]]\nkey = "late"\nen = "Late nights"\nmeasures.en = ["A taxi home"]\n'


def test_every_rating_is_about_a_factor_of_the_catalogue(library: Library) -> None:
    rated = {
        exercise.factor
        for course in library.courses
        for lesson in course.written_lessons
        for exercise in lesson.exercises("nb")
        if isinstance(exercise, Rating)
    }

    assert rated, "no lesson rates anything"
    assert rated <= {factor.key for factor in library.risk_factors.factors}


def test_the_catalogue_has_sixteen_factors_in_every_language(library: Library) -> None:
    factors = library.risk_factors.factors

    assert len({factor.key for factor in factors}) == 16
    assert library.risk_factors.version
    for factor in factors:
        assert set(factor.titles) == set(factor.measures) == set(LANGUAGES)
        assert len({len(measures) for measures in factor.measures.values()}) == 1, factor.key
        assert all(factor.title(language).strip() and factor.suggested(language) for language in LANGUAGES)


def test_an_author_is_told_of_a_rating_that_no_mapping_asks_about(tmp_path: Path) -> None:
    write_pack(tmp_path / "sound", {"drums": "/// rating | late\n    factor: cannons\n\nHow late?\n///\n"})

    told = [finding for finding in check([tmp_path / "sound"]) if "cannons" in finding.what]

    assert [finding.line for finding in told] == [4]
    assert "alcohol" in told[0].do


@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        (WHOLE.replace('version = "1"\n', ""), 1),
        (WHOLE.replace('key = "late"\n', ""), 2),
        (WHOLE.replace('en = "Late nights"\n', ""), 2),
        (WHOLE.replace('["A taxi home"]', '"A taxi home"'), 2),
        (WHOLE + WHOLE.partition("\n")[2], 6),
    ],
)
def test_a_catalogue_that_is_not_whole_stops_the_start_with_its_line(tmp_path: Path, wrong: str, line: int) -> None:
    (tmp_path / "risk_factors.toml").write_text(wrong, encoding="utf-8")

    with pytest.raises(PackError) as told:
        read_library(home=tmp_path)

    assert told.value.file.name == "risk_factors.toml"
    assert told.value.line == line


def test_a_whole_catalogue_is_read_with_the_courses(tmp_path: Path) -> None:
    (tmp_path / "risk_factors.toml").write_text(WHOLE, encoding="utf-8")

    late = read_library(home=tmp_path).risk_factors.factor("late")

    assert late
    assert late.title("nb") == "Late nights"
    assert late.suggested("nb") == ("A taxi home",)
