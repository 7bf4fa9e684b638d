"""What has been rendered is kept for the next start, and believed only as long as it is ours and whole."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from lms.courses import cache
from lms.courses.packs import read_library
from lms.keeping import keep, read_kept
from tests.packs import break_the_renderer, write_pack


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Where this library's own packs lie: one about sound."""
    write_pack(tmp_path / "home" / "sound")
    return tmp_path / "home"


def kept_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*"))


def test_a_second_start_renders_nothing(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = read_library(home=home, cache=tmp_path / "kept")
    assert (tmp_path / "kept").stat().st_mode & 0o077 == 0
    assert [file.stat().st_mode & 0o077 for file in kept_files(tmp_path / "kept")] == [0]
    break_the_renderer(monkeypatch)

    assert read_library(home=home, cache=tmp_path / "kept") == first


def test_a_kept_rendering_is_that_of_these_files(home: Path, tmp_path: Path) -> None:
    read_library(home=home, cache=tmp_path / "kept")
    lesson = home / "sound" / "en" / "01-sound.md"
    lesson.write_text(lesson.read_text().replace("What do you hear?", "What do you see?"))

    (course,) = read_library(home=home, cache=tmp_path / "kept").courses
    assert "What do you see?" in course.lessons[0].exercises("en")[0].prompt


def of(file: Path) -> dict[str, Any]:
    """The rendering that is kept in this file."""
    rendering: dict[str, Any] = json.loads(read_kept(file) or b"")
    return rendering


@pytest.mark.parametrize("damage", ["nothing", "half", "a letter", "more"])
def test_a_damaged_rendering_is_made_again(home: Path, tmp_path: Path, damage: str) -> None:
    first = read_library(home=home, cache=tmp_path / "kept")
    (file,) = kept_files(tmp_path / "kept")
    whole = file.read_bytes()
    of_damage = {"nothing": b"", "half": whole[: len(whole) // 2], "more": whole + b" "}
    file.write_bytes(of_damage.get(damage, whole[:-9] + b"x" + whole[-8:]))

    assert read_library(home=home, cache=tmp_path / "kept") == first
    assert of(file)["key"] == "sound", "and kept again"


@pytest.mark.parametrize(
    "rendering",
    [
        b"[]",
        b"{}",
        b"null",
        b'{"key": 1, "lessons": 3}',
        b'{"lessons": [{"texts": {"en": [{"id": "x", "heading": null, "parts": [{"kind": "no such"}]}]}}]}',
    ],
)
def test_a_rendering_of_another_kind_is_made_again(home: Path, tmp_path: Path, rendering: bytes) -> None:
    first = read_library(home=home, cache=tmp_path / "kept")
    (file,) = kept_files(tmp_path / "kept")
    keep(file, rendering)

    assert read_library(home=home, cache=tmp_path / "kept") == first
    assert of(file)["key"] == "sound", "and kept again"


def poison(file: Path) -> None:
    """Somebody else writes into the rendering what no gate would have let through."""
    data = of(file)
    data["lessons"][0]["texts"]["en"][0]["parts"][0]["html"] = "<script>alert(1)</script>"
    keep(file, json.dumps(data).encode())


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_rendering_that_others_may_write_is_not_believed(home: Path, tmp_path: Path, mode: int) -> None:
    first = read_library(home=home, cache=tmp_path / "kept")
    (file,) = kept_files(tmp_path / "kept")
    poison(file)
    file.chmod(mode)

    assert read_library(home=home, cache=tmp_path / "kept") == first


def test_somebody_elses_rendering_is_not_believed(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = read_library(home=home, cache=tmp_path / "kept")
    poison(kept_files(tmp_path / "kept")[0])
    # Rather than giving the file away, which only root may: it is we who become somebody else.
    monkeypatch.setattr(os, "geteuid", lambda: 12_345)
    if os.getuid() == 0:
        os.chown(kept_files(tmp_path / "kept")[0], 54_321, -1)

    assert read_library(home=home, cache=tmp_path / "kept") == first


@pytest.mark.parametrize("renderer", ["markdown", "pymdown-extensions", "bleach", "nh3"])
def test_another_version_of_a_renderer_renders_again(
    home: Path, tmp_path: Path, renderer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_library(home=home, cache=tmp_path / "kept")
    installed = cache.version
    monkeypatch.setattr(cache, "version", lambda name: "99.0" if name == renderer else installed(name))
    read_library(home=home, cache=tmp_path / "kept")

    assert len(kept_files(tmp_path / "kept")) == 2


def test_a_folder_that_cannot_be_written_costs_time_and_not_the_start(
    home: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "kept").write_text("not a folder")

    assert len(read_library(home=home, cache=tmp_path / "kept").courses) == 1
    assert "can't be written" in caplog.text
