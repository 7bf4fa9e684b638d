"""Whoever runs the site says who is on the scheme's staff; each signs in by a link to her own address."""

from pathlib import Path

from click.testing import CliRunner, Result
from flask import Flask
from flask.testing import FlaskClient

from lms.cli import main
from tests.accounts import who_is
from tests.cast import SECRET_KEY, Theatre
from tests.letters import confirm_address, link_by_mail


def command(app: Flask, *words: str) -> Result:
    surroundings = {
        "LMS_DATABASE_URL": str(app.config["LMS_DATABASE_URL"]),
        "LMS_INSTANCE": str(Path(app.config["LMS_INSTANCE"])),
        "LMS_SECRET_KEY": SECRET_KEY,
    }
    return CliRunner().invoke(main, ["staff", *words], env=surroundings)


def test_the_first_administrator_is_appointed(app: Flask, theatre: Theatre) -> None:
    said = command(app, "appoint", "Una@merket.example", "Una Vik", "--administrator")
    assert said.exit_code == 0, said.output
    assert "una@merket.example" in said.output
    una = app.test_client()
    assert una.post(link_by_mail(app, una, "una@merket.example")).status_code == 303

    assert who_is(una) == "Una Vik"
    assert "/memberships" in una.get(f"/scheme/organisations/{theatre.id}").text


def test_somebody_who_has_an_account_keeps_it(app: Flask, kari: FlaskClient, theatre: Theatre) -> None:
    confirm_address(app, theatre.people["kari"], "kari@teatret.no")
    assert kari.get("/queues").status_code == 404
    command(app, "appoint", "kari@teatret.no", "Somebody Else")

    assert kari.get("/queues").status_code == 200
    assert who_is(kari) == "Kari Berg"
    assert command(app, "dismiss", "kari@teatret.no").exit_code == 0
    assert who_is(kari) == "nobody"
    assert kari.get("/queues").status_code == 303


def test_a_mistake_is_told(app: Flask, theatre: Theatre) -> None:
    assert "does not look like" in command(app, "appoint", "una", "Una Vik").output
    assert "Nobody has an account" in command(app, "dismiss", "una@merket.example").output
