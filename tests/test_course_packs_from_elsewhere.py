"""Packs come from folders and from packages too: a broken one is told and left out, while one of our own stops all."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask

from lms.cli import main
from lms.courses import packs
from lms.courses.findings import PackError
from lms.courses.packs import Library, read_library
from lms.courses.source import Source
from tests.packs import FACT, PROSE, only, write_pack


def keys(library: Library) -> list[str]:
    return [course.key for course in library.courses]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Path]:
    """Install a package that says of itself that it brings courses."""
    site = tmp_path / "site-packages"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))

    def put_in(name: str, source: str) -> Path:
        (site / name).mkdir()
        (site / name / "__init__.py").write_text(source)
        about = site / f"{name}-1.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
        (about / "entry_points.txt").write_text(f"[lms.courses]\n{name} = {name}:packs\n")
        return site / name

    return put_in


@pytest.mark.parametrize(
    "source",
    [
        "from pathlib import Path\npacks = Path(__file__).parent / 'courses'\n",
        "import os\npacks = os.path.join(os.path.dirname(__file__), 'courses')\n",
        "from pathlib import Path\ndef packs():\n    return Path(__file__).parent / 'courses'\n",
    ],
    ids=["a folder", "a text", "a function"],
)
def test_an_installed_package_brings_courses(home: Path, install: Callable[[str, str], Path], source: str) -> None:
    package = install(f"lights_{abs(hash(source))}", source)
    for name in ("light", "shadow"):
        write_pack(package / "courses" / name)
    library = read_library(home=home)

    assert keys(library) == ["sound", "light", "shadow"]
    assert library.problems == ()


@pytest.mark.parametrize(
    "source",
    [
        "raise RuntimeError('gone')",
        "packs = None",
        "packs = 'no/such/place'",
        "def packs():\n    return 1 / 0",
        "pack = 1",
    ],
)
def test_an_installed_package_that_leads_nowhere_is_reported_and_left_out(
    home: Path, install: Callable[[str, str], Path], source: str, caplog: pytest.LogCaptureFixture
) -> None:
    name = f"dark_{abs(hash(source))}"
    install(name, source)
    library = read_library(home=home)

    assert keys(library) == ["sound"]
    (problem,) = library.problems
    assert name in problem.origin
    assert f"The course pack {name} ({name}:packs) is left out." in caplog.text


def test_the_setting_names_folders_with_packs(
    open_app: Callable[..., Flask], sqlite_url: str, tmp_path: Path, rendered: Path
) -> None:
    alone = write_pack(tmp_path / "one" / "sound")
    write_pack(tmp_path / "many" / "light")
    write_pack(tmp_path / "many" / "shadow")
    app = open_app(sqlite_url, LMS_COURSE_PATHS=os.pathsep.join([str(alone), "", str(tmp_path / "many")]))

    assert keys(app.extensions["lms"].library)[-3:] == ["sound", "light", "shadow"]


def break_by_misspelling(pack: Path) -> None:
    (pack / "en" / "01-sound.md").write_text("---\ntitle: Sound\n---\n\n/// stanse | agree\nYes?\n///\n")


def test_a_broken_pack_from_elsewhere_is_left_out_and_the_others_start(
    open_app: Callable[..., Flask], sqlite_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("light", "shadow", "smoke"):
        write_pack(tmp_path / "packs" / name)
    break_by_misspelling(tmp_path / "packs" / "shadow")
    app = open_app(sqlite_url, LMS_COURSE_PATHS=str(tmp_path / "packs"))
    library = app.extensions["lms"].library

    assert [library.course(name) is not None for name in ("harassment", "light", "shadow", "smoke")] == [
        True,
        True,
        False,
        True,
    ]
    (problem,) = library.problems
    assert problem.origin == str(tmp_path / "packs")
    file = tmp_path / "packs" / "shadow" / "en" / "01-sound.md"
    assert f"{file}:5: There is no block called stanse. Use one of reflection, " in caplog.text
    assert app.test_client().get("/").status_code == 200


def test_a_pack_that_is_wrong_in_a_way_nobody_thought_of_is_left_out_too(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("light", "shadow"):
        write_pack(tmp_path / "packs" / name)
    read = Source.read

    def read_or_fall_over(pack: Source) -> dict[str, Any]:
        if pack.folder.name == "light":
            raise ZeroDivisionError
        return read(pack)

    monkeypatch.setattr(Source, "read", read_or_fall_over)
    library = read_library([tmp_path / "packs"], home=home)

    assert keys(library) == ["sound", "shadow"]
    assert "Run `lms courses check` on it." in str(library.problems[0])


def test_a_stranger_cannot_take_the_place_of_a_course(home: Path, tmp_path: Path) -> None:
    write_pack(tmp_path / "packs" / "sound", {"other": PROSE})
    library = read_library([tmp_path / "packs"], home=home)

    assert [lesson.slug for lesson in only(library).lessons] == ["sound"]
    assert "There is such a course already." in str(library.problems[0])


def test_a_stranger_cannot_change_a_fact(home: Path, tmp_path: Path) -> None:
    (home / "facts.toml").write_text(FACT.format(key="wave"))
    write_pack(tmp_path / "packs" / "light")
    (tmp_path / "packs" / "facts.toml").write_text(FACT.format(key="wave").replace("bølger", "løgn"))
    library = read_library([tmp_path / "packs"], home=home)

    assert library.facts["wave"].text("nb") == "Lyd er bølger."


def test_a_path_without_packs_is_reported(home: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    library = read_library([tmp_path / "nothing"], home=home)

    assert keys(library) == ["sound"]
    assert f"{tmp_path / 'nothing'}:1: There is no course.toml here. Name a pack's folder" in caplog.text


def test_a_broken_pack_of_our_own_stops_the_start(home: Path) -> None:
    write_pack(home / "light")
    break_by_misspelling(home / "sound")
    with pytest.raises(PackError) as stopped:
        read_library(home=home)

    assert (stopped.value.file, stopped.value.line) == (home / "sound" / "en" / "01-sound.md", 5)
    assert "There is no block called stanse. Use one of reflection, " in str(stopped.value)


@pytest.mark.parametrize("name", ["facts.toml", "help.toml", "glossary.toml"])
def test_what_our_own_packs_share_stops_the_start_too(home: Path, name: str) -> None:
    (home / name).write_text("\n[[[")
    with pytest.raises(PackError) as stopped:
        read_library(home=home)

    assert (stopped.value.file, stopped.value.line) == (home / name, 2)


def test_every_command_says_in_a_sentence_what_stops_it(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_by_misspelling(home / "sound")
    monkeypatch.setattr(packs, "own_folder", lambda: home)
    ran = CliRunner().invoke(main, ["db", "upgrade"], env={"LMS_INSTANCE": str(tmp_path / "instance")})

    assert ran.exit_code == 1
    assert ran.output.startswith(f"Error: {home / 'sound' / 'en' / '01-sound.md'}:5: There is no block called stanse.")
    assert "Traceback" not in ran.output
