"""The poster of a join link: one sheet to hang up, on a page of its own and as a PDF."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lms.languages import _, in_words, language, ngettext
from lms.organisations.models import JoinLink, Organisation
from lms.organisations.qr import Squares, squares_of
from lms.typesetting import typeset

SHEET = Path(__file__).with_name("poster.typ")


@dataclass(frozen=True)
class Poster:
    """What stands on the sheet, in the language it is written in."""

    language: str
    organisation: str
    whom: str  # the shift or vendor it is for; empty for everybody's
    headline: str
    sentences: tuple[str, str]
    address: str
    squares: Squares
    square_words: str
    courses: tuple[str, ...]
    facts: tuple[str, ...]

    @property
    def short_address(self) -> str:
        """The address as somebody types it who has no camera."""
        return self.address.partition("://")[2]

    def as_pdf(self) -> bytes:
        """One A4 sheet."""
        words = {
            "language": self.language,
            "organisation": self.organisation,
            "whom": self.whom,
            "headline": self.headline,
            "first": self.sentences[0],
            "second": self.sentences[1],
            "address": self.short_address,
            "qr": self.squares.as_svg(),
            "qr_words": self.square_words,
            "courses": "\n".join(self.courses),
            "facts": "\n".join(self.facts),
        }
        return typeset(SHEET, words)


def poster_of(
    organisation: Organisation, link: JoinLink, address: str, courses: Sequence[tuple[str, int]], team: str = ""
) -> Poster:
    """The poster in the language that is spoken now; `courses` are titles, each with its minutes."""
    facts = []
    if link.due_days:
        days = ngettext(
            "You have %(num)s day from when you begin.", "You have %(num)s days from when you begin.", link.due_days
        )
        facts.append(days)
    if link.mail_domain:
        facts.append(_("For everybody with an address at %(domain)s.", domain=link.mail_domain))
    if link.last_day:
        facts.append(_("You can enter until and including %(day)s.", day=in_words(link.last_day)))
    return Poster(
        language=language(),
        organisation=organisation.name,
        whom=_("For %(team)s", team=team) if team else "",
        headline=_("A safe place to work begins here"),
        sentences=(
            _("Point your phone at the code and take our online courses about how we treat each other at work."),
            _("Your name is all it takes: stop when you like, and nobody but you can read what you write."),
        ),
        address=address,
        squares=squares_of(address),
        square_words=_("QR code that leads to the courses"),
        courses=tuple(
            " · ".join((title, ngettext("%(num)s minute", "%(num)s minutes", minutes))) for title, minutes in courses
        ),
        facts=tuple(facts),
    )
