"""One change for many people at once: a crew that leaves after the season, and comes back with its history."""

from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from lms.languages import _
from lms.learning.roster.people import everybody_found
from lms.learning.roster_import.comparison import Comparison, Line
from lms.learning.roster_import.entries import Entry
from lms.learning.roster_import.roster import Known, everybody_known
from lms.organisations.invitations import TEAM_LENGTH, ForgedChoice, Invalid
from lms.organisations.models import Round
from lms.people.lists import Look
from lms.people.names import one_line

ACTS = ("leave", "back", "team", "leader", "staff")


@dataclass(frozen=True)
class Act:
    """What is to happen to many: `team` is the new one, where that is the act."""

    what: str
    team: str = ""

    @classmethod
    def read(cls, form: MultiDict[str, str]) -> "Act":
        """The act in the form. Raises Invalid, and ForgedChoice for an act there is not."""
        what, team = form.get("act", ""), one_line(form.get("new_team", ""))
        if not what:
            raise Invalid({"act": _("Choose what is to happen.")})
        if what not in ACTS:
            raise ForgedChoice
        if len(team) > TEAM_LENGTH:
            raise Invalid({"new_team": _("The team can have at most %(number)s characters.", number=TEAM_LENGTH)})
        return cls(what, team if what == "team" else "")


def chosen_people(round: Round, look: Look, form: MultiDict[str, str]) -> list[Known]:
    """Whom the form is about: those that are ticked, or everybody who was looked for. Raises Invalid."""
    everybody = {known.employee_id.hex: known for known in everybody_known(round.organisation_id)}
    if "everybody" in form:
        wanted = [line.employee_id.hex for line, _email in everybody_found(round, look)]
    else:
        wanted = form.getlist("who")
    chosen = [everybody[key] for key in dict.fromkeys(wanted) if key in everybody]
    if not chosen:
        raise Invalid({"who": _("Tick those it is about, or choose everybody who was found.")})
    return chosen


def change_of_many(people: list[Known], act: Act) -> Comparison:
    """The change as a list would make it, so that it is carried out and undone in the same way.

    Nobody is shut out of the organisation's pages with a crowd: a coordinator who leaves does so on her own page.
    """
    if act.what == "leave":
        leaving = tuple(known for known in people if not known.has_left and known.role != "coordinator")
        return Comparison((), (), leaving)
    lines = (_line(known, act) for known in people)
    return Comparison(tuple(line for line in lines if line.kind != "unchanged"), (), ())


def coordinators_among(people: list[Known]) -> int:
    """How many a crowd that leaves would leave behind."""
    return sum(known.role == "coordinator" and not known.has_left for known in people)


def _line(known: Known, act: Act) -> Line:
    changes: dict[str, tuple[Any, Any]] = {}
    kind = "unchanged"
    if act.what == "back":
        kind = "back" if known.has_left else "unchanged"
    elif act.what == "team" and known.team != act.team:
        kind, changes = "changed", {"team": (known.team, act.team)}
    elif act.what in ("leader", "staff") and known.is_leader != (act.what == "leader"):
        kind, changes = "changed", {"is_leader": (known.is_leader, act.what == "leader")}
    if kind == "changed" and known.has_left:
        kind, changes = "unchanged", {}
    return Line(Entry(0, known.name), kind, known, changes=changes)
