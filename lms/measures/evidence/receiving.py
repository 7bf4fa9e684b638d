"""Taking a file in with the request that brings it, and what else is written in that form."""

from dataclasses import dataclass
from typing import BinaryIO
from urllib.parse import urlsplit

from flask import g, request
from werkzeug.datastructures import FileStorage

from lms.database import session
from lms.languages import _
from lms.measures.evidence.fetching import Unreachable, parsed
from lms.measures.evidence.kinds import LARGEST_FILE, Kind, Refused, kind_of, safe_name
from lms.measures.evidence.models import LONGEST_LINK, TITLE_LENGTH
from lms.organisations.invitations import Invalid
from lms.organisations.models import organisation_coordinated_by
from lms.people.names import one_line

WITH_FILES = ("lms.evidence.add", "lms.evidence.replace")
# A file that is somewhat too large is answered in the form; of a much larger one nothing is read.
LARGEST_REQUEST = LARGEST_FILE + 10 * 1024 * 1024


def make_room_for_a_file() -> None:
    """Let those who may add a file send a large request, and read it while nobody waits for what we hold.

    A file comes as slowly as a phone sends it; to know who sends it has begun a transaction, which is let go first.
    """
    if request.method != "POST" or request.endpoint not in WITH_FILES or g.person is None:
        return
    if organisation_coordinated_by(g.person, (request.view_args or {})["organisation_id"]) is None:
        return
    session.rollback()
    request.max_content_length = LARGEST_REQUEST
    request.files.keys()  # from here on the file lies in a temporary file, which ends with the request


@dataclass(frozen=True)
class Offer:
    """What somebody offers as evidence: a link, or a file of a kind that we take."""

    title: str
    url: str = ""
    file: BinaryIO | None = None
    name: str = ""
    kind: Kind | None = None


def read_offer() -> Offer:
    """The link or the file in the form. Raises Invalid, with what to do about each mistake."""
    errors: dict[str, str] = {}
    title = one_line(request.form.get("title", ""))
    if len(title) > TITLE_LENGTH:
        errors["title"] = _("The description can have at most %(number)s characters.", number=TITLE_LENGTH)
    written, brought = request.form.get("url", "").strip(), request.files.get("file")
    if brought is None or not brought.filename:
        if not written:
            errors["url"] = _("Give a link, or choose a file.")
        offer = Offer(title, _link(written, errors) if written else "")
    else:
        if written:
            errors["url"] = _("A link or a file: add one, and then the other.")
        offer = _file(title, brought, errors)
    if errors:
        raise Invalid(errors)
    return offer


def _link(written: str, errors: dict[str, str]) -> str:
    """The address as it is kept; `teatret.no/varsling` is what people write."""
    whole = written if "://" in written else f"https://{written}"
    try:
        parts = parsed(whole)
        if "." not in parts.netloc and ":" not in parts.netloc:
            raise Unreachable("address")
    except Unreachable:
        errors["url"] = _("Write the whole address of the page, such as https://teatret.no/varsling.")
        return ""
    url = parts._replace(fragment=one_line(urlsplit(whole).fragment)).geturl()
    if len(url) > LONGEST_LINK:
        errors["url"] = _("The address can have at most %(number)s characters.", number=LONGEST_LINK)
    return url


def _file(title: str, brought: FileStorage, errors: dict[str, str]) -> Offer:
    # Werkzeug's word for a stream is wider than what it hands out, which is a file.
    file: BinaryIO = brought.stream  # type: ignore[assignment]
    name = brought.filename or ""
    if file.seek(0, 2) > LARGEST_FILE:
        errors["file"] = _(
            "The file is too large: we take at most %(number)s MB. Save it smaller, or put it on your own pages "
            "and give the link.",
            number=LARGEST_FILE // 1024**2,
        )
        return Offer(title)
    try:
        kind = kind_of(file, name)
    except Refused as refusal:
        errors["file"] = str(refusal)
        return Offer(title)
    return Offer(title, file=file, name=safe_name(name, kind), kind=kind)
