"""What a person can choose between: the sessions ahead where she works, and what she has answered."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from lms.group_sessions.models import GroupSession
from lms.group_sessions.seats.models import Line, Places, Seat, can_be_chosen, places_in
from lms.organisations.models import Organisation

Shown = list[tuple[GroupSession, Organisation]]


@dataclass(frozen=True)
class Offer:
    """One session ahead of somebody. `is_hers` when she is expected there: by her choice, or as it is the only one."""

    meeting: GroupSession
    organisation: Organisation
    is_one_of_several: bool
    is_hers: bool
    cannot_come: bool
    can_be_chosen: bool
    left: int | None
    number_in_line: int | None = None

    @property
    def can_wait(self) -> bool:
        return self.can_be_chosen and self.is_full and not self.is_hers and self.number_in_line is None

    @property
    def is_full(self) -> bool:
        return self.left == 0


def offers_among(shown: Shown, seats: Mapping[UUID, Seat], lines: Mapping[UUID, Line]) -> list[Offer]:
    """The sessions ahead among these, as she may choose: one more question to the database."""
    ahead = [(meeting, organisation) for meeting, organisation in shown if meeting.held_at is None]
    counts = Counter(organisation.id for _meeting, organisation in ahead)
    several = [meeting for meeting, organisation in ahead if counts[organisation.id] > 1]
    places = places_in(several) if several else {}
    offers = []
    for meeting, organisation in ahead:
        seat, is_one_of_several = seats.get(organisation.id), counts[organisation.id] > 1
        here = seat is not None and seat.group_session_id == meeting.id
        cannot_come = seat is not None and here and seat.cannot_come_at is not None
        line = lines.get(organisation.id)
        taken = places.get(meeting.id, Places()).taken
        offers.append(
            Offer(
                meeting=meeting,
                organisation=organisation,
                is_one_of_several=is_one_of_several,
                is_hers=(here or not is_one_of_several) and not cannot_come,
                cannot_come=cannot_come,
                can_be_chosen=can_be_chosen(meeting),
                left=max(0, meeting.capacity - taken) if meeting.capacity is not None and is_one_of_several else None,
                number_in_line=line.number if line is not None and line.group_session_id == meeting.id else None,
            )
        )
    return offers
