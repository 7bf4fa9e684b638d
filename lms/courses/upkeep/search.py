"""The list of facts and help services: what somebody looks for in it, a screenful at a time."""

from collections.abc import Iterable, Mapping
from datetime import date

from lms.courses.packs import Course, Lesson, Library
from lms.courses.upkeep.entries import Entry
from lms.people.lists import Look, Screenful, read_look, screenful_of

SHOWS = ("everything", "due", "corrected")
HELP = "help"


def look_at(library: Library, arguments: Mapping[str, str]) -> Look:
    """What an address asks for; `where` is a course's key, or the help services."""
    return read_look(arguments, show=SHOWS, where=("", HELP, *(course.key for course in library.courses)))


def screenful(library: Library, entries: Iterable[Entry], look: Look, today: date) -> Screenful[Entry]:
    """The page that was asked for, or the last one there is: what is due first, then what was looked up longest ago."""
    cited = {key for course, lesson in lessons_in(library) if course.key == look["where"] for key in lesson.facts}
    found = sorted(
        (entry for entry in entries if _fits(entry, look, cited, today)),
        key=lambda entry: (not entry.is_due(today), entry.last_verified),
    )
    return screenful_of(found, look)


def _fits(entry: Entry, look: Look, cited: set[str], today: date) -> bool:
    if look["show"] == "due" and not entry.is_due(today):
        return False
    if look["show"] == "corrected" and not entry.is_corrected:
        return False
    if look["where"] == HELP and entry.kind != "help":
        return False
    if look["where"] not in ("", HELP) and (entry.kind != "facts" or entry.key not in cited):
        return False
    return not look["text"] or entry.speaks_of(look["text"])


def lessons_in(library: Library) -> list[tuple[Course, Lesson]]:
    """Every lesson with its course."""
    return [(course, lesson) for course in library.courses for lesson in course.lessons]
