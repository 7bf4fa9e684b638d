"""A file that shows something is a link for whoever may open it; others see what it is called, and who can."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from lms.database import one_transaction, session
from lms.organisations.profile import OrganisationProfile
from lms.people.models import Person
from tests.cast import Theatre, signed_in
from tests.guidelines import published
from tests.marks import a_file, asked, everything
from tests.renewals import AWARDED, SIX, give_mark


@pytest.fixture
def nina(app: Flask, theatre: Theatre) -> FlaskClient:
    """The scheme's administrator, who follows no organisation."""
    with app.app_context(), one_transaction():
        session.add(nina := Person(name="Nina Ny", language="nb", scheme_role="administrator"))
        session.flush()
        theatre.people["nina"] = nina.id
    return signed_in(app, theatre, "nina")


@pytest.fixture
def clock() -> Iterator[Any]:
    """It is the day on which the theatre is awarded the mark."""
    with time_machine.travel(AWARDED, tick=False) as traveller:
        yield traveller


def test_the_renewal_page_of_whoever_does_not_follow(
    clock: Any, nina: FlaskClient, app: Flask, theatre: Theatre
) -> None:
    give_mark(app, theatre)
    with app.test_request_context(method="POST"), one_transaction():
        file = a_file(theatre.id, session.get_one(Person, theatre.people["mona"])).id
    clock.move_to(SIX)
    download = f"/organisations/{theatre.id}/evidence/{file}/file"

    for name in ("mona", "siv", "nina"):
        reader = signed_in(app, theatre, name)
        page = reader.get(f"/organisations/{theatre.id}/renewal").text
        assert "Husreglene våre" in page
        assert (f'href="{download}"' in page) == (reader.get(download).status_code == 200), name
    assert reader.get(download).status_code == 404
    assert "kan åpnes av koordinatorene" in page


def test_whoever_is_named_to_follow_meets_no_dead_end_behind_a_request(
    mona: FlaskClient, nina: FlaskClient, app: Flask, theatre: Theatre
) -> None:
    """Nina is named for the theatre and leads no session there, so that guidelines are not hers to open."""
    with app.app_context(), one_transaction():
        mona_herself, siv = (session.get_one(Person, theatre.people[name]) for name in ("mona", "siv"))
        everything(theatre.id, mona_herself, siv)
        profile = session.get(OrganisationProfile, theatre.id) or OrganisationProfile(organisation_id=theatre.id)
        profile.facilitator_id = theatre.people["nina"]
        session.add(profile)
    published(mona, f"/organisations/{theatre.id}/guidelines", kind="against_harassment")
    with app.test_request_context(method="POST"), one_transaction():
        a_file(theatre.id, session.get_one(Person, theatre.people["mona"]))
        request = asked(theatre.id, session.get_one(Person, theatre.people["mona"])).id

    for name in ("siv", "nina"):
        reader = signed_in(app, theatre, name)
        page = reader.get(f"/organisations/{theatre.id}/mark/requests/{request}").text
        grounds = page[page.index('id="grounds-heading"') :].split("</section>")[0]
        links = {link.split("#")[0] for link in re.findall(r'href="(/[^"]+)"', grounds)}
        assert links
        assert {link: reader.get(link).status_code for link in links} == dict.fromkeys(links, 200), name
        to_guidelines = [link for link in links if link.startswith(f"/organisations/{theatre.id}/guidelines/")]
        assert len(to_guidelines) == (1 if name == "siv" else 0), "all see that there is one"
        assert "En publisert retningslinje" in grounds
