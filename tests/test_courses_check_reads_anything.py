"""Whatever an author saves, the checker reads it to the end."""

from pathlib import Path

import pytest

from lms.courses.check import check
from lms.courses.findings import PackError
from lms.courses.packs import read_library
from tests.faults import LESSON_FILE, found_in
from tests.packs import LESSON


def test_a_file_that_is_not_text_is_named(pack: Path) -> None:
    (pack / LESSON_FILE).write_bytes("---\ntitle: Lyd på øret\n---\n".encode("latin-1"))
    (pack / "images" / "wave.svg").write_bytes(b"\xff\xfe")

    assert {(file.name, line, said) for file, line, said in found_in(pack)} >= {
        ("01-sound.md", 1, "The file is not UTF-8. Save it as UTF-8."),
        ("wave.svg", 1, "The file is not UTF-8. Save it as UTF-8."),
    }


def test_a_file_that_leads_nowhere_is_named(pack: Path) -> None:
    (pack / LESSON_FILE).unlink()
    (pack / LESSON_FILE).symlink_to(pack / "gone.md")

    said = "The file can't be read (No such file or directory). Put it there."
    assert (pack / LESSON_FILE, 1, said) in found_in(pack)


@pytest.mark.parametrize("name", ["Hearing", "2hear", "hear it", "høre", "hear--it"])
def test_a_folder_that_cannot_be_a_key_is_named(name: str, pack: Path) -> None:
    there = pack.rename(pack.with_name(name))

    assert [(file, line) for file, line, said in found_in(there) if f"The folder {name} can't be" in said] == [
        (there / "course.toml", 1)
    ]


def test_a_path_without_packs_is_named(tmp_path: Path) -> None:
    assert [str(finding) for finding in check([tmp_path])] == [
        f"{tmp_path}:1: There is no course.toml here. Name a pack's folder, or a folder that holds packs."
    ]


ANYTHING = ["1", "-1", "1.5", "nan", "true", '"x"', '""', "[]", '["a"]', "[1]", "[{}]", "{}", "{nb = 1}", "2026-01-01"]
PLACES = {
    "course.toml": [
        *(
            f"{name} = {{0}}\n{LESSON.format(slug='sound')}"
            for name in ("version", "title", "title.nb", "goals", "minutes")
        ),
        *(f"{name} = {{0}}\n{LESSON.format(slug='sound')}" for name in ("summary", "summary.nb", "goals.nb", "other")),
        "lesson = {0}",
        *(f"{LESSON.format(slug='sound')}{name} = {{0}}" for name in ("facts", "content_note", "for_leaders", "other")),
        *(f'[[lesson]]\nslug = "sound"\n{name} = {{0}}' for name in ("minutes", "reading_minutes", "content_note.nb")),
        "[[lesson]]\nslug = {0}",
    ],
    "glossary.toml": ["w = {0}", "w.en = {0}", "[w.en]\nterm = {0}\ntext = 'x'", "[w.en]\nterm = 'x'\nalso = {0}"],
    "facts.toml": ["w = {0}", "[w]\nnb = {0}\nsource = 'x'", "[w]\nnb = 'x'\nsource = {0}", "[w]\nlast_verified = {0}"],
    "help.toml": [
        "service = {0}",
        *(f"[[service]]\n{name} = {{0}}" for name in ("key", "name", "name.nb", "about", "url")),
    ],
}


@pytest.mark.parametrize("name", PLACES)
def test_whatever_stands_in_a_file_the_checker_and_the_start_agree(name: str, pack: Path) -> None:
    """The checker never falls over, and what it finds nothing wrong with starts."""
    for place in PLACES[name]:
        for anything in ANYTHING:
            shared = name in ("facts.toml", "help.toml")
            ((pack.parent if shared else pack) / name).write_text(place.format(anything))
            stops = any(finding.severity == "error" for finding in check([pack.parent]))
            try:
                read_library(home=pack.parent)
            except PackError:
                assert stops, (place, anything)
            else:
                assert not stops, (place, anything)
