"""Measure, print, and compare: see docs/performance.md for what the figures mean."""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path

import psycopg

from tests import machine
from tests.bench.crowd import ORGANISATION, QUICKLY, SECONDS, measure_crowd
from tests.bench.register import measure_register, seed_holders
from tests.bench.rooms import furnish, measure_rooms
from tests.bench.servers import ROOT, Measured, Request, Server, serving
from tests.bench.stage import Stage, Visitor
from tests.rigs_databases import Cluster

SIZES = (50, 3_000, 100_000)
FLOOR_PAGE = "/page"


@dataclass(frozen=True)
class Row:
    """One line of the table: ours beside the floor."""

    what: str
    ours: float
    floor: float
    with_database: float | None
    goal: str

    @property
    def share(self) -> float:
        return self.ours / self.floor

    def __str__(self) -> str:
        both = f"{self.with_database:.0%}" if self.with_database else "–"
        return f"| {self.what} | {self.ours:,.0f} | {self.floor:,.0f} | {self.share:.0%} | {both} | {self.goal} |"


@dataclass(frozen=True)
class Database:
    """A database to measure on, with the process behind it, if there is one."""

    name: str
    url: str
    folder: Path
    postmaster: int | None = None
    conninfo: str | None = None

    def know_the_rows(self) -> None:
        """Let it count what is in it, as a server does by itself within minutes."""
        if self.conninfo is not None:
            with psycopg.connect(self.conninfo, autocommit=True) as connection:
                connection.execute("VACUUM ANALYZE")


def main() -> None:
    """Measure on SQLite, then on PostgreSQL, and print a table for each."""
    options = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    options.add_argument("--quick", action="store_true", help="fewer rounds, and 10 000 people instead of 100 000")
    options.add_argument("--crowd", action="store_true", help="3 000 join in ten minutes; with --quick 300 in one")
    options.add_argument("--rooms", action="store_true", help="the rooms at their size alone, without the floor")
    options.add_argument("--database", choices=("sqlite", "postgresql"), help="one of the two")
    chosen = options.parse_args()
    what = _crowd if chosen.crowd else partial(_pages, rooms_alone=chosen.rooms)
    measure = partial(what, quick=chosen.quick)
    folder = Path(tempfile.mkdtemp(prefix="lms-bench-"))
    try:
        fine = [
            on(folder, measure)
            for name, on in (("sqlite", _on_sqlite), ("postgresql", _on_postgresql))
            if chosen.database in (None, name)
        ]
    finally:
        shutil.rmtree(folder)
    sys.exit(not all(fine))


def _pages(database: Database, *, quick: bool, rooms_alone: bool) -> bool:
    """What each page costs."""
    rounds, sizes = (3, (*SIZES[:2], 10_000)) if quick else (7, SIZES)
    stage = Stage(database.url, database.folder, sizes)
    seed_holders(stage.app)
    furnished = furnish(stage)
    database.know_the_rows()
    print(f"\n### {database.name}")
    if not rooms_alone:
        _measure(stage, rounds, database.postmaster)
    with serving("ours", stage.environment, database.postmaster) as ours:
        measure_rooms(stage, ours, rounds, furnished)
    return True


def _crowd(database: Database, *, quick: bool) -> bool:
    """Whether a crowd gets in; the worker has no other organisation to write to."""
    stage = Stage(database.url, database.folder, (ORGANISATION,))
    database.know_the_rows()
    return measure_crowd(database.name, stage, database.postmaster, QUICKLY if quick else SECONDS)


Measure = Callable[[Database], bool]


def _on_sqlite(folder: Path, measure: Measure) -> bool:
    (folder / "sqlite").mkdir()
    return measure(Database("SQLite", f"sqlite:///{folder / 'sqlite' / 'lms.db'}", folder / "sqlite"))


def _on_postgresql(folder: Path, measure: Measure) -> bool:
    programs = machine.postgresql()
    assert programs, "PostgreSQL is missing: run `python -m tests.machine`"
    cluster = Cluster(programs)
    try:
        cluster.start()
        name = cluster.create()
        (folder / "postgresql").mkdir()
        assert cluster._process
        url, conninfo = cluster.url(name), cluster.conninfo(name)
        return measure(Database("PostgreSQL", url, folder / "postgresql", cluster._process.pid, conninfo))
    finally:
        cluster.remove()


def _measure(stage: Stage, rounds: int, postmaster: int | None) -> None:
    visitors = stage.visitors()
    cold, warm = _starts(stage)
    _prepare(stage)
    with serving("ours", stage.environment, postmaster) as ours:
        some = visitors[:300]
        ours.measure(stage.skips(some))
        stage.floor_page_like(ours.ask(stage.readings(some)[0])[2])
        with serving("floor", stage.environment, postmaster) as floor:
            print("\n| per second of processor | ours | floor | share | with the database's | goal |")
            print("|---|---:|---:|---:|---:|---|", flush=True)
            readings = stage.readings(some) * 3
            opened = [Request(FLOOR_PAGE, visitor.floor_cookie) for visitor in some] * 3
            row = _side_by_side(ours, floor, lambda: readings, lambda: opened, rounds)
            print(Row("lesson page", *row, "45 %, better 60 %"), flush=True)
            numbers = count(1)
            upserts = [Request("/upsert", each.floor_cookie, "seconds=60", 204) for each in visitors[:1000]]
            row = _side_by_side(
                ours, floor, lambda: stage.reports(_next(visitors, numbers), next(numbers)), lambda: upserts, rounds
            )
            print(Row("time report", *row, "50 %"), flush=True)
            row = _side_by_side(ours, floor, lambda: _fresh(stage, visitors[:500]), lambda: upserts, rounds)
            print(Row("lesson completion", *row, "25 %"), flush=True)
            _readiness(stage, ours, floor, rounds)
            measure_register(ours, rounds)
            for who, told in (("A worker", ours.usage()), ("The floor's", floor.usage())):
                print(f"\n{who} holds {told['megabytes']:.0f} MB, {told['own']:.0f} MB of it alone.")
            print(f"It starts in {warm:.1f} s, without rendered courses in {cold:.1f} s.")


def _next(visitors: Sequence[Visitor], numbers: "count[int]") -> Sequence[Visitor]:
    """Another thousand people each time: nobody's clock has moved a second since her last report otherwise."""
    first = next(numbers) * 1000 % len(visitors)
    return visitors[first : first + 1000]


def _fresh(stage: Stage, visitors: Sequence[Visitor]) -> list[Request]:
    stage.begin_again()
    return stage.completions(visitors)


Requests = Callable[[], Sequence[Request]]


def _side_by_side(
    ours: Server, floor: Server, our_requests: Requests, floor_requests: Requests, rounds: int
) -> tuple[float, float, float | None]:
    """Ours and the floor in turn: the machine's mood falls on both. The first round only warms up."""
    pairs: list[tuple[Measured, Measured]] = []
    for _ in range(rounds + 1):
        pairs.append((ours.measure(our_requests()), floor.measure(floor_requests())))
    measured = pairs[1:]
    both = None
    if ours.postmaster:
        both = statistics.median(one.per_second_of_both / other.per_second_of_both for one, other in measured)
    return (
        statistics.median(one.per_second for one, _other in measured),
        statistics.median(other.per_second for _one, other in measured),
        both,
    )


def _readiness(stage: Stage, ours: Server, floor: Server, rounds: int) -> None:
    print("\n| readiness page, milliseconds at the median | ours | one aggregate | worker's and database's processor |")
    print("|---|---:|---:|---:|")
    for size in stage.sizes:
        request = stage.readiness_page(size)
        aggregate = Request(request.path.replace("/organisations/", "/aggregate/").removesuffix("/readiness"), "")
        ours.measure([request] * 3, 1)
        floor.measure([aggregate] * 3, 1)
        pages, floors, processor = [], [], 0.0
        for _ in range(rounds):
            measured = ours.measure([request] * 5, 1)
            pages += measured.walls
            processor += measured.worker + measured.database
            floors += floor.measure([aggregate] * 5, 1).walls
        print(
            f"| {size:,} employees | {statistics.median(pages) * 1e3:.1f} | {statistics.median(floors) * 1e3:.1f} "
            f"| {processor / rounds / 5 * 1e3:.1f} |",
            flush=True,
        )


def _prepare(stage: Stage) -> None:
    """What docs/running.md does at each new version, before the servers start."""
    upgrade = [sys.executable, "-c", "from lms.cli import main; main()", "db", "upgrade"]
    subprocess.run(upgrade, check=True, cwd=ROOT, env={**os.environ, **stage.environment}, stdout=subprocess.DEVNULL)


def _starts(stage: Stage) -> tuple[float, float]:
    """Seconds from nothing to the first answer: without rendered courses, and with them (the best of three)."""
    shutil.rmtree(stage.folder / "cache", ignore_errors=True)
    with serving("ours", stage.environment) as server:
        cold = server.started_in
    warm = []
    for _ in range(3):
        with serving("ours", stage.environment) as server:
            warm.append(server.started_in)
    return cold, min(warm)


if __name__ == "__main__":
    main()
