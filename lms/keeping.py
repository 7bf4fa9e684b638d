"""A folder that keeps what takes long to make, so that a start is quick and workers do the work once between them."""

import logging
import os
import tempfile
from hashlib import blake2b
from pathlib import Path

from flask import Flask

log = logging.getLogger(__name__)

DIGEST = 16  # bytes


def cache_of(app: Flask) -> Path:
    """The folder where an application keeps what can be made again."""
    instance: Path = app.config["LMS_INSTANCE"]
    return instance / "cache"


def read_kept(file: Path) -> bytes | None:
    """What is kept in this file, or None: what is missing, damaged or writable by strangers is made again."""
    try:
        with file.open("rb") as kept:
            # Asked of what has been opened: the name may lead to another file the next moment.
            about = os.fstat(kept.fileno())
            if about.st_uid not in (0, os.geteuid()) or about.st_mode & 0o022:
                return None
            data = kept.read()
    except OSError:
        return None
    return data[DIGEST:] if data[:DIGEST] == _digest(data[DIGEST:]) else None


def keep(file: Path, data: bytes) -> None:
    """Keep it for the next start; a folder that can't be written costs time, never the start."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Written beside and moved into place: another worker never reads half a file.
        with tempfile.NamedTemporaryFile(dir=file.parent, suffix=".part", delete=False) as beside:
            beside.write(_digest(data) + data)
        Path(beside.name).replace(file)
    except OSError as error:
        log.warning("The folder %s can't be written, and each start takes longer: %s", file.parent, error)


def _digest(data: bytes) -> bytes:
    return blake2b(data, digest_size=DIGEST).digest()
