"""Whoever is erased is not left standing at the mark: what was asked and answered loses her name.

A request gets a new fingerprint, and the log keeps both. The organisation's own words in the register are its
coordinators' to change, so they are asked to read them through.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from lms.database import Model, session
from lms.mark.models import Award, MarkDecision, MarkProposal, MarkRequest, OwnWords
from lms.organisations.events import Event, record
from lms.organisations.names_left import (
    Leaving,
    Stood,
    have_read_through,
    mentions,
    named_in,
    record_taken_out,
    rewrite,
    take_out,
)
from lms.people.names import without_name
from lms.risks.delivery import digest_of

REDACTED = "mark.name_taken_out"


def forget_at_the_mark(who: Leaving) -> None:
    """Take her name out of requests and answers, and ask about the organisation's own words."""
    left = []
    for words, fields in mentions(OwnWords, ("words_nb", "words_en", "website"), who):
        left.append(Stood(words.organisation_id, "own_words", words.organisation_id, fields, words.revision))
        words.revision += 1
    have_read_through("own_words", left)
    if who.shares_her_name:
        return
    _forget_in_requests(who)
    changed: list[Model] = [
        *take_out(MarkProposal, ("in_spite",), who),
        *take_out(Award, ("withdrawn_because",), who),
        *{row.request_id: row for row in (*take_out(MarkDecision, ("in_spite",), who), *_reasons(who))}.values(),
    ]
    record_taken_out("mark", changed)


def names_taken_out_of(request: MarkRequest) -> list[datetime]:
    """When the name of somebody who has been erased was taken out of a request."""
    here = Event.organisation_id == request.organisation_id, Event.what == REDACTED
    this = Event.about["request"].as_string() == str(request.id)
    return list(session.scalars(select(Event.at).where(*here, this).order_by(Event.at)))


def _forget_in_requests(who: Leaving) -> None:
    statement = MarkRequest.form["statement"].as_string()
    for request in session.scalars(
        select(MarkRequest).where(MarkRequest.organisation_id.in_(who.places), named_in([statement], who))
    ).all():
        form = {**request.form, "statement": without_name(request.form["statement"], who.name)}
        if form == request.form:
            continue
        before = request.digest
        rewrite(request, {"form": form, "digest": digest_of(form)})
        about = {"request": str(request.id), "number": request.number, "before": before, "digest": request.digest}
        record(request.organisation_id, REDACTED, None, **about)


def _reasons(who: Leaving) -> list[MarkDecision]:
    """The answers in which she was named at one of the points."""
    changed = []
    for decision in session.scalars(select(MarkDecision).where(MarkDecision.organisation_id.in_(who.places))).all():
        reasons: dict[str, Any] = {point: without_name(said, who.name) for point, said in decision.reasons.items()}
        if reasons != decision.reasons:
            rewrite(decision, {"reasons": reasons})
            changed.append(decision)
    return changed
