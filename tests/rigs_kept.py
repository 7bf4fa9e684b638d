"""What takes long to make and follows from files alone: made once for all workers of a run, and kept for the next."""

import shutil
import tempfile
import time
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path

from lms.courses.packs import read_library

ROOT = Path(__file__).parents[1]
KEPT = ROOT / ".pytest_cache" / "kept"
LOCK = ROOT / "requirements-dev.lock"
DAY = 24 * 60 * 60  # seconds


def kept(name: str, make: Callable[[Path], object], *made_from: Path) -> Path:
    """A folder that `make` has filled; it is made anew as soon as a file it is made from has changed."""
    folder = KEPT / f"{name}-{_digest(made_from)}"
    if not folder.exists():
        KEPT.mkdir(parents=True, exist_ok=True)
        _forget_former(name)
        # Made beside and moved into place: another worker never finds half of it.
        beside = Path(tempfile.mkdtemp(prefix="part-", dir=KEPT))
        make(beside)
        try:
            beside.rename(folder)
        except OSError:
            assert folder.exists(), "another worker was first"
            shutil.rmtree(beside)
    return folder


def rendered_courses() -> Path:
    """Where our own courses lie as they are rendered: nobody should put others beside them."""
    return kept("rendered", lambda folder: read_library(cache=folder), ROOT / "courses", ROOT / "lms" / "courses")


def _digest(places: tuple[Path, ...]) -> str:
    digest = blake2b(digest_size=12)
    for place in (*places, LOCK):
        for file in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if file.is_file() and file.suffix != ".pyc":
                contents = blake2b(file.read_bytes()).digest()
                digest.update(repr((file.relative_to(ROOT).as_posix(), contents)).encode())
    return digest.hexdigest()


def _forget_former(name: str) -> None:
    for former in [*KEPT.glob(f"{name}-*"), *KEPT.glob("part-*")]:
        if former.stat().st_mtime < time.time() - DAY:
            shutil.rmtree(former, ignore_errors=True)
