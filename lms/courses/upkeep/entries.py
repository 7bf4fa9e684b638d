"""A fact or a help service as the courses have it, as readers get it, and what has been said about it in between."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from hashlib import blake2b
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

from lms.courses.facts import Fact, HelpService
from lms.courses.packs import Library
from lms.courses.upkeep.models import Revision
from lms.database import norwegian_day, now, session
from lms.people.models import Person

Kind: TypeAlias = Literal["facts", "help"]
Said: TypeAlias = Fact | HelpService

HOLDS_FOR = timedelta(days=365)


@dataclass(frozen=True)
class Entry:
    """A fact or a help service, with what the scheme's staff has said about it.

    `ours` is what this version of the courses says, `shown` what readers get. `lapsed` is what a correction said that
    a new version has put an end to, until somebody has looked at the new text.
    """

    kind: Kind
    ours: Said
    shown: Said
    is_corrected: bool = False
    lapsed: Said | None = None

    @property
    def key(self) -> str:
        return self.ours.key

    @property
    def seen(self) -> str:
        """What a form says its reader saw: nobody confirms or corrects a text that has changed meanwhile."""
        return digest_of(self.shown)

    @property
    def last_verified(self) -> date:
        return self.shown.last_verified

    def title(self, locale: str) -> str:
        """What it is called in a list: the name of a service, the source of a fact."""
        return title_of(self.shown, locale)

    def is_due(self, today: date, holds_for: timedelta = HOLDS_FOR) -> bool:
        """Whether somebody should look it up now: it is long ago, or a new version has taken a correction's place."""
        return self.lapsed is not None or self.last_verified < today - holds_for

    def speaks_of(self, sought: str) -> bool:
        """Whether it holds these letters in any language; spaces in a phone number make no difference."""
        written = [self.key, *_every_text(words_of(self.shown))]
        phone = self.shown.phone if isinstance(self.shown, HelpService) else ""
        number = "".join(sought.split())
        return any(sought.casefold() in each.casefold() for each in written) or number in "".join(phone.split())

    def confirm(self, by: Person) -> None:
        """Somebody has looked it up today, and it holds; said twice in a day, it is written once."""
        if self.lapsed is not None or self.last_verified < norwegian_day(now()):
            self._write("checked", by)

    def correct(self, words: dict[str, Any], by: Person) -> None:
        """Readers get these words from now on; the pack's own words are a correction taken back."""
        if words == words_of(self.ours):
            self.withdraw(by)
        else:
            self._write("corrected", by, words)

    def withdraw(self, by: Person) -> None:
        """Readers get the pack's text again, with the day on which that was last checked."""
        if self.is_corrected:
            self._write("withdrawn", by)

    def _write(self, what: str, by: Person, words: dict[str, Any] | None = None) -> None:
        of = digest_of(self.ours)
        session.add(Revision(kind=self.kind, key=self.key, what=what, of=of, words=words or {}, by=by.id))


def title_of(said: Said, locale: str) -> str:
    """What a fact or a service is called in a list."""
    return said.source if isinstance(said, Fact) else said.name(locale)


def words_of(said: Said) -> dict[str, Any]:
    """What it says, as a correction keeps it: everything but the day."""
    if isinstance(said, Fact):
        return {"texts": dict(said.texts), "source": said.source, "url": said.url}
    return {"names": dict(said.names), "abouts": dict(said.abouts), "phone": said.phone, "url": said.url}


def with_words(said: Said, words: Mapping[str, Any], day: date) -> Said:
    """The same fact or service with other words, last verified on this day."""
    if isinstance(said, Fact):
        texts = MappingProxyType(words["texts"])
        return replace(said, texts=texts, source=words["source"], url=words["url"], last_verified=day)
    names, abouts = MappingProxyType(words["names"]), MappingProxyType(words["abouts"])
    return replace(said, names=names, abouts=abouts, phone=words["phone"], url=words["url"], last_verified=day)


def digest_of(said: Said) -> str:
    """32 letters that change when what it says changes; the day does not count."""
    return blake2b(json.dumps(words_of(said), sort_keys=True).encode(), digest_size=16).hexdigest()


def entries_of(library: Library, revisions: Iterable[Revision]) -> tuple[Entry, ...]:
    """Every help service and fact, in the order of the files, after these lines of history, the oldest first."""
    about: dict[tuple[str, str], list[Revision]] = defaultdict(list)
    for revision in revisions:
        about[revision.kind, revision.key].append(revision)
    services = [_entry("help", service, about["help", service.key]) for service in library.help_services]
    return (*services, *(_entry("facts", fact, about["facts", key]) for key, fact in library.facts.items()))


def _entry(kind: Kind, ours: Said, revisions: Iterable[Revision]) -> Entry:
    of = digest_of(ours)
    corrected: Said | None = None
    lapsed: Said | None = None
    for revision in revisions:
        day = norwegian_day(revision.at)
        if revision.of != of:
            if revision.what == "corrected":
                lapsed = with_words(ours, revision.words, day)
            elif revision.what == "withdrawn":
                lapsed = None
        else:
            lapsed = None
            if revision.what == "corrected":
                corrected = with_words(ours, revision.words, day)
            elif revision.what == "withdrawn":
                corrected = None
            elif corrected is not None:
                corrected = replace(corrected, last_verified=day)
            else:
                ours = replace(ours, last_verified=max(ours.last_verified, day))
    if lapsed is not None and digest_of(lapsed) == of:
        lapsed = None  # the new version says what the correction said
    return Entry(kind, ours, corrected or ours, corrected is not None, lapsed)


def corrections_left_over(entries: Iterable[Entry], revisions: Iterable[Revision]) -> list[Revision]:
    """The corrections that stood when a new version of the courses dropped the fact or service itself."""
    there = {(entry.kind, entry.key) for entry in entries}
    standing: dict[tuple[str, str], Revision] = {}
    for revision in revisions:
        about = revision.kind, revision.key
        if revision.what == "corrected" and about not in there:
            standing[about] = revision
        elif revision.what == "withdrawn":
            standing.pop(about, None)
    return list(standing.values())


def corrected(library: Library, entries: Iterable[Entry]) -> Library:
    """The library as readers get it."""
    shown = [entry.shown for entry in entries]
    services = tuple(each for each in shown if isinstance(each, HelpService))
    facts = {each.key: each for each in shown if isinstance(each, Fact)}
    return replace(library, facts=MappingProxyType(facts), help_services=services)


def _every_text(words: Mapping[str, Any]) -> Iterable[str]:
    for value in words.values():
        if isinstance(value, str):
            yield value
        else:
            yield from value.values()
