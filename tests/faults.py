"""Things that can be wrong in a pack, each with the file and the line an author must be sent to."""

from pathlib import Path
from typing import NamedTuple

import pytest

from lms.courses import check
from tests.packs import LESSON, MANIFEST, lesson_file, write_pack

# A lesson of as many words as its minute of reading asks for.
MINUTE = "\n".join(["We hear a drum, and then we hear it again from here."] * 15) + "\n"
LESSON_FILE = "en/01-sound.md"
HERE = "  <- here"
DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 48"/>'


class Fault(NamedTuple):
    """A thing wrong in a file of a pack; the line to be named ends with HERE, which is taken off, or is the first."""

    what: str
    text: str
    file: str = LESSON_FILE

    def __str__(self) -> str:
        return self.what

    @property
    def line(self) -> int:
        lines = self.text.split("\n")
        return next((number for number, line in enumerate(lines, 1) if line.endswith(HERE)), 1)

    def put_into(self, pack: Path) -> Path:
        file = pack / self.file
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(self.text.replace(HERE, ""), encoding="utf-8")
        return file


def in_lesson(what: str, text: str) -> Fault:
    return Fault(what, lesson_file(f"{MINUTE}\n{text}"))


def _names_in(text: str) -> set[str]:
    return {name for line in text.split("\n") if (name := line.split(".")[0].split(" ")[0])}


def in_course(what: str, text: str, lessons: str = "") -> Fault:
    """In the course's own table: what stands there sets aside the usual line of the same name."""
    usual = [
        line for line in MANIFEST.format(version=1, minutes=5).split("\n") if not _names_in(text) & _names_in(line)
    ]
    return Fault(what, "\n".join([*usual, text, lessons or LESSON.format(slug="sound")]), "course.toml")


def in_second_lesson(what: str, text: str) -> Fault:
    """In the second [[lesson]], so that a first one like it could be mistaken for it."""
    first = LESSON.format(slug="sound") + 'facts = []\ncontent_note.nb = "Lyd"\nfor_leaders = false'
    usual = [line for line in LESSON.format(slug="tone").split("\n") if not _names_in(text) & _names_in(line)]
    return in_course(what, 'summary.nb = "tone"', "\n".join([first, *usual, text]))


@pytest.fixture
def pack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pack with nothing to mend, in a library of its own: ours takes long to read, again and again."""
    monkeypatch.setattr(check, "own_folder", lambda: tmp_path / "packs")
    files = {"images/wave.svg": DRAWING, "words.nb.txt": "Lydkurset\n"}
    return write_pack(tmp_path / "packs" / "hearing", {"sound": MINUTE}, files=files)


def found_in(pack: Path, severity: str = "error") -> list[tuple[Path, int, str]]:
    findings = check.check([pack])
    assert all(finding.do for finding in findings), "each says what to do"
    return [
        (finding.file, finding.line, f"{finding.what} {finding.do}")
        for finding in findings
        if finding.severity == severity
    ]


def is_among(file: Path, fault: Fault, found: list[tuple[Path, int, str]]) -> bool:
    return any((file, fault.line) == (where, line) and fault.what in said for where, line, said in found)
