"""Handing a file out, so that whatever is in it can do nothing here."""

import unicodedata
from collections.abc import Iterable
from urllib.parse import quote

from flask import Response, abort

from lms.measures.evidence.kinds import MEDIA_TYPES
from lms.measures.evidence.models import Evidence
from lms.measures.evidence.store import store

# It is to be kept and not shown; a browser that shows it all the same lets nothing in it act.
SAFE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def file_of(evidence: Evidence | None) -> Response:
    """The file of this evidence; no such page where there is none, or it has been removed and no mark rests on it."""
    if evidence is None or not evidence.stored_key:
        abort(404)
    if evidence.removed_at is not None and evidence.relied_on_at is None:
        abort(404)
    try:
        pieces = store().pieces(evidence.stored_key)
    except FileNotFoundError:
        abort(404)
    return handed_out(evidence, pieces)


def handed_out(evidence: Evidence, pieces: Iterable[bytes]) -> Response:
    """A file as it was added, to be saved under its name, as the kind that we have found it to be."""
    media_type = evidence.media_type if evidence.media_type in MEDIA_TYPES else "application/octet-stream"
    answer = Response(pieces, mimetype=media_type)
    answer.content_length = evidence.size
    answer.headers.update(SAFE_HEADERS)
    answer.headers["Content-Disposition"] = f"attachment; {_called(evidence.file_name)}"
    return answer


def _called(name: str) -> str:
    """A file's name in a header (RFC 6266): for old programs in English letters, for all others as it is."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = "".join(letter if letter.isalnum() or letter in " ._-()" else "_" for letter in plain)
    return f"filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
