"""What is wrong with a pack: which file, which line, what, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """One thing an author should mend; an `error` keeps the pack from being used, a `warning` does not."""

    file: Path
    line: int
    what: str
    do: str
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what} {self.do}"


class PackError(Exception):
    """A pack that can't be used, with everything its author has to mend."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("\n".join(str(finding) for finding in findings))
        self.findings = tuple(findings)

    @property
    def file(self) -> Path:
        """The file of the first finding."""
        return self.findings[0].file

    @property
    def line(self) -> int:
        """The line of the first finding."""
        return self.findings[0].line


@dataclass(frozen=True)
class BrokenPack:
    """A pack from elsewhere that was left out, and why."""

    origin: str
    findings: tuple[Finding, ...]

    def __str__(self) -> str:
        return "\n".join([f"The course pack {self.origin} is left out.", *map(str, self.findings)])
