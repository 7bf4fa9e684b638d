"""Which language a person reads, and our own catalogue of it, beside whatever the host has."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from functools import cache
from hashlib import blake2b
from pathlib import Path
from threading import Lock
from typing import Any

from babel import Locale
from babel.dates import format_skeleton
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, current_app, g, has_app_context, has_request_context, request
from flask_babel import Babel, Domain, force_locale, format_date, get_locale

from lms.database import NORWAY, norwegian_day, now
from lms.keeping import cache_of, keep, read_kept

LANGUAGES = {"nb": "Bokmål", "nn": "Nynorsk", "en": "English"}
CATALOGUES = Path(__file__).parent / "translations"


class Catalogue(Domain):  # type: ignore[misc]
    """Our texts, read from the .po files at start, so that no compiled file has to be built or packaged."""

    def get_translations(self) -> NullTranslations:
        return read_catalogue(language())


_one_at_a_time = Lock()


def read_catalogue(locale: str) -> NullTranslations:
    """The texts of one language; English is what stands in the source.

    The first pages of a server come at once, and each reading takes several times the memory of what is kept of it.
    """
    with _one_at_a_time:
        return _read(locale)


@cache
def _read(locale: str) -> NullTranslations:
    if locale == "en":
        return NullTranslations()
    source = (CATALOGUES / f"{locale}.po").read_bytes()
    if not (has_app_context() and "LMS_INSTANCE" in current_app.config):
        return Translations(io.BytesIO(_compiled(source, locale)), domain="lms")
    file = cache_of(current_app) / f"{locale}.mo"
    made_from = blake2b(source).digest()
    kept = read_kept(file) or b""
    if not kept.startswith(made_from):
        kept = made_from + _compiled(source, locale)
        keep(file, kept)
    return Translations(io.BytesIO(kept.removeprefix(made_from)), domain="lms")


def _compiled(source: bytes, locale: str) -> bytes:
    compiled = io.BytesIO()
    write_mo(compiled, read_po(io.BytesIO(source), locale=locale))
    return compiled.getvalue()


def language() -> str:
    """The language of this request as one of `LANGUAGES`; bokmål when nothing better is known."""
    if has_app_context() and (chosen := g.get("lms_language")):
        return str(chosen)
    return closest(str(get_locale() or "nb"))


def closest(tag: str) -> str:
    """`nn-NO` is `nn`; `no`, Danish and Swedish readers get bokmål; everybody else English."""
    start = tag.replace("_", "-").split("-")[0].lower()
    return {"nn": "nn", "nb": "nb", "no": "nb", "da": "nb", "sv": "nb"}.get(start, "en")


def chosen_language() -> str:
    """What the person chose, else what her browser asks for, else bokmål."""
    person = g.get("person")
    if person is not None and person.language:
        return str(person.language)
    if (cookie := request.cookies.get("lms_language")) in LANGUAGES:
        return cookie
    for tag, _ in request.accept_languages:
        if tag != "*":
            return closest(tag)
    return "nb"


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Another reader's language while the block runs: for letters."""
    before = g.get("lms_language")
    g.lms_language = code
    try:
        yield
    finally:
        g.lms_language = before


def init_languages(app: Flask) -> None:
    """Speak through the host's Babel when it has one; a second Babel would silently replace it."""
    if "babel" not in app.extensions:
        Babel(app, locale_selector=lambda: chosen_language() if has_request_context() else "nb")


_domain = Catalogue(domain="lms")


def _(text: str, **values: Any) -> str:
    """The text in the reader's language."""
    return words_of(language())(text, **values)


@cache
def words_of(code: str) -> Callable[..., str]:
    """What says a text in this language, as `_` does in the reader's: for a page, which asks many times."""
    words = read_catalogue(code).gettext
    return lambda text, **values: words(text) % values if values else words(text)


def ngettext(one: str, many: str, number: int, **values: Any) -> str:
    """The text in the reader's language, by number."""
    return str(_domain.ngettext(one, many, number, **values))


def lazy(text: str) -> str:
    """A text that is written down now and read in the reader's language later."""
    words: str = _domain.lazy_gettext(text)
    return words


def in_words(day: date | datetime) -> str:
    """A date as people write it: 27. november 2026, 27 November 2026 in English."""
    return _dated(day, "long")


def in_brief(day: date | datetime) -> str:
    """A date where there is little room: 27. nov. 2026, 27 Nov 2026 in English."""
    return _dated(day, "medium")


def _dated(day: date | datetime, how: str) -> str:
    with force_locale(_dating()):
        return str(format_date(norwegian_day(day) if isinstance(day, datetime) else day, format=how))


def month_in_words(day: date) -> str:
    """The month of a day: november 2026."""
    with force_locale(language()):
        return str(format_date(day, format="LLLL yyyy"))


def month_in_brief(day: date) -> str:
    """The month of a day where there is little room: nov., Nov in English."""
    with force_locale(language()):
        return str(format_date(day, format="LLL"))


def weekdays() -> list[tuple[str, str]]:
    """The days of the week from Monday on, in whole words and shortened."""
    monday = date(2026, 11, 23)
    with force_locale(language()):
        days = [monday + timedelta(days=number) for number in range(7)]
        return [(str(format_date(day, format="EEEE")), str(format_date(day, format="EEE"))) for day in days]


def day_and_month(day: date) -> str:
    """A date not far away: 11. desember, 11 December in English; with its year when that is another than this one."""
    if day.year != norwegian_day(now()).year:
        return in_words(day)
    return str(format_skeleton("MMMMd", day, locale=Locale.parse(_dating())))


def _dating() -> str:
    """The locale of dates: our English is British; plain `en` would put the month first."""
    return {"en": "en_GB"}.get(language(), language())


def clock_time(moment: datetime) -> str:
    """A time of day in Norway: 09.30 in Norwegian, 09:30 in English."""
    return f"{moment.astimezone(NORWAY):%H:%M}" if language() == "en" else f"{moment.astimezone(NORWAY):%H.%M}"


FILTERS: dict[str, Callable[..., Any]] = {
    "in_words": in_words,
    "in_brief": in_brief,
    "day_and_month": day_and_month,
    "clock_time": clock_time,
    "month_in_words": month_in_words,
    "month_in_brief": month_in_brief,
    "norwegian_day": norwegian_day,
}
