"""What the public may know of an organisation's awards: which came when, what has become of them, since when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from lms.database import session
from lms.mark.models import Award, OwnWords, new_award_code
from lms.organisations.models import Organisation
from lms.people.models import CODE_LETTERS

LETTERS = len(new_award_code().replace("-", ""))
IN_A_GROUP = 4


@dataclass(frozen=True)
class History:
    """The awards of one organisation, the first one first, as they are on a day in Norway."""

    awards: tuple[Award, ...]
    on: date

    @property
    def latest(self) -> Award:
        return self.awards[-1]

    @property
    def state(self) -> str:
        """valid, expired or withdrawn: what has become of the award that came last."""
        return self.latest.state(self.on)

    @property
    def since(self) -> date:
        """When the first award was given in the line that leads to the last one without a day between."""
        first = self.latest
        for before in reversed(self.awards[:-1]):
            if before.withdrawn_at is not None or before.valid_until + timedelta(days=1) < first.awarded_on:
                break
            first = before
        return first.awarded_on

    def state_of(self, award: Award) -> str:
        """valid, renewed, expired or withdrawn."""
        return award.state(self.on)


def history_of(awards: Iterable[Award], on: date) -> History:
    """The history in these awards of one organisation, of which there is at least one."""
    return History(tuple(sorted(awards, key=lambda award: (award.awarded_on, award.awarded_at))), on)


@dataclass(frozen=True)
class Proof:
    """What a code stands for: the award that it was given for, and what the organisation holds now."""

    organisation: Organisation
    award: Award
    history: History
    words: OwnWords | None

    @property
    def shown(self) -> Award:
        """The award that answers for this one: the last one where it has been renewed, else itself."""
        return self.history.latest if self.history.state_of(self.award) == "renewed" else self.award

    @property
    def state(self) -> str:
        """valid, expired or withdrawn."""
        return self.history.state_of(self.shown)

    @property
    def since_then(self) -> Award | None:
        """A valid award that came after this one had ended."""
        is_later = self.shown is not self.history.latest and self.history.state == "valid"
        return self.history.latest if is_later else None

    @property
    def is_listed(self) -> bool:
        """Whether the organisation has a page in the register."""
        return self.words is None or self.words.in_register


def spelled(written: str) -> str:
    """A code as it is kept, however it was typed: small letters, spaces and without dashes; empty when it is none."""
    letters = "".join(letter for letter in written.upper() if letter.isalnum())
    if len(letters) != LETTERS or not set(letters) <= set(CODE_LETTERS):
        return ""
    return "-".join(letters[start : start + IN_A_GROUP] for start in range(0, LETTERS, IN_A_GROUP))


def proof_of(code: str, on: date) -> Proof | None:
    """What stands behind a code on this day; None when there is no such award."""
    given = select(Award.organisation_id).where(Award.code == code).scalar_subquery()
    rows = session.execute(
        select(Award, Organisation, OwnWords)
        .join(Organisation, Organisation.id == Award.organisation_id)
        .outerjoin(OwnWords, OwnWords.organisation_id == Award.organisation_id)
        .where(Award.organisation_id == given)
    ).all()
    if not rows:
        return None
    _award, organisation, words = rows[0]
    awards = [award for award, *_rest in rows]
    award = next(award for award in awards if award.code == code)
    return Proof(organisation, award, history_of(awards, on), words)
