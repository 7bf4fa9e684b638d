"""Every way in, and what each visitor meets there; the pages that the browser judges are taken from here too.

A line of doors.txt is: method, endpoint, the answer to each of VISITORS in order, and what is answered if not a page.
The address is built from the cast's `addresses`: a value for each argument, by `endpoint.argument` or `argument`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask

VISITORS = ("anonymous", "kari", "mona", "ola", "siv")
TABLE = Path(__file__).with_name("doors.txt")
# Wherever a page may be missing, the reader is told so on a page.
NO_SUCH_PLACE = "/no-such-place"


@dataclass(frozen=True)
class Door:
    method: str
    endpoint: str
    answers: Mapping[str, int]
    kind: str

    def __str__(self) -> str:
        return f"{self.method} {self.endpoint}"

    def path(self, app: Flask, addresses: Mapping[str, Any]) -> str:
        """Where the door is, for this cast."""
        rule = next(rule for rule in app.url_map.iter_rules(self.endpoint) if self.method in (rule.methods or ()))
        values = {
            name: addresses[f"{self.endpoint}.{name}" if f"{self.endpoint}.{name}" in addresses else name]
            for name in rule.arguments
        }
        with app.test_request_context():
            return app.url_for(self.endpoint, **values)


def doors() -> Iterator[Door]:
    """The lines of the table."""
    for line in TABLE.read_text().splitlines():
        if line.startswith("#"):
            continue
        method, endpoint, *rest = line.split()
        answers = dict(zip(VISITORS, map(int, rest[: len(VISITORS)]), strict=True))
        yield Door(method, endpoint, answers, (*rest[len(VISITORS) :], "text/html")[0])


DOORS = tuple(doors())


def pages() -> Iterator[tuple[Door, str]]:
    """Each page with each visitor who sees it; a stranger stands for all, and Mona for her equal Siv."""
    for door in DOORS:
        if door.method == "GET" and door.kind == "text/html":
            welcome = [visitor for visitor in VISITORS if door.answers[visitor] == 200]
            if "anonymous" in welcome:
                yield door, "anonymous"
            else:
                yield from ((door, visitor) for visitor in welcome if visitor != "siv" or "mona" not in welcome)
