"""Turns a lesson's Markdown into sections of prose and exercises: plain data, rendered and sanitised once."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from re import Match
from typing import Any
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.inlinepatterns import InlineProcessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

from lms.courses.blocks import BOXES, EXERCISE, EXERCISES, HELP, ID, TAKEN_IDS, CourseBlocks, Misshapen, exercise_data
from lms.courses.glossary import BRACKETS, Meaning
from lms.courses.pictures import DECORATIVE, Image
from lms.courses.sanitising import IMAGES, allowed, sanitised

_FENCE = re.compile(r" {0,3}(/{3,})\s*(?:([\w-]+)\s*(?:\|\s*(.*?)\s*)?)?")
# A block may not begin on the line of a quotation or a list item: Markdown loses it, or its own way out.
_IN_A_MARK = re.compile(r"\s*(?:(?:>|[-*+]|\d+\.)\s*)+/{3,}\s*[\w-]+.*")
IN_A_LIST = ("A block stands in a list or a quotation.", "Move it out, to the left margin.")
_HEADINGS = ("h2", "h3", "h4")


@dataclass(frozen=True)
class Surroundings:
    """What a lesson may refer to: the words its glossary explains and the pictures beside it."""

    terms: Mapping[str, Meaning] = field(default_factory=dict)
    images: Mapping[str, Image] = field(default_factory=dict)


@dataclass(frozen=True)
class Slip:
    """Something wrong in the text of a lesson, on a line of that text."""

    line: int
    what: str
    do: str


@dataclass(frozen=True)
class Rendered:
    """A lesson's sections as plain data, and what was wrong with its text."""

    sections: list[dict[str, Any]]
    slips: list[Slip]


@dataclass(frozen=True)
class _Fence:
    line: int
    name: str
    argument: str


def render(text: str, surroundings: Surroundings) -> Rendered:
    """Render a lesson's text; with slips, the sections are incomplete and must not be shown."""
    fences, slips = _fences(text)
    if slips:
        return Rendered([], slips)
    try:
        return _Rendering(text, surroundings, fences).result()
    except RecursionError:
        return Rendered([], [Slip(1, "Lists and quotations stand too deep inside one another.", "Move them out.")])


def _fences(text: str) -> tuple[list[_Fence], list[Slip]]:
    """Every block's first line; Markdown itself would let a misspelt one pass as text."""
    fences: list[_Fence] = []
    slips: list[Slip] = []
    open_blocks: list[tuple[int, _Fence]] = []
    seen: set[str] = set()
    for number, line in enumerate(text.split("\n"), 1):
        fence = _FENCE.fullmatch(line.rstrip())
        if fence is None:
            if _IN_A_MARK.fullmatch(line):
                slips.append(Slip(number, *IN_A_LIST))
            continue
        slashes, name, argument = len(fence[1]), fence[2], fence[3] or ""
        if name is None:
            if open_blocks and open_blocks[-1][0] == slashes:
                open_blocks.pop()
            else:
                slips.append(Slip(number, "This closes no block.", "Close each block with as many / as opened it."))
            continue
        opened = _Fence(number, name, argument)
        if name not in BOXES and name not in EXERCISES:
            known = ", ".join([*EXERCISES, *BOXES])
            slips.append(Slip(number, f"There is no block called {name}.", f"Use one of {known}."))
        elif open_blocks and slashes >= open_blocks[-1][0]:
            slips.append(Slip(number, "A block in a block has too many /.", "Write //// outside and /// inside."))
        elif name in EXERCISES and not ID.fullmatch(argument):
            do = f"Write «/// {name} | short-name», in small letters a–z, digits and hyphens, 80 at most."
            slips.append(Slip(number, f"The {name} has no id that works.", do))
        elif name in EXERCISES and argument in TAKEN_IDS:
            slips.append(Slip(number, f"The page itself has a field called {argument}.", "Choose another id."))
        elif name in EXERCISES and argument in seen:
            slips.append(Slip(number, f"The id {argument} is used twice in this lesson.", "Give each its own."))
        elif (name in EXERCISES or name == HELP) and open_blocks:
            slips.append(Slip(number, f"The {name} stands inside another block.", "Move it out of the block."))
        if name in EXERCISES:
            seen.add(argument)
        fences.append(opened)
        open_blocks.append((slashes, opened))
    slips += [
        Slip(opened.line, f"The {opened.name} is never closed.", f"Write {'/' * slashes} on a line after it.")
        for slashes, opened in open_blocks
    ]
    return fences, slips


class _Rendering:
    """One lesson on its way through Markdown."""

    def __init__(self, text: str, surroundings: Surroundings, fences: list[_Fence]) -> None:
        self.text = text
        self.lines = text.split("\n")
        self.surroundings = surroundings
        self.fences = {fence.argument: fence for fence in fences if fence.name in EXERCISES}
        self.help_lines = [fence.line for fence in fences if fence.name == HELP]
        self.slips: list[Slip] = []
        self.terms_shown = 0
        self.headings = 0
        self.markdown = _markdown(self._term)

    def result(self) -> Rendered:
        keeper = _Keeper(self.markdown)
        # After everything else: what is kept is the finished tree.
        self.markdown.treeprocessors.register(keeper, "lms-keeper", -100)
        self.markdown.convert(self.text)
        root = keeper.root
        if root is None:
            return Rendered([], self.slips)
        for element in list(root.iter()):
            self._look_at(element)
        for element in root:
            self._look_for_swallowed(element)
        sections = self._sections(root)
        for missed in self.fences.values():
            self._not_understood(missed.line, missed.name)
        return Rendered(sections, self.slips)

    def _look_for_swallowed(self, element: Element) -> None:
        """What Markdown took for something else, so that a reader would not meet it as it was meant."""
        for inside in element.iter():
            if inside is not element and inside.tag in (EXERCISE, HELP):
                name, id = inside.get("kind", HELP), inside.get("id")
                place = rf"/{{3,}}\s*{name}" + (rf"\s*\|\s*{id}\s*$" if id else "")
                self._slip(*IN_A_LIST, place)
            if inside.tag == "p":
                # Where a block's settings are wrong, its first line is left as text.
                for line in "".join(inside.itertext()).split("\n"):
                    fence = _FENCE.fullmatch(line.rstrip())
                    if fence and fence[2] in BOXES:
                        self._not_understood(self.lines.index(line) + 1 if line in self.lines else 1, fence[2])

    def _not_understood(self, line: int, name: str) -> None:
        do = "Look at its line and the indented ones under it; a value with a colon needs quotes."
        self.slips.append(Slip(line, f"The {name}'s settings are not understood.", do))

    def _slip(self, what: str, do: str, *sought: str) -> None:
        """A slip on the first line that the first pattern finds, else the next pattern."""
        found = (number for pattern in sought for number, line in enumerate(self.lines, 1) if re.search(pattern, line))
        self.slips.append(Slip(next(found, 1), what, do))

    def _term(self, written: str, label: str | None) -> Element | None:
        found = self.surroundings.terms.get(written.casefold())
        if found is None:
            place = rf"\[\[\s*{re.escape(written)}\s*[\]|]"
            self._slip(f"Nobody explains the word {written}.", "Add it to glossary.toml.", place)
            return None
        self.terms_shown += 1
        place = f"term-{self.terms_shown}"
        both = Element("span", {"class": "glossed"})
        word = Element("button", {"type": "button", "class": "term", "popovertarget": place})
        word.text = AtomicString(found.shown(written, label))
        explained = Element("span", {"popover": "", "id": place, "class": "explanation"})
        explained.text = AtomicString(found.text)
        both.extend([word, explained])
        return both

    def _look_at(self, element: Element) -> None:
        if element.tag == "a":
            self._look_at_link(element)
        elif element.tag == "img":
            self._look_at_image(element)
        elif element.tag in ("h1", "h5", "h6"):
            what = f"The heading «{_plain(element)}» has a level lessons don't use."
            level = int(element.tag[1])
            first = re.escape(_plain(element).partition(" ")[0])
            places = (rf"^\s*#{{{level}}}\s*{first}", rf"^\s*{first}", first)
            self._slip(what, "Use ##, ### or ####.", *places)

    def _look_at_link(self, link: Element) -> None:
        href = link.get("href", "")
        if not allowed("a", "href", href):
            do = "Write an address that begins with https://, mailto: or tel:."
            self._slip(f"The link to «{href}» leads nowhere.", do, re.escape(href) or r"\]\(")
        elif href.lower().startswith("http"):
            link.set("rel", "noopener noreferrer")
        if not _plain(link) and link.find(".//img") is None:
            do = "Say in the [brackets] where it leads."
            self._slip(f"The link to «{href}» has no words.", do, rf"\[\s*\]\(\s*{re.escape(href)}", re.escape(href))

    def _look_at_image(self, picture: Element) -> None:
        source = picture.get("src", "")
        image = self.surroundings.images.get(source.removeprefix("images/"))
        if image is None or not source.startswith("images/"):
            do = "Put the file in the pack's images folder and write images/name.svg."
            self._slip(f"There is no picture «{source}».", do, re.escape(source) or r"!\[")
            return
        if not picture.get("alt", "").strip() and picture.get("title") != DECORATIVE:
            do = f'Say in the [brackets] what the picture says, or write ({source} "{DECORATIVE}") if it says nothing.'
            self._slip("The picture has no text.", do, rf"!\[\s*\]\(\s*{re.escape(source)}", re.escape(source))
        picture.set("src", f"{IMAGES}/{image.name}")
        picture.set("loading", "lazy")
        if image.size:
            width, height = image.size
            picture.set("width", str(width))
            picture.set("height", str(height))

    def _look_at_help(self, element: Element, line: int) -> None:
        if len(element) or (element.text or "").strip():
            do = "Close it at once, and write before or after it."
            self.slips.append(Slip(line, "Nobody sees what stands inside the help.", do))

    def _sections(self, root: Element) -> list[dict[str, Any]]:
        sections: list[dict[str, Any]] = []
        prose: list[Element] = []
        parts: list[dict[str, Any]] = []
        heading: str | None = None
        help_lines = iter(self.help_lines)

        def end_of_prose() -> None:
            if prose:
                wrapper = Element("div")
                wrapper.extend(prose)
                parts.append({"kind": "prose", "html": self._html(wrapper)})
                prose.clear()

        def end_of_section() -> None:
            end_of_prose()
            if parts or heading:
                sections.append({"id": f"part-{len(sections) + 1}", "heading": heading, "parts": parts})

        for element in list(root):
            if element.tag == "h2":
                end_of_section()
                heading, parts = _plain(element), []
            elif element.tag == EXERCISE:
                end_of_prose()
                parts += self._exercise(element)
            elif element.tag == HELP:
                end_of_prose()
                parts.append({"kind": HELP})
                self._look_at_help(element, next(help_lines, 1))
            else:
                self._name_headings(element, len(sections) + 1)
                prose.append(element)
        end_of_section()
        return sections

    def _name_headings(self, element: Element, section: int) -> None:
        for heading in element.iter():
            if heading.tag in _HEADINGS:
                self.headings += 1
                heading.set("id", f"part-{section}-{self.headings}")

    def _exercise(self, element: Element) -> list[dict[str, Any]]:
        fence = self.fences.pop(element.attrib["id"])
        try:
            return [exercise_data(element, self._html)]
        except Misshapen as wrong:
            self.slips.append(Slip(fence.line, wrong.what, wrong.do))
            return []

    def _html(self, wrapper: Element) -> str:
        """What stands inside the element, sanitised."""
        html = self.markdown.serializer(wrapper).strip()
        html = html[html.index(">") + 1 : html.rindex("</")] if not html.endswith("/>") else ""
        for postprocessor in self.markdown.postprocessors:
            html = postprocessor.run(html)
        return sanitised(html).strip()


def _markdown(term: Callable[[str, str | None], Element | None]) -> Markdown:
    markdown = Markdown(extensions=["tables", "sane_lists", CourseBlocks()])
    # Without these three, HTML in a lesson is text like any other.
    markdown.preprocessors.deregister("html_block")
    markdown.inlinePatterns.deregister("html")
    markdown.inlinePatterns.deregister("automail")
    # Before links (170 and below), which would take the inner brackets; after code (190).
    markdown.inlinePatterns.register(_Term(term), "lms-term", 175)
    markdown.block_level_elements += [EXERCISE, HELP]
    return markdown


class _Term(InlineProcessor):
    """A word in double brackets."""

    def __init__(self, term: Callable[[str, str | None], Element | None]) -> None:
        super().__init__(BRACKETS.pattern)
        self.term = term

    def handleMatch(  # type: ignore[override]  # noqa: N802
        self, m: Match[str], data: str
    ) -> tuple[Element | str, int, int]:
        explained = self.term(m[1].strip(), m[2].strip() if m[2] else None)
        return (m[2] or m[1]) if explained is None else explained, m.start(0), m.end(0)


class _Keeper(Treeprocessor):
    """Keeps the finished tree, which Markdown itself only shows as one long text."""

    root: Element | None = None

    def run(self, root: Element) -> None:
        self.root = root


def _plain(element: Element) -> str:
    """The words of a heading, without what its glossary words would explain."""
    words = [element.text or ""]
    for child in element:
        if child.get("class") != "explanation":
            words.append(_plain(child))
        words.append(child.tail or "")
    return "".join(words).strip()
