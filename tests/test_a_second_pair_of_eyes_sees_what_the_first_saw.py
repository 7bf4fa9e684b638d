"""With four eyes somebody else confirms an award; until she has, she reads what it rests on, and afterwards no more."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lms.database import one_transaction, session
from lms.measures.evidence.models import add_link
from lms.measures.models import open_plan
from lms.people.models import Person
from tests.cast import Theatre
from tests.marks import a_file, asked, bring_on
from tests.proofs import PDF_FILE

SITE = "https://teatret.example/trygt"


@pytest.fixture
def here(app: Flask, theatre: Theatre) -> dict[str, Any]:
    """Two have to see every award; the theatre has asked, and has put in another file since."""
    app.config["LMS_FOUR_EYES"] = True
    bring_on(app, theatre)
    with app.test_request_context(method="POST"), one_transaction():
        mona = session.get_one(Person, theatre.people["mona"])
        shown = a_file(theatre.id, mona)
        add_link(open_plan(theatre.id, mona), "guidelines", "Siden vår", SITE, mona)
        session.flush()
        request = asked(theatre.id, mona)
        later = a_file(theatre.id, mona)
        organisation = f"/organisations/{theatre.id}"
        place = f"{organisation}/mark/requests/{request.id}"
        return {
            "request": place,
            "decision": f"{place}/decision",
            "mapping": f"{place}/mapping",
            "plan": f"{place}/plan",
            "file": f"{place}/evidence/{shown.id}/file",
            "later": f"{place}/evidence/{later.id}/file",
            "elsewhere": [
                f"{organisation}/risks/deliveries/{request.form['mapping']['delivery']}",
                f"{organisation}/measures/whole",
                f"{organisation}/evidence",
                f"{organisation}/evidence/{shown.id}/file",
            ],
        }


@pytest.fixture
def else_(app: Flask, theatre: Theatre) -> FlaskClient:
    """Else, of the staff, who does not follow the theatre."""
    with app.app_context(), one_transaction():
        person = Person(name="Else Moe", scheme_role="facilitator", language="nb")
        session.add(person)
        session.flush()
        number = person.id
    client = app.test_client()
    with client.session_transaction() as ticket:
        ticket["_user_id"] = f"{number}.1"
    return client


def answers(client: FlaskClient, here: dict[str, Any]) -> list[int]:
    return [client.get(here[each]).status_code for each in ("mapping", "plan", "file")]


def test_she_reads_the_mapping_the_plan_and_the_files_while_the_decision_waits_for_her(
    else_: FlaskClient, siv: FlaskClient, here: dict[str, Any]
) -> None:
    assert answers(else_, here) == [404, 404, 404], "before somebody asks for a second pair of eyes"
    siv.post(here["decision"], data={"verdict": "awarded"})

    request = else_.get(here["request"]).text
    assert f'href="{here["mapping"]}"' in request
    assert f'href="{here["plan"]}#measure-' in request
    assert f'href="{here["plan"]}#evidence-' in request
    plan = else_.get(here["plan"]).text
    assert f'href="{here["file"]}"' in plan
    assert f'href="{SITE}"' in plan
    assert "Tiltak for guidelines" in plan
    assert else_.get(here["file"]).data == PDF_FILE
    assert "Levert risikokartlegging" in else_.get(here["mapping"]).text


def test_nothing_can_be_written_there_and_every_link_opens(
    else_: FlaskClient, siv: FlaskClient, here: dict[str, Any]
) -> None:
    siv.post(here["decision"], data={"verdict": "awarded"})

    for page in ("mapping", "plan"):
        text = else_.get(here[page]).text
        assert "<textarea" not in text
        for part in text.split('href="/organisations/')[1:]:
            address = "/organisations/" + part.split('"')[0]
            assert else_.get(address).status_code == 200, address


def test_she_gets_no_more_than_what_the_request_rests_on(
    else_: FlaskClient, siv: FlaskClient, here: dict[str, Any]
) -> None:
    siv.post(here["decision"], data={"verdict": "awarded"})

    assert else_.get(here["later"]).status_code == 404
    assert here["later"] not in else_.get(here["plan"]).text
    assert [else_.get(address).status_code for address in here["elsewhere"]] == [404, 404, 404, 404]


@pytest.mark.parametrize("answer", [{"verdict": "awarded"}, {"verdict": "returned", "reason-plan": "For kort."}])
def test_once_it_is_decided_she_reads_it_no_more(
    answer: dict[str, str], else_: FlaskClient, siv: FlaskClient, here: dict[str, Any]
) -> None:
    siv.post(here["decision"], data={"verdict": "awarded"})
    assert else_.post(here["decision"], data=answer).status_code == 303

    assert answers(else_, here) == [404, 404, 404]
    if answer["verdict"] == "awarded":
        assert here["mapping"] not in else_.get(here["request"]).text


def test_she_who_follows_the_theatre_opens_it_where_it_is(siv: FlaskClient, here: dict[str, Any]) -> None:
    siv.post(here["decision"], data={"verdict": "awarded"})

    assert answers(siv, here) == [404, 404, 404], "it was she who said it"
    text = siv.get(here["request"]).text
    assert all(f'href="{address}' in text for address in here["elsewhere"][:2])


@pytest.mark.parametrize("name", ["kari", "mona", "ola"])
def test_nobody_else_has_this_way_in(
    name: str, siv: FlaskClient, here: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    siv.post(here["decision"], data={"verdict": "awarded"})

    assert answers(request.getfixturevalue(name), here) == [404, 404, 404]
