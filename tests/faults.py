"""Things that can be wrong in a pack, each with the file and the line an author must be sent to."""

from pathlib import Path
from typing import NamedTuple

import pytest

from lms.courses import check
from tests.packs import write_pack

# A lesson of as many words as its minute of reading asks for.
MINUTE = "\n".join(["We hear a drum, and then we hear it again from here."] * 15) + "\n"
LESSON_FILE = "en/01-sound.md"
HERE = "  <- here"


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


@pytest.fixture
def pack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pack with nothing to mend, in a library of its own: ours takes long to read, again and again."""
    monkeypatch.setattr(check, "own_folder", lambda: tmp_path / "packs")
    drawing = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 48"/>'
    return write_pack(tmp_path / "packs" / "hearing", {"sound": MINUTE}, files={"images/wave.svg": drawing})


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
