"""Siv opens the brief of a session: one sheet with counts, what people said from five on, cards and an agenda."""

from datetime import timedelta
from typing import Any

import pytest
import typst
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from lms.database import now, one_transaction, session
from lms.group_sessions.brief import sheet
from lms.group_sessions.brief.agenda import agenda_of
from lms.group_sessions.brief.brief import WIDTH, Expected, brief_of
from lms.group_sessions.brief.duties import count_what_was_said
from lms.group_sessions.brief.models import MOST_CARDS
from lms.organisations.models import Organisation, current_round
from lms.typesetting import typeset
from tests.cast import Theatre
from tests.in_the_room import gathered, pages_of, take_stances, write_texts
from tests.meetings import another_session, log_of, meeting_in
from tests.questions import questions
from tests.test_what_people_said_fills_the_mapping import rate


def test_the_brief_says_when_where_and_how_ready(siv: FlaskClient, theatre: Theatre) -> None:
    page = siv.get(f"{pages_of(theatre)}/brief").text

    for words in ("Teatret Vårt", "Prøvesalen", "Siv Aune", "Ikke klar ennå", "2 personer er ventet"):
        assert words in page
    assert "Ingen har bekreftet at alle står på medarbeiderlista." in page
    assert "Verneombudet, telefon 900 00 000" in page
    assert "Forslag til dagsorden" in page
    assert "Kari" not in page, "counts, and no names unless the organisation shows them"
    assert "Virksomheten har ikke valgt å vise navn" in page


def test_names_stand_there_where_the_organisation_shows_them(siv: FlaskClient, app: Flask, theatre: Theatre) -> None:
    with app.app_context(), one_transaction():
        current_round(theatre.id).shows_names = True
    page = siv.get(f"{pages_of(theatre)}/brief").text

    assert "Kari Berg" in page
    assert "Virksomheten har ikke valgt å vise navn" not in page


def test_the_coordinator_sees_what_the_facilitator_is_told(mona: FlaskClient, theatre: Theatre) -> None:
    page = mona.get(f"{pages_of(theatre)}/brief").text

    assert "Hun ser verken mer eller mindre" in page
    assert "Kari Berg" not in page


def test_answers_stand_there_from_five_on(siv: FlaskClient, app: Flask, theatre: Theatre) -> None:
    here = pages_of(theatre)
    words = take_stances(app, theatre, [1, 2, 3, 4])
    rate(app, theatre, "high", 4)
    assert siv.post(f"{here}/brief/counts").status_code == 303
    before = siv.get(f"{here}/brief").text
    assert words not in before
    assert "Færre enn fem har svart på samme spørsmål" in before

    take_stances(app, theatre, [5])
    rate(app, theatre, "low", 1)
    write_texts(app, theatre, ["Én", "To", "Tre", "Fire", "Femte"])
    siv.post(f"{here}/brief/counts")
    after = siv.get(f"{here}/brief").text
    assert words in after
    assert "Turné, reise, delte rom og overnatting" in after
    assert "Høy risiko: 4" in after
    assert "5 tekster" in after
    assert "Femte" not in after, "the texts themselves are for the room"


def test_the_worker_counts_before_a_session_is_near(siv: FlaskClient, app: Flask, theatre: Theatre) -> None:
    words = take_stances(app, theatre, [1, 2, 3, 4, 5])
    with app.app_context(), one_transaction():
        assert count_what_was_said() == 1

    assert words in siv.get(f"{pages_of(theatre)}/brief").text
    with app.app_context(), one_transaction():
        meeting_in(theatre).cancel()
        session.flush()
        assert count_what_was_said() == 0


def test_fewer_than_five_get_cards_and_talk(siv: FlaskClient, theatre: Theatre) -> None:
    page = siv.get(f"{pages_of(theatre)}/brief").text

    assert "De er færre enn fem, så ingen svar blir samlet inn. Bruk kort og samtale." in page
    assert "Tell svarene på nytt" not in page
    assert "Slik svarte vi" not in page, "the agenda has no pictures to look at"


def test_it_follows_the_session_of_a_big_house(siv: FlaskClient, app: Flask, theatre: Theatre) -> None:
    another_session(app, theatre)
    page = siv.get(f"{pages_of(theatre)}/brief").text

    assert "0 personer er ventet" in page
    assert "Det er flere samlinger" in page


def test_a_cancelled_session_says_so(mona: FlaskClient, app: Flask, theatre: Theatre) -> None:
    with app.app_context(), one_transaction():
        meeting_in(theatre).cancel()

    assert "avlyst" in mona.get(f"{pages_of(theatre)}/brief").text


def test_cards_are_laid_ready_course_by_course(siv: FlaskClient, app: Flask, theatre: Theatre) -> None:
    here = f"{pages_of(theatre)}/brief"
    courses = app.extensions["lms"].library.courses
    first, second = courses[0].cards[3], courses[1].cards[5]
    shown = [card.name for card in courses[0].cards]
    saved = siv.post(f"{here}/cards", data={"course": courses[0].key, "shown": shown, "card": first.name})
    assert saved.status_code == 303
    more = [first.name, *(card.name for card in courses[1].cards)]
    siv.post(f"{here}/cards", data={"course": courses[1].key, "shown": more, "card": [first.name, second.name]})

    page = siv.get(here).text
    assert first.text("nb") in page
    assert second.text("nb") in page
    assert "trukket tilfeldig" not in page
    assert "group_session.cards" in log_of(app, theatre)

    siv.post(f"{here}/cards", data={"shown": [first.name, second.name]})
    assert "trukket tilfeldig" in siv.get(here).text


@pytest.mark.parametrize("form", [{"card": "harassment.no-such"}, {"card": "x", "shown": "x"}])
def test_a_card_nobody_offers_is_refused(form: dict[str, str], siv: FlaskClient, theatre: Theatre) -> None:
    assert siv.post(f"{pages_of(theatre)}/brief/cards", data=form).status_code == 400


def test_too_many_cards_come_back_ticked(siv: FlaskClient, app: Flask, theatre: Theatre) -> None:
    library = app.extensions["lms"].library
    names = [card.name for key in ("harassment", "norms") for card in library.course(key).cards]
    answer = siv.post(f"{pages_of(theatre)}/brief/cards", data={"shown": names, "card": names})

    assert len(names) > MOST_CARDS
    assert answer.status_code == 422
    assert f"høyst {MOST_CARDS} kort" in answer.text
    assert answer.text.count("checked") >= 20


def test_another_place_and_an_employee_see_nothing(ola: FlaskClient, kari: FlaskClient, theatre: Theatre) -> None:
    for client in (ola, kari):
        for page in ("brief", "brief.pdf", "screen", "notes"):
            assert client.get(f"{pages_of(theatre)}/{page}").status_code == 404


def test_the_sheet_is_one_tagged_page_also_when_it_is_full(siv: FlaskClient, app: Flask, theatre: Theatre) -> None:
    take_stances(app, theatre, [1, 2, 3, 4, 5, 6, 7])
    gathered(app, theatre)
    pdf = siv.get(f"{pages_of(theatre)}/brief.pdf")
    assert pdf.mimetype == "application/pdf"
    assert b"pdfuaid:part" in pdf.data

    with app.app_context():
        library = app.extensions["lms"].library
        organisation = session.get_one(Organisation, theatre.id)
        words = sheet.words_on(brief_of(organisation, meeting_in(theatre), library, "nb"), library)
    long = "Et langt spørsmål om hvordan det er å si fra om noe som ikke er greit her hos oss"
    full: dict[str, Any] = {
        **words,
        "reasons": ["3 ledere til må fullføre Forebygging av seksuell trakassering."] * 11,
        "missing": ["Mellomnavn Etternavnsen"] * 12,
        "far": [*words["far"][:1], *([["Bevisstgjøring rundt hersketeknikker", "10 av 12", "200 av 230", "9"]] * 3)],
        "risky": [[long, "40 av 50: middels eller høy"]] * 5,
        "stances": [[long, 40, [1, 2, 3, 4, 10, 10, 10]]] * sheet.MOST_STANCES,
        "cards": [long] * sheet.MOST_CARDS,
        "channel": f"{long}. {long}.",
    }
    pages = typst.compile(
        sheet.SHEET, sys_inputs={"language": "nb", "brief": sheet.as_json(full)}, format="png", ppi=30
    )
    assert isinstance(pages, bytes), f"{len(pages)} sheets"


def test_names_are_no_markup_on_the_sheet(app: Flask, theatre: Theatre) -> None:
    with app.app_context():
        library = app.extensions["lms"].library
        organisation = session.get_one(Organisation, theatre.id)
        organisation.name = "#panic() $x$ <b> \\ 🎭"
        words = sheet.words_on(brief_of(organisation, meeting_in(theatre), library, "nb"), library)

    assert typeset(sheet.SHEET, {"language": "nb", "brief": sheet.as_json(words)}).startswith(b"%PDF")


def test_it_asks_the_same_of_the_database_however_many_we_are(siv: FlaskClient, app: Flask, theatre: Theatre) -> None:
    here = f"{pages_of(theatre)}/brief"
    take_stances(app, theatre, [1, 2, 3, 4, 5])
    gathered(app, theatre)
    with questions(app) as few:
        siv.get(here)
    take_stances(app, theatre, [1] * 40)
    gathered(app, theatre)
    with questions(app) as many:
        siv.get(here)

    assert len(many) == len(few) <= 13, "\n".join(few)


@given(minutes=st.integers(30, 600), with_pictures=st.booleans())
def test_the_agenda_fills_the_session_and_no_more(minutes: int, with_pictures: bool) -> None:
    begins = now()
    items = agenda_of(minutes, begins, with_pictures)

    assert sum(item.minutes for item in items) == minutes
    assert all(item.minutes > 0 for item in items)
    assert items[0].kind == "welcome" or minutes < 50
    assert [item.begins_at for item in items] == [
        begins + timedelta(minutes=sum(before.minutes for before in items[:place])) for place in range(len(items))
    ]
    assert with_pictures or "pictures" not in {item.kind for item in items}


@given(st.integers(0, 5000), st.integers(0, 5000), st.none() | st.integers(0, 5000))
def test_the_picture_of_who_is_expected_fits_its_frame(people: int, cannot_come: int, has_place: int | None) -> None:
    parts = Expected(people, cannot_come, has_place, None).parts

    assert all(width >= 0 for _kind, _at, width, _people in parts)
    assert sum(width for _kind, _at, width, _people in parts) <= WIDTH
