"""A delivered mapping is frozen: no page, nobody and no erasure changes it; one facilitator's answer is the answer."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from lms.database import one_transaction, session
from lms.organisations.events import Event
from lms.people.belongings import erase
from lms.people.models import Person
from lms.risks.delivery import AlreadyDecided, DeliveredMapping, Frozen, MappingDecision, decide, mapping_of
from lms.risks.models import Risk
from tests.at_once import all_at_once
from tests.cast import Theatre, cast_in, signed_in
from tests.risk_mappings import delivered, row_named

FILLED_IN = {
    "revision": "0",
    "relevant": "yes",
    "where_and_when": "I nord.",
    "likelihood": "3",
    "consequence": "2",
    "proposed": "Enkeltrom.",
}


@pytest.fixture
def here(mona: FlaskClient, app: Flask, theatre: Theatre) -> str:
    """The address of the theatre's mapping, which Mona has filled in, and not delivered yet."""
    here = f"/organisations/{theatre.id}/risks"
    mona.post(here)
    mona.post(f"{here}/own", data={"title": "Felles garderobe"})
    mona.post(f"{here}/{row_named(app, theatre.id, 'touring')}", data=FILLED_IN)
    return here


def forms(app: Flask) -> list[tuple[int, str, dict[str, Any]]]:
    with app.app_context():
        found = session.scalars(select(DeliveredMapping).order_by(DeliveredMapping.number)).all()
        assert all(each.is_whole for each in found)
        return [(each.number, each.digest, each.form) for each in found]


def state(app: Flask, theatre: Theatre) -> str:
    with app.app_context():
        return mapping_of(theatre.id).state


def address_of_form(app: Flask, theatre: Theatre) -> str:
    with app.app_context():
        newest = mapping_of(theatre.id).delivered
        assert newest is not None
        return f"/organisations/{theatre.id}/risks/deliveries/{newest.id}"


def test_an_empty_form_is_not_delivered(mona: FlaskClient, app: Flask, theatre: Theatre) -> None:
    mona.post(f"/organisations/{theatre.id}/risks")
    answer = mona.post(f"/organisations/{theatre.id}/risks/delivery")

    assert answer.status_code == 422
    assert "ikke noe å levere ennå" in answer.text
    assert forms(app) == []


def test_it_is_delivered_once_and_the_facilitator_has_it_in_her_queue(
    mona: FlaskClient, siv: FlaskClient, here: str, app: Flask, theatre: Theatre
) -> None:
    assert "Ingenting venter" in siv.get("/risk-mappings").text
    for _press in range(2):
        assert mona.post(f"{here}/delivery").status_code == 303

    assert [number for number, *_rest in forms(app)] == [1]
    assert state(app, theatre) == "delivered"
    assert "Teatret Vårt" in siv.get("/risk-mappings").text
    page = siv.get(address_of_form(app, theatre)).text
    assert "I nord." in page
    assert "Felles garderobe" in page
    assert "Det er uendret" in page
    assert "Turné, reise" in siv.get(address_of_form(app, theatre), headers={"Accept-Language": "nb"}).text
    assert "Godkjenn" not in mona.get(address_of_form(app, theatre)).text


def test_nothing_changes_it(mona: FlaskClient, here: str, app: Flask, theatre: Theatre) -> None:
    mona.post(f"{here}/delivery")
    before = forms(app)
    touring = row_named(app, theatre.id, "touring")
    with app.app_context():
        own = session.scalars(select(Risk.id).where(Risk.factor.is_(None))).one()

    row = mona.post(f"{here}/{touring}", data={**FILLED_IN, "revision": "1", "where_and_when": "I sør."})
    assert row.status_code == 422
    assert "I sør." in row.text, "what was written is not lost"
    assert "er levert og kan ikke endres" in row.text
    framing = {"can_go_wrong": "Fest.", "revision": "0"}
    assert mona.post(f"{here}/framing", data=framing).status_code == 422
    assert mona.post(f"{here}/own", data={"title": "En til"}).status_code == 422
    assert mona.post(f"{here}/contribution-period", data={"last_day": "31.12.2999"}).status_code == 422
    mona.post(f"{here}/{own}/removal")
    mona.post(f"{here}/{own}/removal/undo")
    mona.post(f"{here}/ratings")
    mona.post(f"{here}/delivery")
    mona.post(here)
    with app.app_context(), one_transaction():
        erase(session.get_one(Person, theatre.people["mona"]))

    assert forms(app) == before
    with app.app_context():
        assert session.scalars(select(Risk.where_and_when).where(Risk.id == touring)).one() == "I nord."
        assert session.scalars(select(Risk.removed_at).where(Risk.id == own)).one() is None


@pytest.mark.parametrize("act", ["change", "delete", "change the answer", "delete the answer"])
def test_no_code_of_ours_can_change_it(act: str, mona: FlaskClient, here: str, app: Flask, theatre: Theatre) -> None:
    mona.post(f"{here}/delivery")
    with app.app_context():
        form = session.scalars(select(DeliveredMapping)).one()
        answer = decide(form, "accepted", "", {}, session.get_one(Person, theatre.people["siv"]))
        session.commit()
        if act == "change":
            form.form = {**form.form, "framing": {}}
        elif act == "change the answer":
            answer.verdict = "returned"
        else:
            session.delete(answer if act.endswith("answer") else form)
        with pytest.raises(Frozen):
            session.flush()
        session.rollback()


def test_who_changes_the_database_by_hand_is_found_out(
    mona: FlaskClient, siv: FlaskClient, here: str, app: Flask, theatre: Theatre
) -> None:
    mona.post(f"{here}/delivery")
    with app.app_context(), one_transaction():
        form = session.scalars(select(DeliveredMapping.form)).one()
        session.execute(update(DeliveredMapping).values(form={**form, "framing": dict.fromkeys(form["framing"], "–")}))

    assert "Dette er ikke det som ble levert" in siv.get(address_of_form(app, theatre)).text


def test_a_returned_form_is_a_new_draft_with_comments_at_its_rows(
    mona: FlaskClient, siv: FlaskClient, here: str, app: Flask, theatre: Theatre
) -> None:
    mona.post(f"{here}/delivery")
    touring = row_named(app, theatre.id, "touring")
    decision = f"{address_of_form(app, theatre)}/decision"
    assert siv.post(decision, data={"verdict": "returned"}).status_code == 422, "say what to look at"
    answer = {"verdict": "returned", "comment": "Godt begynt.", f"comment-{touring}": "Hvem deler rom?"}
    assert siv.post(decision, data=answer).status_code == 303

    assert state(app, theatre) == "returned"
    assert "Godt begynt." in mona.get(here).text
    assert "Hvem deler rom?" in mona.get(f"{here}/{touring}").text
    first = forms(app)
    again = {**FILLED_IN, "revision": "1", "where_and_when": "Alle utøverne."}
    assert mona.post(f"{here}/{touring}", data=again).status_code == 303
    assert mona.post(f"{here}/delivery").status_code == 303

    assert [number for number, *_rest in forms(app)] == [1, 2]
    assert forms(app)[0] == first[0]
    assert state(app, theatre) == "delivered"
    accepted = siv.post(f"{address_of_form(app, theatre)}/decision", data={"verdict": "accepted"})
    assert accepted.status_code == 303
    assert state(app, theatre) == "accepted"
    assert "Godkjent" in mona.get(here).text
    with app.app_context():
        log = list(session.scalars(select(Event.what).order_by(Event.id)))
    assert [line for line in log if line.startswith("risk_mapping")] == [
        "risk_mapping.opened",
        "risk_mapping.delivered",
        "risk_mapping.returned",
        "risk_mapping.delivered",
        "risk_mapping.accepted",
    ]


def test_the_first_answer_stands(mona: FlaskClient, siv: FlaskClient, here: str, app: Flask, theatre: Theatre) -> None:
    mona.post(f"{here}/delivery")
    decision = f"{address_of_form(app, theatre)}/decision"
    siv.post(decision, data={"verdict": "accepted"})

    second = siv.post(decision, data={"verdict": "returned", "comment": "Vent litt."})

    assert second.status_code == 422
    assert "det svaret gjelder" in second.text
    assert state(app, theatre) == "accepted"


def test_two_facilitators_at_once_give_one_answer(open_app: Callable[..., Flask], database_url: str) -> None:
    app = open_app(database_url)
    theatre = cast_in(app)
    with app.app_context(), one_transaction():
        form = delivered(theatre.id, session.get_one(Person, theatre.people["mona"]))
        decision = f"/organisations/{theatre.id}/risks/deliveries/{form.id}/decision"

    def answering(verdict: str) -> Callable[[], int]:
        device = signed_in(app, theatre, "siv")
        return lambda: device.post(decision, data={"verdict": verdict, "comment": "Se her."}).status_code

    answers = all_at_once([answering(verdict) for verdict in ("accepted", "returned") * 3])

    assert sorted(answers) == [303, 422, 422, 422, 422, 422]
    with app.app_context():
        verdict = session.scalars(select(MappingDecision.verdict)).one()
        assert mapping_of(theatre.id).state == verdict
        standing = mapping_of(theatre.id)
        assert standing.mapping is not None
        assert (standing.mapping.closed_at is None) == (verdict == "returned")


def test_the_database_holds_one_answer_for_each_form(
    mona: FlaskClient, here: str, app: Flask, theatre: Theatre
) -> None:
    mona.post(f"{here}/delivery")
    with app.app_context():
        form, siv = session.scalars(select(DeliveredMapping)).one(), session.get_one(Person, theatre.people["siv"])
        decide(form, "accepted", "", {}, siv)
        session.commit()
        session.expunge_all()
        form, siv = session.scalars(select(DeliveredMapping)).one(), session.get_one(Person, theatre.people["siv"])
        with pytest.raises(AlreadyDecided):
            decide(form, "returned", "", {}, siv)


def test_a_form_that_nobody_leads_a_session_for_is_seen_by_all_facilitators(
    ola: FlaskClient, siv: FlaskClient, app: Flask, theatre: Theatre
) -> None:
    theirs = ola.get("/").text.split("/organisations/")[1].split("/")[0]
    with app.app_context(), one_transaction():
        delivered(UUID(theirs), session.get_one(Person, theatre.people["ola"]))

    assert "Festivalen Deres" in siv.get("/risk-mappings").text
