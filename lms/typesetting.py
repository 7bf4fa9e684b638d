"""Sheets of paper as PDF files, and drawings as points, where the extra that sets them is installed."""

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path


def can_be_pdf() -> bool:
    """Whether the extra that sets a sheet is installed."""
    return find_spec("typst") is not None


def typeset(sheet: Path, words: Mapping[str, str]) -> bytes:
    """The sheet with these words as a tagged PDF: PDF/UA-1 where the fonts hold every letter.

    Words come in as plain text, so that no name can be read as markup.
    """
    import typst

    try:
        pdf: bytes = typst.compile(sheet, sys_inputs=dict(words), pdf_standards="ua-1")
    except typst.TypstError:
        # The standard forbids a letter without a shape; a name with an emoji in it is still somebody's name.
        pdf = typst.compile(sheet, sys_inputs=dict(words))
    return pdf


def typeset_picture(sheet: Path, words: Mapping[str, str], side: int) -> bytes:
    """The first page of a sheet, an inch wide and high, as a PNG of `side` by `side` points."""
    import typst

    picture: bytes = typst.compile(sheet, sys_inputs=dict(words), format="png", ppi=side)
    return picture
