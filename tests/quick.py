"""The quick loop, `pytest --quick`: what it leaves out, by which rule, and that it says so."""

import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
SLOW = ("browser", "postgres", "slow")
# What keeps the house in shape, and takes no time.
WALLS = (
    "test_house",
    "test_models",
    "test_privacy_is_accounted_for",
    "test_translations",
    "test_settings_are_written_down",
    "test_the_catalogue_agrees_with_the_courses",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--quick`, as in `make check`."""
    parser.addoption("--quick", action="store_true", help="the walls, what is being changed, one test of each story")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the walls, the tests in files that are being changed, and of every other file the first test."""
    if not config.getoption("quick"):
        return
    whole, begun = {*WALLS, *being_changed()}, set()
    kept, left_out = [], Counter[str]()
    for item in items:
        mark = next((mark for mark in SLOW if item.get_closest_marker(mark)), None)
        if mark:
            left_out[f"marked {mark}"] += 1
        elif item.path.stem in whole or item.path not in begun:
            begun.add(item.path)
            kept.append(item)
        else:
            left_out["not the first of its file, which nobody is changing"] += 1
    items[:] = kept
    output: dict[str, Any] | None = getattr(config, "workeroutput", None)
    if output is None:
        _remember(config, left_out)
    else:
        output["left_out"] = dict(left_out)


def being_changed() -> set[str]:
    """The names of the test files that are not yet committed as they are."""
    listed = subprocess.run(
        ["git", "status", "--porcelain", "--untracked-files=all", "tests"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return {Path(line[3:].split(" -> ")[-1].strip('"')).stem for line in listed.stdout.splitlines()}


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object | None) -> None:
    """Every worker leaves out the same; one of them tells."""
    _remember(node.config, getattr(node, "workeroutput", {}).get("left_out", {}))


left_out_key = pytest.StashKey[dict[str, int]]()


def _remember(config: pytest.Config, left_out: dict[str, int]) -> None:
    if left_out:
        config.stash[left_out_key] = dict(left_out)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say aloud what was left out."""
    if left_out := config.stash.get(left_out_key, None):
        terminalreporter.section("skipped by the quick loop")
        for rule, count in sorted(left_out.items()):
            terminalreporter.line(f"{count:5} {rule}")
        terminalreporter.line(f"{sum(left_out.values()):5} in all. make test runs them.")
