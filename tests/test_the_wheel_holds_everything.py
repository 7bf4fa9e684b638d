"""What is installed is the wheel and nothing beside it: courses, migrations, translations, templates, style sheets."""

import os
import re
import signal
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.slow


def run(*command: str | Path, **more: object) -> str:
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, **more)  # type: ignore[call-overload]
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return str(ran.stdout)


@pytest.fixture(scope="module")
def lms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command of an environment that holds the wheel; what it depends on is lent by the one that runs the tests."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT)
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "env", with_pip=False)
    python = folder / "env/bin/python"
    here = Path(sysconfig.get_path("purelib", vars={"base": str(folder / "env")}))
    run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index", wheel)
    # A path file is read for what it names, but what stands in a named folder's own path files is not: our editable
    # self stays outside.
    (here / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    told = run(python, "-c", "import lms; print(lms.__file__)", cwd=folder)
    assert Path(told.strip()).is_relative_to(folder / "env"), told
    return folder / "env/bin/lms"


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Somewhere outside the repository, with an instance folder of its own."""
    return {"LMS_INSTANCE": str(tmp_path_factory.mktemp("site") / "instance"), "PATH": os.environ["PATH"]}


@pytest.fixture(scope="module")
def links(lms: Path, elsewhere: dict[str, str]) -> Iterator[dict[str, str]]:
    """The demonstration, served by the installed command: what it says to click, and where."""
    environment = {**elsewhere, "PORT": str(free_port())}
    run(lms, "db", "upgrade", env=environment, cwd="/")
    with subprocess.Popen([lms, "serve"], env=environment, cwd="/", stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout
            printed = ""
            for line in server.stdout:
                printed += line
                if "Ctrl+C" in line:
                    break
            yield dict(re.findall(r"^  (\S.*?) {2,}(http\S+)$", printed, re.MULTILINE))
        finally:
            server.send_signal(signal.SIGTERM)
            assert server.wait(30) == 0


def free_port() -> int:
    import socket

    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return int(tried.getsockname()[1])


def fetch(address: str, language: str = "nb", cookie: str = "") -> tuple[int, str, str]:
    parts = urlsplit(address)
    connection = HTTPConnection(parts.netloc, timeout=30)
    connection.request("GET", parts.path, headers={"Accept-Language": language, "Cookie": cookie})
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, body, answer.getheader("Set-Cookie", "") or ""


def test_it_serves_the_demonstration_with_its_courses(links: dict[str, str]) -> None:
    origin = "http://" + urlsplit(links["employee"]).netloc
    assert links.keys() >= {"employee", "coordinator", "facilitator", "new hire", "mailbox"}
    assert "in a host's site" not in links, "there is no repository around us"
    status, page, _ = fetch(links["new hire"], "nn")
    assert status == 200
    assert "Lille Månescenen" in page
    style = re.search(r'href="(/lms/balanse\.css\?v=\w+)"', page)
    assert style is not None
    assert fetch(origin + style[1])[0] == 200

    _, _, ticket = fetch(links["employee"])
    cookie = ticket.split(";")[0]
    path = re.search(r'href="(/learn/[^"]+/harassment/)"', fetch(origin + "/", cookie=cookie)[1])
    assert path is not None
    lesson = fetch(f"{origin}{path[1]}what-is-sexual-harassment", cookie=cookie)[1]
    assert "Tre spørsmål" in lesson
    picture = re.search(r'src="(/learn/images/[^"]+\.svg)"', lesson)
    assert picture is not None
    assert fetch(origin + picture[1])[0] == 200


def test_an_author_checks_a_pack_with_it(lms: Path, elsewhere: dict[str, str]) -> None:
    assert run(lms, "courses", "check", env=elsewhere, cwd="/") == "Nothing to mend.\n"


def test_the_links_are_printed_for_scripts_too(lms: Path, elsewhere: dict[str, str], links: dict[str, str]) -> None:
    environment = {**elsewhere, "PORT": str(urlsplit(links["employee"]).port)}

    assert run(lms, "links", "--json", env=environment, cwd="/").count("http://") == len(links)
