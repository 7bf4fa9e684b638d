"""Whoever is erased is not left standing in a plan: where her name is taken out, and where somebody is asked.

What she was to see to is nobody's; the talk about a plan and what came of an activity lose her name at once, since
nobody can change them. Where it stands in what coordinators can change, they are asked to read it through.
"""

from collections import defaultdict
from uuid import UUID

from sqlalchemy import and_, not_, select, update

from lms.database import session
from lms.measures.evidence.models import Evidence
from lms.measures.guidelines.models import GuidelineVersion
from lms.measures.models import LivesWith, Measure, MeasurePlan, Remark
from lms.measures.year_wheel.models import ActivityHeld
from lms.organisations.events import record
from lms.organisations.names_left import (
    Leaving,
    Stood,
    have_read_through,
    in_open_rounds,
    mentions,
    record_taken_out,
    take_out,
    written_down_as_gone,
)
from lms.people.names import ERASED
from lms.risks.models import Risk, RiskMapping

WORDS = ("what", "why", "owner", "status_because")
TITLES = ("title_nb", "text_nb", "title_en", "text_en", "link")


def forget_in_plans(who: Leaving) -> None:
    """Take her name out of plans and the talk about them, and ask about what is left.

    Called before she is erased, while she has a name and the rosters of her places are held.
    """
    _forget_owner(who)
    left, plans = [], in_open_rounds(MeasurePlan, who)
    for measure, fields in mentions(Measure, WORDS, who, Measure.plan_id.in_(plans)):
        left.append(Stood(measure.organisation_id, "measure", measure.id, fields, measure.revision))
        measure.revision += 1
    asks = select(Risk.id).where(Risk.mapping_id.in_(in_open_rounds(RiskMapping, who)))
    for lived, fields in mentions(LivesWith, ("because",), who, LivesWith.risk_id.in_(asks)):
        left.append(Stood(lived.organisation_id, "lives_with", lived.risk_id, fields))
    have_read_through("measure", left)
    unchangeable = [
        *take_out(Measure, WORDS, who, Measure.plan_id.not_in(plans)),
        *take_out(LivesWith, ("because",), who, LivesWith.risk_id.not_in(asks)),
        *take_out(Remark, ("text",), who),
        *take_out(ActivityHeld, ("note",), who),
    ]
    record_taken_out("measure", unchangeable)


def forget_in_evidence(who: Leaving) -> None:
    """Ask about her name in what evidence is called; what has been taken away, and is kept for the mark, loses it."""
    plans = in_open_rounds(MeasurePlan, who)
    there = and_(Evidence.removed_at.is_(None), Evidence.plan_id.in_(plans))
    found = mentions(Evidence, ("title", "file_name", "url"), who, there)
    have_read_through("evidence", [Stood(each.organisation_id, "evidence", each.id, fields) for each, fields in found])
    record_taken_out("evidence", take_out(Evidence, ("title", "file_name"), who, not_(there)))


def forget_in_guidelines(who: Leaving) -> None:
    """Ask about her name in guidelines, drafts and published ones: a new version can do without it."""
    left: dict[UUID, Stood] = {}
    for version, fields in mentions(GuidelineVersion, TITLES, who):
        before = left.get(version.guideline_id)
        named = tuple(dict.fromkeys((*(before.fields if before else ()), *fields)))
        is_draft = version.published_at is None
        revision = version.revision if is_draft else before.revision if before else 0
        left[version.guideline_id] = Stood(version.organisation_id, "guideline", version.guideline_id, named, revision)
        if is_draft:
            version.revision += 1
    have_read_through("guideline", left.values())


def _forget_owner(who: Leaving) -> None:
    hers = session.execute(
        update(Measure)
        .where(Measure.organisation_id.in_(who.places), Measure.owner == who.name)
        .values(owner=ERASED, revision=Measure.revision + 1)
        .returning(Measure.organisation_id, Measure.id, Measure.revision)
        .execution_options(synchronize_session=False)
    ).all()
    written_down_as_gone(Stood(place, "measure", row, ("owner",), revision - 1) for place, row, revision in hers)
    by_organisation: dict[UUID, list[str]] = defaultdict(list)
    for organisation_id, measure_id, _revision in hers:
        by_organisation[organisation_id].append(str(measure_id))
    for organisation_id, measures in by_organisation.items():
        record(organisation_id, "measure.owner_erased", None, measures=measures)
