"""The pictures of a pack: which may be shown, and how much room they take.

A drawing is also a page when somebody opens it alone, so it may hold nothing that runs, fetches or leads away. It is
read as XML and not as text: a name may stand in another namespace, a letter may be written as a number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from xml.parsers import expat

from lms.courses.files import read_text
from lms.courses.findings import Finding

# What a browser is told a picture is, by how its name ends.
KINDS = {
    "svg": "image/svg+xml",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
}

# A picture by one of these names is the course's own: on the cards people choose from, and where a link is shared.
COVER = "cover.svg"
PREVIEW = "social.png"
PREVIEW_SIZE = 1200, 630
HEAVIEST_DRAWING = 6_000
# ![](images/name.svg "decorative"): a picture that says nothing the text doesn't say.
DECORATIVE = "decorative"

_NAME = re.compile(rf"[\w-]+\.({'|'.join(KINDS)})")
_SVG = "http://www.w3.org/2000/svg"
_ELEMENTS = {
    *("svg", "g", "defs", "symbol", "use", "title", "desc", "style"),
    *("path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan", "textPath"),
    *("linearGradient", "radialGradient", "stop", "clipPath", "mask", "pattern", "marker", "filter"),
    *("feBlend", "feColorMatrix", "feComposite", "feFlood", "feGaussianBlur", "feMerge", "feMergeNode", "feOffset"),
    *("feMorphology", "feTurbulence"),
}
# In a style, a backslash could spell any of these.
_FETCHES = re.compile(
    r"url\(\s*[\"']?(?!\s*[\"']?#)[^)]*|\b(image|image-set|cross-fade|src)\(|@import|\\", re.IGNORECASE
)
_VIEW_BOX = re.compile(r"\s*[\d.+-]+[\s,]+[\d.+-]+[\s,]+(\d+(?:\.\d+)?)[\s,]+(\d+(?:\.\d+)?)\s*")


@dataclass(frozen=True)
class Image:
    """A picture of the pack, with the room it takes on the page (None where the file doesn't say)."""

    name: str
    size: tuple[int, int] | None


def read_images(folder: Path, findings: list[Finding]) -> dict[str, Image]:
    """The pictures in a folder by name; what can't be shown becomes a finding."""
    images = {}
    for file in sorted(folder.glob("*")):
        if _NAME.fullmatch(file.name) and file.is_file():
            images[file.name] = Image(file.name, _size(file, findings))
        elif not file.name.startswith("."):
            do = "Keep svg, png, jpg and webp there, named with letters, digits and hyphens."
            findings.append(Finding(file, 1, "This is no picture a lesson can show.", do))
    return images


def _size(file: Path, findings: list[Finding]) -> tuple[int, int] | None:
    if file.suffix == ".svg":
        drawing = _Drawing(read_text(file, findings))
        do = "Keep only shapes, text and styles, and links to #parts of the picture itself."
        findings += [Finding(file, line, f"The picture holds «{what}».", do) for line, what in drawing.unsafe]
        return drawing.size
    return size_of(file)


def size_of(file: Path) -> tuple[int, int] | None:
    """How many pixels a PNG has; None for what is none."""
    with file.open("rb") as picture:
        start = picture.read(24)
    if start.startswith(b"\x89PNG") and len(start) == 24:
        return int.from_bytes(start[16:20]), int.from_bytes(start[20:24])
    return None


class _Drawing:
    """An SVG, read once from end to end; `unsafe` is what it may not hold, by line."""

    def __init__(self, text: str) -> None:
        self.size: tuple[int, int] | None = None
        self.unsafe: list[tuple[int, str]] = []
        self.style: list[str] | None = None
        self.parser = expat.ParserCreate(encoding="utf-8", namespace_separator=" ")
        self.parser.StartElementHandler = self._begins
        self.parser.EndElementHandler = self._ends
        self.parser.CharacterDataHandler = self._goes_on
        self.parser.XmlDeclHandler = self._declaration
        self.parser.StartDoctypeDeclHandler = lambda *about: self._refuse("<!DOCTYPE")
        self.parser.ProcessingInstructionHandler = lambda target, rest: self._refuse(f"<?{target}")
        try:
            self.parser.Parse(text.encode(), True)
        except expat.ExpatError as error:
            self._refuse(f"what is not XML: {expat.ErrorString(error.code)}", error.lineno)

    def _refuse(self, what: str, line: int | None = None) -> None:
        self.unsafe.append((line or self.parser.CurrentLineNumber, what))

    def _declaration(self, version: str, encoding: str | None, standalone: int) -> None:
        # A browser would believe it, and read something else than we have.
        if encoding and encoding.lower() != "utf-8":
            self._refuse(f"encoding={encoding}")

    def _begins(self, name: str, attributes: dict[str, str]) -> None:
        namespace, _, element = name.rpartition(" ")
        if namespace != _SVG or element not in _ELEMENTS:
            self._refuse(f"<{element}")
        for attribute, value in attributes.items():
            self._attribute(attribute.rpartition(" ")[2].lower(), value)
        if element == "svg" and self.size is None and (box := _VIEW_BOX.fullmatch(attributes.get("viewBox", ""))):
            self.size = round(float(box[1])), round(float(box[2]))
        if element == "style" and self.style is None:
            self.style, self.style_line = [], self.parser.CurrentLineNumber

    def _attribute(self, name: str, value: str) -> None:
        if name.startswith("on"):
            self._refuse(f"{name}=")
        elif name in ("href", "src") and not value.strip().startswith("#"):
            self._refuse(f"{name}={value}")
        for fetching in _FETCHES.finditer(value):
            self._refuse(fetching[0])

    def _goes_on(self, text: str) -> None:
        if self.style is not None:
            self.style.append(text)

    def _ends(self, name: str) -> None:
        if self.style is not None and name == f"{_SVG} style":
            # As a whole: a letter that is written as a number comes as a piece of its own.
            style, self.style = "".join(self.style), None
            for fetching in _FETCHES.finditer(style):
                self._refuse(fetching[0], self.style_line + style.count("\n", 0, fetching.start()))
