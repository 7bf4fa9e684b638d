"""docs/running.md names every setting there is, and none that there is not."""

import re
from pathlib import Path

from lms.settings import DEFAULTS

RUNNING = Path(__file__).parents[1] / "docs" / "running.md"


def test_every_setting_stands_in_the_table() -> None:
    table = RUNNING.read_text().split("## Every setting")[1]

    assert re.findall(r"^\| `(LMS_\w+)` \|", table, re.MULTILINE) == list(DEFAULTS)
