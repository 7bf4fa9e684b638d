"""What the server is given: our application, or the floor, each with a page that tells what its process has used."""

import json
import os
import resource
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from uuid import UUID

import flask
from flask import Flask, render_template, request
from sqlalchemy import bindparam, create_engine, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from werkzeug.wrappers import Response

USAGE = "/-/usage"
App = Callable[[dict[str, Any], Any], Iterable[bytes]]


def ours() -> App:
    """Our application, as it is served in production."""
    import lms

    return _telling(lms.create_app())


def floor() -> App:
    """The floor: bare Flask, a signed session, one statement through SQLAlchemy, one Jinja page of the same size."""
    return _telling(_floor())


class FloorModel(DeclarativeBase):
    """The floor's own tables."""


class FloorPerson(FloorModel):
    __tablename__ = "floor_person"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    seconds: Mapped[int] = mapped_column(default=0)


def _upsert(dialect: str) -> Any:
    insert = (postgresql if dialect == "postgresql" else sqlite).insert(FloorPerson)
    row = insert.values(id=bindparam("id"), name="", seconds=bindparam("seconds"))
    more = FloorPerson.seconds + row.excluded.seconds
    return row.on_conflict_do_update(index_elements=["id"], set_={"seconds": more})


AGGREGATE = text(
    "SELECT course, counts_as, completed_on, count(*) FROM lms_enrolment "
    "WHERE organisation_id = :organisation_id GROUP BY course, counts_as, completed_on"
)


def _floor() -> Flask:
    app = Flask("floor", template_folder=os.environ["FLOOR_TEMPLATES"])
    app.secret_key = os.environ["LMS_SECRET_KEY"]
    engine = create_engine(os.environ["LMS_DATABASE_URL"])
    statement = _upsert(engine.dialect.name)
    if engine.dialect.name == "sqlite":
        # As ours has it, or the floor would wait for the disk at each commit.
        event.listen(engine, "connect", lambda raw, record: raw.executescript("PRAGMA synchronous = NORMAL;"))

    @app.get("/page")
    def page() -> str:
        with Session(engine) as session:
            person = session.get_one(FloorPerson, UUID(flask.session["person"]))
            return render_template("page.html", name=person.name)

    @app.post("/upsert")
    def upsert() -> Response:
        with engine.begin() as connection:
            row = {"id": UUID(flask.session["person"]), "seconds": int(request.form["seconds"])}
            connection.execute(statement, row)
        return Response(status=204)

    @app.get("/aggregate/<uuid:organisation_id>")
    def aggregate(organisation_id: UUID) -> str:
        with engine.connect() as connection:
            named = organisation_id if connection.dialect.name == "postgresql" else organisation_id.hex
            return str(len(connection.execute(AGGREGATE, {"organisation_id": named}).all()))

    return app


def _telling(app: App) -> App:
    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] != USAGE:
            return app(environ, start_response)
        start_response("200 OK", [("Content-Type", "application/json")])
        used = resource.getrusage(resource.RUSAGE_SELF)
        told = {
            "cpu": used.ru_utime + used.ru_stime,
            "megabytes": _resident(used.ru_maxrss),
            "own": _own(),
            "most": _most(used.ru_maxrss),
        }
        return [json.dumps(told).encode()]

    return answer


def _resident(most: int) -> float:
    """What the process holds now, in MB; where the system doesn't say, the most it ever held."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * resource.getpagesize() / 1e6
    return _most(most)


def _own() -> float:
    """What ends with the process, in MB: without the libraries that all workers have in common; 0 where nobody says."""
    rollup = Path("/proc/self/smaps_rollup")
    if not rollup.exists():
        return 0.0
    sizes = [line.split() for line in rollup.read_text().splitlines() if line.startswith("Private_")]
    return sum(int(kilobytes) for _name, kilobytes, _unit in sizes) * 1.024 / 1e3


def _most(most: int) -> float:
    return most / 1e6 if sys.platform == "darwin" else most * 1.024 / 1e3
