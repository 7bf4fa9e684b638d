"""Texts that are shared without a name: read together, from five on, in an order of chance, until they are taken back.

Each question stands by itself: five must have shared an answer to it, and later ones wait until there are five of them,
so that no text comes alone.
"""

from hashlib import blake2b
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import and_, func, select, update

from lms.database import session
from lms.learning.models import Enrolment
from lms.learning.reflections import Reflection
from lms.learning.together import shares
from lms.organisations.models import FEWEST_FOR_SHARING, Round

LONGEST_SHOWN = 600  # characters; the rest of a longer text would not fit on a screen


class Question(NamedTuple):
    """Where a text answers what."""

    course: str
    lesson: str
    exercise: str


def let_out(round: Round) -> None:
    """Let the texts out that wait, wherever five or more of them answer the same question."""
    if not shares(round.organisation_id):
        return
    for question in _counted(round, Reflection.let_out.is_(False)):
        of_course = select(Enrolment.id).where(*_in(round), Enrolment.course == question.course)
        session.execute(
            update(Reflection)
            .where(
                Reflection.organisation_id == round.organisation_id,
                Reflection.lesson == question.lesson,
                Reflection.exercise == question.exercise,
                Reflection.visibility == "without_name",
                Reflection.enrolment_id.in_(of_course),
            )
            .values(let_out=True)
            .execution_options(synchronize_session=False)
        )


def shared_in(round: Round) -> dict[Question, int]:
    """How many texts can be read about each question; a question with fewer than five left is not among them."""
    return _counted(round, Reflection.let_out.is_(True))


def texts_about(round: Round, question: Question, seed: str, first: int, many: int) -> list[str]:
    """Some of the texts about a question, shuffled by the seed; those whose key is lost are left out.

    Whoever calls has found the question in `shared_in`.
    """
    here = (
        select(Reflection.id)
        .join(Enrolment, _OF_ENROLMENT)
        .where(
            *_in(round),
            Enrolment.course == question.course,
            Reflection.lesson == question.lesson,
            Reflection.exercise == question.exercise,
            *_SHARED,
            Reflection.let_out.is_(True),
        )
    )
    shuffled = sorted(session.scalars(here), key=lambda number: _place(seed, number))[first : first + many]
    # Asked again: whoever has taken her text back meanwhile has taken it back.
    rows = {
        text.id: text.text
        for text in session.scalars(
            select(Reflection).where(
                Reflection.organisation_id == round.organisation_id,
                Reflection.id.in_(shuffled),
                *_SHARED,
                Reflection.let_out.is_(True),
            )
        )
    }
    return [in_short(text) for number in shuffled if (text := rows.get(number)) is not None]


def in_short(text: str) -> str:
    """As much of a text as fits on a screen, ended between two words."""
    if len(text) <= LONGEST_SHOWN:
        return text
    begun = text[:LONGEST_SHOWN]
    return f"{begun.rpartition(' ')[0] or begun} …"


def _place(seed: str, number: UUID) -> bytes:
    return blake2b(f"{seed} {number}".encode(), digest_size=8).digest()


def _counted(round: Round, condition: Any) -> dict[Question, int]:
    where = Enrolment.course, Reflection.lesson, Reflection.exercise
    rows = session.execute(
        select(*where, func.count())
        .join(Enrolment, _OF_ENROLMENT)
        .where(*_in(round), *_SHARED, condition)
        .group_by(*where)
        .having(func.count() >= FEWEST_FOR_SHARING)
    )
    return {Question(*question): texts for *question, texts in rows}


def _in(round: Round) -> tuple[Any, ...]:
    return Enrolment.organisation_id == round.organisation_id, Enrolment.round_id == round.id


_SHARED = (Reflection.visibility == "without_name",)
_OF_ENROLMENT = and_(Enrolment.organisation_id == Reflection.organisation_id, Enrolment.id == Reflection.enrolment_id)
