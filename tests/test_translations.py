"""Every sentence a person may read exists in bokmål and nynorsk; English is what stands in the source."""

import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

LMS = Path(__file__).parent.parent / "lms"
KEYWORDS: dict[str, tuple[int, ...] | None] = {"_": None, "gettext": None, "lazy": None, "ngettext": (1, 2)}
METHODS = [("templates/**.html", "jinja2"), ("**.py", "python")]
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|%%")
WRITTEN = ("nb", "nn")


@cache
def extracted() -> dict[str | tuple[str, ...], str]:
    """Every text in the code and the templates, and where it stands."""
    found: dict[str | tuple[str, ...], str] = {}
    for file, line, text, _comments, _context in extract_from_dir(
        LMS, method_map=METHODS, options_map={"templates/**.html": {"trimmed": "true"}}, keywords=KEYWORDS
    ):
        if text:
            found.setdefault(tuple(text) if isinstance(text, list) else text, f"{file}:{line}")
    return found


@cache
def written(language: str) -> Catalog:
    with (LMS / "translations" / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def texts(message: Message) -> tuple[str, ...]:
    return tuple(message.string) if isinstance(message.string, (list, tuple)) else (message.string,)


def originals(message: Message) -> tuple[str, ...]:
    return tuple(message.id) if isinstance(message.id, (list, tuple)) else (message.id,)


def test_texts_are_found() -> None:
    assert len(extracted()) > 20


@pytest.mark.parametrize("language", WRITTEN)
def test_every_text_is_translated(language: str) -> None:
    known = {
        message.id
        for message in written(language)
        if message.id and not message.fuzzy and all(text.strip() for text in texts(message))
    }
    known |= {identity[0] for identity in known if isinstance(identity, tuple)}
    missing = {
        text: place
        for text, place in extracted().items()
        if text not in known and (text if isinstance(text, str) else text[0]) not in known
    }

    assert missing == {}


@pytest.mark.parametrize("language", WRITTEN)
def test_nothing_is_translated_that_nobody_says(language: str) -> None:
    said = {text if isinstance(text, str) else text[0] for text in extracted()}

    assert [message.id for message in written(language) if message.id and originals(message)[0] not in said] == []
    assert list(written(language).obsolete) == []


@pytest.mark.parametrize("language", WRITTEN)
def test_translations_keep_the_places_for_names_and_numbers(language: str) -> None:
    for message in written(language):
        if message.id:
            asked = set(PLACEHOLDER.findall(" ".join(originals(message)))) - {""}
            for text in texts(message):
                given = set(PLACEHOLDER.findall(text)) - {""}
                # «én deltaker» may leave the number out; nothing may ask for more than it is given.
                assert given <= asked, message.id
                if len(originals(message)) == 1:
                    assert given == asked, message.id


@pytest.mark.parametrize("language", WRITTEN)
def test_translations_follow_the_typography_of_norwegian(language: str) -> None:
    for message in written(language):
        if message.id:
            for text in texts(message):
                assert '"' not in text, f"{text}: «»"
                assert text[:1].isspace() == originals(message)[0][:1].isspace(), text
