"""Numbers for whoever watches over the site: how much, how long, and what waits, also while the database is gone."""

import re
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, text

from lms import metrics
from lms.database import now, one_transaction
from lms.mail.duties import duties
from lms.mail.models import queue_mail
from lms.metrics import Counts
from tests.at_once import all_at_once
from tests.cast import Theatre

NOWHERE = "postgresql+psycopg://nobody@127.0.0.1:1/nothing"


@pytest.fixture
def app(open_app: Callable[..., Flask], sqlite_url: str) -> Flask:
    return open_app(sqlite_url, LMS_METRICS=True)


def numbers(client: FlaskClient) -> dict[str, float]:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.content_type == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    return {name: float(value) for name, value in re.findall(r"^(\w+(?:\{[^}]*\})?) (\S+)$", answer.text, re.MULTILINE)}


def requests(endpoint: str, method: str, status: int) -> str:
    return f'lms_requests_total{{endpoint="{endpoint}",method="{method}",status="{status}"}}'


def test_there_are_none_unless_somebody_asks_for_them(open_app: Callable[..., Flask], sqlite_url: str) -> None:
    app = open_app(sqlite_url)

    assert app.test_client().get("/metrics").status_code == 404
    assert not (Path(app.config["LMS_INSTANCE"]) / "metrics").exists()


@pytest.mark.parametrize("visitor", ["anonymous", "kari", "mona", "ola", "siv"])
def test_everybody_who_can_open_the_page_reads_the_same(visitor: str, request: pytest.FixtureRequest) -> None:
    told = numbers(request.getfixturevalue(visitor))

    silent = {f'lms_duty_silent{{duty="{name}"}}' for name in duties}
    assert set(told) == {"lms_database_up", "lms_outbox_waiting", "lms_outbox_oldest_seconds", *silent}
    assert {told[name] for name in silent} == {1.0}, "no worker has been here"


def test_requests_are_counted_by_endpoint_method_and_status(kari: FlaskClient, theatre: Theatre) -> None:
    for _ in range(3):
        kari.get(f"/learn/{theatre.id}/harassment/welcome")
    kari.get(f"/learn/{theatre.id}/harassment/no-such-lesson")
    kari.post(f"/learn/{theatre.id}/harassment/welcome/completion")
    kari.open("/healthz", method="BREW")
    told = numbers(kari)

    assert told[requests("lms.learning.lesson", "GET", 200)] == 3
    assert told[requests("lms.learning.lesson", "GET", 404)] == 1
    assert told[requests("lms.learning.complete", "POST", 422)] == 1
    assert told[requests("lms.learning.lesson", "GET", 200).replace("requests", "request_seconds")] > 0
    assert not [name for name in told if "BREW" in name or str(theatre.id) in name]


def test_an_answer_that_went_wrong_is_counted_too(app: Flask) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    with create_engine(app.config["LMS_DATABASE_URL"]).begin() as database:
        database.execute(text("DROP TABLE lms_join_link"))
    assert app.test_client().get("/join/x").status_code == 500

    assert numbers(app.test_client())[requests("lms.learning.join", "GET", 500)] == 1


def test_counts_outlive_a_restart(open_app: Callable[..., Flask], sqlite_url: str) -> None:
    for _ in range(2):
        open_app(sqlite_url, LMS_METRICS=True).test_client().get("/healthz")

    told = numbers(open_app(sqlite_url, LMS_METRICS=True).test_client())
    assert told[requests("lms.healthz", "GET", 200)] == 2


def test_no_count_is_lost_when_many_count_at_once(tmp_path: Path) -> None:
    one, other = Counts(tmp_path / "metrics"), Counts(tmp_path / "metrics")

    def count(counts: Counts, own: int) -> None:
        for number in range(100):
            counts.add("all", 0.5)
            counts.add(f"{own} {number}", 0.25)

    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        all_at_once([lambda c=c, own=own: count(c, own) for own, c in enumerate((one, other) * 3)])
    finally:
        sys.setswitchinterval(usual)

    assert one.all() == other.all()
    assert one.all()[-1] == ("all", 600, 300.0)
    assert [counted[1:] for counted in one.all()[:-1]] == [(1, 0.25)] * 600
    assert (tmp_path / "metrics").stat().st_mode & 0o777 == 0o600


def test_a_full_file_counts_what_it_knows_and_lets_the_rest_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "ROWS", 2)
    counts = Counts(tmp_path / "metrics")
    for name in ("a", "b", "c", "a"):
        counts.add(name, 1)

    assert counts.all() == [("a", 2, 2.0), ("b", 1, 1.0)]


# The outbox


def queue(app: Flask, **changed: timedelta | str) -> None:
    """Queue a letter; a span of time says how long ago something was."""
    with app.app_context(), one_transaction():
        mail = queue_mail("kari@example.no", "Hei", "Hei, Kari.", "nb")
        for name, value in changed.items():
            setattr(mail, name, now() - value if isinstance(value, timedelta) else value)


@pytest.mark.parametrize(
    ("changed", "waiting", "oldest"),
    [
        ({"queued_at": timedelta(minutes=10)}, 1, 600),
        ({"queued_at": timedelta(days=3), "send_after": timedelta(minutes=2)}, 1, 120),
        ({"queued_at": timedelta(days=3), "send_after": timedelta(days=-1)}, 0, 0),
        (
            {"queued_at": timedelta(hours=1), "send_after": timedelta(minutes=-5), "last_error": "451"},
            1,
            3600,
        ),
        ({"queued_at": timedelta(hours=1), "sent_at": timedelta(minutes=1)}, 0, 0),
        ({"queued_at": timedelta(hours=1), "gave_up_at": timedelta(minutes=1)}, 0, 0),
    ],
    ids=["queued", "due for a while", "due tomorrow", "tried in vain", "sent", "given up"],
)
def test_what_is_due_in_the_outbox_is_told_with_its_age(
    open_app: Callable[..., Flask], database_url: str, changed: dict[str, Any], waiting: int, oldest: float
) -> None:
    app = open_app(database_url, LMS_METRICS=True)
    queue(app, **changed)
    told = numbers(app.test_client())

    assert told["lms_database_up"] == 1
    assert told["lms_outbox_waiting"] == waiting
    assert oldest <= told["lms_outbox_oldest_seconds"] <= oldest + 300 * waiting


def test_without_a_database_the_rest_is_told(open_app: Callable[..., Flask]) -> None:
    visitor = open_app(NOWHERE, LMS_METRICS=True).test_client()

    assert visitor.get("/healthz").status_code == 200
    assert visitor.get("/readyz").status_code == 503
    told = numbers(visitor)
    assert told["lms_database_up"] == 0
    assert told[requests("lms.readyz", "GET", 503)] == 1
    assert "lms_outbox_waiting" not in told
