"""Shifts and vendors: one link for a whole crew, and whoever enters says which part of it she belongs to."""

import re
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, String, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from lms.database import Model, session
from lms.languages import _
from lms.organisations.invitations import TEAM_LENGTH
from lms.organisations.models import JoinLink, hold_roster
from lms.people.names import one_line

CODE_LENGTH = 24
MOST_SHIFTS = 200
# More than these nobody wants to scroll through on a phone.
MOST_TO_PICK = 30
NONE_OF_THESE = "-"
_PLAIN = str.maketrans({"æ": "ae", "ø": "o", "å": "a", "ä": "a", "ö": "o", "ü": "u", "é": "e", "è": "e"})


class ShiftCode(Model):
    """A short code of one link that puts whoever enters with it in a team; no secret, since the link is one."""

    __tablename__ = "lms_shift_code"
    __table_args__ = (
        UniqueConstraint("organisation_id", "join_link_id", "team"),
        ForeignKeyConstraint(
            ["organisation_id", "join_link_id"], ["lms_join_link.organisation_id", "lms_join_link.id"]
        ),
    )

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    join_link_id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(CODE_LENGTH), primary_key=True)
    team: Mapped[str] = mapped_column(String(TEAM_LENGTH))


def shifts_of(link: JoinLink) -> list[ShiftCode]:
    """The link's shifts, vendors or teams, by name: 2 before 10."""
    rows = session.scalars(
        select(ShiftCode).where(ShiftCode.organisation_id == link.organisation_id, ShiftCode.join_link_id == link.id)
    )
    return sorted(rows, key=lambda shift: _in_order(shift.team))


def shift_meant(shifts: Sequence[ShiftCode], written: str) -> ShiftCode | None:
    """The one somebody means who has picked it, or typed its code or name however she has written it."""
    wanted, name = _plain(written), one_line(written).casefold()
    hers = (shift for shift in shifts if name == shift.team.casefold() or (wanted and wanted == shift.code))
    return next(hers, None)


def read_shifts(written: str, errors: dict[str, str]) -> list[str]:
    """The names in a pasted list, one on each line, each once; with what to do about it in `errors`."""
    found = {name.casefold(): name for line in reversed(written.splitlines()) if (name := one_line(line))}
    names = list(reversed(found.values()))
    if len(names) > MOST_SHIFTS:
        errors["shifts"] = _("That is more than %(number)s names. Open another link for the rest.", number=MOST_SHIFTS)
    elif (long := next((name for name in names if len(name) > TEAM_LENGTH), None)) is not None:
        words = _(
            "“%(name)s …” is too long: a name can have at most %(number)s characters.",
            name=long[:30],
            number=TEAM_LENGTH,
        )
        errors["shifts"] = words
    return names


def set_shifts(link: JoinLink, names: Sequence[str]) -> bool:
    """Let the link have these; what it had keeps its code, and so its posters. False when nothing has changed."""
    hold_roster(link.organisation_id)
    before = {shift.team: shift.code for shift in shifts_of(link)}
    if set(before) == set(names):
        return False
    taken = {code for team, code in before.items() if team in names}
    _remove(link)
    for name in names:
        code = before.get(name) or _code_for(name, taken)
        taken.add(code)
        session.add(ShiftCode(organisation_id=link.organisation_id, join_link_id=link.id, code=code, team=name))
    session.flush()
    return True


def hand_shifts_on(link: JoinLink, fresh: JoinLink) -> None:
    """Give the link that takes this one's place the same shifts with the same codes."""
    session.flush()
    for shift in shifts_of(link):
        session.add(
            ShiftCode(organisation_id=fresh.organisation_id, join_link_id=fresh.id, code=shift.code, team=shift.team)
        )


def _remove(link: JoinLink) -> None:
    here = ShiftCode.organisation_id == link.organisation_id, ShiftCode.join_link_id == link.id
    for shift in session.scalars(select(ShiftCode).where(*here)).all():
        session.expunge(shift)
    session.execute(delete(ShiftCode).where(*here).execution_options(synchronize_session=False))


def _code_for(name: str, taken: set[str]) -> str:
    """A code that can be said aloud, after the name: vakt-a, securitas-as; with a number where there is one already."""
    wanted = _plain(name)[: CODE_LENGTH - 4].strip("-") or "team"
    number, code = 1, wanted
    while code in taken:
        number += 1
        code = f"{wanted}-{number}"
    return code


def _plain(written: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", written.lower().translate(_PLAIN)).strip("-")


def _in_order(team: str) -> list[tuple[int, str]]:
    return [
        (int(part), "") if part.isdecimal() and part.isascii() else (10**9, part)
        for part in re.split(r"([0-9]{1,8})", team.casefold())
        if part
    ]
