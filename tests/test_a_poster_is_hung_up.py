"""Mona hangs up a poster of a join link: a page to print and a PDF, in the language of those who pass by."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lms.database import one_transaction, session
from lms.organisations import views
from lms.organisations.models import JoinLink, Organisation
from tests.cast import Theatre
from tests.spoken import READERS, reading, said

LONG_NAME = "Stiftelsen for teater, musikk og litteratur i Nordland, Troms og Finnmark, avdeling for #strong[alt] "


@pytest.fixture
def door(theatre: Theatre) -> str:
    return f"/organisations/{theatre.id}/join-links/{theatre.join_link_id}"


@pytest.mark.parametrize("language", READERS)
def test_it_speaks_the_language_that_was_asked_for_whoever_prints_it(
    mona: FlaskClient, door: str, language: str
) -> None:
    page = mona.get(f"{door}/poster?language={language}", headers=reading("nb")).text

    assert said(language, "A safe place to work begins here") in page
    assert f'class="sheet" lang="{language}"' in page
    assert said("nb", "Back to the link") in page


def test_a_language_nobody_offers_is_the_readers_own(mona: FlaskClient, door: str) -> None:
    page = mona.get(f"{door}/poster?language=%00", headers=reading("nb")).text

    assert said("nb", "A safe place to work begins here") in page


def test_it_says_whom_it_is_for_and_how_long(app: Flask, mona: FlaskClient, theatre: Theatre, door: str) -> None:
    with app.app_context(), one_transaction():
        link = session.get_one(JoinLink, (theatre.id, theatre.join_link_id))
        link.due_days, link.mail_domain = 14, "teatret.no"
    page = mona.get(f"{door}/poster?language=nb").text

    assert "Du har 14 dager på deg fra du begynner." in page
    assert "teatret.no" in page


@pytest.mark.parametrize("name", ["Teatret Vårt", LONG_NAME * 2, "كريمة 🎭"])
def test_the_file_is_one_sheet_whatever_the_organisation_is_called(
    app: Flask, mona: FlaskClient, theatre: Theatre, door: str, name: str
) -> None:
    with app.app_context(), one_transaction():
        session.get_one(Organisation, theatre.id).name = name[:200]
    answer = mona.get(f"{door}/poster.pdf?language=en")

    assert answer.mimetype == "application/pdf"
    assert answer.data.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type\s*/Page\b", answer.data)) == 1
    assert b"/Lang (en" in answer.data or b"/Lang(en" in answer.data


def test_no_file_leads_to_a_closed_door(mona: FlaskClient, door: str) -> None:
    mona.post(f"{door}/revocation")

    assert mona.get(f"{door}/poster.pdf").status_code == 404


def test_without_the_extra_there_is_the_page(mona: FlaskClient, door: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "can_be_pdf", lambda: False)

    assert "poster.pdf" not in mona.get(f"{door}/poster").text
    assert mona.get(f"{door}/poster.pdf").status_code == 404


def test_the_file_can_be_read_aloud(mona: FlaskClient, door: str) -> None:
    """PDF/UA-1, as it says itself: a sheet that cannot be that is made all the same, and nobody would notice."""
    assert b"pdfuaid" in mona.get(f"{door}/poster.pdf").data
