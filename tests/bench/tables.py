"""Lines of a table: what a page takes at the median, and of it the processor's share."""

import statistics
from collections.abc import Mapping

from tests.bench.servers import Request, Server

AT_ONCE = 5
HEAD = "milliseconds at the median | worker's and database's processor"


def print_pages(ours: Server, rounds: int, what: str, pages: Mapping[str, Request], times: int = AT_ONCE) -> None:
    """Print what each of these pages takes, asked for so many times a round, one after the other."""
    print(f"\n| {what} | {HEAD} |")
    print("|---|---:|---:|")
    for name, request in pages.items():
        ours.measure([request] * min(2, times), 1)
        walls: list[float] = []
        processor = 0.0
        for _ in range(rounds):
            measured = ours.measure([request] * times, 1)
            walls += measured.walls
            processor += measured.worker + measured.database
        each = processor / rounds / times
        print(f"| {name} | {statistics.median(walls) * 1e3:,.1f} | {each * 1e3:,.1f} |", flush=True)
