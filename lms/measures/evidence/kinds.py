"""What a file is, told by what is in it: neither its name nor what the browser says about it is believed."""

import zipfile
from collections.abc import Set
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO

from lms.languages import _
from lms.people.names import one_line

LARGEST_FILE = 20 * 1024 * 1024
LONGEST_NAME = 120
BEGINNING = 4096
OPEN_XML = "application/vnd.openxmlformats-officedocument"
OPEN_DOCUMENT = "application/vnd.oasis.opendocument"

# An office file is a ZIP archive. Of a very long table of contents nobody wants to read more than it says about itself.
END_OF_ARCHIVE, LONGEST_END = b"PK\x05\x06", 22 + 65_535
MOST_ENTRIES, LARGEST_CONTENTS = 5_000, 1_000_000
LONGEST_MIMETYPE = 100


class Refused(Exception):
    """The file can't be taken; the text says what it is and what to do."""


@dataclass(frozen=True)
class Kind:
    """A kind of file that we take: what it is served as, and what its name may end with (the first is the usual)."""

    media_type: str
    endings: tuple[str, ...]

    @property
    def name(self) -> str:
        """What people call it."""
        return self.endings[0].upper()


PDF = Kind("application/pdf", ("pdf",))
PNG = Kind("image/png", ("png",))
JPEG = Kind("image/jpeg", ("jpg", "jpeg", "jpe", "jfif"))
WEBP = Kind("image/webp", ("webp",))
DOCX = Kind(f"{OPEN_XML}.wordprocessingml.document", ("docx",))
XLSX = Kind(f"{OPEN_XML}.spreadsheetml.sheet", ("xlsx",))
PPTX = Kind(f"{OPEN_XML}.presentationml.presentation", ("pptx",))
ODT = Kind(f"{OPEN_DOCUMENT}.text", ("odt",))
ODS = Kind(f"{OPEN_DOCUMENT}.spreadsheet", ("ods",))
ODP = Kind(f"{OPEN_DOCUMENT}.presentation", ("odp",))
KINDS = (PDF, PNG, JPEG, WEBP, DOCX, XLSX, PPTX, ODT, ODS, ODP)
MEDIA_TYPES = tuple(kind.media_type for kind in KINDS)
ENDINGS = tuple(ending for kind in KINDS for ending in kind.endings)
MAIN_PARTS = {"word/document.xml": DOCX, "xl/workbook.xml": XLSX, "ppt/presentation.xml": PPTX}
# Kept where an office file keeps its programs.
PROGRAMS = ("vbaproject.bin", "vbadata.xml", "script-lb.xml", "script-lc.xml")

PICTURES = (
    (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 0, PNG),
    (b"\xff\xd8\xff", 0, JPEG),
    (b"WEBP", 8, WEBP),
    (b"%PDF-", 0, PDF),
)


def kind_of(file: BinaryIO, name: str) -> Kind:
    """What the file is, as far as it is something we take and its name does not say otherwise. Raises Refused.

    Nothing in it is unpacked, however small it claims to be; of an archive only the table of contents is read.
    """
    file.seek(0)
    beginning = file.read(BEGINNING)
    kind = next((kind for sign, at, kind in PICTURES if beginning[at:].startswith(sign)), None)
    if kind is WEBP and not beginning.startswith(b"RIFF"):
        kind = None
    if kind is None and beginning.startswith(b"PK\x03\x04"):
        kind = _office_file(file)
    if kind is None:
        raise Refused(_what_it_is_instead(beginning))
    ending = ending_of(name)
    if ending and ending not in kind.endings:
        raise Refused(
            _(
                "The name of the file ends with .%(ending)s, but what is in it is %(kind)s. Give it a name that "
                "ends with .%(right)s, or save it in the format you want, and choose it again.",
                ending=ending,
                kind=kind.name,
                right=kind.endings[0],
            )
        )
    return kind


def ending_of(name: str) -> str:
    """What a file's name ends with, after its last dot, in small letters; empty where it has no such thing."""
    ending = PurePosixPath(name).suffix[1:].lower()
    return ending if ending.isascii() and ending.isalnum() and len(ending) <= 5 else ""


def safe_name(written: str, kind: Kind) -> str:
    """A file's name as it may be shown and handed out: no folders, nothing that turns the text around, an ending.

    It is for people only: the file is never kept under it.
    """
    last = one_line(written.replace("\\", "/").rpartition("/")[2]).strip(". ")
    ending = ending_of(last)
    stem = last[: -len(ending) - 1] if ending else last
    if ending not in kind.endings:
        ending = kind.endings[0]
    stem = stem.strip(". ")[: LONGEST_NAME - len(ending) - 1] or _("file")
    return f"{stem}.{ending}"


def _office_file(file: BinaryIO) -> Kind:
    try:
        names, mimetype = _contents(file)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError):
        raise Refused(
            _("The file is damaged, or packed in a way we do not open. Open it on your machine and save it as PDF.")
        ) from None
    kind = next((kind for kind in (ODT, ODS, ODP) if kind.media_type == mimetype), None)
    if kind is None and "[content_types].xml" in names:
        found = {kind for part, kind in MAIN_PARTS.items() if part in names}
        kind = found.pop() if len(found) == 1 else None
    if kind is None:
        raise Refused(
            _(
                "This is an archive of files (ZIP), or a kind of document we do not take. "
                "Unpack it and add the files one by one, or save it as PDF."
            )
        )
    if any(PurePosixPath(name).name in PROGRAMS for name in names):
        raise Refused(_("There are macros in this %(kind)s: programs. Save it as PDF, and add that.", kind=kind.name))
    return kind


def _contents(file: BinaryIO) -> tuple[Set[str], str]:
    """The names in an archive, in small letters, and what an OpenDocument says that it is."""
    size = file.seek(0, 2)
    file.seek(max(0, size - LONGEST_END))
    end = file.read(LONGEST_END)
    at = end.rfind(END_OF_ARCHIVE)
    number, length = int.from_bytes(end[at + 10 : at + 12], "little"), int.from_bytes(end[at + 12 : at + 16], "little")
    # An archive of the large kind says elsewhere how long its table is; no document needs to.
    is_large = end[max(0, at - 20) : at].startswith(b"PK\x06\x07")
    if at < 0 or is_large or number > MOST_ENTRIES or length > LARGEST_CONTENTS:
        raise zipfile.BadZipFile
    with zipfile.ZipFile(file) as archive:
        entries = archive.infolist()
        names = {entry.filename.lower() for entry in entries}
        # The standard has it first and not compressed, so that it can be read without unpacking anything.
        first = entries[0] if entries else None
        if first is None or first.filename != "mimetype" or first.compress_type != zipfile.ZIP_STORED:
            return names, ""
        with archive.open(first) as part:
            return names, part.read(LONGEST_MIMETYPE).decode("ascii", "replace").strip()


def _what_it_is_instead(beginning: bytes) -> str:
    text = beginning.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not beginning:
        return _("The file is empty. Choose another one.")
    if beginning.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _(
            "This is an old Office format, or a document locked with a password. "
            "Save it as PDF, or as DOCX, XLSX or PPTX without a password."
        )
    if beginning.startswith((b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe")):
        return _("This is a program, whatever it is called. Only documents and pictures can be evidence.")
    if text.startswith((b"<svg", b"<?xml")) and b"<svg" in text:
        return _("This is a drawing (SVG). Save it as PDF or PNG, and add that.")
    if text.startswith((b"<!doctype html", b"<html", b"<script", b"<?xml")):
        return _("This is a web page. Add its link instead, or print it to PDF.")
    if beginning.startswith((b"GIF87a", b"GIF89a", b"BM", b"II*\0", b"MM\0*")) or beginning[4:12] in (
        b"ftypheic",
        b"ftypheix",
        b"ftypmif1",
        b"ftypavif",
    ):
        return _("This is a kind of picture we do not take. Save it as JPEG or PNG, and add that.")
    if text.startswith(b"{\\rtf"):
        return _("This is an RTF document. Save it as PDF, DOCX or ODT, and add that.")
    if beginning[4:8] == b"ftyp" or beginning.startswith((b"ID3", b"OggS", b"RIFF", b"\x1aE\xdf\xa3")):
        return _("This is sound or film. Put it where the scheme can open it, and add the link.")
    if beginning.startswith((b"PK", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zXZ")):
        return _("This is an archive of files. Unpack it, and add the files one by one.")
    return _("We take PDF, documents from Office and LibreOffice, and pictures (JPEG, PNG, WEBP). Save it as PDF.")
