"""What is installed is the wheel and nothing beside it: courses, migrations, translations, templates, style sheets."""

import os
import re
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin
from zipfile import ZipFile

import pytest

from lms.demonstration import DOORS
from tests.rigs_servers import ROOT, Running, Visitor, demonstration, free_port

pytestmark = pytest.mark.slow
# What a developer has set, or where she looks for modules, is not what a stranger's machine has.
BARE = {name: value for name, value in os.environ.items() if not name.startswith(("LMS_", "PYTHON")) and name != "PORT"}


def run(*command: str | Path, **more: object) -> str:
    ran = subprocess.run(  # type: ignore[call-overload]
        command, capture_output=True, text=True, check=False, timeout=120, **{"env": BARE, "cwd": "/", **more}
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return str(ran.stdout)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the source distribution as a packager would."""
    folder = tmp_path_factory.mktemp("built")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT)
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def lms(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command of an environment that holds the wheel; what it depends on is lent by the one that runs the tests."""
    env = tmp_path_factory.mktemp("installed") / "env"
    venv.create(env, with_pip=False)
    python = env / "bin" / "python"
    here = Path(sysconfig.get_path("purelib", vars={"base": str(env)}))
    run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index", wheel)
    # A path file is read for what it names, but what stands in a named folder's own path files is not: our editable
    # self stays outside.
    (here / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    told = run(python, "-c", "import lms; print(lms.__file__)")
    assert Path(told.strip()).is_relative_to(env), told
    return env / "bin" / "lms"


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Somewhere outside the repository, with an instance folder of its own."""
    return {**BARE, "LMS_INSTANCE": str(tmp_path_factory.mktemp("site") / "instance"), "PORT": str(free_port())}


@pytest.fixture(scope="module")
def served(lms: Path, elsewhere: dict[str, str]) -> Iterator[Running]:
    """The demonstration, served by the installed command: what it says to click, and where."""
    assert run(lms, "db", "upgrade", env=elsewhere) == "The database is up to date.\n"
    with demonstration(elsewhere, [lms], Path("/")) as served:
        yield served
        assert served.end() == 0
    assert served.errors == ""


def test_it_is_built_alike_from_the_repository_and_from_what_is_published(wheel: Path, tmp_path: Path) -> None:
    run(sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", tmp_path, ROOT)
    with ZipFile(wheel) as published, ZipFile(tmp_path / wheel.name) as direct:
        in_both = [{entry.filename: entry.CRC for entry in each.infolist()} for each in (published, direct)]

    assert in_both[0] == in_both[1]


def test_it_holds_the_courses_and_nothing_of_ours_alone(wheel: Path) -> None:
    with ZipFile(wheel) as opened:
        names = set(opened.namelist())
    kept = {file.relative_to(ROOT / "courses").as_posix() for file in (ROOT / "courses").rglob("*") if file.is_file()}

    assert {f"lms/_courses/{name}" for name in kept} <= names
    assert {f"lms/_migrations/versions/{file.name}" for file in (ROOT / "migrations/versions").glob("0*.py")} <= names
    assert {name.split("/")[0] for name in names} == {"lms", f"{wheel.name.split('-py3')[0]}.dist-info"}
    assert not [name for name in names if "/test" in name or name.endswith((".pyc", ".key", ".db"))]


def test_a_newcomer_reads_the_first_lesson_in_her_language(served: Running) -> None:
    assert served.links.keys() == {*DOORS, "new hire", "mailbox"}, "no host around us"
    nina = Visitor()
    page = nina.get(served.links["new hire"], language="nn")
    assert "Lille Månescenen" in page.text
    assert "Namnet ditt" in page.text
    code = nina.send(page, page.address, name="Nina Nyansatt")
    (path,) = set(re.findall(r'href="(/learn/[^"]+/harassment/)', nina.get(urljoin(code.address, "/")).text))

    lesson = urljoin(code.address, f"{path}what-is-sexual-harassment")
    nina.send(nina.get(lesson), "/language", language="nb")
    assert "Tre spørsmål" in nina.get(lesson).text
    nina.send(nina.get(lesson), "/language", language="en")
    assert "Three questions" in nina.get(lesson).text


def test_its_pictures_styles_and_scripts_come_along(served: Running) -> None:
    kari = Visitor()
    front = kari.get(served.links["employee"])
    path = re.search(r'href="(/learn/[^"]+/harassment/)', front.text)
    assert path
    lesson = kari.get(urljoin(front.address, f"{path[1]}what-is-sexual-harassment"))
    loaded = set(re.findall(r'(?:src|href)="(/(?:lms|learn/images)/[^"]+\.\w+(?:\?v=\w+)?)"', lesson.text))

    kinds = {Path(each.split("?")[0]).suffix: kari.get(urljoin(front.address, each)) for each in loaded}
    assert {".css", ".js", ".svg"} <= kinds.keys()
    assert {answer.status for answer in kinds.values()} == {200}


def test_an_author_checks_a_pack_with_it(lms: Path, elsewhere: dict[str, str]) -> None:
    assert run(lms, "courses", "check", env=elsewhere) == "Nothing to mend.\n"


def test_an_author_begins_a_course_with_it(lms: Path, elsewhere: dict[str, str], tmp_path: Path) -> None:
    run(lms, "courses", "new", tmp_path / "our_house", env=elsewhere)
    pattern = ROOT / "lms" / "courses" / "first_pack"

    made, kept = (
        {file.relative_to(folder) for file in folder.rglob("*.*")} for folder in (tmp_path / "our_house", pattern)
    )
    assert made == kept
    assert run(lms, "courses", "check", tmp_path / "our_house", env=elsewhere) == "Nothing to mend.\n"


def test_the_links_are_printed_for_scripts_too(lms: Path, elsewhere: dict[str, str], served: Running) -> None:
    assert run(lms, "links", "--json", env=elsewhere).count("http://") == len(served.links)
