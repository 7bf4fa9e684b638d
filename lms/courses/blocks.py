"""The fenced blocks an author can write: boxes become HTML, exercises become data."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from xml.etree.ElementTree import Element, SubElement

from markdown import Markdown
from pymdownx.blocks import BlocksExtension, BlocksProcessor
from pymdownx.blocks.block import Block, type_string

Html = Callable[[Element], str]

# A tag of our own, so that nothing an author can write is taken for an exercise.
EXERCISE = "exercise"
HELP = "help"

# What is answered is kept under the id, which has room for 80 characters.
ID = re.compile(r"(?=.{1,80}$)[a-z][a-z0-9]*(-[a-z0-9]+)*")
# An exercise's id is its form field, and these are fields of the lesson page itself.
TAKEN_IDS = {"opened", "otherwise", "part", "script", "tab", "number", "seconds"}

_INLINE = {"strong", "em", "code", "a", "span", "img", "br", "button"}
_MOST_ROWS = 20


class Misshapen(Exception):
    """An exercise whose body is not what its kind needs."""

    def __init__(self, what: str, do: str) -> None:
        super().__init__(what)
        self.what = what
        self.do = do


class _Plain(Block):  # type: ignore[misc]
    """A block without attributes of the author's own, so that no class or handler comes in by that door."""

    def on_validate(self, parent: Element) -> bool:
        return not self.options["attrs"]

    def on_markdown(self) -> str:
        return "block"


class _Note(_Plain):
    NAME = "note"
    ARGUMENT = None

    def on_create(self, parent: Element) -> Element:
        box = SubElement(parent, "div", {"class": "note", "role": "note"})
        if self.argument:
            SubElement(box, "p", {"class": "box-heading"}).text = self.argument
        return box


class _Quote(_Plain):
    NAME = "quote"
    ARGUMENT = None

    def on_create(self, parent: Element) -> Element:
        figure = SubElement(parent, "figure", {"class": "quote"})
        SubElement(figure, "blockquote")
        return figure

    def on_add(self, block: Element) -> Element:
        return block[0]

    def on_end(self, block: Element) -> None:
        if self.argument:
            SubElement(block, "figcaption").text = self.argument


class _Columns(_Plain):
    NAME = "columns"

    def on_create(self, parent: Element) -> Element:
        return SubElement(parent, "div", {"class": "columns"})


class _Column(_Plain):
    NAME = "column"

    def on_create(self, parent: Element) -> Element:
        return SubElement(parent, "div", {"class": "column"})


class _Help(_Plain):
    NAME = HELP

    def on_create(self, parent: Element) -> Element:
        return SubElement(parent, HELP)


class _Exercise(_Plain):
    ARGUMENT = True

    def on_create(self, parent: Element) -> Element:
        given = {name: value for name, value in self.options.items() if name != "attrs"}
        return SubElement(parent, EXERCISE, {**given, "kind": self.NAME, "id": self.argument})


def _exercise(kind: str, *options: str) -> type[Block]:
    accepted = dict.fromkeys(options, ("", type_string))
    return type(f"_{kind.title()}", (_Exercise,), {"NAME": kind, "OPTIONS": accepted})


BOXES = {block.NAME: block for block in (_Note, _Quote, _Columns, _Column, _Help)}


class CourseBlocks(BlocksExtension):  # type: ignore[misc]
    """Teaches Python-Markdown every block of a lesson."""

    def extendMarkdownBlocks(self, md: Markdown, block_mgr: BlocksProcessor) -> None:  # noqa: N802
        for block in (*BOXES.values(), *EXERCISES.values()):
            block_mgr.register(block, {})


def exercise_data(element: Element, html: Html) -> dict[str, Any]:
    """What an exercise asks, as plain data, from its rendered block."""
    kind = element.attrib["kind"]
    data = {"kind": kind, "id": element.attrib["id"], **_BODIES[kind](element, html)}
    if not data["prompt"]:
        raise Misshapen("The exercise asks nothing.", "Write the question under the line with the id.")
    return data


def _only_prompt(element: Element, html: Html) -> dict[str, Any]:
    return {"prompt": html(element)}


def _choice(element: Element, html: Html) -> dict[str, Any]:
    prompt, items = _prompt_and_rows(element, "ul", "a list with - [ ] and - [x]")
    alternatives = [_alternative(item, html) for item in items]
    if not any(each["right"] for each in alternatives):
        raise Misshapen("No alternative is right.", "Mark at least one with [x].")
    return {"prompt": html(prompt), "alternatives": alternatives}


def _alternative(item: Element, html: Html) -> dict[str, Any]:
    text, rest = _text_and_rest(item)
    mark = re.match(r"\s*\[([ xX])\](\s+|$)", text.text or "")
    if mark is None:
        raise Misshapen("An alternative is marked neither right nor wrong.", "Begin it with [ ] or [x].")
    text.text = (text.text or "")[mark.end() :]
    return {"text": _said(html(text)), "why": html(rest), "right": mark[1] != " "}


def _said(text: str) -> str:
    """The text, which has to be there: nobody can choose or move what says nothing."""
    if not text:
        raise Misshapen("Something to choose from has no text.", "Write a text, or delete its line.")
    return text


def _match(element: Element, html: Html) -> dict[str, Any]:
    what = "a table with two columns"
    prompt, _ = _prompt_and_rows(element, "table", what)
    cells = [list(row) for row in element.iter("tr")]
    if any(len(row) != 2 for row in cells):
        raise Misshapen("The table has not two columns.", f"Write {what}: left and right.")
    headings, *pairs = [[_said(html(_inside(cell))) for cell in row] for row in cells]
    if len({right for _, right in pairs}) != len(pairs):
        raise Misshapen("Two rows have the same right side.", "Give each row a right side of its own.")
    return {"prompt": html(prompt), "headings": headings, "pairs": pairs}


def _order(element: Element, html: Html) -> dict[str, Any]:
    prompt, items = _prompt_and_rows(element, "ol", "a numbered list")
    split = [_text_and_rest(item) for item in items]
    return {
        "prompt": html(prompt),
        "steps": [{"text": _said(html(text)), "note": html(rest)} for text, rest in split],
    }


def _rating(element: Element, html: Html) -> dict[str, Any]:
    factor = element.attrib["factor"]
    if not ID.fullmatch(factor):
        raise Misshapen("The rating has no factor.", "Write «    factor: key» right under its first line.")
    return {"prompt": html(element), "factor": factor}


def _case(element: Element, html: Html) -> dict[str, Any]:
    prompt, items = _prompt_and_rows(element, "ul", "a list of choices")
    split = [_text_and_rest(item) for item in items]
    if any(not len(rest) for _, rest in split):
        raise Misshapen("A choice leads nowhere.", "Write the reply under it, indented, after an empty line.")
    choices = [{"text": _said(html(text)), "reply": html(rest)} for text, rest in split]
    return {"prompt": html(prompt), "title": element.attrib["title"], "choices": choices}


_BODIES: Mapping[str, Callable[[Element, Html], dict[str, Any]]] = {
    "reflection": _only_prompt,
    "choice": _choice,
    "match": _match,
    "order": _order,
    "stance": _only_prompt,
    "rating": _rating,
    "case": _case,
}
_OPTIONS = {"rating": ("factor",), "case": ("title",)}

EXERCISES = {kind: _exercise(kind, *_OPTIONS.get(kind, ())) for kind in _BODIES}


def _prompt_and_rows(element: Element, tag: str, what: str) -> tuple[Element, list[Element]]:
    """What stands before the last list or table, and that one's rows."""
    children = list(element)
    if not children or children[-1].tag != tag:
        raise Misshapen(f"The exercise does not end with {what}.", f"Write {what} last, and nothing after it.")
    rows = list(children[-1].iter("tr"))[1:] if tag == "table" else list(children[-1])
    if not 2 <= len(rows) <= _MOST_ROWS:
        raise Misshapen(f"The exercise has {len(rows)} to choose from.", f"Write from 2 to {_MOST_ROWS}.")
    return _wrapped(children[:-1]), rows


def _text_and_rest(item: Element) -> tuple[Element, Element]:
    """The first line of a list item, and the paragraphs under it."""
    children = list(item)
    if children and children[0].tag == "p" and not (item.text or "").strip():
        return _inside(children[0]), _wrapped(children[1:])
    inline = next((at for at, child in enumerate(children) if child.tag not in _INLINE), len(children))
    return _wrapped(children[:inline], item.text), _wrapped(children[inline:])


def _inside(element: Element) -> Element:
    return _wrapped(list(element), element.text)


def _wrapped(children: Iterable[Element], text: str | None = None) -> Element:
    wrapper = Element("div")
    wrapper.text = text
    wrapper.extend(children)
    return wrapper
