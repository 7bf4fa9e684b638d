"""Every sentence a person may read exists in bokmål and nynorsk; English is what stands in the source."""

import ast
import re
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from click.testing import CliRunner
from flask import Flask

import lms
from lms.cli import main
from lms.languages import CATALOGUES, in_brief, in_words, speaking
from lms.translating import TRANSLATED, Text, texts_in_the_source, translated, translations_in

PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|%%")

extracted = cache(texts_in_the_source)
written = cache(translations_in)


def one_of(text: Text) -> str:
    return text if isinstance(text, str) else text[0]


def originals(message: Message) -> tuple[str, ...]:
    return tuple(message.id) if isinstance(message.id, (list, tuple)) else (message.id,)


def test_texts_are_found() -> None:
    assert len(extracted()) > 20


def test_no_text_is_translated_inside_an_f_string() -> None:
    """What reads texts out of the source does not find them there under every version of Python."""
    hidden = [
        f"{file.name}:{call.lineno}"
        for file in Path(lms.__file__).parent.rglob("*.py")
        for written in ast.walk(ast.parse(file.read_text()))
        if isinstance(written, ast.JoinedStr)
        for call in ast.walk(written)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in ("_", "ngettext", "lazy")
    ]

    assert hidden == []


def test_no_text_is_said_where_the_readers_language_is_unknown() -> None:
    """A macro that is imported without its context speaks English to everybody."""
    templates = Path(lms.__file__).parent / "templates"
    mute = [
        f"{page.name}: {taken[1]}"
        for page in sorted(templates.rglob("*.html"))
        for taken in re.finditer(r'{%-?\s*(?:from|import)\s+"([^"]+)"[^%]*%}', page.read_text("utf-8"))
        if "with context" not in taken[0]
        and re.search(r"\b(?:_|ngettext)\(", (templates / taken[1]).read_text("utf-8"))
    ]
    assert not mute


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_is_translated(language: str) -> None:
    known = {
        originals(message)[0]
        for message in written(language)
        if message.id and not message.fuzzy and all(text.strip() for text in translated(message))
    }

    assert {text: place for text, place in extracted().items() if one_of(text) not in known} == {}


@pytest.mark.parametrize("language", TRANSLATED)
def test_nothing_is_translated_that_nobody_says(language: str) -> None:
    said = {one_of(text) for text in extracted()}

    assert [message.id for message in written(language) if message.id and originals(message)[0] not in said] == []
    assert list(written(language).obsolete) == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_keep_the_places_for_names_and_numbers(language: str) -> None:
    for message in written(language):
        if message.id:
            asked = set(PLACEHOLDER.findall(" ".join(originals(message)))) - {""}
            for text in translated(message):
                given = set(PLACEHOLDER.findall(text)) - {""}
                # «én deltaker» may leave the number out; nothing may ask for more than it is given.
                assert given <= asked, message.id
                if len(originals(message)) == 1:
                    assert given == asked, message.id


@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_follow_the_typography_of_norwegian(language: str) -> None:
    for message in written(language):
        if message.id:
            for text in translated(message):
                assert '"' not in text, f"{text}: «»"
                assert text[:1].isspace() == originals(message)[0][:1].isspace(), text


@pytest.mark.slow
def test_the_command_leaves_finished_translations_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lms.translating.CATALOGUES", tmp_path)
    for language in TRANSLATED:
        (tmp_path / f"{language}.po").write_bytes((CATALOGUES / f"{language}.po").read_bytes())

    answer = CliRunner().invoke(main, ["translations"])

    assert answer.exit_code == 0
    for language in TRANSLATED:
        assert (tmp_path / f"{language}.po").read_bytes() == (CATALOGUES / f"{language}.po").read_bytes()


@pytest.mark.slow
def test_the_command_makes_place_for_what_is_new_and_drops_what_nobody_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lms.translating.CATALOGUES", tmp_path)
    for language in TRANSLATED:
        (tmp_path / f"{language}.po").write_text('msgid "Nobody says this"\nmsgstr "Dette sier ingen"\n')

    answer = CliRunner().invoke(main, ["translations"])

    for language in TRANSLATED:
        file = (tmp_path / f"{language}.po").read_text()
        assert "Nobody says this" not in file
        assert 'msgid "Sign out"\nmsgstr ""' in file
    assert re.search(r"^nb  lms/templates/lms/layout\.html:\d+  Sign out$", answer.output, re.MULTILINE)


@pytest.mark.parametrize(
    ("code", "whole", "brief"),
    [
        ("nb", "27. november 2026", "27. nov. 2026"),
        ("nn", "27. november 2026", "27. nov. 2026"),
        ("en", "27 November 2026", "27 Nov 2026"),
    ],
)
def test_a_date_is_written_as_its_readers_write_it(code: str, whole: str, brief: str, app: Flask) -> None:
    with app.app_context(), speaking(code):
        assert (in_words(date(2026, 11, 27)), in_brief(date(2026, 11, 27))) == (whole, brief)
