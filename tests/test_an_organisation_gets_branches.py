"""A house brings in its branches, one or a whole list, each with an invited coordinator; the scheme moves them."""

import io
import re
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import Workbook
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from lms.database import now, one_transaction, session
from lms.organisations.branches import CannotBeABranch, Why, leave_parent, make_branch
from lms.organisations.models import Employee, Organisation, current_round, found_organisation
from lms.organisations.profile import profile_of
from lms.people.models import Person
from lms.scheme.organisations.closing import close
from tests.cast import COURSES, Theatre
from tests.letters import letters_to
from tests.lists import said_in
from tests.questions import questions
from tests.schemes import as_administrator

LIST = """Navn;E-post;Antall;Kontakt
Bergen;leder@bergen.example;25;Berit Berg
Tromsø;;
Voss;ikke en adresse;3
;noen@example.no;4
Bergen;annen@example.no;7
Ås;leder@as.example;mange
"""


@pytest.fixture
def una(app: Flask, theatre: Theatre) -> FlaskClient:
    return as_administrator(app)


def at(theatre: Theatre, rest: str = "") -> str:
    return f"/organisations/{theatre.id}/branches{rest}"


def text_in(page: str) -> str:
    """What the page would bring in."""
    found = re.search(r'name="list"\s+value="([^"]*)"', page)
    assert found
    return found[1].replace("&#34;", '"')


def branches(app: Flask, theatre: Theatre) -> dict[str, UUID]:
    with app.app_context():
        rows = session.scalars(select(Organisation).where(Organisation.parent_id == theatre.id))
        return {each.name: each.id for each in rows}


def bring_in(visitor: FlaskClient, theatre: Theatre, text: str) -> None:
    page = visitor.post(at(theatre, "/list"), data={"list": text}).text
    assert visitor.post(at(theatre), data={"list": text_in(page)}).status_code == 303


def test_a_list_is_looked_through_row_by_row_and_brought_in_at_once(
    app: Flask, mona: FlaskClient, theatre: Theatre
) -> None:
    page = mona.post(at(theatre, "/list"), data={"list": LIST}).text
    said = said_in(page)

    assert "Noe er feil: disse radene tas ikke inn (4)" in said
    assert "Nye avdelinger (2)" in said
    for fault in ("Navnet mangler", "ikke ut som en e-postadresse", "samme navnet står lenger opp", "som et tall"):
        assert fault in said, fault
    assert branches(app, theatre) == {}

    answer = mona.post(at(theatre), data={"list": text_in(page)})
    assert answer.status_code == 303
    found = branches(app, theatre)
    assert set(found) == {"Bergen", "Tromsø"}
    with app.app_context():
        round, profile = current_round(found["Bergen"]), profile_of(found["Bergen"])
        assert (round.courses, round.declared_head_count) == (COURSES, 25)
        assert profile is not None
        assert profile.employees == 25
    (letter,) = letters_to(app, "leder@bergen.example")
    assert "Berit Berg" in letter
    assert "2 avdelinger er tatt inn" in said_in(mona.get(answer.location).text)


def test_a_second_press_changes_nothing(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    for _press in range(2):
        bring_in_text = "Bergen;leder@bergen.example;25"
        mona.post(at(theatre), data={"list": bring_in_text})

    assert len(branches(app, theatre)) == 1
    assert len(letters_to(app, "leder@bergen.example")) == 1
    assert "Her fra før" in said_in(mona.post(at(theatre, "/list"), data={"list": "bergen;;"}).text)


def test_a_workbook_is_read_too(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    book, file = Workbook(), io.BytesIO()
    for row in (("Lokallag", "E-post", "Antall"), ("Åsane", "leder@asane.example", 12), ("Fana", None, None)):
        book.active.append(row)
    book.save(file)
    page = mona.post(at(theatre, "/list"), data={"file": (io.BytesIO(file.getvalue()), "lag.xlsx")}).text
    mona.post(at(theatre), data={"list": text_in(page)})

    assert set(branches(app, theatre)) == {"Åsane", "Fana"}


def test_a_branch_is_never_taken_for_a_heading(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    bring_in(mona, theatre, "Lag 1\nLag 2")
    bring_in(mona, theatre, "Klubb\n1814\nAvdeling;leder@avd.example;3")

    assert set(branches(app, theatre)) == {"Lag 1", "Lag 2", "Klubb", "1814", "Avdeling"}


def test_what_fits_nowhere_is_not_passed_over(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    said = said_in(mona.post(at(theatre, "/list"), data={"list": "Ski;leder.ski;mange\nMoss;a@b.example;3"}).text)

    assert "Noe er feil: disse radene tas ikke inn (1)" in said
    assert "Vi skjønner ikke hva «mange» er" in said


@pytest.mark.parametrize("text", ["", "Navn;E-post\n", "\n".join(f"Lag {number}" for number in range(201))])
def test_a_list_that_cannot_be_used_is_told_so(app: Flask, mona: FlaskClient, theatre: Theatre, text: str) -> None:
    answer = mona.post(at(theatre, "/list"), data={"list": text})

    assert answer.status_code == 422
    assert 'id="list-error"' in answer.text
    assert branches(app, theatre) == {}


def test_two_hundred_and_no_more(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    bring_in(mona, theatre, "\n".join(f"Lag {number:03}" for number in range(200)))
    assert len(branches(app, theatre)) == 200

    answer = mona.post(at(theatre, "/new"), data={"name": "Ett til"})
    assert answer.status_code == 422
    assert "høyst 200 avdelinger" in said_in(answer.text)
    with questions(app) as asked:
        assert mona.get(at(theatre, "?page=4&sort=missing")).status_code == 200
    assert len(asked) <= 6


def test_whoever_is_invited_comes_in_and_coordinates_the_branch(
    app: Flask, mona: FlaskClient, anonymous: FlaskClient, theatre: Theatre
) -> None:
    mona.post(at(theatre, "/new"), data={"name": "Bergen", "email": "leder@bergen.example", "people": "8"})
    bergen = branches(app, theatre)["Bergen"]
    (letter,) = letters_to(app, "leder@bergen.example")
    secret = re.search(r"/invitations/(\S+)", letter)
    assert secret
    page = at(theatre, f"/{bergen}")
    assert "ikke kommet ennå" in said_in(mona.get(page).text)
    assert mona.get(f"/organisations/{bergen}/people").status_code == 404

    anonymous.post(f"/invitations/{secret[1]}", data={"name": "Berit Berg"})

    home = anonymous.get(f"/organisations/{bergen}/")
    assert home.status_code == 200
    assert "Dere er en avdeling av Teatret Vårt" in said_in(home.text)
    assert anonymous.get(at(theatre)).status_code == 404
    seen = mona.get(page).text
    assert "Berit" not in seen
    assert "leder@bergen.example" not in seen


@pytest.mark.parametrize(("role", "has_left"), [("coordinator", False), ("coordinator", True), ("employee", False)])
def test_a_parent_names_no_coordinator_once_somebody_has_come(
    app: Flask, mona: FlaskClient, kari: FlaskClient, theatre: Theatre, role: str, has_left: bool
) -> None:
    mona.post(at(theatre, "/new"), data={"name": "Bergen"})
    bergen = branches(app, theatre)["Bergen"]
    invite = at(theatre, f"/{bergen}/coordinators")
    assert mona.post(invite, data={"email": "tull"}).status_code == 422
    assert mona.post(invite, data={"email": "leder@bergen.example"}).status_code == 303
    assert len(letters_to(app, "leder@bergen.example")) == 1
    with app.app_context(), one_transaction():
        left_at = now() if has_left else None
        session.add(Employee(organisation_id=bergen, person_id=theatre.people["kari"], role=role, left_at=left_at))

    assert "/coordinators" not in mona.get(at(theatre, f"/{bergen}")).text
    answer = mona.post(invite, data={"email": "mona@theatre.example"})

    assert answer.status_code == 422
    assert letters_to(app, "mona@theatre.example") == []
    assert mona.get(f"/organisations/{bergen}/people").status_code == 404


def test_a_branch_of_somebody_else_is_not_there(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    with app.app_context(), one_transaction():
        other = found_organisation("En annen", COURSES)
        other_id = other.id

    assert mona.get(at(theatre, f"/{other_id}")).status_code == 404
    assert mona.post(at(theatre, f"/{other_id}/coordinators"), data={"email": "a@b.example"}).status_code == 404


def test_a_branch_brings_in_none(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    with app.app_context(), one_transaction():
        house = found_organisation("Huset", COURSES)
        make_branch(session.get_one(Organisation, theatre.id), house, session.get_one(Person, theatre.people["siv"]))

    assert mona.get(at(theatre, "/new")).status_code == 404
    assert mona.post(at(theatre, "/new"), data={"name": "Bergen"}).status_code == 404
    assert "Ta inn avdelinger" not in mona.get(f"/organisations/{theatre.id}/choices").text


def test_the_scheme_makes_a_branch_and_takes_it_out(app: Flask, una: FlaskClient, theatre: Theatre) -> None:
    with app.app_context(), one_transaction():
        bergen = found_organisation("Lag Bergen", COURSES).id
        found_organisation("Teatret Vårt i Voss", COURSES)
    one = f"/scheme/organisations/{bergen}"

    assert una.post(f"{one}/parent", data={"parent": "Finnes ikke"}).status_code == 422
    several = una.post(f"{one}/parent", data={"parent": "teatret"})
    assert several.status_code == 422
    assert "Teatret Vårt i Voss" in several.text
    assert una.post(f"{one}/parent", data={"chosen": str(theatre.id)}).status_code == 303
    assert list(branches(app, theatre)) == ["Lag Bergen"]
    assert "Lag Bergen" in una.get(at(theatre)).text
    assert una.get(at(theatre, f"/{bergen}")).status_code == 200
    assert "En avdeling av" in said_in(una.get(one).text)

    assert una.post(f"{one}/parent/removal").status_code == 303
    assert branches(app, theatre) == {}
    assert una.post(f"{one}/parent", data={"parent": "TEATRET VÅRT"}).status_code == 303
    assert list(branches(app, theatre)) == ["Lag Bergen"]
    log = said_in(una.get(f"/organisations/{bergen}/log").text)
    assert "En avdeling kom inn under den den hører til" in log


def test_the_scheme_brings_in_a_list_for_a_house(app: Flask, una: FlaskClient, theatre: Theatre) -> None:
    bring_in(una, theatre, "Bergen;leder@bergen.example;25\nVoss")

    assert set(branches(app, theatre)) == {"Bergen", "Voss"}


def test_what_cannot_be_a_branch(app: Flask, theatre: Theatre) -> None:
    with app.app_context(), one_transaction():
        by = session.get_one(Person, theatre.people["siv"])
        house, other, third = (found_organisation(name, COURSES) for name in ("Huset", "Annet", "Tredje"))
        branch = found_organisation("Avdelingen", COURSES)
        make_branch(branch, house, by)
        make_branch(branch, house, by)  # twice is once

        def refused(this: Organisation, that: Organisation) -> Why:
            with pytest.raises(CannotBeABranch) as error:
                make_branch(this, that, by)
            return error.value.why

        assert refused(third, third) == "itself"
        assert refused(third, branch) == "of_a_branch"
        assert refused(house, other) == "has_branches"
        assert refused(branch, other) == "elsewhere"
        close(other, by)
        assert refused(third, other) == "closed"
        leave_parent(branch, by)
        leave_parent(branch, by)
        make_branch(house, branch, by)


def test_the_database_knows_that_nobody_is_her_own_parent(app: Flask, theatre: Theatre) -> None:
    with app.app_context(), pytest.raises(IntegrityError), one_transaction():
        session.get_one(Organisation, theatre.id).parent_id = theatre.id


def test_a_closed_branch_is_in_no_sum(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    bring_in(mona, theatre, "Bergen\nVoss")
    with app.app_context(), one_transaction():
        bergen = session.get_one(Organisation, branches(app, theatre)["Bergen"])
        close(bergen, session.get_one(Person, theatre.people["siv"]))

    page = said_in(mona.get(at(theatre)).text)
    assert "0 av 1" in page
    assert "Bergen" not in page
    assert mona.get(at(theatre, f"/{bergen.id}")).status_code == 404
