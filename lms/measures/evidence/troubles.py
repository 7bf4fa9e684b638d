"""What is wrong with a link, in words that say what somebody can do about it."""

from lms.languages import _
from lms.measures.evidence.models import Evidence

ASKS_WHO_YOU_ARE = ("401", "403", "407")
IS_GONE = ("404", "410")


def what_is_wrong(link: Evidence) -> str:
    """One sentence or two in the reader's language; empty where all is well."""
    if link.state == "changed":
        return _("The page says something different from when you added it.")
    return why_not(link.trouble) if link.state == "gone" else ""


def why_not(trouble: str) -> str:
    """Why a page can't be opened."""
    if trouble in ASKS_WHO_YOU_ARE:
        return _("The page can't be opened without signing in, so the scheme can't see it. Add a file instead.")
    if trouble in IS_GONE:
        return _("There is no such page any more.")
    if trouble.isdecimal():
        return _("The page answers with an error (%(number)s).", number=trouble)
    words = {
        "address": _("The link is not the address of a page."),
        "private": _("The page is in a network that only you can reach. Add a file instead."),
        "name": _("There is no such site any more, or its name is mistyped."),
        "time": _("The page takes too long to answer."),
        "certificate": _("The site can't prove that it is what it claims to be (its certificate)."),
        "redirects": _("The link leads on and on without arriving anywhere."),
    }
    return words.get(trouble) or _("The site does not answer.")
