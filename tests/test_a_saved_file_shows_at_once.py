"""`lms serve --edit`: what an author saves is there at the next load, and a mistake is a page, not a dead server."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest

from lms.authoring import page_of
from lms.courses.findings import Finding
from lms.demonstration import DOORS
from tests.packs import write_pack
from tests.rigs_browsers import OpenWindow, serving
from tests.rigs_pages import barriers, html_faults
from tests.rigs_servers import LMS, ROOT, Answer, Running, Visitor, demonstration, free_port

SENTENCE = "Dette sto her ikke i går."
MISSPELT = "/// stanse | agree\nEverybody is heard here.\n///\n"


@dataclass
class Desk:
    """Where the author sits: a house with its own courses, one of hers beside it, and Kari, who reads both."""

    folder: Path
    served: Running
    origin: str
    kari: Visitor
    courses: str

    def lesson(self, course: str, slug: str) -> Answer:
        return self.kari.get(urljoin(self.courses, f"{course}/{slug}"))


def surroundings(folder: Path, rendered: Path) -> dict[str, str]:
    """A whole repository of her own, since she writes in its courses too."""
    for name in ("lms", "courses", "migrations"):
        shutil.copytree(ROOT / name, folder / "house" / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder / "house")
    instance = folder / "instance"
    instance.mkdir()
    (instance / "cache").symlink_to(rendered)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LMS_") and name != "PORT"}
    return {**kept, "PYTHONPATH": str(folder / "house"), "LMS_INSTANCE": str(instance), "PORT": str(free_port())}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, rendered: Path) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("desk")
    set_up = surroundings(folder, rendered)
    write_pack(folder / "sound", version="2")
    with demonstration(set_up, LMS, folder, "--edit", "sound") as served:
        origin = f"http://127.0.0.1:{set_up['PORT']}"
        mona, kari = Visitor(), Visitor()
        home = mona.get(served.links["coordinator"])
        choices = mona.get(address_in(home, "/choices"))
        mona.send(choices, f"{choices.address}/courses", courses="sound")
        front = kari.get(served.links["employee"])
        yield Desk(folder, served, origin, kari, address_in(front, "/sound/").removesuffix("sound/"))
        assert served.process.poll() is None, "nobody has touched the terminal"
        assert served.end() == 0


def address_in(page: Answer, ending: str) -> str:
    """Where the link leads whose address ends so."""
    found = [each.split('"')[0] for each in page.text.split('href="')[1:]]
    return urljoin(page.address, next(each for each in found if each.endswith(ending)))


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


@pytest.mark.slow
def test_a_new_sentence_is_there_at_the_next_load(desk: Desk) -> None:
    assert SENTENCE not in desk.lesson("sound", "sound").text
    change(desk.folder / "sound/en/01-sound.md", "Before any heading.", SENTENCE)
    assert SENTENCE in desk.lesson("sound", "sound").text

    change(desk.folder / "house/courses/harassment/nb/01-welcome.md", "title: ", f"title: {SENTENCE} ")
    assert SENTENCE in desk.lesson("harassment", "welcome").text


@pytest.mark.slow
def test_a_new_lesson_a_word_and_a_picture_are_too(desk: Desk) -> None:
    pack = desk.folder / "sound"
    assert desk.lesson("sound", "silence").status == 404
    (pack / "images").mkdir()
    (pack / "images/wave.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"/>')
    (pack / "glossary.toml").write_text('[pause]\nen.term = "rest"\nen.text = "No sound, on purpose."\n')
    with (pack / "course.toml").open("a") as out:
        out.write('\n[[lesson]]\nslug = "silence"\nminutes = 1\nreading_minutes = 1\n')
    (pack / "en/02-silence.md").write_text("---\ntitle: Silence\n---\nA [[rest]].\n\n![A wave](images/wave.svg)\n")

    page = desk.lesson("sound", "silence")
    assert "No sound, on purpose." in page.text
    wave = urljoin(page.address, page.text.partition('src="/learn/images/sound/')[1][5:] + "wave.svg")
    assert desk.kari.get(wave).headers["Cache-Control"] == "no-store"
    change(pack / "images/wave.svg", 'viewBox="0 0 9 9"', 'viewBox="0 0 12 9"')
    assert "0 0 12 9" in desk.kari.get(wave).text
    change(pack / "glossary.toml", "No sound, on purpose.", "Nobody plays.")
    assert "Nobody plays." in desk.lesson("sound", "silence").text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "old", "new", "what", "do"),
    [
        (
            "sound/en/01-sound.md",
            "/// stance | agree",
            "/// stanse | agree",
            "There is no block called stanse.",
            "Use one of reflection, choice, ",
        ),
        (
            "sound/course.toml",
            'title.en = "The course',
            "title.en = The course",
            "This is not TOML:",
            "Look at quotes and brackets.",
        ),
        (
            "house/courses/norms/nb/02-what-is-a-norm.md",
            "title: ",
            "titel: ",
            "Nobody reads «titel: ",
            "Keep only title: … between the ---.",
        ),
    ],
    ids=["a block of hers", "her course.toml", "one of the house's own courses"],
)
def test_a_mistake_is_a_page_that_says_where_until_it_is_mended(
    file: str, old: str, new: str, what: str, do: str, desk: Desk
) -> None:
    before = desk.lesson("sound", "sound")
    change(desk.folder / file, old, new)
    broken, elsewhere = desk.lesson("sound", "sound"), desk.kari.get(f"{desk.origin}/me")
    change(desk.folder / file, new, old)
    mended = desk.lesson("sound", "sound")

    assert (before.status, broken.status, elsewhere.status, mended.status) == (200, 500, 500, 200)
    assert broken.text == elsewhere.text
    shown = broken.text.replace("&#34;", '"').replace("&#39;", "'")
    line = next(number for number, each in enumerate((desk.folder / file).read_text().split("\n"), 1) if old in each)
    for part in (f"<code>{file}</code> line {line}", what, do, f"<mark>{line:4}  {new}"):
        assert part in shown
    assert f"{file}:{line}: {what}" in desk.served.errors, "the terminal says it too"
    assert "Kari" in desk.kari.get(f"{desk.origin}/me").text, "she is signed in as before"


@pytest.mark.slow
def test_what_somebody_has_answered_is_there_after_it_is_mended(desk: Desk) -> None:
    page = desk.lesson("sound", "sound")
    desk.kari.send(page, f"{page.address}/answers", thought="En dør som smeller.")
    assert "En dør som smeller." in desk.lesson("sound", "sound").text
    change(desk.folder / "sound/course.toml", "[[lesson]]", "[[lesson]")
    assert desk.lesson("sound", "sound").status == 500
    change(desk.folder / "sound/course.toml", "[[lesson]", "[[lesson]]")

    assert "En dør som smeller." in desk.lesson("sound", "sound").text


@pytest.mark.slow
def test_it_begins_with_a_mistake_as_well(tmp_path: Path, rendered: Path) -> None:
    set_up = surroundings(tmp_path, rendered)
    lesson = tmp_path / "house/courses/norms/nb/01-welcome.md"
    whole = lesson.read_text()
    lesson.write_text(whole + MISSPELT)
    with demonstration(set_up, LMS, tmp_path, "--edit") as served:
        origin = f"http://127.0.0.1:{set_up['PORT']}"
        assert f"A course has to be mended first: {origin} shows what." in served.printed
        assert served.links == {}
        assert "There is no block called stanse." in Visitor().get(f"{origin}/demonstration/employee").text
        lesson.write_text(whole)
        assert "Kari Berg" in Visitor().get(f"{origin}/demonstration/employee").text
        assert served.end() == 0
    assert list(served.links) == [*DOORS, "new hire", "mailbox"]


# The page itself


@pytest.fixture
def live(tmp_path: Path) -> Iterator[str]:
    """What an author sees who has made two mistakes, one of them in a file that is not there."""
    lesson = tmp_path / "nb" / "01-a-lesson.md"
    lesson.parent.mkdir()
    lesson.write_text(f"---\ntitle: <b>\n---\n{'A very long line. ' * 40}\n{MISSPELT}")
    findings = [
        Finding(lesson, 5, "There is no block called stanse.", "Use another."),
        Finding(tmp_path / "gone.md", 1, "The file can't be read (No such file or directory).", "Put it there."),
    ]
    with serving(page_of(findings)) as origin:
        yield origin


@pytest.mark.browser
@pytest.mark.parametrize("look", [{}, {"scheme": "dark"}, {"size": "narrow"}, {"size": "desktop", "zoom": 2}])
def test_the_page_is_for_every_eye(look: dict[str, Any], window: OpenWindow) -> None:
    opened = window(**look)
    page = opened.open("/learn/anything", expect=500)

    assert barriers(page) == []
    assert not opened.scrolls_sideways()
    assert opened.strangers == []
    assert page.locator("mark").inner_text().split() == ["5", "///", "stanse", "|", "agree"]
    assert page.locator("li").count() == 2


@pytest.mark.browser
def test_its_html_is_valid(live: str, tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "mend.html").write_text(Visitor().get(f"{live}/").text)

    assert html_faults(tmp_path / "pages") == []
