"""Exercises drawn once: what looks the same for everybody is not drawn again for each of them."""

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from flask import current_app
from markupsafe import Markup

from lms.courses.exercises import Exercise, rendered
from lms.courses.packs import Lesson
from lms.languages import language
from lms.learning.places import Place

MOST_KEPT = 5_000
_INDENTED = re.compile(r"\s*\n\s*")


def drawn_once(
    place: Place, answers: Mapping[str, Any], private: Collection[str], left: Collection[str], posted: bool
) -> Callable[..., Markup]:
    """For `{% call drawn(exercise) %}…{% endcall %}`: what the block draws, kept for the next who answers alike.

    What is kept follows from the exercise, the answer and the organisation's settings alone. Nothing with text of
    somebody's own in it is kept: not the `private` exercises, in which she has written, and nothing of a posted form.
    """
    shared = (place.shares, place.reporting_channel)

    def drawn(exercise: Exercise, caller: Callable[[], Markup]) -> Markup:
        if posted or exercise.id in private:
            return caller()
        seen = exercise.id in answers, repr(answers.get(exercise.id)), exercise.id in left
        return _kept((exercise, *seen, *shared), caller)

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
