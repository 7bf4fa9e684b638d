"""Lessons drawn once: what looks the same for everybody is not drawn again for each of them."""

import re
from collections.abc import Callable, Collection, Mapping, Set
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
MOST_KEPT = 3_000
_INDENTED = re.compile(r"\s*\n\s*")


def drawn_once(
    place: Place, answers: Mapping[str, Any], private: Set[str], left: Collection[str], posted: bool
) -> Callable[..., Markup]:
    """For `{% call drawn(section) %}…{% endcall %}`: what the block draws, kept for the next who answers alike.

    What is kept follows from the section's or exercise's own content, the answers, the organisation's settings and
    what else is named. Nothing with text of somebody's own in it is kept: no `private` exercise, in which she has
    written, nor the section around it, and nothing of a posted form.
    """
    shared = (place.shares, place.reporting_channel)

    def drawn(part: Section | Exercise, *follows_from: object, caller: Callable[[], Markup]) -> Markup:
        asked = [exercise.id for exercise in (part.exercises if isinstance(part, Section) else (part,))]
        if posted or not private.isdisjoint(asked):
            return caller()
        seen = tuple((id in answers, repr(answers.get(id)), id in left) for id in asked)
        return _kept((part, seen, *shared, *follows_from), caller)

    return drawn


def drawn_for_all(thing: Lesson, part: str, *follows_from: str, caller: Callable[[], Markup]) -> Markup:
    """For `{% call drawn_for_all(lesson, "sources") %}…{% endcall %}`: a part that follows from these words alone."""
    return _kept((thing, part, *follows_from), caller)


def _kept(what: tuple[Any, ...], draw: Callable[[], Markup]) -> Markup:
    kept: dict[Any, Markup] = current_app.extensions.setdefault("lms_drawn", {})
    # The library lives as long as the application, so nothing else gets the thing's id() meanwhile.
    key = (id(what[0]), *what[1:], language())
    html = kept.get(key)
    if html is None:
        if len(kept) >= MOST_KEPT:
            kept.clear()
        html = kept[key] = _without_indentation(draw())
    return html


def _without_indentation(html: Markup) -> Markup:
    """What was drawn, without the template's own indentation: a quarter of a lesson on its way to a phone."""
    return html if "<pre" in html else rendered(_INDENTED.sub("\n", html))
