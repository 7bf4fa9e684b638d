"""Serving a demonstration: the application, its worker and its mailbox in one process, on this machine only."""

import errno
import logging
import os
import signal
import socket
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from threading import Event, Thread
from types import ModuleType
from typing import Any

import click
from flask import Flask
from werkzeug.serving import make_server

import lms
from lms.authoring import WhileWritten
from lms.demonstration import HOST_LINK, found_demonstration, host_file, links_of
from lms.mail.mailbox import open_mailbox
from lms.mail.worker import run_worker
from lms.schema import upgrade
from lms.settings import SettingsError, read_settings

log = logging.getLogger("lms")


def serve_demonstration(port: int, edit: bool = False, packs: Sequence[Path] = ()) -> None:
    """Upgrade the database, found the demonstration once, and serve until interrupted; `packs` come beside our own.

    With `edit`, a saved course file shows at the next load. Raises SettingsError or OSError with what to do.
    """
    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    signal.signal(signal.SIGTERM, _told_to_end)
    if not _is_free(port):
        raise OSError(f"Port {port} is taken by another program. Choose another one: make serve PORT={port + 50}")
    draft = _settings()
    paths = [Path(path) for path in draft.config["LMS_COURSE_PATHS"].split(os.pathsep) if path]
    paths += [pack.resolve() for pack in packs]
    mailbox = Path(draft.config["LMS_MAILBOX"] or draft.config["LMS_INSTANCE"] / "mailbox")
    with open_mailbox(mailbox) as mail_port:
        config = {
            "LMS_MAILBOX": str(mailbox),
            "LMS_SMTP_HOST": "127.0.0.1",
            "LMS_SMTP_PORT": mail_port,
            # The worker writes letters with links, and has no browser that tells it where we are.
            "LMS_ORIGIN": draft.config["LMS_ORIGIN"] or f"http://127.0.0.1:{port}",
            "LMS_COURSE_PATHS": os.pathsep.join(map(str, paths)),
        }
        if edit:
            _serve_while_written(port, paths, config)
        else:
            with _opened(config) as app, _in_a_hosts_site(app, port + 1) as beside:
                # Whoever clicks at once is kept waiting, and not turned away.
                server = make_server("127.0.0.1", port, app, threaded=True)
                _greet(app, port, beside)
                server.serve_forever()


def _serve_while_written(port: int, paths: Sequence[Path], config: Mapping[str, Any]) -> None:
    greeted = False

    @contextmanager
    def opened() -> Iterator[Flask]:
        nonlocal greeted
        with _opened(config) as app:
            if not greeted:
                _greet(app, port, beside=False)
                greeted = True
            yield app

    site = WhileWritten(paths, opened)
    server = make_server("127.0.0.1", port, site, threaded=True)
    try:
        site.as_saved()
        if not greeted:
            click.echo(f"\nA course has to be mended first: http://127.0.0.1:{port} shows what.\n")
            click.echo("Press Ctrl+C to close.\n")
        server.serve_forever()
    finally:
        site.close()


def _told_to_end(number: int, frame: object) -> None:
    raise SystemExit(0)


def _is_free(port: int) -> bool:
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind(("127.0.0.1", port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise OSError(f"Port {port} cannot be opened: {os.strerror(error.errno or 0)}.") from None
            return False
        return True


@contextmanager
def _opened(config: Mapping[str, Any]) -> Iterator[Flask]:
    """The application on a prepared database, with its worker beside it, while the block runs."""
    app = lms.create_app(dict(config))
    engine = app.extensions["lms"].engine
    try:
        with app.app_context():
            upgrade(engine)
            found_demonstration()
        with _working(app):
            yield app
    finally:
        engine.dispose()


def host_example() -> ModuleType | None:
    """The module of examples/host, where there is a repository around us."""
    file = host_file()
    if file is None:
        return None
    spec = spec_from_file_location("host_example", file)
    if spec is None or spec.loader is None:
        return None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module  # Flask asks there where its templates lie
    spec.loader.exec_module(module)
    return module


@contextmanager
def _in_a_hosts_site(app: Flask, port: int) -> Iterator[bool]:
    """The example of a host beside us, on our data, while the block runs; says whether it is there."""
    example = host_example()
    if example is None or not _is_free(port):
        yield False
        return
    host = example.create_app(
        {
            "LMS_INSTANCE": app.config["LMS_INSTANCE"],
            "LMS_DATABASE_URL": app.config["LMS_DATABASE_URL"],
            "LMS_SECRET_KEY": app.extensions["lms"].secret_key,
            "LMS_MAILBOX": None,
        }
    )
    server = make_server("127.0.0.1", port, host, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield True
    finally:
        server.shutdown()
        thread.join()


@contextmanager
def _working(app: Flask) -> Iterator[None]:
    """The worker beside the server, until the server ends."""
    stop = Event()
    worker = Thread(target=run_worker, args=(app, stop))
    worker.start()
    try:
        yield
    finally:
        stop.set()
        worker.join()


def _settings() -> Flask:
    """An application that holds nothing but the settings."""
    draft = Flask("lms", instance_relative_config=True)
    read_settings(draft)
    if draft.config["LMS_PRODUCTION"]:
        raise SettingsError("`lms serve` is for demonstrations. In production, run gunicorn 'lms:create_app()'.")
    return draft


def _greet(app: Flask, port: int, beside: bool) -> None:
    origin = f"http://127.0.0.1:{port}"
    click.echo(f"\nBalanse is open at {origin}. Click to enter as:\n")
    with app.app_context():
        for who, link in links_of(port).items():
            if beside or who != HOST_LINK:
                click.echo(f"  {who:<28}{link}")
    click.echo("\nPress Ctrl+C to close.\n")
