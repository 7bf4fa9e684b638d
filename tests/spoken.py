"""What our pages say, in the reader's own language."""

from typing import Any

from lms.languages import LANGUAGES, read_catalogue

READERS = tuple(LANGUAGES)


def said(language: str, text: str, **values: Any) -> str:
    """How a page says the English `text` to this reader; a text that nobody has translated fails."""
    words = read_catalogue(language).gettext(text)
    assert language == "en" or words != text, f"nobody has translated {text!r} to {language}"
    return words % values if values else words


def reading(language: str) -> dict[str, str]:
    """The headers of somebody whose browser asks for this language."""
    return {"Accept-Language": language}
