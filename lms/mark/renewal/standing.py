"""Where an organisation is with the renewal of its mark: what can be done from which day on."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from uuid import UUID

from lms.database import norwegian_day, now
from lms.mark.dates import renewal_opens
from lms.mark.models import Award, latest_award
from lms.organisations.models import Round, current_round


@dataclass(frozen=True)
class RenewalStanding:
    """The latest award, the round the organisation walks now, and whether that round is the next one already."""

    award: Award | None
    round: Round
    on: date

    @cached_property
    def state(self) -> str:
        """none, early, due, lapsed or withdrawn; of an award, whatever round the organisation is in."""
        if self.award is None:
            return "none"
        state = self.award.state(self.on)
        if state == "valid":
            return "due" if self.on >= renewal_opens(self.award.valid_until) else "early"
        return {"expired": "lapsed", "renewed": "early"}.get(state, state)

    @property
    def is_begun(self) -> bool:
        """Whether the round that leads to the next award is open: it is another one than that of the latest award."""
        return self.award is not None and self.award.round_id != self.round.id

    @property
    def can_begin(self) -> bool:
        """Whether the next round can begin now."""
        return self.state in ("due", "lapsed") and not self.is_begun

    @property
    def opens(self) -> date | None:
        """From which day on the next round can begin."""
        return renewal_opens(self.award.valid_until) if self.award else None


def renewal_of(organisation_id: UUID) -> RenewalStanding:
    """Where the organisation is with its renewal today; two questions."""
    return RenewalStanding(latest_award(organisation_id), current_round(organisation_id), norwegian_day(now()))
