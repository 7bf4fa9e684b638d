"""A folder that keeps rendered packs, so that a start is quick and workers do the work once between them."""

from __future__ import annotations

import json
import logging
import os
import tempfile
from collections.abc import Mapping
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

# Raised when the same files would render to something else.
RENDERING = 3


def cached_file(pack: Path, cache: Path, shared: Mapping[str, Any]) -> Path:
    """Where a pack's rendering lies; another name as soon as a file, a shared word or what renders them has changed."""
    digest = blake2b(digest_size=16)
    # A sanitiser is upgraded because the old one let something through: what it let through goes with it.
    renderers = [f"{name} {version(name)}" for name in ("markdown", "pymdown-extensions", "bleach", "nh3")]
    digest.update(repr((RENDERING, renderers)).encode())
    # In the order of the file: of two words written alike, the last is shown.
    digest.update(json.dumps(shared).encode())
    for file in sorted(pack.rglob("*")):
        if file.is_file():
            contents = file.read_bytes()
            digest.update(repr((file.relative_to(pack).as_posix(), len(contents))).encode())
            digest.update(contents)
    return cache / f"{pack.name}-{digest.hexdigest()}.json"


def read_cached(file: Path) -> dict[str, Any] | None:
    """A kept rendering, or None: what is missing, damaged or writable by strangers is rendered again."""
    try:
        with file.open("rb") as kept:
            # Asked of what has been opened: the name may lead to another file the next moment.
            about = os.fstat(kept.fileno())
            if about.st_uid not in (0, os.geteuid()) or about.st_mode & 0o022:
                return None
            data = json.load(kept)
    except (OSError, ValueError):
        return None
    return data if isinstance(data, dict) else None


def keep(file: Path, data: dict[str, Any]) -> None:
    """Keep a rendering; a folder that can't be written costs time, never the start."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Written beside and moved into place: another worker never reads half a file.
        with tempfile.NamedTemporaryFile("w", dir=file.parent, suffix=".part", delete=False) as beside:
            json.dump(data, beside, ensure_ascii=True)
        Path(beside.name).replace(file)
    except OSError as error:
        log.warning("The course cache in %s can't be written: %s", file.parent, error)
