"""The list of facts and help services: what somebody looks for in it, a screenful at a time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from lms.courses.packs import Course, Lesson, Library
from lms.courses.upkeep.entries import Entry
from lms.people.names import one_line

ROWS_SHOWN = 50
LONGEST_SEARCH = 120
SHOWS = ("everything", "due", "corrected")
HELP = "help"


@dataclass(frozen=True)
class Search:
    """What somebody looks for, as it stands in the page's address; `where` is a course's key, or the help services."""

    text: str = ""
    show: str = "everything"
    where: str = ""
    page: int = 1

    @classmethod
    def read(cls, arguments: Mapping[str, str], library: Library) -> "Search":
        """The search in an address; what nobody offers is as good as nothing."""
        show, where, page = (arguments.get(name, "") for name in ("show", "where", "page"))
        return cls(
            text=one_line(arguments.get("text", ""))[:LONGEST_SEARCH],
            show=show if show in SHOWS else cls.show,
            where=where if where == HELP or library.course(where) else cls.where,
            page=int(page) if page.isascii() and page.isdecimal() and len(page) < 8 else cls.page,
        )

    def but(self, **change: Any) -> dict[str, Any]:
        """The arguments of the same address with a change, from its first page unless a page is what changes."""
        other = replace(self, **{"page": 1, **change})
        return {name: value for name, value in vars(other).items() if value != getattr(Search, name)}

    @property
    def is_plain(self) -> bool:
        return not self.but()


@dataclass(frozen=True)
class Screenful:
    """One page of the list: `found` in all, on `pages` pages, and the entries of this one."""

    entries: Sequence[Entry]
    found: int
    page: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.found // ROWS_SHOWN))


def screenful(library: Library, entries: Iterable[Entry], search: Search, today: date) -> Screenful:
    """The page that was asked for, or the last one there is: what is due first, then what was looked up longest ago."""
    cited = {key for course, lesson in lessons_in(library) if course.key == search.where for key in lesson.facts}
    found = sorted(
        (entry for entry in entries if _fits(entry, search, cited, today)),
        key=lambda entry: (not entry.is_due(today), entry.last_verified),
    )
    page = max(1, min(search.page, -(-len(found) // ROWS_SHOWN)))
    return Screenful(found[(page - 1) * ROWS_SHOWN : page * ROWS_SHOWN], len(found), page)


def _fits(entry: Entry, search: Search, cited: set[str], today: date) -> bool:
    if search.show == "due" and not entry.is_due(today):
        return False
    if search.show == "corrected" and not entry.is_corrected:
        return False
    if search.where == HELP and entry.kind != "help":
        return False
    if search.where not in ("", HELP) and (entry.kind != "facts" or entry.key not in cited):
        return False
    return not search.text or entry.speaks_of(search.text)


def lessons_in(library: Library) -> list[tuple[Course, Lesson]]:
    """Every lesson with its course."""
    return [(course, lesson) for course in library.courses for lesson in course.lessons]
