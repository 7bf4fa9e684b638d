"""Lessons drawn once: what looks the same for everybody is not drawn again for each of them."""

import re
from collections.abc import Callable, Collection, Mapping, Set
from threading import Lock
from typing import Any

from flask import current_app
from markupsafe import Markup

from lms.courses.exercises import Exercise, rendered
from lms.courses.packs import Lesson, Section
from lms.languages import language, lazy
from lms.learning.places import Place

NAMES = {
    "reflection": lazy("Reflect"),
    "choice": lazy("Choose"),
    "match": lazy("Match"),
    "order": lazy("Put in order"),
    "stance": lazy("Where do you stand?"),
    "rating": lazy("Where you work"),
    "case": lazy("A scene"),
}
LEVELS = {"none": lazy("None"), "low": lazy("Low"), "medium": lazy("Medium"), "high": lazy("High")}
MOST_KEPT = 4_000_000  # characters
_INDENTED = re.compile(r"\s*\n\s*")


class Drawn:
    """What has been drawn in one application, and what it follows from; it begins anew when it is full."""

    def __init__(self) -> None:
        """Nothing is drawn yet."""
        self._kept: dict[Any, Markup] = {}
        self._size = 0
        self._one_at_a_time = Lock()

    def once(self, what: tuple[Any, ...], draw: Callable[[], Markup]) -> Markup:
        """What follows from `what`: as it was kept, or drawn now."""
        html = self._kept.get(what)
        return html if html is not None else self._keep(what, _without_indentation(draw()))

    def _keep(self, what: tuple[Any, ...], html: Markup) -> Markup:
        with self._one_at_a_time:
            if self._size > MOST_KEPT:
                self._kept.clear()
                self._size = 0
            if what not in self._kept:
                self._kept[what] = html
                self._size += len(html)
        return html


def drawn_once(
    place: Place, answers: Mapping[str, Any], private: Set[str], left: Collection[str], posted: bool
) -> Callable[..., Markup]:
    """For `{% call drawn(section) %}…{% endcall %}`: what the block draws, kept for the next who answers alike.

    What is kept follows from the content of the lesson, section or exercise, the facts and help services as they are
    corrected, the answers, the organisation's settings and what else is named. Nothing with text of somebody's own in
    it is kept: no `private` exercise, in which she has written, nor what stands around it, and nothing of a posted
    form.
    """
    shared = (place.shares, place.reporting_channel)

    def drawn(part: Lesson | Section | Exercise, *follows_from: object, caller: Callable[[], Markup]) -> Markup:
        exercises = _exercises_in(part)
        if posted or not private.isdisjoint([exercise.id for exercise in exercises]):
            return caller()
        seen = tuple((each.id in answers, repr(answers.get(each.id)), each.id in left) for each in exercises)
        return _kept((part, seen, *shared, *follows_from), caller)

    return drawn


def first_to_leave(lesson: Lesson, shares: bool, closed: Collection[str]) -> str | None:
    """The first exercise whose answer may leave the person, which tells in full where else to report something."""
    leaving = ("reflection", "stance", "rating") if shares else ("reflection",)
    asked = lesson.exercises(language())
    return next((each.id for each in asked if each.kind in leaving and each.id not in closed), None)


def _exercises_in(part: Lesson | Section | Exercise) -> tuple[Exercise, ...]:
    if isinstance(part, Lesson):
        return part.exercises(language())
    return part.exercises if isinstance(part, Section) else (part,)


def drawn_for_all(thing: Lesson, part: str, *follows_from: object, caller: Callable[[], Markup]) -> Markup:
    """For `{% call drawn_for_all(lesson, "sources") %}…{% endcall %}`: a part that follows from what is named alone.

    From that, and from the facts and help services as they are corrected.
    """
    return _kept((thing, part, *follows_from), caller)


def _kept(what: tuple[Any, ...], draw: Callable[[], Markup]) -> Markup:
    drawn: Drawn = current_app.extensions.setdefault("lms_drawn", Drawn())
    # Sources and help boxes stand in nearly everything, so a corrected number draws everything anew.
    corrected = current_app.extensions["lms"].latest.version
    # The library lives as long as the application, so nothing else gets the thing's id() meanwhile.
    return drawn.once((id(what[0]), *what[1:], language(), corrected), draw)


def _without_indentation(html: Markup) -> Markup:
    """What was drawn, without the template's own indentation: a quarter of a lesson on its way to a phone."""
    return html if "<pre" in html else rendered(_INDENTED.sub("\n", html))
