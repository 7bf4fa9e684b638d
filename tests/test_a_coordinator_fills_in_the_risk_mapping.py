"""The risk mapping is opened, and filled in row by row; whatever cannot be used comes back with what to do."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from lms.courses.packs import Library
from lms.database import session
from lms.organisations.events import Event
from lms.risks.delivery import mapping_of
from lms.risks.models import Risk, RiskMapping
from lms.risks.picture import picture_of
from lms.risks.words import EMPTY
from tests.cast import Theatre
from tests.risk_mappings import row_named


@pytest.fixture
def opened(mona: FlaskClient, theatre: Theatre) -> str:
    """The address of the theatre's mapping, which Mona has opened."""
    here = f"/organisations/{theatre.id}/risks"
    assert mona.post(here).status_code == 303
    return here


def written(**changed: str) -> dict[str, str]:
    whole = {
        "revision": "0",
        "relevant": "partly",
        "where_and_when": "På turné,\r\nsærlig i nord.",
        "likelihood": "2",
        "consequence": "3",
        "already": "Kontaktperson hjemme.",
        "proposed": "Enkeltrom.",
        "owner": "Produsenten",
        "deadline": "1.9.2027",
    }
    return {**whole, **changed}


def row_in(app: Flask, risk_id: UUID) -> Risk:
    with app.app_context():
        return session.scalars(select(Risk).where(Risk.id == risk_id)).one()


def test_it_opens_once_with_every_factor_of_the_catalogue(
    mona: FlaskClient, opened: str, app: Flask, theatre: Theatre, library: Library
) -> None:
    assert mona.post(opened).status_code == 303

    page = mona.get(opened).text
    catalogue = library.risk_factors
    assert all(factor.title("nb") in page for factor in catalogue.factors if "«" not in factor.title("nb"))
    with app.app_context():
        assert session.scalar(select(func.count()).select_from(RiskMapping)) == 1
        assert session.scalar(select(RiskMapping.catalogue_version)) == catalogue.version
        assert list(session.scalars(select(Event.what))) == ["risk_mapping.opened"]
        assert mapping_of(theatre.id).state == "draft"


def test_an_organisation_without_a_mapping_says_so(app: Flask, theatre: Theatre, mona: FlaskClient) -> None:
    with app.app_context():
        assert mapping_of(theatre.id).state == "none"
        assert mapping_of(theatre.id).since is None
    assert "Åpne risikokartleggingen" in mona.get(f"/organisations/{theatre.id}/risks").text


def test_a_row_is_kept_and_the_history_says_who_wrote_it(
    mona: FlaskClient, opened: str, app: Flask, theatre: Theatre
) -> None:
    touring = row_named(app, theatre.id, "touring")
    answer = mona.post(f"{opened}/{touring}", data=written())

    assert answer.status_code == 303
    row = row_in(app, touring)
    assert (row.relevant, row.likelihood, row.consequence, row.score, row.state) == ("partly", 2, 3, 6, "done")
    assert (row.where_and_when, row.deadline) == ("På turné,\nsærlig i nord.", date(2027, 9, 1))
    page = mona.get(answer.location).text
    assert "Lagret." in page
    assert "1 endring" in page
    assert page.count("Mona Haug") == 1
    assert "1. september 2027" in page
    assert "Enkeltrom som standard" in page, "what others do about it"


def test_saving_the_same_twice_is_saving_once(mona: FlaskClient, opened: str, app: Flask, theatre: Theatre) -> None:
    touring = row_named(app, theatre.id, "touring")
    for _press in range(2):
        assert mona.post(f"{opened}/{touring}", data=written()).status_code == 303

    assert row_in(app, touring).revision == 1
    assert "To har skrevet her samtidig" not in mona.get(f"{opened}/{touring}").text


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"deadline": "til våren"}, "Skriv datoen slik: 31.12.2026"),
        ({"where_and_when": "x" * 3001}, "Teksten kan ha høyst 3000 tegn"),
        ({"owner": "x" * 121}, "Her er det plass til 120 tegn"),
    ],
)
def test_what_cannot_be_used_comes_back_with_what_to_do(
    changed: dict[str, str], says: str, mona: FlaskClient, opened: str, app: Flask, theatre: Theatre
) -> None:
    touring = row_named(app, theatre.id, "touring")
    answer = mona.post(f"{opened}/{touring}", data=written(**changed))

    assert answer.status_code == 422
    assert says in answer.text
    assert "Kontaktperson hjemme." in answer.text, "what was written is still there"
    assert row_in(app, touring).revision == 0


@pytest.mark.parametrize(
    "forged", [{"relevant": "maybe"}, {"likelihood": "4"}, {"consequence": "0"}, {"revision": "one"}, {"revision": ""}]
)
def test_what_the_page_does_not_offer_is_refused(
    forged: dict[str, str], mona: FlaskClient, opened: str, app: Flask, theatre: Theatre
) -> None:
    touring = row_named(app, theatre.id, "touring")

    assert mona.post(f"{opened}/{touring}", data=written(**forged)).status_code == 400


def test_a_row_can_wait(mona: FlaskClient, opened: str, app: Flask, theatre: Theatre) -> None:
    touring = row_named(app, theatre.id, "touring")
    mona.post(f"{opened}/{touring}", data=written(postpone="1"))

    assert row_in(app, touring).state == "postponed"
    assert '<span class="tag">senere</span>' in mona.get(opened).text

    mona.post(f"{opened}/{touring}", data=written(revision="1"))

    assert row_in(app, touring).state == "done"


def test_an_own_factor_is_added_taken_out_and_put_back(
    mona: FlaskClient, opened: str, app: Flask, theatre: Theatre
) -> None:
    words = "Vi deler garderobe <script>alert(1)</script> 🎭"
    for _press in range(2):
        answer = mona.post(f"{opened}/own", data={"title": words})
        assert answer.status_code == 303
    own = UUID(answer.location.rpartition("/")[2])

    page = mona.get(opened).text
    assert "Vi deler garderobe &lt;script&gt;" in page
    assert page.count("🎭") == 1
    assert mona.post(f"{opened}/{own}/removal").status_code == 303
    assert "1 rad er tatt ut" in mona.get(opened).text
    assert mona.post(f"{opened}/{own}/removal/undo").status_code == 303
    assert "1 rad er tatt ut" not in mona.get(opened).text
    renamed = mona.post(f"{opened}/{own}", data=written(revision="1", title="Felles garderobe"))
    assert "Felles garderobe" in mona.get(renamed.location).text
    assert mona.post(f"{opened}/own", data={"title": " "}).status_code == 422
    touring = row_named(app, theatre.id, "touring")
    assert mona.post(f"{opened}/{touring}/removal").status_code == 404, "the catalogue's rows stay"


def test_there_are_at_most_sixty_rows(mona: FlaskClient, opened: str, app: Flask) -> None:
    for number in range(44):
        assert mona.post(f"{opened}/own", data={"title": f"Egen {number}"}).status_code == 303

    answer = mona.post(f"{opened}/own", data={"title": "En til"})

    assert answer.status_code == 422
    assert "så mange rader som dere kan ha" in answer.text


def test_the_three_questions_are_not_overwritten_unseen(mona: FlaskClient, opened: str) -> None:
    first = {"can_go_wrong": "Fest.", "can_prevent": "", "can_soften": "", "revision": "0"}
    assert mona.post(f"{opened}/framing", data=first).status_code == 303
    assert mona.post(f"{opened}/framing", data=first).status_code == 303, "the same once more"

    second = mona.post(f"{opened}/framing", data={**first, "can_go_wrong": "Turné."})

    assert second.status_code == 422
    assert "Noen andre har skrevet her i mellomtiden" in second.text
    assert "Fest." in second.text
    assert "Turné." in second.text
    both = {**first, "can_go_wrong": "Fest og turné.", "revision": "1"}
    assert mona.post(f"{opened}/framing", data=both).status_code == 303
    assert "Fest og turné." in mona.get(f"{opened}/form").text


def test_nobody_fills_in_anothers_mapping(ola: FlaskClient, opened: str, app: Flask, theatre: Theatre) -> None:
    touring = row_named(app, theatre.id, "touring")
    with app.app_context():
        festival = session.scalar(select(RiskMapping.organisation_id)) or theatre.id
    theirs = ola.get("/").text.split("/organisations/")[1].split("/")[0]
    ola.post(f"/organisations/{theirs}/risks")

    assert str(festival) != theirs
    assert ola.get(f"/organisations/{theirs}/risks/{touring}").status_code == 404
    assert ola.post(f"/organisations/{theirs}/risks/{touring}", data=written()).status_code == 404


@pytest.mark.parametrize("stones", [0, 1, 15, 16, 60])
def test_every_rated_row_is_in_the_picture_or_counted(stones: int) -> None:
    there: dict[str, Any] = {**EMPTY, "relevant": "yes", "likelihood": 3, "consequence": 3}
    picture = picture_of([there] * stones + [EMPTY])
    corner = picture.cells[2]

    assert (corner.likelihood, corner.consequence, corner.weight) == (3, 3, "high")
    assert picture.placed == stones
    assert picture.not_placed == 1
    assert len({(stone.x, stone.y) for stone in corner.stones}) == len(corner.stones)
    assert all(corner.x < stone.x - 15 and stone.x + 15 < corner.x + 190 for stone in corner.stones)
    assert all(corner.y < stone.y - 15 and stone.y + 15 < corner.y + 120 for stone in corner.stones)
