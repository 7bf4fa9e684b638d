"""Serving a demonstration: the application, its worker and its mailbox in one process, on this machine only."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import click
from flask import Flask
from werkzeug.serving import is_running_from_reloader, run_simple

import lms
from lms.courses.findings import PackError
from lms.courses.packs import own_folder
from lms.demonstration import found_demonstration, links_of
from lms.mail.mailbox import open_mailbox
from lms.mail.worker import run_worker
from lms.schema import upgrade
from lms.settings import SettingsError, read_settings

log = logging.getLogger("lms")


def serve_demonstration(port: int, edit: bool) -> None:
    """Upgrade the database, found the demonstration once, and serve until interrupted."""
    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    mailbox = _mailbox_folder()
    files = [str(file) for file in own_folder().rglob("*") if file.is_file()] if edit else []
    with open_mailbox(mailbox) as mail_port:
        app = _open(mailbox, mail_port, port, edit)
        with _working(app):
            run_simple("127.0.0.1", port, app, threaded=True, use_reloader=edit, extra_files=files)


def _open(mailbox: Path, mail_port: int, port: int, edit: bool) -> Flask:
    try:
        app = lms.create_app({"LMS_MAILBOX": str(mailbox), "LMS_SMTP_HOST": "127.0.0.1", "LMS_SMTP_PORT": mail_port})
    except PackError as error:
        if not edit:
            raise click.ClickException(str(error)) from None
        return _page_of(str(error))
    with app.app_context():
        upgrade(app.extensions["lms"].engine)
        found_demonstration()
        if not is_running_from_reloader():
            _greet(f"http://127.0.0.1:{port}")
    return app


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


def _greet(origin: str) -> None:
    click.echo(f"\nBalanse is open at {origin}. Click to enter as:\n")
    for who, link in links_of(origin).items():
        click.echo(f"  {who:<14}{link}")
    click.echo("\nPress Ctrl+C to close.\n")
