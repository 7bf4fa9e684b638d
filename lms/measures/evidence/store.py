"""Where files lie: outside everything that is served, under names nobody can guess, a folder for each organisation.

Whatever else files are to be kept in has the same four: keep, pieces, forget, and the keys that are there.
"""

import hashlib
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from flask import current_app

from lms.settings import files_folder

IN_PIECES = 64 * 1024
DRAFT = ".draft"


@dataclass(frozen=True)
class Kept:
    """A file that has been kept: the key to it, its length in bytes and the SHA-256 of what is in it."""

    key: str
    size: int
    digest: str


class DiskStore:
    """Files in a folder of this machine, or of one that all servers and workers share."""

    def __init__(self, folder: Path):
        """The folder need not be there yet."""
        self.folder = folder

    def keep(self, file: BinaryIO, organisation_id: UUID) -> Kept:
        """Copy a file into the store, piece by piece and whole or not at all."""
        key = f"{organisation_id.hex}/{secrets.token_hex(16)}"
        target = self._file(key)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = target.with_suffix(DRAFT)
        digest, size = hashlib.sha256(), 0
        file.seek(0)
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                while piece := file.read(IN_PIECES):
                    out.write(piece)
                    digest.update(piece)
                    size += len(piece)
                out.flush()
                os.fsync(out.fileno())
            draft.replace(target)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        return Kept(key, size, digest.hexdigest())

    def pieces(self, key: str) -> Iterator[bytes]:
        """What is in a file, piece by piece. Raises FileNotFoundError, and that at once."""
        file = self._file(key)
        file.stat()
        return _read(file)

    def forget(self, key: str) -> None:
        """Remove a file for good; one that is gone already is no trouble."""
        self._file(key).unlink(missing_ok=True)

    def keys(self, before: datetime) -> Iterator[str]:
        """The files, drafts that were never finished too, that nobody has touched since the moment."""
        for file in self.folder.glob("*/*"):
            try:
                touched = datetime.fromtimestamp(file.stat().st_mtime, UTC)
            except FileNotFoundError:  # another worker was faster
                continue
            if touched < before:
                yield f"{file.parent.name}/{file.name}"

    def _file(self, key: str) -> Path:
        folder, _, name = key.partition("/")
        if not (folder.isalnum() and name.removesuffix(DRAFT).isalnum()):
            raise ValueError("not the key of a file")
        return self.folder / folder / name


def _read(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while piece := opened.read(IN_PIECES):
            yield piece


def store() -> DiskStore:
    """Where the current application keeps its files."""
    return DiskStore(files_folder(current_app.config))
