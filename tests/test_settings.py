"""What is set wrong stops the start with a sentence that says what to do; what is not set is made or left alone."""

import base64
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask

import lms
from lms.cli import main
from lms.database import open_engine
from lms.settings import (
    DEFAULTS,
    SettingsError,
    make_keys,
    new_key,
    read_settings,
    reflection_keys,
    secret_key,
    write_secret,
)
from tests.at_once import all_at_once

STRONG = "".join(chr(33 + number) for number in range(48))


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in DEFAULTS:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def settings_of(tmp_path: Path) -> Callable[..., Flask]:
    """An application that has read its settings and nothing more."""

    def read(**config: Any) -> Flask:
        app = Flask("lms")
        app.config.update({"LMS_INSTANCE": tmp_path / "instance", **config})
        read_settings(app)
        return app

    return read


@pytest.fixture
def site(tmp_path: Path, rendered: Path) -> Path:
    """An instance folder in which the courses have been rendered before."""
    (tmp_path / "instance").mkdir()
    (tmp_path / "instance" / "cache").symlink_to(rendered)
    return tmp_path / "instance"


def mode(file: Path) -> int:
    return file.stat().st_mode & 0o777


# Where a setting comes from


def test_the_environment_comes_before_the_default_and_the_host_before_both(
    settings_of: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert settings_of().config["LMS_SMTP_HOST"] == "localhost"
    monkeypatch.setenv("LMS_SMTP_HOST", "smtp.example.no")
    assert settings_of().config["LMS_SMTP_HOST"] == "smtp.example.no"
    assert settings_of(LMS_SMTP_HOST="mail.teatret.no").config["LMS_SMTP_HOST"] == "mail.teatret.no"


def test_a_host_may_also_say_that_there_is_nothing(
    settings_of: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LMS_MAILBOX", "/somewhere")

    assert settings_of(LMS_MAILBOX=None).config["LMS_MAILBOX"] is None


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("1", True),
        ("true", True),
        ("YES", True),
        (" on ", True),
        ("0", False),
        ("false", False),
        ("No", False),
        ("", False),
    ],
)
def test_a_switch_is_read_from_the_environment(
    settings_of: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch, written: str, read: bool
) -> None:
    monkeypatch.setenv("LMS_SMTP_TLS", written)

    assert settings_of().config["LMS_SMTP_TLS"] is read


@pytest.mark.parametrize(("written", "read"), [("2525", 2525), (" 587 ", 587), ("", 25)])
def test_a_number_is_read_from_the_environment(
    settings_of: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch, written: str, read: int
) -> None:
    monkeypatch.setenv("LMS_SMTP_PORT", written)

    assert settings_of().config["LMS_SMTP_PORT"] == read


@pytest.mark.parametrize(
    ("name", "written", "said"),
    [
        ("LMS_PRODUCTION", "ja", "LMS_PRODUCTION is 1 or 0, not ja."),
        ("LMS_PRODUCTION", "2", "LMS_PRODUCTION is 1 or 0, not 2."),
        ("LMS_SMTP_PORT", "smtp", "LMS_SMTP_PORT is a whole number such as 25, not smtp."),
        ("LMS_SMTP_PORT", "-25", "LMS_SMTP_PORT is a whole number such as 25, not -25."),
    ],
)
def test_what_is_neither_is_refused(
    settings_of: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch, name: str, written: str, said: str
) -> None:
    monkeypatch.setenv(name, written)
    with pytest.raises(SettingsError) as refused:
        settings_of()

    assert str(refused.value) == said


def test_the_database_lies_in_the_instance_folder_unless_told(
    settings_of: Callable[..., Flask], tmp_path: Path
) -> None:
    assert settings_of().config["LMS_DATABASE_URL"] == f"sqlite:///{tmp_path / 'instance' / 'lms.db'}"
    assert settings_of(LMS_DATABASE_URL="sqlite:///x").config["LMS_DATABASE_URL"] == "sqlite:///x"


# Keys


def test_keys_are_made_once_and_only_their_owner_can_read_them(
    settings_of: Callable[..., Flask], tmp_path: Path
) -> None:
    app = settings_of()
    secret, sealing = secret_key(app), reflection_keys(app)

    assert (secret_key(settings_of()), reflection_keys(settings_of())) == (secret, sealing)
    assert len(secret) >= 48
    assert [(number, len(key)) for number, key in sealing.items()] == [(1, 32)]
    assert {file.name: mode(file) for file in (tmp_path / "instance").iterdir()} == {
        "secret.key": 0o600,
        "reflections.keys": 0o600,
    }


def test_the_umask_makes_no_difference(settings_of: Callable[..., Flask], tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        make_keys(settings_of())
    finally:
        os.umask(before)

    assert {mode(file) for file in (tmp_path / "instance").iterdir()} == {0o600}


def test_processes_that_start_at_once_agree_on_the_keys(settings_of: Callable[..., Flask], tmp_path: Path) -> None:
    apps = [settings_of() for _ in range(8)]
    found = all_at_once([lambda app=app: (secret_key(app), reflection_keys(app)[1]) for app in apps])

    assert len(set(found)) == 1
    assert sorted(file.name for file in (tmp_path / "instance").iterdir()) == ["reflections.keys", "secret.key"]


@pytest.mark.parametrize("name", ["secret.key", "reflections.keys"])
@pytest.mark.parametrize("opened", [0o640, 0o604, 0o644, 0o660])
def test_a_key_that_others_can_read_is_refused(
    settings_of: Callable[..., Flask], site: Path, name: str, opened: int
) -> None:
    make_keys(settings_of())
    file = site / name
    file.chmod(opened)
    with pytest.raises(SettingsError) as refused:
        lms.create_app({"LMS_INSTANCE": site})

    assert str(refused.value) == f"{file} can be read by others. Close it with: chmod 600 {file}"


@pytest.mark.parametrize("name", ["secret.key", "reflections.keys"])
def test_an_empty_key_is_refused(settings_of: Callable[..., Flask], site: Path, name: str) -> None:
    make_keys(settings_of())
    write_secret(site / name, "")
    with pytest.raises(SettingsError, match=r"is empty\. Put your copy of the key back"):
        lms.create_app({"LMS_INSTANCE": site})


def test_a_hosts_own_secret_signs_ours_too(settings_of: Callable[..., Flask], tmp_path: Path) -> None:
    app = settings_of(SECRET_KEY=STRONG)

    assert secret_key(app) == STRONG
    assert secret_key(settings_of(SECRET_KEY=STRONG, LMS_SECRET_KEY="ours alone")) == "ours alone"
    assert not (tmp_path / "instance" / "secret.key").exists()


KEY = base64.b64encode(bytes(range(32))).decode()
OTHER = base64.b64encode(bytes(range(100, 132))).decode()
OURS, THEIRS = bytes(range(32)), bytes(range(100, 132))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (f"1:{KEY}", {1: OURS}),
        (f"1:{KEY},2:{OTHER}", {1: OURS, 2: THEIRS}),
        (f"2:{OTHER}, 1:{KEY}", {1: OURS, 2: THEIRS}),
        (f"1:{KEY}\n7:{OTHER}\n", {1: OURS, 7: THEIRS}),
        (f" 255:{KEY} ", {255: OURS}),
    ],
)
def test_the_keys_for_reflections_are_read_with_their_numbers(
    settings_of: Callable[..., Flask], written: str, read: dict[int, bytes]
) -> None:
    assert reflection_keys(settings_of(LMS_REFLECTION_KEYS=written)) == read


SHAPE = "LMS_REFLECTION_KEYS must look like 1:<base64>,2:<base64>."
BYTES = "Each reflection key must be 32 bytes in base64, numbered from 1 to 255."


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (KEY, SHAPE),
        (f"one:{KEY}", SHAPE),
        (f"-1:{KEY}", SHAPE),
        ("1:", SHAPE),
        ("1:not base64!", SHAPE),
        (f"1:{KEY[:-5]}", SHAPE),
        (f"1;{KEY}", SHAPE),
        ("1:" + base64.b64encode(b"x" * 16).decode(), BYTES),
        (f"0:{KEY}", BYTES),
        (f"256:{KEY}", BYTES),
        (f"1:{KEY},1:{OTHER}", "Two reflection keys have the number 1: give the newer one the next number."),
        (" , ", "There is no reflection key. Make one with `lms keys make`."),
    ],
)
def test_keys_for_reflections_of_another_shape_are_refused(
    settings_of: Callable[..., Flask], written: str, said: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        reflection_keys(settings_of(LMS_REFLECTION_KEYS=written))

    assert str(refused.value) == said
    assert KEY not in str(refused.value)


# Production

READY = {
    "LMS_PRODUCTION": True,
    "LMS_ORIGIN": "https://kurs.example.no",
    "LMS_SECRET_KEY": STRONG,
    "LMS_REFLECTION_KEYS": f"1:{KEY}",
}


def test_production_starts_when_everything_is_there(site: Path) -> None:
    app = lms.create_app({"LMS_INSTANCE": site, **READY})

    assert app.config["SESSION_COOKIE_SECURE"] is True
    assert not {rule.endpoint for rule in app.url_map.iter_rules()} & {"lms.mailbox.index", "lms.demonstration.enter"}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"LMS_SECRET_KEY": None}, "secret.key is missing. Make it once with `lms keys make`, and keep it safe."),
        ({"LMS_REFLECTION_KEYS": None}, "reflections.keys is missing. Make it once with `lms keys make`, and"),
        ({"LMS_SECRET_KEY": STRONG[:31]}, "LMS_SECRET_KEY must be at least 32 characters nobody can guess. Make one"),
        ({"LMS_SECRET_KEY": "changeme" * 8}, "LMS_SECRET_KEY must be at least 32 characters nobody can guess."),
        ({"LMS_SECRET_KEY": None, "SECRET_KEY": "dev"}, "LMS_SECRET_KEY must be at least 32 characters nobody can"),
        ({"LMS_REFLECTION_KEYS": f"1:{base64.b64encode(bytes(32)).decode()}"}, "Reflection key 1 can be guessed. Make"),
        ({"LMS_MAILBOX": "/tmp"}, "LMS_MAILBOX shows everybody's mail: leave it out when LMS_PRODUCTION is set."),
        ({"LMS_ORIGIN": ""}, "Set LMS_ORIGIN to where people open the site, such as https://kurs.example.no."),
        ({"LMS_ORIGIN": "kurs.example.no"}, "LMS_ORIGIN must be a whole address, such as https://kurs.example.no."),
        ({"LMS_DATABASE_URL": "nonsense"}, "LMS_DATABASE_URL cannot be used (Could not parse"),
        ({"LMS_DATABASE_URL": "mysql://a:secret@host/x"}, "Write sqlite:////srv/balanse/lms.db or postgresql+psycopg"),
        ({"LMS_LIMITS_STORAGE": "nonsense"}, "LMS_LIMITS_STORAGE cannot be used (unknown storage scheme : nonsense)."),
    ],
    ids=str,
)
def test_production_says_what_is_missing(site: Path, wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        lms.create_app({"LMS_INSTANCE": site, **READY, **wrong})

    assert said in str(refused.value)
    for secret in (STRONG, KEY, "a:secret"):
        assert secret not in str(refused.value)


def test_a_key_that_chance_has_made_is_strong_enough(tmp_path: Path) -> None:
    for secret in (os.urandom(16).hex(), base64.b64encode(os.urandom(24)).decode()):
        app = Flask("lms")
        app.config.update({**READY, "LMS_INSTANCE": tmp_path, "LMS_SECRET_KEY": secret})
        app.config["LMS_REFLECTION_KEYS"] = f"1:{new_key()}"
        read_settings(app)

        assert secret_key(app) == secret
        assert len(reflection_keys(app)) == 1


# The commands


def run(*arguments: str, **environment: str) -> Any:
    return CliRunner().invoke(main, arguments, env=environment)


def test_keys_are_made_by_a_command_before_the_first_start_in_production(site: Path) -> None:
    set_up = {"LMS_INSTANCE": str(site), "LMS_PRODUCTION": "1", "LMS_ORIGIN": "https://kurs.example.no"}
    refused = run("db", "upgrade", **set_up)
    made = run("keys", "make", **set_up)
    kept = {file.name: file.read_text() for file in (site).glob("*.key*")}
    again = run("keys", "make", **set_up)

    assert refused.exit_code == 1
    assert "secret.key is missing. Make it once with `lms keys make`" in refused.output
    assert made.output.count("never beside a copy of the database") == 3
    assert f"All keys are in {site} already." in again.output
    assert {file.name: file.read_text() for file in (site).glob("*.key*")} == kept
    assert run("db", "upgrade", **set_up).output == "The database is up to date.\n"


@pytest.mark.parametrize(
    ("arguments", "environment", "said"),
    [
        ("keys make", {"LMS_PRODUCTION": "1", "LMS_MAILBOX": "/tmp"}, "LMS_MAILBOX shows everybody's mail: leave it"),
        ("db upgrade", {"LMS_SMTP_PORT": "smtp"}, "LMS_SMTP_PORT is a whole number such as 25, not smtp."),
        ("worker", {"LMS_PRODUCTION": "1"}, "Set LMS_ORIGIN to where people open the site"),
        ("links", {}, "The database is not prepared yet. Run: lms db upgrade"),
        (
            "db upgrade",
            {"LMS_DATABASE_URL": "sqlite:////no/such/folder/lms.db"},
            "The database cannot be used now (unable",
        ),
        (
            "db upgrade",
            {"LMS_DATABASE_URL": "postgresql+psycopg://a:secret@127.0.0.1:1/x"},
            "The database cannot be used",
        ),
    ],
)
def test_a_command_says_it_in_a_sentence(site: Path, arguments: str, environment: dict[str, str], said: str) -> None:
    ran = run(*arguments.split(), LMS_INSTANCE=str(site), **environment)

    assert ran.exit_code == 1
    assert ran.output.startswith(f"Error: {said}")
    assert ran.output.count("\n") == 1
    assert "secret" not in ran.output


def test_an_engine_of_no_database_is_refused_for_hosts_too() -> None:
    with pytest.raises(SettingsError, match=r"pip install 'balanse\[postgres\]'"):
        open_engine("oracle+nonsense://host/x")
