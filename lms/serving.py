"""Serving a demonstration: the application, its worker and its mailbox in one process, on this machine only."""

import errno
import logging
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from threading import Event, Thread
from types import ModuleType

import click
from flask import Flask
from werkzeug.serving import is_running_from_reloader, make_server, run_simple

import lms
from lms.courses.findings import PackError
from lms.courses.packs import own_folder
from lms.demonstration import HOST_LINK, found_demonstration, host_file, links_of
from lms.mail.mailbox import open_mailbox
from lms.mail.worker import run_worker
from lms.schema import upgrade
from lms.settings import SettingsError, read_settings

log = logging.getLogger("lms")


def serve_demonstration(port: int, edit: bool) -> None:
    """Upgrade the database, found the demonstration once, and serve until interrupted.

    Raises SettingsError or OSError with what to do.
    """
    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    signal.signal(signal.SIGTERM, _told_to_end)
    first = not is_running_from_reloader()
    if first and not _is_free(port):
        raise OSError(f"Port {port} is taken by another program. Choose another one: make serve PORT={port + 50}")
    mailbox = _mailbox_folder()
    files = [str(file) for file in own_folder().rglob("*") if file.is_file()] if edit else []
    with open_mailbox(mailbox) as mail_port:
        app = _open(mailbox, mail_port, edit)
        with _working(app), _in_a_hosts_site(app, port + 1, first) as beside:
            # Whoever clicks at once is kept waiting, and not turned away.
            server = None if edit else make_server("127.0.0.1", port, app, threaded=True)
            if first and "lms" in app.extensions:
                _greet(app, port, beside)
            if server:
                server.serve_forever()
            else:
                run_simple("127.0.0.1", port, app, threaded=True, use_reloader=True, extra_files=files)


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


def _open(mailbox: Path, mail_port: int, edit: bool) -> Flask:
    try:
        app = lms.create_app({"LMS_MAILBOX": str(mailbox), "LMS_SMTP_HOST": "127.0.0.1", "LMS_SMTP_PORT": mail_port})
    except PackError as error:
        if not edit:
            raise
        return _page_of(str(error))
    with app.app_context():
        upgrade(app.extensions["lms"].engine)
        found_demonstration()
    return app


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
def _in_a_hosts_site(app: Flask, port: int, wanted: bool) -> Iterator[bool]:
    """The example of a host beside us, on our data, while the block runs; says whether it is there."""
    example = host_example() if wanted and "lms" in app.extensions else None
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
    if "lms" not in app.extensions:
        yield
        return
    stop = Event()
    worker = Thread(target=run_worker, args=(app, stop))
    worker.start()
    try:
        yield
    finally:
        stop.set()
        worker.join()


def _mailbox_folder() -> Path:
    draft = Flask("lms", instance_relative_config=True)
    read_settings(draft)
    if draft.config["LMS_PRODUCTION"]:
        raise SettingsError("`lms serve` is for demonstrations. In production, run gunicorn 'lms:create_app()'.")
    return Path(draft.config["LMS_MAILBOX"] or draft.config["LMS_INSTANCE"] / "mailbox")


def _page_of(message: str) -> Flask:
    """What an author sees instead of the site while a course file is wrong."""
    page = Flask("lms", static_folder=None)
    page.add_url_rule("/", "wrong", lambda path="": (message, 500, {"Content-Type": "text/plain; charset=utf-8"}))
    page.add_url_rule("/<path:path>", "wrong")
    return page


def _greet(app: Flask, port: int, beside: bool) -> None:
    origin = f"http://127.0.0.1:{port}"
    click.echo(f"\nBalanse is open at {origin}. Click to enter as:\n")
    with app.app_context():
        for who, link in links_of(port).items():
            if beside or who != HOST_LINK:
                click.echo(f"  {who:<18}{link}")
    click.echo("\nPress Ctrl+C to close.\n")
