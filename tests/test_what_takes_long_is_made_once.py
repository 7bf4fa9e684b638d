"""Templates and texts are kept as they are used, and believed as long as they are ours, whole, and of this source."""

import marshal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from jinja2 import DictLoader, Environment

from lms import languages
from lms.cli import main
from lms.keeping import cache_of, keep, read_kept
from lms.languages import read_catalogue
from lms.templating import CHECKSUM, KeptCode


@pytest.fixture
def cache(app: Flask) -> Path:
    """Where this application keeps what it has made: nothing yet."""
    folder = cache_of(app)
    folder.unlink()
    return folder


@pytest.fixture
def first_reading() -> Iterator[None]:
    """Texts as a process finds them that has just started."""
    languages._read.cache_clear()
    yield
    languages._read.cache_clear()


def nobody_compiles(monkeypatch: pytest.MonkeyPatch) -> None:
    def compiled(environment: Environment, source: object, name: str | None = None, *more: object) -> None:
        pytest.fail(f"{name} was compiled again")

    monkeypatch.setattr(Environment, "compile", compiled)


def test_a_second_start_compiles_no_template(
    app: Flask, cache: Path, open_app: Callable[..., Flask], sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = app.test_client().get("/sign-in")
    assert cache.stat().st_mode & 0o077 == 0
    nobody_compiles(monkeypatch)

    assert open_app(sqlite_url).test_client().get("/sign-in").status_code == page.status_code == 200


def environment(source: str, folder: Path) -> Environment:
    return Environment(loader=DictLoader({"page": source}), bytecode_cache=KeptCode(folder), autoescape=True)


def test_a_template_that_was_changed_is_compiled_anew(tmp_path: Path) -> None:
    assert environment("before", tmp_path / "cache").get_template("page").render() == "before"
    assert environment("after", tmp_path / "cache").get_template("page").render() == "after"
    (file,) = (tmp_path / "cache").iterdir()
    assert file.name.endswith(".code"), "and takes the place of what there was"


def somebody_elses(file: Path) -> None:
    """Let the file hold code that shows something else."""
    kept = read_kept(file)
    assert kept is not None
    code = Environment(autoescape=True).compile("something else", "page", None)
    keep(file, kept[:CHECKSUM] + marshal.dumps(code))


def test_kept_code_is_what_is_shown(tmp_path: Path) -> None:
    environment("ours", tmp_path).get_template("page")
    (file,) = tmp_path.iterdir()
    somebody_elses(file)

    assert environment("ours", tmp_path).get_template("page").render() == "something else"


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_code_that_others_may_write_is_not_believed(tmp_path: Path, mode: int) -> None:
    environment("ours", tmp_path).get_template("page")
    (file,) = tmp_path.iterdir()
    somebody_elses(file)
    file.chmod(mode)

    assert environment("ours", tmp_path).get_template("page").render() == "ours"


def test_damaged_code_is_made_again(tmp_path: Path) -> None:
    environment("ours", tmp_path).get_template("page")
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()
    for damaged in (b"", whole[:70], whole[:-1], whole + b" "):
        file.write_bytes(damaged)
        assert environment("ours", tmp_path).get_template("page").render() == "ours"
        assert file.read_bytes() == whole, "and kept again"


def test_a_folder_that_cannot_be_written_costs_time_and_not_the_page(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "cache").write_text("not a folder")

    assert environment("ours", tmp_path / "cache").get_template("page").render() == "ours"
    assert "can't be written" in caplog.text


@pytest.mark.usefixtures("first_reading")
def test_a_second_start_compiles_no_texts(app: Flask, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.app_context():
        said = read_catalogue("nb").gettext("Sign in")
        languages._read.cache_clear()
        monkeypatch.setattr(languages, "read_po", lambda *of, **how: pytest.fail("the texts were read again"))

        assert read_catalogue("nb").gettext("Sign in") == said == "Logg inn"
    assert (cache / "nb.mo").exists()


@pytest.mark.usefixtures("first_reading")
def test_texts_that_were_changed_are_read_anew(
    app: Flask, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        read_catalogue("nb")
        languages._read.cache_clear()
        source = (languages.CATALOGUES / "nb.po").read_text().replace('msgstr "Logg inn"', 'msgstr "Kom inn"')
        (tmp_path / "nb.po").write_text(source)
        monkeypatch.setattr(languages, "CATALOGUES", tmp_path)

        assert read_catalogue("nb").gettext("Sign in") == "Kom inn"


@pytest.mark.usefixtures("first_reading")
def test_an_upgrade_prepares_every_page(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "instance").mkdir()
    monkeypatch.setenv("LMS_INSTANCE", str(tmp_path / "instance"))
    monkeypatch.setenv("LMS_DATABASE_URL", sqlite_url)
    assert CliRunner().invoke(main, ["db", "upgrade"]).exit_code == 0

    kept = [file.suffix for file in (tmp_path / "instance" / "cache").iterdir()]
    assert (kept.count(".mo"), kept.count(".json")) == (2, 3)
    assert kept.count(".code") > 150
