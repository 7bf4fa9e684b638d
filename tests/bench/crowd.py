"""A crew that enters from its phones: so many joins a second from behind one address, each with a lesson read.

The server and the worker are those of docs/running.md. Whoever joins reads faster here than people do, which changes
how many are at it at once and not how many requests come in a second.
"""

import contextlib
import math
import re
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import unescape
from http.client import HTTPConnection, HTTPException
from random import Random
from urllib.parse import urlencode

from aiosmtpd.controller import Controller
from sqlalchemy import func, select

from lms.courses.packs import Lesson
from lms.database import session
from lms.learning.models import Enrolment, LessonProgress
from lms.mail.models import UNSENT, OutboxMail
from lms.organisations.models import Employee, JoinLink
from lms.people.models import Person
from lms.seed import seeded_id
from tests.bench.servers import free_port, processor_of, serving_for_real
from tests.bench.stage import Stage, answers_to
from tests.post_office import Office

A_SECOND = 5
SECONDS, QUICKLY = 600, 60
GOAL_MS = 500
ONE_ADDRESS = "203.0.113.7"
ONE_IN_WITH_MAIL = 3
PATIENCE = 60.0  # seconds the worker has for the last letters
ORGANISATION = 3_000
OPEN, ENTER, READ, REPORT, COMPLETE, GO_ON, LOOKS = (
    "open the link",
    "post the name",
    "read the first lesson",
    "report time",
    "complete the lesson",
    "go on to the next",
    "style sheets, scripts and pictures",
)
# Seconds between what a phone asks, from and to.
WRITES_NAME, READS_CODE, READS, ANSWERS = (3, 8), (2, 5), (10, 25), (3, 8)

HIDDEN = re.compile(r'<input type="hidden"\s+name="(\w+)"\s+value="([^"]*)"')
FETCHED = re.compile(r'(?:href|src)="(/lms/[^"]+)"')
FIRST_LESSON = re.compile(r'href="(/learn/[^"]+)"')


@dataclass
class Log:
    """What came of it all, from every phone."""

    walls: dict[str, list[float]] = field(default_factory=dict)
    trouble: dict[str, list[str]] = field(default_factory=dict)
    entered: set[str] = field(default_factory=set)
    completed: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answered(self, what: str, seconds: float) -> None:
        with self.lock:
            self.walls.setdefault(what, []).append(seconds)

    def failed(self, what: str, why: str) -> None:
        with self.lock:
            self.trouble.setdefault(what, []).append(why)


class Stopped(Exception):
    """This phone was not answered as it should be."""


class Phone:
    """One of the crew: opens the link on the wall, enters, reads a lesson and is done with it."""

    def __init__(self, number: int, port: int, log: Log, lesson: Lesson):
        self.name, self.port, self.log, self.lesson = f"Gjest {number:05}", port, log, lesson
        self.email = f"gjest.{number}@example.no" if number % ONE_IN_WITH_MAIL == 0 else ""
        self.chance = Random(number)
        self.cookies: dict[str, str] = {}
        self.fetched: set[str] = set()

    def walk(self, door: str, due: float) -> None:
        """From the code on the wall to the second lesson. `due` is when she scans it, by `perf_counter`."""
        with contextlib.suppress(Stopped):
            form = self.open(OPEN, door, since=due)
            self.pause(WRITES_NAME)
            written = {"csrf_token": form["csrf_token"], "entry": form["entry"], "name": self.name, "email": self.email}
            welcome, _where = self.ask(ENTER, door, 200, list(written.items()))
            self.log.entered.add(self.name)
            self.pause(READS_CODE)
            there = FIRST_LESSON.search(welcome)
            if there is None:
                self.log.failed(READ, "no way onwards")
                return
            self.read(unescape(there[1]))

    def read(self, here: str) -> None:
        """Read the first lesson, tell of the time, answer what it asks, and open the next."""
        form = self.open(READ, here)
        for number in (1, 2):
            seconds = self.pause(READS)
            told = {"opened": form["opened"], "number": number, "seconds": int(seconds)}
            self.ask(REPORT, f"{here}/time", 204, list(told.items()))
        self.pause(ANSWERS)
        fields = [("csrf_token", form["csrf_token"]), ("opened", form["opened"]), ("script", "1")]
        for exercise in self.lesson.exercises("nb"):
            fields += answers_to(exercise)
        _page, onwards = self.ask(COMPLETE, f"{here}/completion", 303, fields)
        self.log.completed.add(self.name)
        self.open(GO_ON, onwards)

    def open(self, what: str, address: str, since: float | None = None) -> dict[str, str]:
        """Open a page, with what it looks like; returns the hidden fields of its forms."""
        page, _where = self.ask(what, address, 200, since=since)
        for each in sorted(set(FETCHED.findall(page)) - self.fetched):
            self.fetched.add(each)
            self.ask(LOOKS, unescape(each), 200)
        # The first form is the page's own, and those at its foot have only a token besides.
        return {name: unescape(value) for name, value in reversed(HIDDEN.findall(page))}

    def ask(
        self,
        what: str,
        address: str,
        expect: int,
        written: Sequence[tuple[str, object]] | None = None,
        since: float | None = None,
    ) -> tuple[str, str]:
        """One request over a connection of its own, as a proxy makes them; the page, and where it leads."""
        begun = time.perf_counter() if since is None else since
        headers = {"Accept-Language": "nb", "X-Forwarded-For": ONE_ADDRESS, "Connection": "close"}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if written is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            body = None if written is None else urlencode(written)
            connection.request("GET" if body is None else "POST", address, body, headers)
            answer = connection.getresponse()
            page = answer.read()
        except (OSError, HTTPException) as error:
            self.log.failed(what, repr(error))
            raise Stopped from None
        finally:
            connection.close()
        self.log.answered(what, time.perf_counter() - begun)
        for cookie in answer.headers.get_all("Set-Cookie", []):
            name, _equals, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        if answer.status != expect:
            self.log.failed(what, f"{answer.status} {page[:300]!r}")
            raise Stopped
        text = "" if what == LOOKS else page.decode()
        return text, answer.headers.get("Location", "")

    def pause(self, between: tuple[int, int]) -> float:
        """Do what takes a person so many seconds."""
        seconds = self.chance.uniform(*between)
        time.sleep(seconds)
        return seconds


def measure_crowd(database: str, stage: Stage, postmaster: int | None, seconds: int) -> bool:
    """Let them come for so many seconds, print what they met with, and say whether nothing was lost."""
    post = Controller(office := Office(), hostname="127.0.0.1", port=free_port())
    post.start()
    try:
        environment = stage.environment | {"LMS_SMTP_HOST": "127.0.0.1", "LMS_SMTP_PORT": str(post.port)}
        with serving_for_real(environment, postmaster) as site:
            before = [processor_of(each) for each in (site.gunicorn, site.worker, postmaster)]
            begun = time.perf_counter()
            log = _crowd(stage, site.port, seconds)
            unsent = _wait_for_letters(stage)
            took = time.perf_counter() - begun
            after = [processor_of(each) for each in (site.gunicorn, site.worker, postmaster)]
    finally:
        post.stop()
    print(f"\n### A crew enters, {database}: {A_SECOND} a second for {seconds} seconds\n")
    _print_walls(log)
    used = [now - then for then, now in zip(before, after, strict=True)]
    print(
        f"\nProcessor: {used[0]:.0f} s for the pages, {used[1]:.0f} s for the worker, {used[2]:.0f} s for the "
        f"database, in {took:.0f} s; {sum(used) / max(1, len(log.entered)) * 1e3:.0f} ms for each who joined."
    )
    return _nothing_lost(stage, log, unsent, len(office.took))


def _crowd(stage: Stage, port: int, seconds: int) -> Log:
    """A Poisson stream, given how many come in all: each at a moment of her own."""
    log, chance = Log(), Random(2026)
    lesson = _first_lesson(stage)
    door = f"/join/seeded-{ORGANISATION}"
    moments = sorted(chance.uniform(0, seconds) for _ in range(A_SECOND * seconds))
    begun, phones = time.perf_counter(), []
    for number, moment in enumerate(moments):
        due = begun + moment
        time.sleep(max(0.0, due - time.perf_counter()))
        walk = threading.Thread(target=Phone(number, port, log, lesson).walk, args=(door, due))
        walk.start()
        phones.append(walk)
    for walk in phones:
        walk.join()
    return log


def _first_lesson(stage: Stage) -> Lesson:
    library = stage.app.extensions["lms"].library
    lesson: Lesson = library.course("harassment").lessons[0]
    return lesson


def _wait_for_letters(stage: Stage) -> int:
    patience = time.monotonic() + PATIENCE
    while True:
        with stage.app.app_context():
            left = session.scalar(select(func.count()).select_from(OutboxMail).where(UNSENT)) or 0
        if not left or time.monotonic() > patience:
            return left
        time.sleep(1)


def _print_walls(log: Log) -> None:
    print("| milliseconds | how many | p50 | p95 | p99 | longest | errors |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for what in (OPEN, ENTER, READ, REPORT, COMPLETE, GO_ON, LOOKS):
        _print_line(what, log.walls.get(what, []), len(log.trouble.get(what, [])))
    pages = [wall for what, walls in log.walls.items() if what != LOOKS for wall in walls]
    _print_line(f"all pages (goal: p95 under {GOAL_MS})", pages, sum(map(len, log.trouble.values())))
    for what, found in log.trouble.items():
        print(f"\n{what}, the first of {len(found)}: {found[0]}")


def _print_line(what: str, walls: Sequence[float], errors: int) -> None:
    shares = (
        " | ".join(f"{_percentile(walls, share) * 1e3:,.0f}" for share in (50, 95, 99, 100)) if walls else "– | " * 4
    )
    print(f"| {what} | {len(walls):,} | {shares.removesuffix(' | ')} | {errors} |", flush=True)


def _percentile(walls: Sequence[float], share: int) -> float:
    """The wall that so many of a hundred were not above."""
    return sorted(walls)[max(0, math.ceil(len(walls) * share / 100) - 1)]


def _nothing_lost(stage: Stage, log: Log, unsent: int, letters: int) -> bool:
    with stage.app.app_context():
        names, done = set(_names_behind(ORGANISATION)), set(_names_of_those_done(_first_lesson(stage).slug))
        used = session.scalar(select(JoinLink.used).where(JoinLink.code == f"seeded-{ORGANISATION}"))
    lost = (log.entered - names) | (log.completed - done)
    print(
        f"\n{len(log.entered):,} joins answered with success, {len(names):,} in the database, {used:,} counted by the "
        f"link; {len(log.completed):,} lessons completed, {len(done):,} in the database; "
        f"{letters:,} letters arrived, {unsent} wait. Lost: {len(lost)}.",
        flush=True,
    )
    return not lost and not log.trouble and not unsent and len(names) == used


def _names_behind(size: int) -> Iterator[str]:
    organisation_id = seeded_id(size, "organisation")
    here = Employee.organisation_id == organisation_id, Employee.join_link_id == seeded_id(size, "join link")
    yield from session.scalars(select(Person.name).join(Employee, Employee.person_id == Person.id).where(*here))


def _names_of_those_done(slug: str) -> Iterator[str]:
    of_place = (LessonProgress.organisation_id == Enrolment.organisation_id) & (
        LessonProgress.enrolment_id == Enrolment.id
    )
    yield from session.scalars(
        select(Person.name)
        .join(Employee, Employee.person_id == Person.id)
        .join(
            Enrolment,
            (Enrolment.organisation_id == Employee.organisation_id) & (Enrolment.employee_id == Employee.id),
        )
        .join(LessonProgress, of_place)
        .where(
            Enrolment.organisation_id == seeded_id(ORGANISATION, "organisation"),
            LessonProgress.lesson == slug,
            LessonProgress.done_at.is_not(None),
            Employee.join_link_id.is_not(None),
        )
    )
