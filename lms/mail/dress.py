"""The same letter for readers of HTML: paragraphs, links to press, and nothing that is loaded from anywhere."""

import re

from markupsafe import Markup, escape

from lms.languages import read_catalogue

LINK = re.compile(r"https?://[^\s<>\"']+")
# Mail programs drop style sheets; what they keep stands in the element.
LETTER = (
    "margin:0 auto;max-width:36rem;padding:1rem;font:1rem/1.55 system-ui,sans-serif;"
    "color:#1f2a2a;background:#fffdf9;overflow-wrap:anywhere"
)
BUTTON = (
    "display:inline-block;margin-top:.6em;padding:.7em 1.3em;border-radius:1.6em;background:#0b5f5c;color:#ffffff;"
    "text-decoration:none;font-weight:600"
)


def as_html(body: str, language: str) -> str:
    """The body as a page. A line with nothing but a link becomes something to press."""
    with_words = read_catalogue(language).gettext("Open the page")
    paragraphs = [part for part in body.replace("\r\n", "\n").split("\n\n") if part.strip()]
    inside = Markup().join(_paragraph(part.strip("\n").split("\n"), with_words) for part in paragraphs)
    return str(
        Markup('<!DOCTYPE html>\n<html lang="{}"><head><meta charset="utf-8">').format(language)
        + Markup('<meta name="color-scheme" content="light"></head>\n<body style="{}">\n{}</body></html>\n').format(
            LETTER, inside
        )
    )


def _paragraph(lines: list[str], with_words: str) -> Markup:
    written = Markup("<br>\n").join(_line(line, with_words) for line in lines)
    return Markup("<p>{}</p>\n").format(written)


def _line(line: str, with_words: str) -> Markup:
    if LINK.fullmatch(line.strip()):
        return Markup('<a href="{}" style="{}">{}</a>').format(line.strip(), BUTTON, with_words)
    parts, end = [], 0
    for found in LINK.finditer(line):
        parts += [escape(line[end : found.start()]), Markup('<a href="{0}">{0}</a>').format(found[0])]
        end = found.end()
    return Markup().join([*parts, escape(line[end:])])
