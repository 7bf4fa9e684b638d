"""Whether a pack is illustrated as it should be: light drawings, a picture in each lesson, a preview that fits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lms.courses.findings import Finding
from lms.courses.pictures import HEAVIEST_DRAWING, PREVIEW, PREVIEW_SIZE, size_of
from lms.courses.source import Source


def look_at_pictures(source: Source, data: Mapping[str, Any]) -> Iterator[Finding]:
    """What an author should mend about the pictures of a pack."""
    images = source.folder / "images"
    for drawing in sorted(images.glob("*.svg")):
        weight = drawing.stat().st_size
        if weight > HEAVIEST_DRAWING:
            what = f"The drawing weighs {weight} bytes; {HEAVIEST_DRAWING} is the most."
            yield Finding(drawing, 1, what, "Draw it with fewer points, and round the numbers.", "warning")
    if PREVIEW in data["images"] and (size := size_of(images / PREVIEW)) != PREVIEW_SIZE:
        what = f"The preview is {f'{size[0]} × {size[1]}' if size else 'no PNG'}."
        do = f"Save it as a PNG of {PREVIEW_SIZE[0]} × {PREVIEW_SIZE[1]}, which those who show links expect."
        yield Finding(images / PREVIEW, 1, what, do, "warning")
    yield from _without_a_picture(source, data)


def _without_a_picture(source: Source, data: Mapping[str, Any]) -> Iterator[Finding]:
    """In a pack where most lessons have one; the parts for leaders are short, and may do without."""
    texts = {
        (lesson["slug"], language): sections
        for lesson in data["lessons"]
        if not lesson["for_leaders"]
        for language, sections in lesson["texts"].items()
    }
    bare = {place for place, sections in texts.items() if not _pictures(sections)}
    if 2 * len(bare) >= len(texts):
        return
    for file in source.lesson_files:
        if (file.slug, file.language) in bare:
            what = "The lesson has no picture, and most of the course have."
            yield Finding(file.file, file.first_line, what, "Draw one, and show it with ![…](images/….svg).", "warning")


def _pictures(sections: list[dict[str, Any]]) -> bool:
    return any("<img " in part.get("html", "") for section in sections for part in section["parts"])
