"""Whatever Mona hands in: a clear sentence in her own language, and nothing written."""

import struct
import zipfile
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.cast import Theatre
from tests.lists import HEADING, drafts_in, hand_in, paste, people_of, repacked, roster_of, workbook
from tests.spoken import READERS, said

SHEET = [["Navn", "E-post"], ["Nils Ny", "nils@teatret.no"]]
TYPES = "[Content_Types].xml"


def macros() -> bytes:
    return repacked(workbook(SHEET), {"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0"})


def macro_type() -> bytes:
    book = workbook(SHEET)
    types = zipfile.ZipFile(BytesIO(book)).read(TYPES)
    return repacked(book, {TYPES: types.replace(b"spreadsheetml.sheet.main", b"ms-excel.sheet.macroEnabled.main")})


def bomb() -> bytes:
    """A hundred megabytes of nothing in a hundred kilobytes."""
    return repacked(workbook(SHEET), {"xl/worksheets/sheet1.xml": b"<x>" + b" " * 100_000_000})


def lying_bomb() -> bytes:
    """It says that it is small, and is not."""
    raw = bytearray(repacked(workbook(SHEET), {"xl/worksheets/sheet1.xml": b"<x>" + b" " * 100_000_000}))
    honest, lie = struct.pack("<I", 100_000_003), struct.pack("<I", 3)
    return bytes(raw.replace(honest, lie))


def entities() -> bytes:
    laughs = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><worksheet>&b;</worksheet>'
    return repacked(workbook(SHEET), {"xl/worksheets/sheet1.xml": laughs.encode()})


def far_away() -> bytes:
    """One cell in the last column of the last row there is."""
    sheet = (
        '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        '<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row></sheetData></worksheet>'
    )
    return repacked(workbook(SHEET), {"xl/worksheets/sheet1.xml": sheet.encode()})


def another_archive() -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("Index/Document.iwa", b"x")
    return out.getvalue()


DAMAGED = "The workbook is damaged. Open it in your spreadsheet program, save it anew as XLSX, and try again."
MACROS = "The workbook holds macros, and we open none that does. Save it as XLSX or CSV, without them."
UNPACKED = "The workbook unpacks to more than we read. Save only the sheet with the people, as CSV."
NO_LIST = "This is no list we can read. Save it as CSV or XLSX, and try again."
COLUMNS = "The list has more than %(number)s columns. Keep the ones about name, e-mail, team and role."
NOBODY = "There is nobody in the list: all its rows are empty."
WIDE = [f"Kolonne {number}" for number in range(200)]
WRONG = {
    "empty": (b"", "The file is empty.", {}),
    "blank": (b" \r\n \r\n", "The file is empty.", {}),
    "only separators": (b";;;\n;;;\n", NOBODY, {}),
    "huge": (
        b"Navn\n" + b"Nils Ny\n" * 190_000,
        "The file is too large: we read at most %(size)s kB. Keep only the columns we ask for, or divide it.",
        {"size": "1\N{NO-BREAK SPACE}500"},
    ),
    "too many": (
        b"Navn\n" + b"\n".join(b"N %d" % number for number in range(10_001)),
        "The list has more than %(number)s rows. Divide it, and hand in one part after the other.",
        {"number": "10\N{NO-BREAK SPACE}000"},
    ),
    "picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)), NO_LIST, {}),
    "PDF": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", NO_LIST, {}),
    "binary": (bytes(range(256)) * 40, NO_LIST, {}),
    "old Excel": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
        "This is an old Excel format, or the file is locked with a password. Save it as XLSX without one.",
        {},
    ),
    "macros": (macros(), MACROS, {}),
    "macro type": (macro_type(), MACROS, {}),
    "zip bomb": (bomb(), UNPACKED, {}),
    "lying zip bomb": (lying_bomb(), DAMAGED, {}),
    "entities": (entities(), DAMAGED, {}),
    "cut off": (workbook(SHEET)[:900], DAMAGED, {}),
    "another archive": (
        another_archive(),
        "This is no Excel workbook. Save the list as XLSX or CSV, and try again.",
        {},
    ),
    "far away": (far_away(), NOBODY, {}),
    "empty workbook": (workbook([]), NOBODY, {}),
    "200 columns": (";".join(WIDE).encode() + b"\n", COLUMNS, {"number": 40}),
    "200 columns in a workbook": (workbook([WIDE]), COLUMNS, {"number": 40}),
    "merged": (
        workbook([*SHEET, ["Nina Ny"], ["Per Sæl"]], merged={"C2:C4": "Kor"}),
        "The cells %(cells)s are merged, so that we cannot know whom they are about. Unmerge them.",
        {"cells": "C2:C4"},
    ),
    "quotation marks": (
        b'Navn;E-post\n"Nils Ny;nils@teatret.no\nNina Ny;nina@teatret.no\n',
        "The quotation marks in the list do not come in pairs. Mend it, and try again.",
        {},
    ),
}


@pytest.mark.parametrize("kind", WRONG)
@pytest.mark.parametrize("language", READERS)
def test_it_is_told_and_nothing_is_written(
    app: Flask, mona: FlaskClient, theatre: Theatre, kind: str, language: str
) -> None:
    content, text, values = WRONG[kind]
    mona.post("/language", data={"language": language})
    answer = hand_in(mona, theatre, content, "liste.xlsx")

    assert answer.status_code == 422
    assert said(language, text, **values) in answer.text
    assert 'aria-describedby="file-error"' in answer.text
    assert drafts_in(app) == 0
    assert len(roster_of(app, theatre.id)) == 2


def test_no_file_at_all(mona: FlaskClient, theatre: Theatre) -> None:
    answer = mona.post(f"{people_of(theatre)}/files", data={}, content_type="multipart/form-data")

    assert answer.status_code == 422
    assert said("nb", "Choose a file first.") in answer.text


def test_more_than_the_site_takes_is_a_page_too(mona: FlaskClient, theatre: Theatre) -> None:
    answer = hand_in(mona, theatre, b"x" * 3_000_000)

    assert answer.status_code == 413
    assert "<h1>" in answer.text


def test_a_pasted_list_of_nothing_comes_back(mona: FlaskClient, theatre: Theatre) -> None:
    for text in ("", " \n\t\n", "x" * 400_001):
        answer = paste(mona, theatre, text)
        assert answer.status_code == 422
        assert 'aria-describedby="list-help list-error"' in answer.text


def test_names_that_would_be_code_are_only_names(mona: FlaskClient, theatre: Theatre) -> None:
    answer = hand_in(mona, theatre, HEADING + '"<script>alert(1)</script> Vik";;"<b>Kor</b>";\n')
    page = mona.get(answer.location).text

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; Vik" in page
