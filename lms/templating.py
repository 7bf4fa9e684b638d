"""How templates are read: once for all workers, and by one thread at a time."""

import marshal
import sys
from collections.abc import MutableMapping
from importlib.metadata import version
from pathlib import Path
from threading import RLock
from typing import Any

from flask import Flask
from flask.templating import Environment
from jinja2 import BytecodeCache, Template
from jinja2.bccache import Bucket

from lms.keeping import keep, read_kept
from lms.languages import LANGUAGES, read_catalogue

CHECKSUM = 40  # letters, by which a template's source is known


class OneAtATime(Environment):
    """Reads one template at a time; they are drawn side by side as always.

    The first pages of a server come at once, and a template takes many times the memory of what it becomes: four
    threads that each read the same ones leave a worker 8 MB larger for good.
    """

    _reading = RLock()

    def get_template(
        self,
        name: str | Template,
        parent: str | None = None,
        globals: MutableMapping[str, Any] | None = None,
    ) -> Template:
        """The template of this name, read by one thread and found there by the others."""
        with self._reading:
            return super().get_template(name, parent, globals)


class KeptCode(BytecodeCache):
    """The code that templates become, kept in a folder between starts.

    Jinja's own cache of this kind believes whatever lies in its folder, and raises when it is damaged or full.
    """

    def __init__(self, folder: Path):
        """`folder` is made when there is something to keep."""
        self.folder = folder
        renderers = "-".join(version(name) for name in ("jinja2", "balanse"))
        self._kind = f"{sys.implementation.cache_tag}-{renderers}.code"

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give the template the code that was made of this very source, if it is kept."""
        kept = read_kept(self._file(bucket)) or b""
        if kept[:CHECKSUM] == bucket.checksum.encode():
            bucket.code = marshal.loads(kept[CHECKSUM:])  # noqa: S302  nobody but we could have written it

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what a template has become."""
        keep(self._file(bucket), bucket.checksum.encode() + marshal.dumps(bucket.code))

    def _file(self, bucket: Bucket) -> Path:
        return self.folder / f"{bucket.key}-{self._kind}"


def read_ahead(app: Flask) -> None:
    """Read every template and every language once, so that no server has to while somebody is waiting."""
    for language in LANGUAGES:
        read_catalogue(language)
    for name in app.jinja_env.list_templates(filter_func=lambda name: name.startswith("lms/")):
        app.jinja_env.get_template(name)
