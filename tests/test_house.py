"""The walls: what keeps the house in the shape that README.md promises."""

import ast
import re
import subprocess
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LMS = ROOT / "lms"
TEMPLATES = LMS / "templates" / "lms"

# In the order in which data runs forward; a room knows only the rooms before it.
ROOMS = [
    "mail",
    "people",
    "organisations",
    "courses",
    "learning",
    "group_sessions",
    "risks",
    "measures",
    "mark",
    "scheme",
    "journey",
    "plugs",
]
# Everything may stand on these; they stand on nothing of ours but one another.
GROUND = ("database", "engines", "keeping", "settings", "languages", "logs")
# The duties are what the worker does besides sending.
MAY_COMMIT = ("views.py", "cli.py", "worker.py", "duties.py", "demonstration.py")
LONGEST_FILE = 400

SOURCES = sorted(LMS.rglob("*.py"))
PYTHON_FILES = [*SOURCES, *sorted(ROOT.glob("tests/**/*.py")), *sorted(ROOT.glob("migrations/**/*.py"))]
TEMPLATE_FILES = sorted(LMS.glob("templates/**/*.html"))
STATIC_FILES = [file for kind in ("css", "js", "svg") for file in sorted(LMS.glob(f"static/**/*.{kind}"))]


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def where(file: Path, found: re.Match[str]) -> str:
    """The file and the line of what was found in it."""
    return f"{named(file)}:{found.string.count(chr(10), 0, found.start()) + 1}"


def places(files: Iterable[Path], *forbidden: re.Pattern[str]) -> Iterator[str]:
    """Wherever any of it stands in the files."""
    for file in files:
        source = file.read_text()
        for pattern in forbidden:
            yield from (f"{where(file, found)}: {found[0].strip()}" for found in pattern.finditer(source))


def assert_none(offenders: Iterable[str]) -> None:
    """All of them are named at once, each on a line of its own."""
    assert not (named := list(offenders)), "\n".join(["", *named])


def test_there_is_something_to_look_at() -> None:
    assert all([SOURCES, PYTHON_FILES, TEMPLATE_FILES, STATIC_FILES])


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text())


def imports(file: Path) -> Iterator[str]:
    """Every module of ours that a file imports, inside functions too, with what it takes from `lms` itself."""
    package = file.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name.split(".")[0] == "lms")
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*above, *(node.module or "").split(".")]).strip(".")
            if module == "lms":
                yield from (f"lms.{name.name}" for name in node.names)
            elif module.startswith("lms."):
                yield module


def room_of(module: str) -> str | None:
    return ([*module.split("."), ""])[1] or None


def test_rooms_only_look_back() -> None:
    assert_none(f"{named(file)} knows {module}" for file in SOURCES for module in imports_from_ahead(file))


def imports_from_ahead(file: Path) -> set[str]:
    room = file.relative_to(LMS).parts[0]
    if room in ROOMS:
        ahead = set(ROOMS[ROOMS.index(room) + 1 :])
    elif file.stem in GROUND:
        ahead = set(ROOMS)
    else:
        ahead = set()
    return {module for module in imports(file) if room_of(module) in ahead}


def test_every_package_is_a_known_room() -> None:
    packages = {init.parent.name for init in LMS.glob("*/__init__.py")}

    assert packages <= set(ROOMS)


def test_only_views_and_commands_commit() -> None:
    assert len(commits(LMS / "database.py")) == 1, "one_transaction is the only one here"
    assert_none(
        f"{named(file)}:{line} commits"
        for file in SOURCES
        if file.name not in (*MAY_COMMIT, "database.py")
        for line in [*commits(file), *transactions(file)]
    )


def commits(file: Path) -> list[int]:
    called = (node.func for node in ast.walk(tree(file)) if isinstance(node, ast.Call))
    return [name.lineno for name in called if isinstance(name, ast.Attribute) and name.attr == "commit"]


def transactions(file: Path) -> list[int]:
    called = (node.func for node in ast.walk(tree(file)) if isinstance(node, ast.Call))
    return [name.lineno for name in called if isinstance(name, ast.Name) and name.id == "one_transaction"]


def test_each_template_folder_has_its_room() -> None:
    folders = {folder.name for folder in TEMPLATES.iterdir() if folder.is_dir()}

    assert {folder for folder in folders if not (LMS / folder / "__init__.py").exists()} == set()


def test_files_are_short_enough_to_read() -> None:
    lines = {file: len(file.read_text().splitlines()) for file in PYTHON_FILES}

    assert_none(f"{named(file)} has {count} lines" for file, count in lines.items() if count >= LONGEST_FILE)


def test_nothing_is_named_after_a_layer() -> None:
    layers = {"utils", "helpers", "services", "manager", "base", "common"}

    assert_none(named(file) for file in SOURCES if file.stem in layers)


STYLED = re.compile(r"""\sstyle\s*=""", re.IGNORECASE)
HANDLER = re.compile(r"""<[^>]*\son[a-z]+\s*=""", re.IGNORECASE)
SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script>", re.IGNORECASE | re.DOTALL)
STYLE_ELEMENT = re.compile(r"<style\b", re.IGNORECASE)
LOADED = re.compile(
    r"""<(?:script|img|iframe|source|audio|video|embed|use|image)\b[^>]*?\b(?:src|srcset|href)\s*=\s*["']\s*(?:https?:)?//"""
    r"""|<link\b[^>]*?\bhref\s*=\s*["']\s*(?:https?:)?//|<form\b[^>]*?\baction\s*=\s*["']\s*(?:https?:)?//""",
    re.IGNORECASE,
)
SAFE = re.compile(r"\|\s*safe")
STRANGER = re.compile(r"""(?:url\(|@import|\bimport\b|fetch\()\s*["']?(?:https?:)?//""")
INNER_HTML = re.compile("innerHTML")
STORAGE = re.compile("localStorage")


def test_templates_live_under_a_strict_policy() -> None:
    """A style attribute, a handler or a script in the page is dropped by the browser, silently for the reader."""
    assert_none(places(TEMPLATE_FILES, STYLED, STYLE_ELEMENT, HANDLER))
    assert_none(
        f"{where(file, script)}: {script[0]}"
        for file in TEMPLATE_FILES
        for script in SCRIPT.finditer(file.read_text())
        if "src=" not in script[1] or script[2].strip()
    )


def test_templates_load_nothing_from_strangers() -> None:
    assert_none(places(TEMPLATE_FILES, LOADED, SAFE))


def test_static_files_load_nothing_from_strangers() -> None:
    assert_none(places(STATIC_FILES, STRANGER, INNER_HTML))
    assert_none(places([file for file in STATIC_FILES if file.suffix == ".js"], STORAGE))


SECRET = re.compile(
    r"""-----BEGIN [A-Z ]*PRIVATE KEY|\bAKIA[0-9A-Z]{16}\b"""
    r"""|\bgh[pousr]_[A-Za-z0-9]{30,}\b|\bxox[abp]-[0-9A-Za-z-]{10,}"""
    r"""|(?:secret_key|data_key|password|token)\s*[:=]\s*["'][A-Za-z0-9+/=_-]{24,}["']""",
    re.IGNORECASE,
)
KEPT_OUT = re.compile(r"(\.key|\.keys|\.pem|\.sqlite3?|\.db|\.env)$")


def files_of_the_repository() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git repository: an unpacked release has nothing to let slip in")
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).exists()]


def test_no_secret_is_in_the_repository() -> None:
    files = files_of_the_repository()

    assert [named(file) for file in files if KEPT_OUT.search(file.name)] == []
    assert [named(file) for file in files if SECRET.search(file.read_text(errors="ignore"))] == []


def test_no_host_of_packages_is_named() -> None:
    """A lock that names a host works only where that host can be reached."""
    for lock in ROOT.glob("requirements*.lock"):
        assert not re.search(r"https?://|file:|--(?:extra-)?index-url|--find-links|--trusted-host", lock.read_text())
