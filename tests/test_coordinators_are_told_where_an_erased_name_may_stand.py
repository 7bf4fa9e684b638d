"""Kari is erased: where others have named her in longer words, somebody who can read is asked, until it is done."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from lms.database import now, one_transaction, session
from lms.measures.carrying import carry_on
from lms.measures.evidence.models import add_link
from lms.measures.models import Measure, MeasurePlan, Remark
from lms.measures.year_wheel.models import ActivityHeld
from lms.organisations.events import Event
from lms.organisations.models import Employee, Round
from lms.organisations.names_left import NameStood, fields_named_in
from lms.people.models import Person
from lms.people.names import ERASED, is_named_within, without_name
from lms.risks.changes import RiskChange
from lms.risks.contributions.models import Contribution, contribute
from lms.risks.models import Risk, mapping_in, rows_of
from tests.cast import Theatre, signed_in
from tests.guidelines import published
from tests.lists import said_in
from tests.plans import form as measure_form
from tests.plans import plan_a_measure
from tests.risk_mappings import row_named
from tests.test_an_erased_name_does_not_come_back import hidden
from tests.test_two_write_in_the_same_row import form

NAME = "Kari Berg"


@pytest.fixture
def at(theatre: Theatre) -> str:
    return f"/organisations/{theatre.id}"


@pytest.fixture
def named(mona: FlaskClient, siv: FlaskClient, app: Flask, theatre: Theatre, at: str) -> str:
    """She is named in every room; the address of the row of the mapping."""
    mona.post(f"{at}/risks")
    row = f"{at}/risks/{row_named(app, theatre.id, 'touring')}"
    mona.post(row, data=form(already="Kari Bergs vaktliste."))
    mona.post(f"{at}/risks/framing", data={"can_go_wrong": "Kari Berg er alene.", "revision": "0"})
    siv.post(f"{at}/group-sessions/{theatre.meeting_id}/notes", data={"text": "Kari Berg tar bussen.", "factor": ""})
    mona.post(f"{at}/choices/channel", data={"reporting_channel": "Kari Berg, 900 00 000"})
    mona.post(f"{at}/mark/own-words", data={"words_nb": "Kari Berg leder det.", "in_register": "1"})
    published(mona, f"{at}/guidelines", text_nb="Si fra til Kari Berg.")
    mona.post(f"{at}/people/{theatre.employees['mona']}/exception", data={"reason": "Vikar for Kari Berg."})
    with app.test_request_context(method="POST"), one_transaction():
        mona_herself = session.get_one(Person, theatre.people["mona"])
        plan_a_measure(theatre.id, mona_herself, "Vakter", why="Kari Berg har bedt om det.", owner="Inspisienten")
        plan = session.scalars(select(MeasurePlan)).one()
        add_link(plan, "guidelines", "Plakaten til Kari Berg", "https://teatret.example/plakat", mona_herself)
    return row


def erase(kari: FlaskClient) -> None:
    assert kari.post("/me/erasure", data={"sure": "1"}).status_code == 200


def left(app: Flask) -> list[NameStood]:
    with app.app_context():
        return list(session.scalars(select(NameStood).where(NameStood.settled_at.is_(None)).order_by(NameStood.at)))


def test_each_place_is_told_until_it_has_been_read_through(
    kari: FlaskClient, mona: FlaskClient, ola: FlaskClient, named: str, app: Flask, at: str
) -> None:
    assert "names-left" not in mona.get(f"{at}/").text
    erase(kari)

    assert f'href="{at}/names-left"' in mona.get(f"{at}/").text
    page = mona.get(f"{at}/names-left").text
    words = said_in(page)
    for said in (
        "Risikokartlegging – Turné, reise",
        "Hva gjør vi allerede?",
        "De tre spørsmålene i risikokartleggingen",
        "Et notat fra en kurssamling",
        "Varslingskanalen",
        "Hvorfor noen ikke ventes på – Mona Haug",
        "Et tiltak – Vakter",
        "En lenke eller fil som viser hva dere gjør – Plakaten til Kari Berg",
        "En retningslinje – Slik er vi mot hverandre",
        "registeret",
    ):
        assert said.casefold() in words.casefold(), words
    places = left(app)
    assert {place.kind for place in places} == {
        *("risk", "framing", "note", "channel", "exception", "own_words", "guideline", "measure", "evidence")
    }
    for place in places:
        assert mona.post(f"{at}/names-left/{place.id}").status_code == 303
        assert ola.post(f"{at}/names-left/{place.id}").status_code == 404
    assert left(app) == []
    assert "names-left" not in mona.get(f"{at}/").text
    assert "ingenting å lese gjennom" in mona.get(f"{at}/names-left").text


def test_the_links_open_and_the_pages_say_it_too(
    kari: FlaskClient, mona: FlaskClient, named: str, app: Flask, at: str
) -> None:
    erase(kari)
    page = mona.get(f"{at}/names-left").text
    addresses = re.findall(r'class="button"\s+href="([^"]+)"', page)
    assert len(addresses) == len(left(app))
    for address in addresses:
        there = mona.get(address.replace("&amp;", "&"))
        assert there.status_code == 200, address
    assert "kan fortsatt stå her" in mona.get(named).text


def test_nothing_of_the_name_is_kept_with_it(kari: FlaskClient, mona: FlaskClient, named: str, app: Flask) -> None:
    erase(kari)
    with app.app_context():
        kept = [*session.scalars(select(NameStood)), *session.scalars(select(Event))]
        said = str([{name: getattr(row, name) for name in row.__table__.columns.keys()} for row in kept])  # noqa: SIM118
    assert "Berg" not in said
    assert "vaktliste" not in said


def test_the_log_says_in_which_rooms(kari: FlaskClient, mona: FlaskClient, named: str, at: str) -> None:
    erase(kari)
    log = said_in(mona.get(f"{at}/log").text)
    for room in ("risikokartleggingen", "et notat", "varslingskanalen", "et tiltak", "en retningslinje", "registeret"):
        assert f"navnet kan fortsatt stå i {room}" in log or f"i {room}" in log, log


def test_what_nobody_can_change_loses_the_name_at_once(
    kari: FlaskClient, mona: FlaskClient, named: str, app: Flask, theatre: Theatre, at: str
) -> None:
    with app.test_request_context(method="POST"), one_transaction():
        mona_herself = session.get_one(Person, theatre.people["mona"])
        measure = plan_a_measure(theatre.id, mona_herself, "Samtale")
        plan = session.scalars(select(MeasurePlan)).one()
        session.add(
            Remark(
                organisation_id=theatre.id,
                plan_id=plan.id,
                measure_id=measure.id,
                text="Kari Berg skrev til oss.",
                from_scheme=True,
                written_by=theatre.people["siv"],
            )
        )
        session.add(
            ActivityHeld(
                organisation_id=theatre.id,
                measure_id=measure.id,
                planned_on=now().date(),
                held_on=now().date(),
                note="Kari Bergs ide.",
                day=1,
                status_before="planned",
                marked_by=theatre.people["mona"],
            )
        )
        mapping = mapping_in(theatre.id, to_change=True)
        assert mapping is not None
        mapping.contributions_until = now() + timedelta(days=1)
        contribute(mapping, rows_of(mapping)[0], "Spør Kari Berg.", None)
    erase(kari)

    with app.app_context():
        assert session.scalars(select(Remark.text)).one() == "[…] skrev til oss."
        assert session.scalars(select(ActivityHeld.note)).one() == "[…] ide."
        assert session.scalars(select(Contribution.text)).one() == "Spør […]."
    assert "tatt ut" in mona.get(f"{at}/log").text


def test_rounds_that_have_ended_are_not_asked_about(
    kari: FlaskClient, mona: FlaskClient, named: str, app: Flask, theatre: Theatre
) -> None:
    with app.app_context(), one_transaction():
        session.execute(update(Round).where(Round.organisation_id == theatre.id).values(ended_at=now()))
        session.add(Round(organisation_id=theatre.id, courses=[]))
    erase(kari)

    with app.app_context():
        assert "[…] vaktliste." in session.scalars(select(Risk.already)).all()
    assert {place.kind for place in left(app)} <= {"note", "channel", "exception", "own_words", "guideline"}


def test_another_erasure_asks_about_the_same_place_once(
    kari: FlaskClient, mona: FlaskClient, app: Flask, theatre: Theatre, at: str
) -> None:
    with app.app_context(), one_transaction():
        session.add(nils := Person(name="Nils Ny", language="nb"))
        session.flush()
        session.add(Employee(organisation_id=theatre.id, person_id=nils.id))
        theatre.people["nils"] = nils.id
        plan_a_measure(
            theatre.id, session.get_one(Person, theatre.people["mona"]), "Kari Berg og Nils Ny", why="Nils Ny spør."
        )
    erase(kari)
    erase(signed_in(app, theatre, "nils"))
    assert [sorted(place.fields) for place in left(app)] == [["what", "why"]]
    with app.app_context():
        measure = left(app)[0].row_id
        assert [fields_named_in(theatre.id, "measure", measure, seen) for seen in (0, 1, 2)] == [
            {"what", "why"},
            {"what", "why"},
            set(),
        ], "a page from before either of them is told"


def test_what_stood_in_a_row_until_it_was_read_through_leaves_its_history(
    kari: FlaskClient, mona: FlaskClient, app: Flask, theatre: Theatre, at: str
) -> None:
    mona.post(f"{at}/risks")
    row = f"{at}/risks/{row_named(app, theatre.id, 'touring')}"
    mona.post(row, data=form(already="Kari Bergs vaktliste.", relevant="yes", likelihood="1", consequence="1"))
    erase(kari)
    opened = hidden(mona.get(row).text, "revision")
    words = form(already="Kari Bergs vaktliste.", relevant="yes", likelihood="1", consequence="1", revision=opened)
    mona.post(row, data={**words, "proposed": "Enkeltrom."})
    assert "names-left" in mona.get(f"{at}/risks/form").text, "she is told before she delivers it"
    then = hidden(mona.get(row).text, "revision")
    mona.post(row, data={**words, "proposed": "Enkeltrom.", "already": "Vaktlista.", "revision": then})
    (place,) = left(app)
    mona.post(f"{at}/names-left/{place.id}")

    with app.app_context():
        assert [change for change in session.scalars(select(RiskChange)) if "Berg" in str(change.values)] == []
    page = mona.get(row).text
    assert "Berg" not in page
    assert "Vaktlista." in page
    assert "names-left" not in mona.get(f"{at}/risks/form").text
    late = mona.post(row, data={**words, "where_and_when": "I nord."})
    assert late.status_code == 422, "a page from in between is told too"
    assert "I nord." in late.text
    again = hidden(page, "revision")
    assert mona.post(row, data=form(already="Vaktlista.", owner="Inspisienten", revision=again)).status_code == 303


def test_what_is_taken_on_is_asked_about_too(
    kari: FlaskClient, mona: FlaskClient, app: Flask, theatre: Theatre, at: str
) -> None:
    mona.post(f"{at}/risks")
    row = f"{at}/risks/{row_named(app, theatre.id, 'touring')}"
    mona.post(row, data=form(proposed="Kari Berg holder kurs."))
    own = mona.post(f"{at}/risks/own", data={"title": "Kari Bergs kjellerscene"}).location
    erase(kari)
    page = mona.get(f"{at}/measures/new?risk={row.rpartition('/')[2]}").text
    begun = {"risk": row.rpartition("/")[2], "risk_revision": hidden(page, "risk_revision")}
    mona.post(f"{at}/measures", data=measure_form(what="Kari Berg holder kurs.", **begun))
    assert sorted((place.kind, *place.fields) for place in left(app)) == [
        ("measure", "what"),
        ("risk", "proposed"),
        ("risk", "title"),
    ]
    before = {place.row_id for place in left(app)}
    with app.app_context(), one_transaction():
        mona_herself = session.get_one(Person, theatre.people["mona"])
        plan, keep = session.scalars(select(MeasurePlan)).one(), session.scalars(select(Measure.id)).all()
        session.execute(update(Round).where(Round.organisation_id == theatre.id).values(ended_at=now()))
        session.add(Round(organisation_id=theatre.id, courses=[]))
        session.flush()
        carry_on(plan, keep, mona_herself)
    mona.post(f"{at}/risks")
    later = [(place.kind, *place.fields) for place in left(app) if place.row_id not in before]
    assert sorted(later) == [("measure", "what"), ("risk", "title")]
    assert mona.get(own).status_code == 404
    assert "Det er borte, eller kan ikke endres lenger" in mona.get(f"{at}/names-left").text


def test_an_owner_who_is_erased_is_said_in_the_readers_language(
    kari: FlaskClient, mona: FlaskClient, app: Flask, theatre: Theatre, at: str
) -> None:
    mona.post(f"{at}/risks")
    row = f"{at}/risks/{row_named(app, theatre.id, 'touring')}"
    mona.post(row, data=form(owner=NAME))
    with app.app_context(), one_transaction():
        measure = plan_a_measure(theatre.id, session.get_one(Person, theatre.people["mona"]), "Vakter", owner=NAME)
        there = f"{at}/measures/{measure.id}"
        session.get_one(Person, theatre.people["mona"]).language = "en"
    erase(kari)

    for page in (row, there, f"{at}/measures", f"{at}/measures/new?risk={row.rpartition('/')[2]}", f"{at}/risks/form"):
        assert ERASED not in mona.get(page).text, page
    assert ERASED not in mona.get(f"{at}/risks/form.csv").text
    for page in (row, there):
        assert "has been erased. Write who does it now." in mona.get(page).text
    with app.app_context(), one_transaction():
        revision = str(session.scalars(select(Risk.revision).where(Risk.owner == ERASED)).one())
    assert mona.post(row, data=form(revision=revision)).status_code == 303
    assert mona.post(f"{row}/autosave", data=form(revision=revision)).json["others"] == {}
    with app.app_context():
        assert session.scalars(select(Risk.owner).where(Risk.owner != "")).one() == ERASED, "an untouched form"
    mona.post(row, data=form(revision=revision, owner="The producer"))
    with app.app_context():
        assert session.scalars(select(Risk.owner).where(Risk.owner != "")).one() == "The producer"


@pytest.mark.parametrize(
    ("words", "name", "then"),
    [
        ("Kari Bergs liste", "Kari Berg", "[…] liste"),
        ("Spør Kari  Berg.", "Kari Berg", "Spør […]."),
        ("kari berg og Kari Bergersen", "Kari Berg", "[…] og Kari Bergersen"),
        ("Kari Anne Berg og Kari Berg", "Kari Anne Berg", "[…] og […]"),
        ("Kari’s", "Kari Berg", "Kari’s"),
    ],
)
def test_a_name_is_known_by_its_words(words: str, name: str, then: str) -> None:
    assert is_named_within(words, name) == (words != then)
    assert without_name(words, name) == then


def test_a_name_of_one_word_is_only_asked_about() -> None:
    assert is_named_within("Bo tar bussen.", "Bo")
    assert not is_named_within("De vil bo her.", "Bo")
    assert without_name("Bo tar bussen.", "Bo") == "Bo tar bussen."
