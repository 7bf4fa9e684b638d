"""The brief as a tagged PDF of one sheet."""

import json
from pathlib import Path
from typing import Any

from lms.courses.packs import Library
from lms.group_sessions.brief.brief import Brief
from lms.group_sessions.brief.wording import (
    agenda_in_words,
    channel_of,
    expected_in_words,
    how_far,
    not_shown,
    reasons_of,
    verdict_of,
)
from lms.languages import _, clock_time, in_words, language
from lms.typesetting import typeset

SHEET = Path(__file__).with_name("brief.typ")
MOST_CARDS, MOST_STANCES = 6, 5  # that fit on one sheet


def as_pdf(brief: Brief, library: Library) -> bytes:
    """The brief on A4, in the reader's language."""
    return typeset(SHEET, {"language": language(), "brief": as_json(words_on(brief, library))})


def as_json(words: dict[str, Any]) -> str:
    """The words as the sheet reads them: as data, never as markup."""
    return json.dumps(words)


def words_on(brief: Brief, library: Library) -> dict[str, Any]:
    """Everything that stands on the sheet, in the reader's language."""
    meeting, names = brief.meeting, agenda_in_words()
    when = f"{in_words(meeting.starts_at)}, {clock_time(meeting.starts_at)}" if meeting.starts_at else ""
    return {
        "over": _("Brief for the facilitator"),
        "title": brief.organisation.name,
        "when": [line for line in (when or _("No date yet"), meeting.place, meeting.link, brief.facilitator) if line],
        "verdict": verdict_of(brief),
        "reasons": reasons_of(brief, library),
        "expected_heading": _("Who is expected"),
        "expected": expected_in_words(brief),
        "parts": [[kind, width] for kind, _at, width, _people in brief.expected.parts],
        "far_heading": _("How many have completed what"),
        "far": [[_("Course"), _("Leaders"), _("Everybody else"), _("Under way")], *map(list, how_far(brief, library))],
        "missing_heading": _("Still missing something"),
        "missing": [line.name or _("Somebody who has been erased") for line in brief.missing],
        "risky_heading": _("What people rate as risky"),
        "risky": [
            [each.title, _("%(risky)s of %(people)s: medium or high", risky=each.risky, people=each.people)]
            for each in brief.themes.risky
        ],
        "stances_heading": _("Where people stand, from 1 (do not agree) to 7 (agree)"),
        "stances": [[each.asked.words, each.people, list(each.counts)] for each in brief.themes.stances[:MOST_STANCES]],
        "nothing": "" if brief.themes else nothing_yet(brief),
        "cards_heading": _("Conversation cards"),
        "cards": [card.text(language()) for card in brief.cards[:MOST_CARDS]],
        "agenda_heading": _("Suggested agenda"),
        "agenda": [
            [
                clock_time(item.begins_at) if item.begins_at else "",
                _("%(number)s min", number=item.minutes),
                *names[item.kind],
            ]
            for item in brief.agenda
        ],
        "channel_heading": _("If somebody tells of something that has happened"),
        "channel": channel_of(brief),
        "not_shown_heading": _("What is not shown here"),
        "not_shown": not_shown(brief),
    }


def nothing_yet(brief: Brief) -> str:
    """Why there are no pictures: too few people for good, or too few so far."""
    if not brief.themes.shares:
        return _("They are fewer than five, so no answers are gathered. Use cards and talk.")
    return _("Fewer than five have answered the same question so far. Until then: cards and talk.")
