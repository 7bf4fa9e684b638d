"""The gate between what an author wrote and the page: only what stands here comes through.

Two sanitisers in a row, bleach and then nh3, because they parse HTML with different parsers: markup that fools
one of them has still to fool the other. It runs when packs are read, never in a request.
"""

from __future__ import annotations

import re
from functools import cache

import bleach
import nh3

IMAGES = "%IMAGES%"

_TAGS = {
    *("p", "h2", "h3", "h4", "ul", "ol", "li", "strong", "em", "code", "pre", "br", "hr", "blockquote"),
    *(
        "figure",
        "figcaption",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "div",
        "span",
        "a",
        "img",
        "button",
    ),
}
_CLASSES = {"note", "box-heading", "quote", "columns", "column", "glossed", "term", "explanation"}
_ID = re.compile(r"(part|term)-\d+(-\d+)?")
_NUMBER = re.compile(r"\d{1,5}")
_LINK = re.compile(r"(https?://|mailto:|tel:)[^\s]+", re.IGNORECASE)
_IMAGE = re.compile(re.escape(IMAGES) + r"/[\w-]+\.(svg|png|jpe?g|webp)")
_CLASS = re.compile("|".join(sorted(_CLASSES)))
_ANYTHING = re.compile(r".*", re.DOTALL)

_ATTRIBUTES = {
    "a": {"href": _LINK, "rel": re.compile("noopener noreferrer")},
    "img": {
        "src": _IMAGE,
        "alt": _ANYTHING,
        "width": _NUMBER,
        "height": _NUMBER,
        "loading": re.compile("lazy"),
    },
    "button": {"type": re.compile("button"), "class": _CLASS, "popovertarget": _ID},
    "span": {"class": _CLASS, "id": _ID, "popover": re.compile("")},
    "div": {"class": _CLASS, "role": re.compile("note")},
    "figure": {"class": _CLASS},
    "p": {"class": _CLASS},
    "h2": {"id": _ID},
    "h3": {"id": _ID},
    "h4": {"id": _ID},
    "ol": {"start": _NUMBER},
}


def allowed(tag: str, attribute: str, value: str) -> bool:
    """Whether an attribute with this very value may stand on the tag."""
    pattern = _ATTRIBUTES.get(tag, {}).get(attribute)
    return pattern is not None and pattern.fullmatch(value) is not None


def sanitised(html: str) -> str:
    """The HTML with everything gone that an author may not send to a reader."""
    return through_the_second_gate(through_the_first_gate(html))


def through_the_first_gate(html: str) -> str:
    """What bleach lets through."""
    return _bleach().clean(html)


@cache
def _bleach() -> bleach.Cleaner:
    return bleach.Cleaner(
        tags=_TAGS,
        attributes=allowed,
        protocols={"http", "https", "mailto", "tel"},
        strip=True,
        strip_comments=True,
    )


def through_the_second_gate(html: str) -> str:
    """What nh3 lets through."""
    return nh3.clean(
        html,
        tags=_TAGS,
        clean_content_tags={"script", "style"},
        attributes={tag: set(attributes) for tag, attributes in _ATTRIBUTES.items()},
        attribute_filter=lambda tag, attribute, value: value if allowed(tag, attribute, value) else None,
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel=None,
    )
