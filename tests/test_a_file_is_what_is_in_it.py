"""A file is what is in it: types that lie are refused with what they are, and nothing is unpacked to find out."""

import io
import zipfile
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask

from lms.measures.evidence.kinds import PDF, Refused, kind_of, safe_name
from lms.measures.evidence.store import DiskStore
from tests.proofs import PDF_FILE

PNG_FILE = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(40)
JPEG_FILE = b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(40)
WEBP_FILE = b"RIFF\x24\0\0\0WEBPVP8 " + bytes(40)


def archive(*names: str, mimetype: str = "", packed: bool = False, holding: bytes = b"<x/>") -> bytes:
    """A ZIP archive with these entries; an OpenDocument says first, unpacked, which kind it is."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        if mimetype:
            made.writestr("mimetype", mimetype, zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED)
        for name in names:
            made.writestr(name, holding)
    return out.getvalue()


DOCX_FILE = archive("[Content_Types].xml", "_rels/.rels", "word/document.xml")
XLSX_FILE = archive("[Content_Types].xml", "xl/workbook.xml")
PPTX_FILE = archive("[Content_Types].xml", "ppt/presentation.xml")
OF_DOCUMENTS = "application/vnd.oasis.opendocument."
ODT_FILE = archive("content.xml", mimetype=f"{OF_DOCUMENTS}text")
BOMB = archive("[Content_Types].xml", "word/document.xml", holding=bytes(50_000_000))

TAKEN = {
    "rutine.pdf": (PDF_FILE, "pdf"),
    "RUTINE.PDF": (PDF_FILE, "pdf"),
    "without-an-ending": (PDF_FILE, "pdf"),
    "board.png": (PNG_FILE, "png"),
    "poster.jpeg": (JPEG_FILE, "jpg"),
    "poster.jpg": (JPEG_FILE, "jpg"),
    "poster.webp": (WEBP_FILE, "webp"),
    "plan.docx": (DOCX_FILE, "docx"),
    "plan.xlsx": (XLSX_FILE, "xlsx"),
    "plan.pptx": (PPTX_FILE, "pptx"),
    "plan.odt": (ODT_FILE, "odt"),
    "plan.ods": (archive("content.xml", mimetype=f"{OF_DOCUMENTS}spreadsheet"), "ods"),
    "plan.odp": (archive("content.xml", mimetype=f"{OF_DOCUMENTS}presentation"), "odp"),
    # It would unpack to fifty million bytes; we never do.
    "bomb.docx": (BOMB, "docx"),
}
REFUSED = {
    "empty.pdf": (b"", "er tom"),
    "photo.pdf": (PNG_FILE, "PNG"),
    "text.docx": (XLSX_FILE, "XLSX"),
    "sheet.xlsx": (ODT_FILE, "ODT"),
    "program.pdf": (b"MZ\x90\0" + bytes(60), "program"),
    "program.png": (b"\x7fELF\x02\x01" + bytes(60), "program"),
    "script.pdf": (b"#!/bin/sh\nrm -rf /\n", "program"),
    "page.pdf": (b"<!DOCTYPE html><script>alert(1)</script>", "nettside"),
    "page.png": (b"\xef\xbb\xbf  <html><body>", "nettside"),
    "drawing.svg": (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "SVG"),
    "drawing.png": (b"<?xml version='1.0'?>\n<svg/>", "SVG"),
    "old.doc": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(60), "passord"),
    "locked.docx": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(60), "passord"),
    "moving.gif": (b"GIF89a" + bytes(60), "JPEG"),
    "phone.jpg": (b"\0\0\0\x18ftypheic" + bytes(60), "JPEG"),
    "letter.pdf": (b"{\\rtf1\\ansi", "RTF"),
    "film.pdf": (b"\0\0\0\x18ftypmp42" + bytes(60), "lenke"),
    "sound.webp": (b"RIFF\x24\0\0\0WAVEfmt " + bytes(60), "lenke"),
    "not-quite.webp": (b"RIFX\x24\0\0\0WEBPVP8 " + bytes(60), "PDF"),
    "all.zip": (archive("a.txt", "b.txt"), "ZIP"),
    "all.docx": (archive("a.txt", "b.txt"), "ZIP"),
    "two-in-one.docx": (archive("[Content_Types].xml", "word/document.xml", "xl/workbook.xml"), "ZIP"),
    "packed-word.odt": (archive("content.xml", mimetype=f"{OF_DOCUMENTS}text", packed=True), "ZIP"),
    "book.odt": (archive("content.opf", mimetype="application/epub+zip"), "ZIP"),
    "macros.docx": (archive("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), "makroer"),
    "macros.odt": (archive("Basic/script-lc.xml", mimetype=f"{OF_DOCUMENTS}text"), "makroer"),
    "half.docx": (DOCX_FILE[: len(DOCX_FILE) // 2], "skadet"),
    "many.docx": (archive(*(f"{number}.xml" for number in range(5_001))), "skadet"),
    "other.gz": (b"\x1f\x8b\x08" + bytes(60), "arkiv"),
    "notes.txt": (b"Bare litt tekst.", "PDF"),
    "late.pdf": (b"junk before %PDF-1.7", "PDF"),
}


@pytest.fixture(autouse=True)
def _spoken(app: Flask) -> object:
    with app.app_context():
        yield


@pytest.mark.parametrize("name", TAKEN)
def test_it_is_known_by_its_content(name: str) -> None:
    content, ending = TAKEN[name]

    assert kind_of(io.BytesIO(content), name).endings[0] == ending


@pytest.mark.parametrize("name", REFUSED)
def test_what_lies_or_is_not_taken_is_told_what_it_is(name: str) -> None:
    content, said = REFUSED[name]

    with pytest.raises(Refused, match=said):
        kind_of(io.BytesIO(content), name)


def test_a_table_of_contents_longer_than_it_says_is_not_read() -> None:
    """The large kind of archive says in another place how long its table is."""
    end = DOCX_FILE.rfind(b"PK\x05\x06")
    large = DOCX_FILE[:end] + b"PK\x06\x07" + bytes(16) + DOCX_FILE[end:]

    with pytest.raises(Refused, match="skadet"):
        kind_of(io.BytesIO(large), "plan.docx")


@pytest.mark.parametrize("length", [0, 3, 11, 21, 60])
@pytest.mark.parametrize("name", TAKEN)
def test_a_file_that_stops_early_is_known_or_refused(name: str, length: int) -> None:
    content, ending = TAKEN[name]

    with suppress(Refused):
        assert kind_of(io.BytesIO(content[:length]), "").endings[0] == ending


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Rutine 2026.pdf", "Rutine 2026.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("..\\..\\windows\\system32\\rutine.pdf", "rutine.pdf"),
        ("C:\\Brukere\\Mona\\Håndbok æøå.pdf", "Håndbok æøå.pdf"),
        ("rutine\r\nSet-Cookie: a=b.pdf", "rutine Set-Cookie: a=b.pdf"),
        ("rutine\u202efdp.exe", "rutinefdp.pdf"),
        (".pdf", "pdf.pdf"),
        ("...", "fil.pdf"),
        ("", "fil.pdf"),
        ("<script>alert(1)</script>.pdf", "script>.pdf"),
        ("a" * 300 + ".pdf", "a" * 116 + ".pdf"),
    ],
)
def test_a_name_is_only_a_name(written: str, shown: str) -> None:
    assert safe_name(written, PDF) == shown


def test_files_lie_under_names_nobody_chose(tmp_path: Path) -> None:
    store, organisation = DiskStore(tmp_path / "files"), uuid4()
    kept = store.keep(io.BytesIO(PDF_FILE), organisation)
    lying = next((tmp_path / "files").glob("*/*"))

    assert lying.read_bytes() == PDF_FILE
    assert lying.stat().st_mode & 0o077 == 0
    assert lying.parent.name == organisation.hex
    assert kept.size == len(PDF_FILE)
    for key in ("../secret.key", "a/../../secret.key", "/etc/passwd", "a/b/c", ""):
        with pytest.raises(ValueError, match="key"):
            store.pieces(key)


def test_a_file_that_can_not_be_kept_leaves_nothing(tmp_path: Path) -> None:
    class Torn(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError("the line broke")

    store = DiskStore(tmp_path / "files")
    with pytest.raises(OSError, match="broke"):
        store.keep(Torn(PDF_FILE), uuid4())

    assert list((tmp_path / "files").glob("*/*")) == []
