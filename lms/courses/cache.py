"""Where rendered packs are kept between starts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from typing import Any

from lms.keeping import keep, read_kept

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
    """A kept rendering, or None where there is none to be believed."""
    data = json.loads(read_kept(file) or b"null")
    return data if isinstance(data, dict) else None


def keep_rendering(file: Path, data: dict[str, Any]) -> None:
    """Keep a rendering for the next start, and for other workers."""
    keep(file, json.dumps(data, ensure_ascii=True).encode())
