"""No award without its evidence, by any path; what was sent, decided and awarded is frozen; one decision stands."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from lms.database import new_id, norwegian_day, now, one_transaction, session
from lms.mark.dates import last_day
from lms.mark.models import Award, MarkDecision, MarkProposal, MarkRequest, WithoutEvidence, new_award_code
from lms.mark.requests import award_mark, grant
from lms.mark.standing import standing_of_mark
from lms.measures.evidence.models import Evidence, add_link
from lms.measures.models import measures_of, plan_in
from lms.organisations.models import Organisation, current_round
from lms.people.belongings import erase
from lms.people.models import Person
from lms.risks.delivery import Frozen, digest_of
from tests.at_once import all_at_once
from tests.cast import Theatre, cast_in, signed_in
from tests.marks import accept_mapping, asked, awarded, bring_on, everything


def cast(theatre: Theatre, *names: str) -> list[Person]:
    return [session.get_one(Person, theatre.people[name]) for name in names]


def an_award(theatre: Theatre, **facts: Any) -> dict[str, Any]:
    """A row that somebody would write past every verb."""
    today = norwegian_day(now())
    return {
        "organisation_id": theatre.id,
        "id": new_id(),
        "code": new_award_code(),
        "awarded_on": today,
        "valid_until": last_day(today),
        "awarded_by": theatre.people["siv"],
        **facts,
    }


def test_an_award_made_out_of_nothing_is_refused(app: Flask, theatre: Theatre) -> None:
    with app.app_context():
        session.add(Award(**an_award(theatre)))
        with pytest.raises(WithoutEvidence):
            session.flush()


def test_the_database_refuses_it_too(app: Flask, theatre: Theatre) -> None:
    with app.app_context():
        with pytest.raises(IntegrityError, match="grounds"):
            session.execute(insert(Award), [an_award(theatre)])
        session.rollback()
        with pytest.raises(IntegrityError, match="FOREIGN KEY"):
            session.execute(insert(Award), [an_award(theatre, request_id=new_id())])
        session.rollback()


@pytest.mark.parametrize("lacking", ["requirements", "mapping", "a decision"])
def test_a_request_without_evidence_leads_to_no_award(lacking: str, app: Flask, theatre: Theatre) -> None:
    """A request that never came by the page: written by hand, or by code to come."""
    with app.app_context():
        mona, siv = cast(theatre, "mona", "siv")
        everything(theatre.id, mona, siv)
        form = {**asked(theatre.id, mona).form}
        session.rollback()
        if lacking == "requirements":
            form["requirements"] = [{**each, "evidence": []} for each in form["requirements"]]
        elif lacking == "mapping":
            form["mapping"] = {**form["mapping"], "accepted_at": None}
        here = {"organisation_id": theatre.id, "round_id": current_round(theatre.id).id}
        request = MarkRequest(
            id=new_id(), number=1, form=form, digest=digest_of(form), requested_by=theatre.people["mona"], **here
        )
        session.add(request)
        session.flush()
        siv = session.get_one(Person, theatre.people["siv"])
        if lacking != "a decision":
            with pytest.raises(WithoutEvidence):
                grant(request, "Det haster.", siv, four_eyes=False)
        verdict = "returned" if lacking == "a decision" else "awarded"
        decision = MarkDecision(
            organisation_id=theatre.id, request_id=request.id, verdict=verdict, decided_by=siv.id, decided_at=now()
        )
        session.add(decision)
        session.flush()
        with pytest.raises(WithoutEvidence):
            award_mark(request, decision)
        session.add(Award(**an_award(theatre, request_id=request.id)))
        with pytest.raises(WithoutEvidence):
            session.flush()


def test_a_request_that_somebody_has_changed_by_hand_is_not_built_on(
    mona: FlaskClient, siv: FlaskClient, app: Flask, theatre: Theatre
) -> None:
    bring_on(app, theatre)
    mona.post(f"/organisations/{theatre.id}/mark/request", data={"statement": "Samtaler."})
    with app.app_context(), one_transaction():
        request = session.scalars(select(MarkRequest)).one()
        here = f"/organisations/{theatre.id}/mark/requests/{request.id}"
        session.execute(update(MarkRequest).values(form={**request.form, "statement": "Ingenting."}))

    assert "Dette er ikke det som ble sendt" in siv.get(here).text
    assert siv.post(f"{here}/decision", data={"verdict": "awarded"}).status_code == 422
    with app.app_context():
        assert standing_of_mark(theatre.id).award is None


FROZEN: list[tuple[type[Any], str, Any]] = [
    (MarkRequest, "form", {}),
    (MarkRequest, "digest", ""),
    (MarkDecision, "verdict", "returned"),
    (MarkDecision, "in_spite", "Fordi."),
    (Award, "valid_until", norwegian_day(now()) + timedelta(days=5000)),
    (Award, "awarded_on", norwegian_day(now()) - timedelta(days=1)),
    (Award, "code", "AAAA-AAAA-AAAA"),
    (Award, "request_id", None),
]


@pytest.mark.parametrize(("model", "column", "value"), FROZEN, ids=lambda value: getattr(value, "__name__", None))
def test_no_code_of_ours_can_change_it(model: type[Any], column: str, value: Any, app: Flask, theatre: Theatre) -> None:
    with app.app_context():
        awarded(theatre.id, *cast(theatre, "mona", "siv"))
        session.commit()
        setattr(session.scalars(select(model)).one(), column, value)
        with pytest.raises(Frozen):
            session.flush()


@pytest.mark.parametrize("model", [MarkRequest, MarkDecision, MarkProposal, Award])
def test_no_code_of_ours_can_remove_it(model: type[Any], app: Flask, theatre: Theatre) -> None:
    with app.app_context():
        mona, siv, kari = cast(theatre, "mona", "siv", "kari")
        everything(theatre.id, mona, siv)
        request = asked(theatre.id, mona)
        grant(request, "", siv, four_eyes=True)
        grant(request, "", kari, four_eyes=True)
        session.commit()
        session.delete(session.scalars(select(model)).one())
        with pytest.raises(Frozen):
            session.flush()


def test_erasing_the_people_behind_it_changes_nothing(app: Flask, theatre: Theatre) -> None:
    with app.app_context():
        awarded(theatre.id, *cast(theatre, "mona", "siv"))
        session.commit()
        before = session.scalars(select(MarkRequest.form)).one()
        for person in cast(theatre, "siv", "mona"):
            erase(person)
        session.commit()
        session.expunge_all()

        request = session.scalars(select(MarkRequest)).one()
        assert request.form == before
        assert request.is_whole
        assert standing_of_mark(theatre.id).state == "awarded"
        assert "Mona" not in str(request.form)


def test_later_changes_leave_the_request_as_it_was_sent(
    mona: FlaskClient, siv: FlaskClient, app: Flask, theatre: Theatre
) -> None:
    bring_on(app, theatre)
    mona.post(f"/organisations/{theatre.id}/mark/request", data={"statement": "Samtaler."})
    with app.app_context(), one_transaction():
        session.get_one(Organisation, theatre.id).reporting_channel = ""
        request = session.scalars(select(MarkRequest)).one()
        assert all(each["met"] for each in request.form["requirements"])
        here = f"/organisations/{theatre.id}/mark/requests/{request.id}/decision"

    assert siv.post(here, data={"verdict": "awarded"}).status_code == 303, "she decides on what was sent"


def test_two_facilitators_at_once_give_one_decision(open_app: Callable[..., Flask], database_url: str) -> None:
    app = open_app(database_url)
    theatre = cast_in(app)
    with app.app_context(), one_transaction():
        mona, siv = cast(theatre, "mona", "siv")
        everything(theatre.id, mona, siv)
        decision = f"/organisations/{theatre.id}/mark/requests/{asked(theatre.id, mona).id}/decision"

    def answering(verdict: str) -> Callable[[], int]:
        device = signed_in(app, theatre, "siv")
        return lambda: device.post(decision, data={"verdict": verdict, "reason-plan": "Mer."}).status_code

    answers = all_at_once([answering(verdict) for verdict in ("awarded", "returned") * 3])

    assert sorted(answers) == [303, 422, 422, 422, 422, 422]
    with app.app_context():
        verdict = session.scalars(select(MarkDecision.verdict)).one()
        awards = session.scalars(select(Award)).all()
        assert len(awards) == (1 if verdict == "awarded" else 0)
        assert standing_of_mark(theatre.id).state == verdict


def test_two_presses_at_once_ask_once(open_app: Callable[..., Flask], database_url: str) -> None:
    app = open_app(database_url)
    theatre = cast_in(app)
    bring_on(app, theatre)
    here = f"/organisations/{theatre.id}/mark/request"

    def pressing() -> Callable[[], int]:
        device = signed_in(app, theatre, "mona")
        return lambda: device.post(here, data={"statement": "Samtaler."}).status_code

    assert all_at_once([pressing() for _device in range(4)]) == [303] * 4
    with app.app_context():
        assert session.scalars(select(MarkRequest.number)).all() == [1]


def test_a_mapping_of_an_earlier_round_carries_no_later_mark(app: Flask, theatre: Theatre) -> None:
    with app.app_context(), one_transaction():
        mona, siv = cast(theatre, "mona", "siv")
        accept_mapping(theatre.id, mona, siv)
        assert standing_of_mark(theatre.id).state == "none"


def test_evidence_goes_into_the_request_as_it_is_and_a_dead_link_shows_nothing(
    mona: FlaskClient, siv: FlaskClient, app: Flask, theatre: Theatre
) -> None:
    here = f"/organisations/{theatre.id}/mark"
    with app.app_context(), one_transaction():
        mona_, siv_ = cast(theatre, "mona", "siv")
        everything(theatre.id, mona_, siv_)
        plan = plan_in(theatre.id)
        assert plan is not None
        for measure in measures_of(plan):
            if measure.requirement == "guidelines":
                measure.remove(mona_)
        link = add_link(plan, "guidelines", "Retningslinjene våre", "https://teatret.no/r", mona_)
        session.flush()
        link.state = "gone"
    assert mona.post(f"{here}/request", data={"statement": "Samtaler."}).status_code == 422, "the link is dead"

    with app.app_context(), one_transaction():
        link = session.scalars(select(Evidence)).one()
        link.state = "well"
    assert mona.post(f"{here}/request", data={"statement": "Samtaler."}).status_code == 303
    with app.app_context(), one_transaction():
        request = session.scalars(select(MarkRequest)).one()
        (guidelines,) = (each for each in request.form["requirements"] if each["key"] == "guidelines")
        assert guidelines["evidence"] == [{"kind": "shown", "id": str(link.id)}]
        assert "Retningslinjene" not in str(request.form), "ids, no words"
    page = f"{here}/requests/{request.id}"
    assert "Retningslinjene våre" in siv.get(page).text
    with app.app_context(), one_transaction():
        session.scalars(select(Evidence)).one().remove(session.get_one(Person, theatre.people["mona"]))

    assert "Dokumentasjon som er fjernet siden" in siv.get(page).text
