"""Beside the demonstration's theatre there are organisations at every stage, and all they rest on is truly there."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from lms.database import as_of, norwegian_day, now, one_transaction, session
from lms.demonstration import WITHDRAWN, found_demonstration
from lms.group_sessions.held import held
from lms.group_sessions.models import GroupSession
from lms.mark.dates import latest_reached
from lms.mark.models import Award, MarkRequest, latest_award
from lms.mark.register.holders import newest
from lms.mark.renewal.draft import draft_of
from lms.mark.renewal.standing import renewal_of
from lms.mark.renewal.taking_back import can_take_back
from lms.mark.reviews.queue import marks_waiting
from lms.mark.standing import standing_of_mark
from lms.measures.reviews.queue import plans_waiting
from lms.measures.standing import plan_of
from lms.neighbours import number_of
from lms.organisations.events import Event
from lms.organisations.models import Organisation, current_round
from lms.people.models import Person
from lms.risks.contributions.models import readable_in
from lms.risks.delivery import DeliveredMapping, mapping_of
from lms.risks.models import changes_waiting, rows_of


@pytest.fixture
def inhabited(app: Flask) -> Flask:
    with app.app_context():
        found_demonstration()
    return app


def named(name: str) -> Organisation:
    return session.scalars(select(Organisation).where(Organisation.name == name)).one()


def test_one_writes_its_mapping_in_many_hands(inhabited: Flask) -> None:
    with inhabited.app_context():
        mapping = mapping_of(named("Figurteatret Trebukken").id).mapping
        assert mapping is not None
        rows = rows_of(mapping)

        assert {row.state for row in rows} == {"new", "begun", "postponed", "done"}
        assert [row.factor for row in rows if changes_waiting(row)] == ["tone"]
        assert mapping.asks_for_contributions
        assert {name for _text, name in readable_in(mapping)} == {"Sunniva Lie", "Amir Rahimi"}


def test_each_stage_is_met_by_whoever_looks_for_it(inhabited: Flask) -> None:
    with inhabited.app_context():
        siv = session.get_one(Person, number_of("Siv Aune"))
        gallery = named("Galleri Nordlokket")
        dancers = named("Dansekompaniet Driv")

        assert mapping_of(named("Samtidsensemblet Kvinte").id).state == "delivered"
        assert [one.organisation.name for one in marks_waiting(siv)[0]] == [gallery.name]
        assert all(each.is_met for each in plan_of(gallery.id, current_round(gallery.id).id).requirements)
        assert standing_of_mark(named("Filmverkstedet Lykta").id).state == "lapsed"
        assert standing_of_mark(named(WITHDRAWN).id).state == "withdrawn"
        award = latest_award(dancers.id)
        assert award is not None
        assert award.request_id is not None
        today = norwegian_day(now())
        assert today < award.valid_until <= latest_reached(today, 3)
        assert renewal_of(dancers.id).is_begun
        seen = {holder.organisation.name for holder in newest(today, 50)}
        assert dancers.name in seen
        assert not seen & {"Filmverkstedet Lykta", WITHDRAWN, gallery.name}


def test_a_plan_waits_for_the_scheme_with_a_question_in_it(inhabited: Flask) -> None:
    with inhabited.app_context():
        siv = session.get_one(Person, number_of("Siv Aune"))
        waiting, _more = plans_waiting(siv)

        assert [one.organisation.name for one in waiting] == ["Bokscenen Margen"]
        plan = plan_of(waiting[0].organisation.id)
        assert {each.key for each in plan.unmet} == {"public_position", "awareness_plan"}
        assert not plan.high_risks_unanswered


def test_the_renewal_has_something_of_everything_to_look_at(inhabited: Flask) -> None:
    with inhabited.app_context():
        draft = draft_of(renewal_of(named("Dansekompaniet Driv").id))

        assert draft is not None
        assert draft.done
        assert draft.under_way
        assert draft.only_promised
        assert draft.given_up
        shown = [each for proofs in draft.evidence.values() for each in proofs]
        assert {each.kind for each in shown} == {"link", "file"}
        assert {"well", "changed", "gone"} <= {each.state for each in shown}
        assert {each.course for each in draft.risks} >= {"higher", "lower", "same"}
        assert draft.joined.are_some
        assert not can_take_back(current_round(named("Dansekompaniet Driv").id))


def test_whatever_is_sealed_is_whole_and_nothing_lies_ahead(inhabited: Flask) -> None:
    with inhabited.app_context():
        sealed = [*session.scalars(select(DeliveredMapping)), *session.scalars(select(MarkRequest))]
        meetings = session.scalars(select(GroupSession).where(GroupSession.held_at.is_not(None))).all()

        assert len(sealed) == 6
        assert all(each.is_whole for each in sealed)
        assert len(meetings) == 5
        assert all(held(meeting).is_true for meeting in meetings)
        assert all(at <= now() for at in session.scalars(select(Event.at)))
        assert all(award.awarded_at <= now() for award in session.scalars(select(Award)))


def test_what_happened_days_ago_is_dated_so_and_now_is_now_again(app: Flask) -> None:
    with app.app_context(), one_transaction():
        with as_of(30):
            before = now()
            person = Person(name="Kari")
            session.add(person)

        assert before <= person.created_at < before + timedelta(days=1)
        assert now() - before >= timedelta(days=30)
