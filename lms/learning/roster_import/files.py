"""A list as people have it: a file out of Excel in any of its dialects, or text pasted from wherever it stood."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable

from lms.languages import _
from lms.learning.roster_import.limits import (
    LARGEST_FILE,
    LONGEST_CELL,
    LONGEST_LIST,
    MOST_COLUMNS,
    MOST_LINES,
    MOST_PEOPLE,
    Unreadable,
    in_thousands,
)
from lms.learning.roster_import.models import Rows
from lms.learning.roster_import.workbooks import rows_of_workbook
from lms.people.names import one_line
from lms.sheets import unguarded

OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
DELIMITERS = "\t;,"
LOOKED_AT = 50
# Eleven digits are a national identity number or a bank account: neither belongs here, and neither is kept.
ELEVEN_DIGITS = re.compile(r"\d{6} ?\d{5}|\d{4}[. ]\d{2}[. ]\d{5}")
# How a mail program copies its recipients: Kari Berg <kari@example.no>; Ola Lie <ola@example.no>
RECIPIENT = re.compile(r"\s*\"?([^<>\";\n\t]*?)\"?\s*<\s*([^<>\s]+@[^<>\s]+)\s*>[;,]?")


def read_file(content: bytes) -> Rows:
    """The rows of a CSV file or a workbook, with their numbers in it. Raises Unreadable."""
    if not content.strip():
        raise Unreadable(_("The file is empty."))
    if len(content) > LARGEST_FILE:
        message = _(
            "The file is too large: we read at most %(size)s kB. Keep only the columns we ask for, or divide it."
        )
        raise Unreadable(message % {"size": in_thousands(LARGEST_FILE // 1000)})
    if content.startswith(OLD_OFFICE):
        raise Unreadable(
            _("This is an old Excel format, or the file is locked with a password. Save it as XLSX without one.")
        )
    if content.startswith(b"PK\x03\x04"):
        return _numbered(rows_of_workbook(content))
    return _numbered(_separated(_decoded(content)))


def read_list(text: str) -> Rows:
    """The rows of pasted text: one person a line, or the recipients of a letter. Raises Unreadable."""
    if not text.strip():
        raise Unreadable(_("Write or paste at least one name."))
    if len(text) > LONGEST_LIST:
        raise Unreadable(_("The list is too long to paste. Save it as a file, and hand that in."))
    recipients = RECIPIENT.findall(text)
    if recipients and not RECIPIENT.sub("", text).strip():
        return _numbered([name or email.partition("@")[0], email] for name, email in recipients)
    return _numbered(_separated(text))


def _decoded(content: bytes) -> str:
    """The text of a file from any Excel: UTF-8, UTF-16 or Windows-1252. Raises Unreadable for what is no text."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif b"\0" in content:
        encodings = ["utf-16-le" if content[1:2] == b"\0" else "utf-16-be"]
    else:
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _is_text(text):
            return text
    raise Unreadable(_("This is no list we can read. Save it as CSV or XLSX, and try again."))


def _is_text(text: str) -> bool:
    strange = sum((letter < " " and letter not in "\t\r\n\f\v") or letter == "\ufffd" for letter in text[:10_000])
    return strange == 0 and not text.startswith("%PDF")


def _separated(text: str) -> Iterable[list[str]]:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    told = re.match(r"sep=(.)\n", text, re.IGNORECASE)
    if told:
        # The line counts in a spreadsheet's own numbering no more than it shows.
        text = text[told.end() :]
    delimiter = told[1] if told else _delimiter(text)
    try:
        return list(csv.reader(io.StringIO(text), delimiter=delimiter, skipinitialspace=True, strict=True))
    except csv.Error:
        raise Unreadable(_("The quotation marks in the list do not come in pairs. Mend it, and try again.")) from None


def _delimiter(text: str) -> str:
    """What stands between the cells: whatever divides most of the first lines into the same number of them."""
    lines = [line for line in text.split("\n") if line.strip()][:LOOKED_AT]

    def agreement(delimiter: str) -> tuple[int, int]:
        widths = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter) if len(row) > 1)
        width, often = max(widths.items(), key=lambda pair: pair[1], default=(1, 0))
        return often, width

    try:
        return max(DELIMITERS, key=agreement)
    except csv.Error:
        return ";"


def _numbered(lines: Iterable[list[str]]) -> Rows:
    rows: Rows = []
    for number, line in enumerate(lines, start=1):
        cells = [_plain(cell) for cell in line]
        while cells and not cells[-1]:
            cells.pop()
        if len(cells) > MOST_COLUMNS:
            message = _("The list has more than %(number)s columns. Keep the ones about name, e-mail, team and role.")
            raise Unreadable(message % {"number": MOST_COLUMNS})
        if not cells:
            continue
        rows.append((number, cells))
        if number > MOST_LINES or len(rows) > MOST_PEOPLE:
            message = _("The list has more than %(number)s rows. Divide it, and hand in one part after the other.")
            raise Unreadable(message % {"number": in_thousands(MOST_PEOPLE)})
    if not rows:
        raise Unreadable(_("There is nobody in the list: all its rows are empty."))
    return rows


def _plain(cell: str) -> str:
    """The cell on one line, without what we do not keep and without the sign that guards it against being a formula."""
    text = unguarded(one_line(cell)[:LONGEST_CELL])
    return "" if ELEVEN_DIGITS.fullmatch(text) else text
