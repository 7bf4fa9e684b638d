"""The commands: `lms serve`, `lms db upgrade`, `lms courses check` and the rest."""

import json
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from flask import Flask
from sqlalchemy.exc import DBAPIError

import lms
from lms import settings
from lms.courses.findings import PackError
from lms.database import trouble_with
from lms.templating import read_ahead

TRY_AGAIN_LATER = 75  # EX_TEMPFAIL, as mail servers understand it


class Commands(click.Group):
    """Commands that end with a sentence where somebody can put something right."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except (settings.SettingsError, PackError) as error:
            raise click.ClickException(str(error)) from None
        except DBAPIError as error:
            if "no such table" in str(error.orig) or getattr(error.orig, "sqlstate", "") == "42P01":
                raise click.ClickException("The database is not prepared yet. Run: lms db upgrade") from None
            if trouble_with(error) is None:
                raise
            said = str(error.orig).strip().partition("\n")[0]
            raise click.ClickException(f"The database cannot be used now ({said}). See to it, and try again.") from None


@click.group(cls=Commands)
def main() -> None:
    """Balanse: courses, readiness and the way to the mark."""


@contextmanager
def _at_work() -> Iterator[Flask]:
    """The application for one command, which leaves no connection behind."""
    app = lms.create_app()
    try:
        with app.app_context():
            yield app
    finally:
        app.extensions["lms"].engine.dispose()


@main.group()
def db() -> None:
    """The database."""


@db.command()
def upgrade() -> None:
    """Bring the database up to this version, and prepare its pages; safe to run at every start."""
    from lms.schema import upgrade as upgrade_schema

    with _at_work() as app:
        upgrade_schema(app.extensions["lms"].engine)
        read_ahead(app)
    click.echo("The database is up to date.")


@db.command()
@click.argument("message")
@click.option("--number", required=True, help="Of the new migration, such as 0002.")
def draft(message: str, number: str) -> None:
    """Write a migration for what the models say beyond the database."""
    from lms.schema import draft as draft_migration

    engine = lms.create_app().extensions["lms"].engine
    draft_migration(engine, message, number)
    engine.dispose()


def _number(port: str) -> int:
    """The port; `make` hands on an empty one when nobody has chosen."""
    if port and not (port.isdecimal() and 0 < int(port) < 65_535):
        raise click.ClickException(f"PORT is a number such as 5000, not {port}.")
    return int(port or 5000)


@main.command()
@click.argument("packs", nargs=-1, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--port", envvar="PORT", default="", help="5000 unless told.")
@click.option("--edit", is_flag=True, help="For authors: what you save shows at the next load.")
def serve(packs: tuple[Path, ...], port: str, edit: bool) -> None:
    """Serve a demonstration on this machine with the courses in PACKS beside our own, and print the links to click."""
    from lms.serving import serve_demonstration

    try:
        serve_demonstration(_number(port), edit, packs)
    except OSError as error:
        raise click.ClickException(str(error)) from None


@main.command()
@click.option("--port", envvar="PORT", default="")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def links(port: str, as_json: bool) -> None:
    """Print the demonstration's links."""
    from lms.demonstration import links_of

    with _at_work():
        found = links_of(_number(port))
    if not found:
        raise click.ClickException("There is no demonstration in this database. `lms serve` makes one.")
    click.echo(json.dumps(found, indent=2) if as_json else "\n".join(f"{who:<22}{link}" for who, link in found.items()))


@main.command()
def worker() -> None:
    """Send queued mail and do what is due, until told to stop."""
    from lms.mail.worker import run_until_told

    run_until_told(lms.create_app())


@main.group("mail")
def letters() -> None:
    """Mail."""


@letters.command()
@click.option("--to", default="", help="The address it was sent to, where your mail server knows it.")
def bounces(to: str) -> None:
    """Take in one message that came back, from standard input; for a mail server that pipes it here.

    Ends with 75 (try again later) when it could not be judged now, and else with 0, whatever it was: a mail server
    that is told of a failure would send the message back once more.
    """
    from lms.database import one_transaction
    from lms.mail.bounces.taking_in import LARGEST, take_in

    content = sys.stdin.buffer.read(LARGEST + 1)
    try:
        with _at_work() as app, one_transaction():
            if not app.config["LMS_MAIL_BOUNCES"]:
                raise settings.SettingsError("LMS_MAIL_BOUNCES is not set: no letter has an address to come back to.")
            click.echo(take_in(content, app.config, to))
    except (settings.SettingsError, PackError, DBAPIError) as error:
        click.echo(str(error.orig) if isinstance(error, DBAPIError) else str(error), err=True)
        raise SystemExit(TRY_AGAIN_LATER) from None


@main.command()
@click.option("--employees", type=click.IntRange(1, 1_000_000), required=True)
def seed(employees: int) -> None:
    """Fill the database with one organisation of this size, the same each time, to measure on."""
    from lms.database import one_transaction
    from lms.seed import seed_organisation

    with _at_work(), one_transaction():
        organisation_id = seed_organisation(employees)
    click.echo(str(organisation_id))


@main.group()
def courses() -> None:
    """Course packs."""


@courses.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--title", help="What people see it called; «Hos oss» unless told.")
@click.option("--title-en", help="The same in English; as --title unless told.")
def new(folder: Path, title: str | None, title_en: str | None) -> None:
    """Begin a course of your own in FOLDER: a small whole one, to make yours."""
    from lms.courses.beginning import NoPlaceForIt, begin_pack

    titles = {"nb": title, "en": title_en if title_en is not None else title}
    try:
        begin_pack(folder, {language: text for language, text in titles.items() if text is not None})
    except NoPlaceForIt as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"{error.filename or folder} can't be written ({error.strerror}).") from None
    click.echo(f"There is a course in {folder} now, in bokmål and English.")
    click.echo(f"See it while you write:     lms serve --edit {shlex.quote(str(folder))}")
    click.echo(f"Have it looked through:     lms courses check {shlex.quote(str(folder))}")


@courses.command()
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
def check(paths: tuple[Path, ...]) -> None:
    """Say what is wrong or unfinished in course packs: our own, or those at PATHS."""
    from lms.courses.check import check_all
    from lms.courses.spelling import not_looked_at

    if unspelt := not_looked_at():
        click.echo(unspelt, err=True)
    findings = check_all(paths)
    for finding in findings:
        click.echo(str(finding))
    if findings:
        raise SystemExit(1)
    click.echo("Nothing to mend.")


@courses.command()
@click.option(
    "--older-than", type=click.IntRange(0), default=365, show_default=True, help="Days since somebody looked."
)
def facts(older_than: int) -> None:
    """List the facts and help services that are due for checking, the oldest first."""
    from datetime import timedelta

    from lms.database import norwegian_day, now

    with _at_work() as app:
        latest = app.extensions["lms"].latest
        try:
            latest.look()
        except DBAPIError:
            click.echo(
                "The database cannot be read: what has been checked and corrected on the site is left out.", err=True
            )
        entries = latest.entries
    today, holds_for = norwegian_day(now()), timedelta(days=older_than)
    due = sorted(
        (entry for entry in entries if entry.is_due(today, holds_for)),
        key=lambda entry: (entry.last_verified, entry.key),
    )
    for entry in due:
        lapsed = "  a new version has taken the place of a correction" if entry.lapsed else ""
        click.echo(f"{entry.last_verified}  {entry.key:<24}  {entry.shown.url}".rstrip() + lapsed)
    services = sum(entry.kind == "help" for entry in entries)
    click.echo(f"{len(due)} are due, of {len(entries) - services} facts and {services} help services.")


@main.group()
def staff() -> None:
    """The people of the scheme: facilitators lead sessions, administrators decide who comes in."""


@staff.command()
@click.argument("email")
@click.argument("name")
@click.option("--administrator", is_flag=True, help="Decides about applications and organisations too.")
def appoint(email: str, name: str, administrator: bool) -> None:
    """Put somebody on the scheme's staff; she signs in by a link to EMAIL."""
    from lms.database import one_transaction
    from lms.people import staff as people_staff
    from lms.people.names import is_address

    if not is_address(email):
        raise click.ClickException(f"{email} does not look like an e-mail address.")
    role = "administrator" if administrator else "facilitator"
    with _at_work(), one_transaction():
        person = people_staff.appoint(email, name, role)
        click.echo(f"{person.name} is {role} now, and signs in by a link to {email.lower()}.")


@staff.command()
@click.argument("email")
def dismiss(email: str) -> None:
    """Take somebody off the scheme's staff; her account stays, and is signed out everywhere."""
    from lms.database import one_transaction
    from lms.people import staff as people_staff

    try:
        with _at_work(), one_transaction():
            click.echo(f"{people_staff.dismiss(email).name} is not on the staff any more.")
    except people_staff.NobodyThere:
        raise click.ClickException(f"Nobody has an account with {email}.") from None


@main.group()
def keys() -> None:
    """The keys that sign cookies and encrypt reflections."""


@keys.command()
def make() -> None:
    """Make the key files that are missing, readable by their owner only."""
    app = Flask("lms", instance_relative_config=True)
    settings.read_settings(app)
    made = settings.make_keys(app)
    for file in made:
        click.echo(f"Made {file}. Keep a copy in a safe place, never beside a copy of the database.")
    if not made:
        click.echo(f"All keys are in {app.config['LMS_INSTANCE']} already.")


@keys.command()
def rotate() -> None:
    """Encrypt with a fresh key from now on, and everything that is kept as well."""
    with _at_work() as app:
        try:
            number = settings.add_reflection_key(app)
        except settings.SettingsError:
            if _reseal():
                click.echo("Everything is encrypted with the key that has the highest number.")
                return
            raise
        app.extensions["lms"].reflection_keys.update(settings.reflection_keys(app))
        resealed = _reseal()
    click.echo(f"Key {number} is in use, and {resealed} texts are encrypted with it.")
    click.echo("Copies of the database from before today still need the old keys: keep them, or run lms keys retire.")


def _reseal() -> int:
    """Seal every text with the key in use, a few at a time, so that nobody waits; returns how many."""
    from lms.database import one_transaction
    from lms.learning.reflections import reseal_after

    last, resealed = None, 0
    while True:
        with one_transaction():
            last, changed = reseal_after(last)
        resealed += changed
        if last is None:
            return resealed


@keys.command()
def retire() -> None:
    """Remove the keys that are not in use any more: what only they open is lost, also in old backups."""
    from lms.learning.reflections import sealed_with_old_keys

    with _at_work() as app:
        _reseal()
        if left := sealed_with_old_keys():
            raise click.ClickException(f"{left} texts cannot be opened with any key here, so no key is removed.")
        gone = settings.keep_newest_reflection_key(app)
    click.echo(f"{gone} old keys are gone. Restart every process.")


@main.command()
def translations() -> None:
    """For translators: put every text of ours in the .po files, and say which ones wait for a translation."""
    from lms.translating import TRANSLATED, rewrite, texts_in_the_source

    places = texts_in_the_source()
    for language in TRANSLATED:
        waiting = rewrite(language, places)
        for text in waiting:
            click.echo(f"{language}  lms/{places[text]}  {text if isinstance(text, str) else text[0]}")
        click.echo(f"{language}.po: {len(places)} texts, {len(waiting)} to translate.")
