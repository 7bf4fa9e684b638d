"""Serving while somebody writes: what she has saved shows at the next load, and a mistake as a page that says where.

The application is never changed under its readers: when a file has been saved, the next request opens a new one, as
a start does. A process that ends and begins again would leave a second in which the page still shows the old text.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from flask import Flask, Response, render_template

import lms
from lms.courses.files import read_text
from lms.courses.findings import Finding, PackError
from lms.courses.packs import own_folder, pack_folders, packs_from_elsewhere

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

SHARED = ("facts.toml", "glossary.toml", "help.toml", "risk_factors.toml")
LINES_AROUND = 2

log = logging.getLogger("lms")


class WhileWritten:
    """The application with the courses as they were last saved, or what has to be mended before there is one."""

    def __init__(self, paths: Sequence[Path], opened: Callable[[], AbstractContextManager[Flask]]) -> None:
        """`opened` opens the application on the packs at `paths`, and closes it when another one takes its place."""
        self._paths = paths
        self._opened = opened
        self._saved: frozenset[Saved] | None = None
        self._one_at_a_time = Lock()
        self._open = ExitStack()
        self._shown: Flask

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        return self.as_saved()(environ, start_response)

    def as_saved(self) -> Flask:
        """What is to be shown now; opened anew when a file has been saved since."""
        with self._one_at_a_time:
            # Looked at before it is read: what is saved meanwhile shows at the next load.
            saved = frozenset(saved_files(self._paths))
            if saved != self._saved:
                self._saved = saved
                self._open.close()
                self._shown = self._open_anew()
            return self._shown

    def close(self) -> None:
        """Close what is open."""
        self._open.close()

    def _open_anew(self) -> Flask:
        try:
            app = self._open.enter_context(self._opened())
        except PackError as error:
            log.error("%s", error)
            return page_of(error.findings)
        app.after_request(_kept_by_no_browser)
        # Elsewhere a broken pack is left out; whoever writes it wants to know.
        problems = app.extensions["lms"].library.problems
        return page_of([finding for problem in problems for finding in problem.findings]) if problems else app


def _kept_by_no_browser(response: Response) -> Response:
    """A reader may keep a picture for a day; who draws it may not."""
    response.headers["Cache-Control"] = "no-store"
    return response


@dataclass(frozen=True)
class Saved:
    """A file as it was saved last."""

    file: Path
    nanoseconds: int
    bytes: int


def saved_files(paths: Sequence[Path]) -> Iterator[Saved]:
    """Every file that makes the courses: of our own packs, of installed ones and of those at the paths."""
    home = own_folder()
    folders = [*pack_folders(home), *(folder for _, folder in packs_from_elsewhere(paths, []))]
    shared = {folder.parent / name for folder in [*folders, home / "any"] for name in SHARED}
    for file in (*shared, *(file for folder in folders for file in folder.rglob("*"))):
        try:
            about = file.stat()
        except OSError:  # not there, or gone while we looked
            continue
        yield Saved(file, about.st_mtime_ns, about.st_size)


def page_of(findings: Sequence[Finding]) -> Flask:
    """What an author sees in place of every page while a course can't be used, in the words of `lms courses check`."""
    page = Flask("lms", static_folder=lms.HERE / "static/lms", static_url_path="/lms")

    def mend(path: str = "") -> Response:
        shown = [(finding, _named(finding.file), _lines_around(finding)) for finding in findings]
        response = Response(render_template("lms/courses/mend.html", shown=shown), 500)
        response.headers.update(lms.SAFE_HEADERS)
        return response

    page.after_request(_kept_by_no_browser)
    methods = ["GET", "POST"]
    page.add_url_rule("/", "mend", mend, methods=methods)
    page.add_url_rule("/<path:path>", "mend", mend, methods=methods)
    return page


def _named(file: Path) -> Path:
    """The file as its author would name it where she has started the command."""
    here = Path.cwd()
    return file.relative_to(here) if file.is_relative_to(here) else file


def _lines_around(finding: Finding) -> list[tuple[int, str]]:
    """The line that is wrong and those around it, by number; none where the file can't be read or is a picture."""
    if not finding.file.is_file() or finding.file.suffix not in (".md", ".toml", ".svg"):
        return []
    lines = list(enumerate(read_text(finding.file, []).splitlines(), 1))
    return lines[max(finding.line - 1 - LINES_AROUND, 0) : finding.line + LINES_AROUND]
