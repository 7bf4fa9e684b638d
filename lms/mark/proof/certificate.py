"""The certificate of the mark: who holds it, since when and until when, and where anybody can check that."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lms.languages import _, in_words, language
from lms.mark.history import Proof
from lms.organisations.qr import Squares, squares_of
from lms.typesetting import typeset

SHEET = Path(__file__).with_name("certificate.typ")


@dataclass(frozen=True)
class Certificate:
    """What stands on it, in the language that is spoken now; nothing of persons."""

    organisation: str
    sentence: str
    facts: tuple[str, ...]
    address: str
    squares: Squares

    @property
    def short_address(self) -> str:
        """The address as somebody types it who has no camera."""
        return self.address.partition("://")[2]

    def as_pdf(self) -> bytes:
        """One tagged A4 sheet: PDF/UA-1 where the fonts hold every letter."""
        return typeset(SHEET, self._words())

    def _words(self) -> Mapping[str, str]:
        return {
            "language": language(),
            "title": f"Balansemerket: {self.organisation}",
            "awarded_to": _("is awarded to"),
            "organisation": self.organisation,
            "sentence": self.sentence,
            "facts": "\n".join(self.facts),
            "check": _("Is it valid today? Point your phone at the code, or open"),
            "address": self.short_address,
            "qr": self.squares.as_svg(),
            "qr_words": _("QR code that leads to the answer"),
        }


def certificate_of(proof: Proof, address: str) -> Certificate:
    """The certificate of a valid award; `address` is where it can be checked."""
    award, since = proof.shown, proof.history.since
    facts = [
        _("Awarded on %(day)s", day=in_words(award.awarded_on)),
        _("Valid until and including %(day)s", day=in_words(award.valid_until)),
    ]
    if since < award.awarded_on:
        facts.append(_("Has held the mark since %(day)s", day=in_words(since)))
    return Certificate(
        organisation=proof.organisation.name,
        sentence=_(
            "for having taken the course together, mapped the risks and begun to work on measures against harassment "
            "and discrimination"
        ),
        facts=(*facts, _("Code: %(code)s", code=award.code)),
        address=address,
        squares=squares_of(address),
    )
