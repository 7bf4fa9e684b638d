"""The badge: a round picture that says itself whether the mark is valid, for a site, a poster or a letter."""

from datetime import date
from html import escape
from pathlib import Path

from lms.languages import LANGUAGES, _, in_brief, language, speaking
from lms.mark.history import Proof
from lms.typesetting import typeset_picture

SHEET = Path(__file__).with_name("badge.typ")
SIDE = 240
# For each state the disc, its paler half, and the figures on the beam: in colour only while the mark is valid.
COLOURS = {
    True: ("#0f6b68", "#178582", "#f2b8c6", "#d9486e", "#d9c3a5"),
    False: ("#57534e", "#6b6660", "#8d867e", "#8d867e", "#8d867e"),
}


def words_on(state: str, day: date) -> tuple[str, str]:
    """The two lines under the name of the mark; `day` is the last valid one."""
    if state == "valid":
        return _("valid until and including"), in_brief(day)
    if state == "expired":
        return _("expired"), in_brief(day)
    return _("withdrawn"), ""


def badge_of(proof: Proof, wanted: str) -> str:
    """The badge of a mark as an SVG in the language that is wanted, or in bokmål."""
    with speaking(wanted if wanted in LANGUAGES else "nb"):
        return drawn(proof.state, proof.shown.valid_until)


def drawn(state: str, day: date) -> str:
    """The badge as an SVG in the reader's language: the same on light and on dark, since it brings its own ground."""
    disc, pale, first, second, third = COLOURS[state == "valid"]
    above, below = (escape(words) for words in words_on(state, day))
    name = escape(_("Balansemerket: %(state)s", state=" ".join(filter(None, words_on(state, day)))))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{SIDE}" height="{SIDE}" viewBox="0 0 240 240" role="img" '
        f'lang="{language()}" text-anchor="middle" font-family="system-ui, \'DejaVu Sans\', sans-serif" fill="#fff">'
        f"<title>{name}</title>"
        f'<circle cx="120" cy="120" r="120" fill="{disc}"/>'
        f'<path d="M12 120a108 108 0 0 1 216 0z" fill="{pale}"/>'
        '<circle cx="120" cy="120" r="111" fill="none" stroke="#fff" stroke-width="2.500"/>'
        '<path d="M62 110 178 102" stroke="#fff" stroke-width="4" stroke-linecap="round"/>'
        '<path d="M120 106a14 14 0 0 1 14 14h-28a14 14 0 0 1 14-14z"/>'
        f'<circle cx="86" cy="84" r="23" fill="{first}"/><circle cx="113" cy="99" r="7" fill="{third}"/>'
        f'<circle cx="157" cy="87" r="16" fill="{second}"/><circle cx="136" cy="97" r="7"/>'
        f'<circle cx="157" cy="60" r="9" fill="{third}"/><circle cx="86" cy="51" r="8"/>'
        f'<text x="120" y="149" font-size="20.500" font-weight="700">Balansemerket</text>'
        f'<text x="120" y="173" font-size="14">{above}</text>'
        f'<text x="120" y="194" font-size="15" font-weight="700">{below}</text>'
        "</svg>"
    )


def embedding(page: str, picture: str) -> str:
    """What a site pastes to show the badge: a picture that leads to the page where it is checked, and nothing else."""
    return f'<a href="{escape(page)}"><img src="{escape(picture)}" alt="Balansemerket" width="160" height="160"></a>'


def as_png(svg: str) -> bytes:
    """The badge as a picture of 960 by 960 points, with nothing behind the disc."""
    return typeset_picture(SHEET, {"badge": svg}, SIDE * 4)
