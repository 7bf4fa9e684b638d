"""What nobody has looked up for a year is listed, so that somebody does."""

from datetime import date
from pathlib import Path

import time_machine
from click.testing import CliRunner

from lms.cli import main
from lms.courses.packs import Library


def due(day: date, tmp_path: Path, *options: str) -> list[str]:
    with time_machine.travel(day):
        answer = CliRunner().invoke(main, ["courses", "facts", *options], env={"LMS_INSTANCE": str(tmp_path)})
    assert answer.exit_code == 0, answer.output
    return answer.stdout.splitlines()


def test_a_year_after_the_last_look_everything_is_due(library: Library, tmp_path: Path) -> None:
    everything = [*library.facts.values(), *library.help_services]
    newest = max(each.last_verified for each in everything)
    lines = due(newest.replace(year=newest.year + 2), tmp_path)

    assert len(lines) == len(everything) + 1
    assert lines[:-1] == sorted(lines[:-1]), "the oldest first"
    assert lines[-1].startswith(f"{len(everything)} are due")


def test_on_the_day_somebody_has_looked_nothing_is(library: Library, tmp_path: Path) -> None:
    oldest = min(each.last_verified for each in [*library.facts.values(), *library.help_services])

    assert len(due(oldest, tmp_path, "--older-than", "0")) == 1
