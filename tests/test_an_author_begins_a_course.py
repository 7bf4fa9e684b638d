"""`lms courses new` begins a course that is whole at once, and touches nothing that is there already."""

import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lms.cli import main
from lms.courses.packs import Course, read_library


def lms(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [*map(str, arguments)])


def course_at(folder: Path, rendered: Path) -> Course:
    course = read_library([folder], rendered).course(folder.name)
    assert course is not None
    return course


def files_in(folder: Path) -> dict[Path, str]:
    return {file: file.read_text() for file in folder.rglob("*") if file.is_file()}


@pytest.mark.slow
def test_a_new_course_has_nothing_to_mend(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "yet" / "our_house"
    made = lms("courses", "new", folder)

    assert made.exit_code == 0
    assert f"lms serve --edit {folder}" in made.output
    assert lms("courses", "check", folder).output == "Nothing to mend.\n"


def test_it_is_whole_in_both_languages(tmp_path: Path, rendered: Path) -> None:
    lms("courses", "new", tmp_path / "our_house")
    course = course_at(tmp_path / "our_house", rendered)

    assert (course.title("nb"), course.title("en")) == ("Hos oss", "At our place")
    assert [lesson.written for lesson in course.lessons] == [True, True]
    for language in ("nb", "en"):
        exercises = [each.kind for lesson in course.lessons for each in lesson.exercises(language)]
        assert exercises == ["reflection", "choice", "order", "stance"]
        assert {card.language(language) for card in course.cards} == {language}
        assert {word.language(language) for word in course.words.values()} == {language}
    assert list(course.images) == ["together.svg"]
    assert "prefers-color-scheme: dark" in course.images["together.svg"].read_text()


def test_its_title_is_the_one_that_was_given(tmp_path: Path, rendered: Path) -> None:
    lms("courses", "new", tmp_path / "house", "--title", 'Huset «vårt», eller "vårt" \\ hus')
    lms("courses", "new", tmp_path / "theatre", "--title", "Teateret vårt", "--title-en", "Our theatre")
    house, theatre = course_at(tmp_path / "house", rendered), course_at(tmp_path / "theatre", rendered)

    assert {house.title("nb"), house.title("en")} == {'Huset «vårt», eller "vårt" \\ hus'}
    assert (theatre.title("nb"), theatre.title("en")) == ("Teateret vårt", "Our theatre")
    assert tomllib.loads((tmp_path / "theatre" / "course.toml").read_text())["minutes"] == 10


def test_a_folder_with_something_in_it_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "course.toml").write_text("mine")
    (tmp_path / "letter").write_text("mine too")
    before = files_in(tmp_path)

    for name, why in (("letters", "has something in it, and stays as it is."), ("letter", "is a file.")):
        refused = lms("courses", "new", tmp_path / name)
        assert refused.exit_code == 1
        assert refused.output == f"Error: {tmp_path / name} {why} Name a folder that is new or empty.\n"
    assert files_in(tmp_path) == before


def test_an_empty_folder_is_as_good_as_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "our_house").mkdir()
    monkeypatch.chdir(tmp_path / "our_house")

    assert lms("courses", "new", ".").exit_code == 0
    assert (tmp_path / "our_house" / "course.toml").is_file()


@pytest.mark.parametrize(
    ("name", "better"),
    [("Vårt hus", "vart_hus"), ("2026-Øvelse", "ovelse"), ("--", "our_house"), ("Æ", "ae"), ("a" * 61, "a" * 60)],
)
def test_a_folder_that_cannot_be_a_key_is_told_what_could(name: str, better: str, tmp_path: Path) -> None:
    refused = lms("courses", "new", "--", tmp_path / name)

    assert refused.exit_code == 1
    assert f"Call it {tmp_path / better}; " in refused.output
    assert list(tmp_path.iterdir()) == []


def test_it_takes_no_other_courses_place(tmp_path: Path) -> None:
    refused = lms("courses", "new", tmp_path / "norms")

    assert refused.output == ("Error: There is a course called norms already. Choose another name for the folder.\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("title", ["", "  ", "Two\nlines", "A\x00bell\x07"])
def test_a_title_that_is_none_makes_nothing(title: str, tmp_path: Path) -> None:
    refused = lms("courses", "new", tmp_path / "our_house", "--title", title)

    assert refused.output == "Error: A title is some words on one line, such as --title «Hos oss».\n"
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    refused = lms("courses", "new", tmp_path / "file" / "our_house")

    assert refused.exit_code == 1
    assert "can't be written (" in refused.output


def test_what_an_editor_leaves_beside_a_lesson_belongs_to_no_lesson(tmp_path: Path) -> None:
    folder = tmp_path / "our_house"
    lms("courses", "new", folder)
    (folder / "nb" / ".#01-what-only-you-know.md").symlink_to("somebody@somewhere.1234")
    (folder / "nb" / "._01-what-only-you-know.md").write_bytes(b"\x00\x05\x16\x07\xff")
    (folder / "nb" / "01-what-only-you-know.md~").write_text("yesterday")

    assert lms("courses", "check", folder).output == "Nothing to mend.\n"
