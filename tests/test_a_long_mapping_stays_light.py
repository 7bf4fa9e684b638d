"""Sixty rows with what everybody has said and written about them ask the database no more than sixteen."""

from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lms.database import now, one_transaction, session
from lms.people.models import Person
from lms.risks.contributions.models import contribute
from lms.risks.models import MOST_ROWS, mapping_in, open_mapping, rows_of
from tests.cast import Theatre
from tests.questions import questions
from tests.risk_mappings import DONE, delivered, row_named

MOST = {"": 11, "/form": 6, "/{row}": 13, "/contributions": 7}


def fill(app: Flask, theatre: Theatre) -> None:
    """Sixty rows, each with words, a history, two texts that wait and a contribution."""
    with app.app_context(), one_transaction():
        mona, kari = (session.get_one(Person, theatre.people[name]) for name in ("mona", "kari"))
        mapping = mapping_in(theatre.id, to_change=True)
        assert mapping is not None
        for number in range(MOST_ROWS - len(rows_of(mapping))):
            mapping.add_own(f"Egen risiko nummer {number}", mona)
        for row in rows_of(mapping):
            before, revision = row.values, row.revision
            row.change({**before, **DONE}, revision, mona)
            session.flush()
            row.change({**before, "where_and_when": "Et annet sted."}, revision, kari)
            contribute(mapping, row, "Slik er det her.", kari)


@pytest.mark.parametrize("page", MOST)
def test_a_page_asks_no_more_with_sixty_rows(page: str, mona: FlaskClient, app: Flask, theatre: Theatre) -> None:
    with app.app_context(), one_transaction():
        mapping, _opened = open_mapping(theatre.id, session.get_one(Person, theatre.people["mona"]))
        mapping.contributions_until = now() + timedelta(days=5)
    row: UUID = row_named(app, theatre.id, "touring")
    address = f"/organisations/{theatre.id}/risks{page.format(row=row)}"
    mona.get(address)
    with questions(app) as few:
        assert mona.get(address).status_code == 200
    fill(app, theatre)
    with questions(app) as many:
        answer = mona.get(address)

    assert answer.status_code == 200
    assert len(many) <= MOST[page], "\n".join(many)
    # The waiting text of the one row on the page asks for what both began with.
    assert len(many) <= len(few) + (page == "/{row}"), "\n".join(many)


def test_a_facilitator_reads_a_long_form_at_the_same_price(siv: FlaskClient, app: Flask, theatre: Theatre) -> None:
    with app.app_context(), one_transaction():
        mona = session.get_one(Person, theatre.people["mona"])
        mapping, _opened = open_mapping(theatre.id, mona)
        for number in range(MOST_ROWS - len(rows_of(mapping))):
            mapping.add_own(f"Egen risiko nummer {number}", mona)
        form = delivered(theatre.id, mona)
        address = f"/organisations/{theatre.id}/risks/deliveries/{form.id}"
    with questions(app) as asked:
        page = siv.get(address).text

    assert page.count("<article") == MOST_ROWS
    assert len(asked) <= 6, "\n".join(asked)
