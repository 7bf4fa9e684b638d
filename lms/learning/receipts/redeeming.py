"""Redeeming receipts: what somebody has typed or pasted, and what became of each code."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sqlalchemy import select

from lms.database import session
from lms.languages import _
from lms.learning.receipts.codes import read_code
from lms.learning.receipts.models import Receipt, receipts_with, redeem
from lms.organisations.invitations import Invalid
from lms.organisations.models import Round

MOST_AT_ONCE = 300
LONGEST_SHOWN = 60
Outcome = Literal["counted", "used", "not_asked", "earlier_round", "unknown", "mistyped"]


@dataclass(frozen=True)
class Answer:
    """What became of one code; `course` where it stands for one. In an earlier round it counts where it was taken."""

    written: str
    outcome: Outcome
    course: str = ""

    @property
    def counts(self) -> bool:
        return self.outcome in ("counted", "earlier_round")


def redeem_all(round: Round, text: str, missed: Callable[[], None]) -> list[Answer]:
    """Count every code in the text that can be counted; `missed` is told of each that is not ours. Raises Invalid."""
    pieces = [piece.strip() for piece in re.split(r"[\n\r;,]+", text) if piece.strip()]
    if not pieces:
        raise Invalid({"codes": _("Write at least one code.")})
    if len(pieces) > MOST_AT_ONCE:
        raise Invalid({"codes": _("That is more than %(number)s codes. Hand them in in parts.", number=MOST_AT_ONCE)})
    read = [(piece[:LONGEST_SHOWN], read_code(piece)) for piece in pieces]
    known = receipts_with(round.organisation_id, [code for _piece, code in read if code])
    rounds = {round.id: round, **_earlier_rounds(known.values(), round)}
    answers = [_answer(rounds, round.id, written, code, known.get(code or "")) for written, code in read]
    for answer in answers:
        if answer.outcome == "unknown":
            missed()
    return answers


def _earlier_rounds(receipts: Iterable[Receipt], round: Round) -> dict[UUID, Round]:
    """The rounds that some of these were taken in before this one; no question where there are none."""
    earlier = {receipt.round_id for receipt in receipts} - {round.id}
    if not earlier:
        return {}
    there = select(Round).where(Round.organisation_id == round.organisation_id, Round.id.in_(earlier))
    return {found.id: found for found in session.scalars(there)}


def _answer(
    rounds: Mapping[UUID, Round], current: UUID, written: str, code: str | None, receipt: Receipt | None
) -> Answer:
    if code is None:
        return Answer(written, "mistyped")
    if receipt is None:
        return Answer(code, "unknown")
    if receipt.course not in rounds[receipt.round_id].courses:
        return Answer(code, "not_asked", receipt.course)
    if not redeem(receipt):
        return Answer(code, "used", receipt.course)
    return Answer(code, "counted" if receipt.round_id == current else "earlier_round", receipt.course)
