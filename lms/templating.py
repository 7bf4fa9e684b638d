"""How templates are read: once for all workers, and by one thread at a time; and what they call our addresses."""

import marshal
import sys
from collections.abc import Callable, MutableMapping
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from threading import RLock
from typing import Any

from flask import Flask, current_app, has_request_context, request, url_for
from flask.templating import Environment
from jinja2 import BytecodeCache, Template
from jinja2.bccache import Bucket

from lms.keeping import keep, read_kept
from lms.languages import LANGUAGES, read_catalogue

STATIC = Path(__file__).parent / "static/lms"
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


_fingerprints: dict[str, str] = {}


def addresses(known: dict[tuple[str, str, str | None], str]) -> Callable[..., str]:
    """Flask's `url_for` for the templates, which looks up once what is the same on every page of ours.

    It is `known` from then on; not where the application we live in puts something of its own into every URL, such as
    a language or a domain.
    """
    by_domain = current_app.url_map.host_matching or current_app.subdomain_matching
    if by_domain or current_app.url_default_functions or not has_request_context():
        return url_for
    # Never by the host, which whoever asks may call what she likes: what is kept would grow with every name.
    root = request.script_root

    def address(endpoint: str, **values: Any) -> str:
        if endpoint.startswith(".") or (values and endpoint != "lms.static"):
            return url_for(endpoint, **values)
        key = root, endpoint, values.get("filename")
        if key not in known:
            known[key] = url_for(endpoint, **values)
        return known[key]

    return address


def asset(file: str, address: Callable[..., str]) -> str:
    """The URL of a static file with its fingerprint, so that browsers may keep it for good."""
    if file not in _fingerprints:
        _fingerprints[file] = sha256((STATIC / file).read_bytes()).hexdigest()[:10]
    return address("lms.static", filename=file, v=_fingerprints[file])
