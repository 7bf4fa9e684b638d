"""One command serves a demonstration with links to click, on either database, and keeps what people did there."""

import json
import os
import re
import socket
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urljoin

import psycopg
import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import func, select

from lms.cli import main
from lms.database import norwegian_day, now, session
from lms.demonstration import found_demonstration, links_of
from lms.group_sessions.models import GroupSession
from lms.learning.models import Enrolment
from lms.organisations.models import Employee, Organisation
from lms.people.models import Person
from tests.rigs_databases import Cluster
from tests.rigs_servers import LMS, ROOT, Running, Visitor, demonstration, free_port, until

pytestmark = pytest.mark.slow

NEW_HIRE = "Nina Nyansatt"


@pytest.fixture(scope="module")
def surroundings(tmp_path_factory: pytest.TempPathFactory, rendered: Path) -> dict[str, str]:
    """An instance folder and a port of one's own, and nothing set that a developer may have set."""
    instance = tmp_path_factory.mktemp("instance")
    (instance / "cache").symlink_to(rendered)
    return surroundings_in(instance)


def surroundings_in(instance: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LMS_") and name != "PORT"}
    return {**kept, "LMS_INSTANCE": str(instance), "PORT": str(free_port())}


@pytest.fixture(scope="module")
def served(surroundings: dict[str, str]) -> Iterator[Running]:
    with demonstration(surroundings) as served:
        yield served


def lms_says(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*LMS, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60
    )


# Served


def test_every_link_opens_the_door_it_names(served: Running) -> None:
    seen = {who: Visitor().get(link) for who, link in served.links.items()}

    coordinators = ["coordinator", "coordinator at the mapping", "coordinator with the plan", "coordinator who renews"]
    doors = ["employee", *coordinators, "facilitator", "administrator"]
    assert list(seen) == [*doors, "new hire", "mailbox", "in a host's site"]
    assert {answer.status for answer in seen.values()} == {200}
    assert "Kari Berg" in seen["employee"].text
    assert "/readiness" in seen["coordinator"].text
    assert "Figurteatret Trebukken" in seen["coordinator at the mapping"].text
    assert "Galleri Nordlokket" in seen["coordinator with the plan"].text
    assert "Dansekompaniet Driv" in seen["coordinator who renews"].text
    assert "Lille Månescenen" in seen["facilitator"].text
    assert "/queues" in seen["administrator"].text
    assert "Lille Månescenen" in seen["new hire"].text


def test_scripts_are_told_the_same_links(served: Running, surroundings: dict[str, str]) -> None:
    assert json.loads(lms_says("links", "--json", **surroundings).stdout) == served.links


def test_a_letter_arrives_in_the_mailbox(served: Running) -> None:
    kari, address = Visitor(), "kari@example.no"
    kari.get(served.links["employee"])
    me = kari.get(served.links["employee"].replace("/demonstration/employee", "/me"))
    assert address in kari.send(me, "/me/addresses", email=address).text

    def letters() -> list[str]:
        found = re.findall(r'href="(/mailbox/[\w-]+)"', kari.get(served.links["mailbox"]).text)
        return [kari.get(served.links["mailbox"].replace("/mailbox/", letter)).text for letter in found]

    assert until(lambda: [letter for letter in letters() if address in letter and "/confirm/" in letter])


# Begun again, and ended


def test_a_second_start_keeps_what_people_did(tmp_path: Path, rendered: Path) -> None:
    (tmp_path / "cache").symlink_to(rendered)
    set_up = surroundings_in(tmp_path)
    nina, mona = Visitor(), Visitor()
    with demonstration(set_up) as first:
        page = nina.get(first.links["new hire"])
        assert nina.send(page, page.address, name=NEW_HIRE).status == 200
        assert first.end() == 0
    assert first.errors == ""
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(set_up["PORT"])))

    with demonstration(set_up) as second:
        front = nina.get(f"http://127.0.0.1:{set_up['PORT']}/")
        mona.get(second.links["coordinator"])
        theatre = re.search(r"/organisations/[\w-]+", mona.get(front.address).text)
        assert theatre
        people = mona.get(urljoin(front.address, f"{theatre[0]}/people"))

    assert second.links == first.links
    assert "Lille Månescenen" in front.text, "Nina is still signed in"
    assert NEW_HIRE in people.text
    assert second.errors == ""
    assert sorted(file.name for file in tmp_path.glob("*.key*")) == ["intranet.key", "reflections.keys", "secret.key"]


@pytest.mark.postgres
def test_it_is_the_same_on_postgresql(postgres: Cluster, tmp_path: Path, rendered: Path) -> None:
    (tmp_path / "cache").symlink_to(rendered)
    name = postgres.create()
    set_up = {**surroundings_in(tmp_path), "LMS_DATABASE_URL": postgres.url(name)}
    with demonstration(set_up) as served:
        nina = Visitor()
        page = nina.get(served.links["new hire"])
        assert nina.send(page, page.address, name=NEW_HIRE).status == 200
        assert Visitor().get(served.links["employee"]).status == 200
        assert served.end() == 0
    assert served.errors == ""
    assert json.loads(lms_says("links", "--json", **set_up).stdout) == served.links

    with psycopg.connect(postgres.conninfo(name)) as database:
        counted = database.execute("SELECT name, count(*) FROM lms_person GROUP BY name").fetchall()
    assert dict(counted)[NEW_HIRE] == 1
    assert dict(counted)["Kari Berg"] == 1
    assert not (tmp_path / "lms.db").exists()
    postgres.drop(name)


# What it does not do


def test_a_taken_port_is_told_in_a_sentence(surroundings: dict[str, str]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        said = lms_says("serve", **{**surroundings, "PORT": str(port)})

    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr == (
        f"Error: Port {port} is taken by another program. Choose another one: make serve PORT={port + 50}\n"
    )


@pytest.mark.parametrize("port", ["http", "0", "70000", "-1"])
def test_a_port_that_is_none_is_told_too(port: str) -> None:
    said = CliRunner().invoke(main, ["serve"], env={"PORT": port})

    assert (said.exit_code, said.output) == (1, f"Error: PORT is a number such as 5000, not {port}.\n")


def test_it_is_never_the_way_to_run_in_production(surroundings: dict[str, str]) -> None:
    said = lms_says("serve", **{**surroundings, "PORT": str(free_port()), "LMS_PRODUCTION": "1"})

    assert said.returncode == 1
    assert said.stderr == (
        "Error: `lms serve` is for demonstrations. In production, run gunicorn 'lms:create_app()'.\n"
    )


def test_without_the_setting_nobody_is_let_in_as_anybody(open_app: Callable[..., Flask], sqlite_url: str) -> None:
    app = open_app(sqlite_url, LMS_MAILBOX=None)
    with app.app_context():
        found_demonstration()
    visitor = app.test_client()

    for address in ("/mailbox/", "/demonstration/employee", "/demonstration/facilitator"):
        assert visitor.get(address).status_code == 404
    assert {"lms.mailbox.index", "lms.demonstration.enter"} & set(app.view_functions) == set()


# Who is in it


def test_the_theatre_is_twelve_people_nine_days_before_their_session(app: Flask) -> None:
    with app.app_context():
        found_demonstration()
        found_demonstration()
        theatre = session.scalars(select(Organisation).where(Organisation.name == "Lille Månescenen")).one()
        meeting = session.scalars(select(GroupSession).where(GroupSession.organisation_id == theatre.id)).one()
        rows = session.execute(
            select(Employee, Person.name, func.count(Enrolment.begun_at), func.count(Enrolment.completed_at))
            .join(Person, Person.id == Employee.person_id)
            .join(Enrolment, Enrolment.employee_id == Employee.id)
            .where(Employee.organisation_id == theatre.id)
            .group_by(Employee, Person.name)
        ).all()
        doors = links_of(5000)

    assert norwegian_day(meeting.starts_at) == norwegian_day(now()) + timedelta(days=9)
    assert meeting.facilitator_id is not None
    assert len(rows) == 12
    standing = Counter(
        "done" if completed == 3 else "half-way" if begun else "not begun" for _, _, begun, completed in rows
    )
    assert standing == {"done": 6, "half-way": 5, "not begun": 1}
    assert {name: completed == 3 for employee, name, _, completed in rows if employee.is_leader} == {
        "Mona Haug": True,
        "Henrik Dahl": False,
    }
    assert doors["new hire"] == "http://127.0.0.1:5000/join/nyansatt-i-manescenen"
