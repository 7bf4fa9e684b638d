"""For translators: every text in the code and the templates, and the .po files that hold them in other languages."""

from collections.abc import Iterable
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from lms.languages import CATALOGUES, LANGUAGES

TRANSLATED = tuple(language for language in LANGUAGES if language != "en")
KEYWORDS: dict[str, tuple[int, ...] | None] = {"_": None, "gettext": None, "lazy": None, "ngettext": (1, 2)}
METHODS = [("templates/**.html", "jinja2"), ("**.py", "python")]
# Babel's own header carries the time of the run, and every run would look like a change.
HEADER = rb"""msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"

"""

Text = str | tuple[str, ...]


def texts_in_the_source() -> dict[Text, str]:
    """Every English text, or pair of one and many, and where it first stands (`file:line`)."""
    found: dict[Text, str] = {}
    for file, line, text, _comments, _context in extract_from_dir(
        Path(__file__).parent,
        method_map=METHODS,
        options_map={"templates/**.html": {"trimmed": "true"}},
        keywords=KEYWORDS,
    ):
        if text:
            found.setdefault(tuple(text) if isinstance(text, list) else text, f"{file}:{line}")
    return found


def translations_in(language: str) -> Catalog:
    """What has been translated to this language."""
    with (CATALOGUES / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def translated(message: Message) -> tuple[str, ...]:
    """The translation of a message: one text, or one for each number."""
    return tuple(message.string) if isinstance(message.string, (list, tuple)) else (message.string or "",)


def rewrite(language: str, wanted: Iterable[Text]) -> list[Text]:
    """Sort the language's .po file, without what nobody says any more and with places for what is new.

    Gives back the texts that wait for a translation.
    """
    known = translations_in(language)
    catalogue = Catalog(locale=language)
    # A pair takes the place of its own singular, which gettext keeps under the same name.
    for text in sorted(wanted, key=lambda text: isinstance(text, tuple)):
        old = known.get(text if isinstance(text, str) else text[0])
        catalogue.add(text, old.string if old else None)
    with (CATALOGUES / f"{language}.po").open("wb") as file:
        file.write(HEADER)
        write_po(file, catalogue, width=0, no_location=True, omit_header=True, sort_output=True)
    return [text for text in wanted if not all(translated(catalogue[text if isinstance(text, str) else text[0]]))]
