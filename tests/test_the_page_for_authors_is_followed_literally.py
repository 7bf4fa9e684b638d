"""docs/writing-a-course.md is followed as it stands: its commands are run, its files written, its course taken."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.rigs_servers import LMS, ROOT, Running, demonstration, free_port

DOCUMENT = ROOT / "docs" / "writing-a-course.md"
WALK, SHARING = "Ten minutes: from an empty folder to a served course", "Sharing a course"
# What the coordinator of the walk clicks, as the document calls it.
CHOICES, SAVE = "Valg", "Lagre kursene"

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Block:
    """A fenced block: a command to run (`sh`), what one sees then (`text`), or a file to write."""

    kind: str
    file: str
    text: str


def sections(document: str) -> dict[str, str]:
    """The document by its headings of the second level; a lesson in a block has headings of its own."""
    lines = document.split("\n")
    fences = [number for number, line in enumerate(lines) if line.startswith("```")]
    inside = {each for start, end in zip(fences[::2], fences[1::2], strict=True) for each in range(start, end)}
    starts = [number for number, line in enumerate(lines) if line.startswith("## ") and number not in inside]
    return {lines[start][3:]: "\n".join(lines[start:end]) for start, end in pairwise([*starts, len(lines)])}


def blocks(section: str) -> list[Block]:
    """The blocks of a section, in order; a file's name stands alone on the line above it."""
    found = re.findall(r"(?:^\*\*`([^`]+)`\*\*\n\n)?^```(\w*)\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    return [Block("file" if file else kind, file, text) for file, kind, text in found]


@dataclass
class Author:
    """Somebody who does what the document says, in an empty folder."""

    folder: Path
    environment: dict[str, str]
    at_work: ExitStack
    served: Running | None = None
    said: str = ""

    def follow(self, block: Block) -> None:
        if block.kind == "file":
            file = self.folder / block.file
            assert file.parent.is_dir() or file.parent.parent == self.folder, f"{block.file} is nowhere yet"
            file.parent.mkdir(exist_ok=True)
            file.write_text(block.text, encoding="utf-8")
        else:
            assert block.kind == "sh"
            for command in block.text.splitlines():
                self.run(command)

    def run(self, command: str) -> None:
        words = shlex.split(command)
        if words[:2] == ["lms", "serve"]:
            served = demonstration(self.environment, LMS, self.folder, *words[2:])
            self.served = self.at_work.enter_context(served)
            return
        ran = subprocess.run(
            ["/bin/sh", "-c", command],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert ran.returncode == 0, f"{command}\n{ran.stdout}{ran.stderr}"
        self.said = ran.stdout


@contextmanager
def author(folder: Path, rendered: Path, **more: str) -> Iterator[Author]:
    """An author with the commands `lms` and `pip`, an empty folder, and nothing else of ours."""
    commands, instance, desk = folder / "bin", folder / "instance", folder / "desk"
    for each in (commands, instance, desk):
        each.mkdir()
    (instance / "cache").symlink_to(rendered)
    for name, arguments in (("lms", LMS[1:]), ("pip", ("-m", "pip"))):
        (commands / name).write_text(f'#!/bin/sh\nexec {shlex.join([sys.executable, *arguments])} "$@"\n')
        (commands / name).chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LMS_", "PIP_"))}
    environment = {
        **kept,
        "PATH": f"{commands}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "PORT": str(free_port()),
        "LMS_INSTANCE": str(instance),
        **more,
    }
    with ExitStack() as at_work:
        yield Author(desk, environment, at_work)


@pytest.fixture(scope="module")
def written() -> dict[str, str]:
    return sections(DOCUMENT.read_text(encoding="utf-8"))


def plain_lines(lesson: str) -> list[str]:
    """The lines of a lesson's file that stand on the page as they are: no markup, and nothing shown later."""
    text = lesson.split("---\n", 2)[2]
    return [line for line in text.splitlines() if re.match(r"[\w«“]", line) and "[[" not in line]


def on_the_page(page: Page) -> str:
    return " ".join(page.locator("main").inner_text().split())


def choose(coordinator: Page, title: str) -> None:
    coordinator.get_by_role("link", name=CHOICES, exact=True).click()
    coordinator.get_by_label(title).check()
    coordinator.get_by_role("button", name=SAVE).click()
    expect(coordinator.get_by_label(title)).to_be_checked()


@pytest.mark.browser
def test_ten_minutes_lead_from_an_empty_folder_to_a_course_that_an_employee_takes(
    written: dict[str, str], browser: Browser, tmp_path: Path, rendered: Path
) -> None:
    steps = blocks(written[WALK])
    assert {step.kind for step in steps} == {"sh", "text", "file"}, "every block says what it is"
    assert f"«{CHOICES}»" in written[WALK]
    assert f"«{SAVE}»" in written[WALK]

    with author(tmp_path, rendered) as she:
        kari = browser.new_context(locale="nb-NO").new_page()
        lessons: dict[str, str] = {}
        for step, before in zip(steps, [None, *steps], strict=False):
            if step.kind == "text" and before and before.kind == "sh":
                assert she.said == step.text
            elif step.kind == "text":
                kari.reload()
                assert step.text.strip() in on_the_page(kari)
            else:
                was_served = she.served
                she.follow(step)
                if she.served is not was_served and she.served:
                    mona = browser.new_context(locale="nb-NO").new_page()
                    mona.goto(she.served.links["coordinator"])
                    choose(mona, title_in(steps))
                    kari.goto(she.served.links["employee"])
                    kari.get_by_role("link", name=title_in(steps)).click()
                    expect(kari.locator("main")).to_contain_text("Det bare dere vet")
            if step.file.endswith(".md"):
                lessons[step.file.split("/")[1]] = step.text

        assert she.served
        assert lessons.keys() == {"nb", "en"}
        kari.reload()
        kari.get_by_role("link", name=named(lessons["nb"])).first.click()
        for language, switch in (("nb", "Bokmål"), ("en", "English")):
            kari.get_by_role("button", name=switch).click()
            expect(kari.get_by_role("heading", level=1)).to_have_text(named(lessons[language]))
            lines = plain_lines(lessons[language])
            assert len(lines) > 8
            assert [line for line in lines if line not in on_the_page(kari)] == []
            picture = kari.locator("main img")
            picture.scroll_into_view_if_needed()  # it is fetched when somebody comes near
            assert picture.evaluate("image => image.decode().then(() => image.complete && image.naturalWidth > 0)")
        assert she.served.process.poll() is None


def title_in(steps: Sequence[Block]) -> str:
    """The title that the first command gives."""
    words = shlex.split(next(step.text for step in steps if "courses new" in step.text))
    return words[words.index("--title") + 1]


def named(lesson: str) -> str:
    found = re.search(r"^title: (.+)$", lesson, re.MULTILINE)
    assert found
    return found[1]


def test_a_course_is_shared_as_the_page_says(written: dict[str, str], tmp_path: Path, rendered: Path) -> None:
    site = tmp_path / "site"
    # As in an environment of her own, but without the net: what builds the package is lent by the tests.
    alone = {"PIP_NO_INDEX": "1", "PIP_NO_DEPS": "1", "PIP_NO_BUILD_ISOLATION": "0", "PIP_TARGET": str(site)}
    with author(tmp_path, rendered, **alone, PIP_DISABLE_PIP_VERSION_CHECK="1") as she:
        she.environment["PYTHONPATH"] += f":{site}"
        for step in blocks(written[WALK]):
            if step.kind == "file" or (step.kind == "sh" and "lms serve" not in step.text):
                she.follow(step)
        for step in blocks(written[SHARING]):
            if step.kind == "text":
                assert she.said == step.text
            else:
                she.follow(step)
        she.run("rm -r our_house balanse-our-house")
        she.run(
            f"{shlex.quote(sys.executable)} -c 'from lms.courses.packs import read_library; "
            """print(read_library().courses[-1].title("en"))'"""
        )

    assert she.said == "When the evening is over\n"


def test_every_block_of_the_reference_is_of_a_known_kind(written: dict[str, str]) -> None:
    """A fence that was left open would swallow the rest of the page."""
    for text in written.values():
        assert {block.kind for block in blocks(text)} <= {"", "sh", "text", "file", "toml", "markdown"}
