"""What the tests need from the machine beside Python; `python -m tests.machine` sees to it or says what to install."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lms.courses import spelling


def chromium() -> Path | None:
    """The browser: `LMS_CHROMIUM`, else the first one on the PATH."""
    if named := os.environ.get("LMS_CHROMIUM"):
        return Path(named) if Path(named).exists() else None
    names = ("chromium", "chromium-browser", "google-chrome")
    return _first_existing(
        *(shutil.which(name) for name in names),
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    )


def postgresql() -> Path | None:
    """The folder with initdb and postgres: Debian keeps them off the PATH, and Homebrew may do so."""
    folders = [
        *_newest_first("/usr/lib/postgresql", "*/bin"),
        *_newest_first("/opt/homebrew/opt", "postgresql@*/bin"),
        *_newest_first("/usr/local/opt", "postgresql@*/bin"),
    ]
    found = _first_existing(*(folder / "initdb" for folder in folders), shutil.which("initdb"))
    return found.resolve().parent if found else None


def java() -> Path | None:
    """A Java that runs: macOS has a stand-in at /usr/bin/java that only asks for one."""
    for place in (
        shutil.which("java"),
        "/opt/homebrew/opt/openjdk/bin/java",
        "/usr/local/opt/openjdk/bin/java",
    ):
        if place and Path(place).exists():
            tried = subprocess.run([place, "-version"], capture_output=True, check=False)
            if tried.returncode == 0:
                return Path(place)
    return None


def hunspell() -> Path | None:
    """The speller, if it has a dictionary for each language of the courses."""
    return _first_existing(spelling.program()) if spelling.not_looked_at() is None else None


def _first_existing(*places: str | Path | None) -> Path | None:
    return next((Path(place) for place in places if place and Path(place).exists()), None)


def _newest_first(folder: str, pattern: str) -> list[Path]:
    def version(path: Path) -> int:
        return int("".join(filter(str.isdigit, path.parent.name)) or 0)

    return sorted(Path(folder).glob(pattern), key=version, reverse=True)


@dataclass(frozen=True)
class Need:
    name: str
    find: Callable[[], Path | None]
    debian: str
    macos: str


NEEDS = (
    Need("Chromium", chromium, "chromium", "brew install --cask chromium"),
    Need("PostgreSQL", postgresql, "postgresql", "brew install postgresql@17"),
    Need("Java", java, "default-jre-headless", "brew install openjdk"),
    Need("hunspell and its dictionaries", hunspell, spelling.DEBIAN, spelling.MACOS),
)


def main(names: Sequence[str] = ()) -> int:
    """Install what is missing where we may, else say it in one sentence; of everything, or of what begins so."""
    needs = [need for need in NEEDS if not names or need.name.startswith(tuple(names))]
    missing = [need for need in needs if need.find() is None]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        _install([package for need in missing for package in need.debian.split()])
        missing = [need for need in needs if need.find() is None]
    if missing:
        wanted = ", ".join(need.name for need in missing)
        debian = " ".join(need.debian for need in missing)
        macos = " && ".join(need.macos for need in missing)
        print(f"The tests need {wanted}. Debian: sudo apt-get install {debian}. macOS: {macos}", file=sys.stderr)
        return 1
    return 0


def _install(packages: list[str]) -> None:
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *packages]):
        subprocess.run(["apt-get", *command], env=quiet, check=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
