"""A mark is withdrawn with a reason and for good; it stays visible as withdrawn, and they can ask for it anew."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from lms.database import norwegian_day, now, one_transaction, session
from lms.mark.models import Award, NotInForce, OwnWords, valid_on
from lms.mark.requests import grant
from lms.mark.standing import standing_of_mark
from lms.organisations.events import Event
from lms.organisations.models import Round, current_round
from lms.people.models import Person
from lms.risks.delivery import Frozen
from tests.cast import Theatre
from tests.letters import confirm_address, letters_to
from tests.marks import asked, awarded, everything


@pytest.fixture
def address(app: Flask, theatre: Theatre) -> str:
    """Where the theatre's mark can be withdrawn."""
    with app.app_context(), one_transaction():
        mona, siv = (session.get_one(Person, theatre.people[name]) for name in ("mona", "siv"))
        award = awarded(theatre.id, mona, siv)
        return f"/organisations/{theatre.id}/mark/awards/{award.id}/withdrawal"


def the_award(app: Flask) -> Award:
    with app.app_context():
        return session.scalars(select(Award)).one()


def test_it_asks_for_a_reason_and_whether_she_is_sure(siv: FlaskClient, address: str, app: Flask) -> None:
    assert "Trekk merket tilbake" in siv.get(address).text
    for written in ({}, {"because": "Brudd."}, {"sure": "1"}, {"because": "  ", "sure": "1"}):
        answer = siv.post(address, data=written)
        assert answer.status_code == 422
    assert "Brudd." in siv.post(address, data={"because": "Brudd."}).text

    assert the_award(app).state(norwegian_day(now())) == "valid"


def test_it_is_withdrawn_once_and_seen_as_withdrawn(
    mona: FlaskClient, siv: FlaskClient, address: str, app: Flask, theatre: Theatre
) -> None:
    confirm_address(app, theatre.people["mona"], "mona@teatret.no")
    for because in ("Brudd på kravene.", "Noe annet."):
        assert siv.post(address, data={"because": because, "sure": "1"}).status_code == 303

    award = the_award(app)
    today = norwegian_day(now())
    assert award.withdrawn_because == "Brudd på kravene."
    assert award.withdrawn_by == theatre.people["siv"]
    assert award.state(today) == award.state(award.valid_until + timedelta(days=1)) == "withdrawn"
    assert award.state(today - timedelta(days=1)) == "valid"
    with app.app_context():
        assert standing_of_mark(theatre.id).state == "withdrawn"
        assert session.scalars(select(Award).where(valid_on(today))).all() == []
        events = list(session.scalars(select(Event.what)))
    assert events.count("mark.withdrawn") == 1
    page = mona.get(f"/organisations/{theatre.id}/mark").text
    assert "Balansemerket ble trukket tilbake" in page
    assert "Brudd på kravene." in page
    assert "Søk om merket" in page
    (letter,) = letters_to(app, "mona@teatret.no")
    assert "Brudd på kravene." in letter
    page = siv.get(address).text
    assert "Brudd på kravene." in page
    assert "<textarea" not in page


def test_who_has_no_business_there_cannot(
    kari: FlaskClient, mona: FlaskClient, ola: FlaskClient, address: str, app: Flask
) -> None:
    for visitor in (kari, mona, ola):
        assert visitor.get(address).status_code == 404
        assert visitor.post(address, data={"because": "Nei.", "sure": "1"}).status_code == 404

    assert the_award(app).withdrawn_at is None


def test_an_administrator_can_whoever_leads_the_session(
    ola: FlaskClient, address: str, app: Flask, theatre: Theatre
) -> None:
    with app.app_context(), one_transaction():
        session.get_one(Person, theatre.people["ola"]).scheme_role = "administrator"

    assert ola.post(address, data={"because": "Brudd.", "sure": "1"}).status_code == 303
    assert the_award(app).withdrawn_by == theatre.people["ola"]


def test_it_cannot_be_undone_by_any_path(siv: FlaskClient, address: str, app: Flask) -> None:
    siv.post(address, data={"because": "Brudd.", "sure": "1"})
    with app.app_context():
        award = session.scalars(select(Award)).one()
        award.withdrawn_at = award.withdrawn_by = None
        award.withdrawn_because = ""
        with pytest.raises(Frozen):
            session.flush()
        session.rollback()


def test_what_is_no_longer_valid_is_not_withdrawn(address: str, app: Flask, theatre: Theatre) -> None:
    with app.app_context():
        siv = session.get_one(Person, theatre.people["siv"])
        award = session.scalars(select(Award)).one()
        with pytest.raises(NotInForce):
            award.withdraw("  ", siv)
        award.withdraw("Brudd.", siv)
        with pytest.raises(NotInForce):
            award.withdraw("En gang til.", siv)
        session.rollback()
        with pytest.raises(IntegrityError, match="withdrawn_by_somebody_because"):
            session.execute(Award.__table__.update().values(withdrawn_at=now()))  # type: ignore[attr-defined]
        session.rollback()


def test_a_renewed_one_is_told_apart(address: str, app: Flask, theatre: Theatre) -> None:
    """The next round leads to a new award; the one before is renewed, neither expired nor withdrawn."""
    with app.app_context(), one_transaction():
        mona, siv = (session.get_one(Person, theatre.people[name]) for name in ("mona", "siv"))
        before = current_round(theatre.id)
        before.ended_at = now()
        session.flush()
        session.add(Round(organisation_id=theatre.id, courses=list(before.courses), started_at=now()))
        session.flush()
        everything(theatre.id, mona, siv)
        request = asked(theatre.id, mona)
        assert standing_of_mark(theatre.id).state == "awarded", "she has it also while she asks for the next one"
        assert standing_of_mark(theatre.id).waits
        new = grant(request, "", siv, four_eyes=False)
        assert isinstance(new, Award)

    with app.app_context():
        today = norwegian_day(now())
        old = session.scalars(select(Award).where(Award.id != new.id)).one()
        assert (old.state(today), old.replaced_by) == ("renewed", new.id)
        assert session.scalars(select(Award.id).where(valid_on(today))).all() == [new.id]
        assert standing_of_mark(theatre.id).award is not None


def test_an_organisation_tells_in_its_own_words(mona: FlaskClient, app: Flask, theatre: Theatre) -> None:
    here = f"/organisations/{theatre.id}/mark/own-words"
    written = {"words_nb": "Vi snakker sammen.\nHver uke.", "website": "teatret.no", "in_register": "1"}
    assert mona.post(here, data=written).status_code == 303
    assert mona.post(here, data=written).status_code == 303
    too_long = mona.post(here, data={**written, "words_en": "a" * 601})
    assert too_long.status_code == 422
    assert "a" * 601 in too_long.text
    for wrong in ("javascript:alert(1)", "teatret", "https://a b.no", "https://x@teatret.no", "ftp://teatret.no"):
        assert mona.post(here, data={**written, "website": wrong}).status_code == 422, wrong

    with app.app_context():
        words = session.scalars(select(OwnWords)).one()
        assert (words.words_nb, words.website) == ("Vi snakker sammen.\nHver uke.", "https://teatret.no")
        assert words.in_register
        assert list(session.scalars(select(Event.what))).count("own_words.changed") == 1
    assert mona.post(here, data={"words_nb": "Vi snakker sammen."}).status_code == 303
    with app.app_context():
        assert not session.scalars(select(OwnWords.in_register)).one()
