"""From the mark to the next one, two years on: prepared from the log, begun once, and kept to its day."""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from lms.database import NORWAY, norwegian_day, now, one_transaction, session
from lms.group_sessions.models import GroupSession
from lms.learning.models import Enrolment
from lms.mark.models import Award, latest_award
from lms.mark.renewal.standing import renewal_of
from lms.measures.models import measures_of, plan_in
from lms.organisations.events import Event
from lms.organisations.models import Round, current_round, found_organisation
from lms.people.models import Person
from lms.risks.models import mapping_in, rows_of
from tests.cast import COURSES, Theatre, signed_in
from tests.lists import said_in
from tests.marks import THE_WAY_ON, awarded, bring_on
from tests.questions import questions
from tests.reminded import be_done, colleagues
from tests.renewals import AWARDED, SIX, give_mark, tell
from tests.risk_mappings import DONE


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    """It is the day on which the theatre is awarded the mark."""
    with time_machine.travel(AWARDED, tick=False) as traveller:
        yield traveller


@pytest.fixture
def app(open_app: Any, sqlite_url: str) -> Flask:
    opened: Flask = open_app(sqlite_url, LMS_ORIGIN="https://kurs.example.no")
    return opened


@pytest.fixture
def here(theatre: Theatre) -> str:
    """The address of the theatre's renewal."""
    return f"/organisations/{theatre.id}/renewal"


@pytest.fixture
def with_mark(app: Flask, theatre: Theatre) -> UUID:
    """The theatre has a mark, and somebody reads its letters."""
    return give_mark(app, theatre)


def back(app: Flask, theatre: Theatre, *names: str) -> list[FlaskClient]:
    """They come back after a long time, and sign in again."""
    return [signed_in(app, theatre, name) for name in names]


def begin(client: FlaskClient, app: Flask, theatre: Theatre, *keep: str, round_id: UUID | None = None) -> Any:
    """Press the button, with these measures ticked."""
    with app.app_context():
        round = current_round(theatre.id)
        plan = plan_in(theatre.id)
        kept = [str(each.id) for each in (measures_of(plan) if plan else ()) if each.what in keep]
    address = f"/organisations/{theatre.id}/renewal/round"
    return client.post(address, data={"round": str(round_id or round.id), "keep": kept})


def rounds(app: Flask, theatre: Theatre) -> list[Round]:
    with app.app_context():
        found = select(Round).where(Round.organisation_id == theatre.id).order_by(Round.started_at)
        return list(session.scalars(found))


@pytest.mark.usefixtures("with_mark")
def test_the_draft_is_prepared_from_the_log(app: Flask, theatre: Theatre, here: str, clock: Any) -> None:
    """What two years have left behind, word for word."""
    clock.move_to(AWARDED + timedelta(days=300))
    hired = colleagues(app, theatre, 6)
    be_done(app, hired[:4])
    with app.app_context(), one_transaction():
        here_now = Enrolment.employee_id == hired[4]
        session.execute(update(Enrolment).where(here_now, Enrolment.course == COURSES[0]).values(begun_at=now()))
    clock.move_to(SIX)
    mona, siv = back(app, theatre, "mona", "siv")
    page = said_in(mona.get(here).text)

    promised = page[page.index("Lovet og gjort") :]
    for words in (
        "9 tiltak ble lovet. 2 er gjennomført eller fortsetter.",
        "Gjennomført, eller fortsetter (2)",
        "Enkeltrom på turné Produsenten",
        "Påbegynt (5)",
        "Lovet, ikke påbegynt (1) Ny varslingsplakat",
        "Ikke aktuelt lenger (1) Egen app",
        "For dyrt.",
        "5 av 5 minimumskrav er dokumentert.",
        "Hvordan det er nå, vises når den nye kartleggingen er i gang.",
        "6 personer har kommet til etter tildelingen og er her nå.",
        "4 har fullført kursene, 1 har begynt, 1 har ikke begynt.",
    ):
        assert words in promised
    assert "Kollega" not in page, "counts only"
    ticked = re.findall(r'name="keep"[^>]*?checked>\s*<bdi>(.*?)</bdi>', mona.get(here).text, re.DOTALL)
    assert "Samtale hvert halvår" in ticked
    assert "Ny varslingsplakat" in ticked
    assert "Enkeltrom på turné" not in ticked, "done once and for all"
    assert "Lovet og gjort" in siv.get(here).text


@pytest.mark.usefixtures("with_mark")
def test_a_facilitator_sees_no_numbers_about_a_handful(app: Flask, theatre: Theatre, here: str, clock: Any) -> None:
    clock.move_to(AWARDED + timedelta(days=300))
    colleagues(app, theatre, 2)
    clock.move_to(SIX)
    mona, siv = back(app, theatre, "mona", "siv")

    assert "2 har ikke begynt" in said_in(mona.get(here).text)
    assert "har ikke begynt." not in said_in(siv.get(here).text)


@pytest.mark.usefixtures("with_mark")
def test_it_cannot_begin_too_early_and_two_who_press_begin_one(
    app: Flask, theatre: Theatre, here: str, clock: Any
) -> None:
    clock.move_to(SIX - timedelta(days=1))
    mona, siv = back(app, theatre, "mona", "siv")
    early = begin(mona, app, theatre)
    assert early.status_code == 422
    assert "Begynn den nye runden" not in mona.get(here).text
    assert len(rounds(app, theatre)) == 1
    clock.move_to(SIX)
    first = rounds(app, theatre)[0]
    assert "Begynn den nye runden" in mona.get(here).text
    for presses in (mona, siv, mona):
        assert begin(presses, app, theatre, round_id=first.id).status_code == 303

    before, after = rounds(app, theatre)
    assert before.ended_at == after.started_at == now()
    assert (after.courses, after.leader_share, after.staff_share) == (before.courses, 100, 80)
    assert after.roster_confirmed_at is None
    with app.app_context():
        asked = select(func.count()).where(Event.what == "renewal.begun", Event.organisation_id == theatre.id)
        assert session.scalar(asked) == 1
    # Also with the number of the new round in hand: it has not led to a mark yet.
    assert begin(mona, app, theatre).status_code == 303
    assert len(rounds(app, theatre)) == 2


@pytest.mark.usefixtures("with_mark")
def test_what_goes_on_comes_along_and_completions_are_kept(app: Flask, theatre: Theatre, clock: Any) -> None:
    with app.app_context(), one_transaction():
        mapping = mapping_in(theatre.id)
        assert mapping is not None
        mapping.closed_at = None
        own = mapping.add_own("Vi deler garderobe", session.get_one(Person, theatre.people["mona"]))
        own.change({**own.values, **DONE}, own.revision, session.get_one(Person, theatre.people["mona"]))
    be_done(app, [theatre.employees["kari"]])
    hired = colleagues(app, theatre, 1)
    with app.app_context(), one_transaction():
        begun = Enrolment.employee_id == hired[0], Enrolment.course == "norms"
        session.execute(update(Enrolment).where(*begun).values(begun_at=now()))
        half_way = session.scalars(select(Enrolment.id).where(*begun)).one()
    clock.move_to(SIX)
    mona, kari = back(app, theatre, "mona", "kari")
    begin(mona, app, theatre, "Samtale hvert halvår", "Ny varslingsplakat", "Egen app")

    before, after = rounds(app, theatre)
    with app.app_context():
        plan = plan_in(theatre.id)
        assert plan is not None
        assert plan.round_id == after.id
        carried = {each.what: (each.status, each.already, each.recurring) for each in measures_of(plan)}
        assert carried == {
            "Samtale hvert halvår": ("continuing", True, "half-yearly"),
            "Ny varslingsplakat": ("planned", False, ""),
        }
        places = {
            (row.round_id, row.course): row
            for row in session.scalars(select(Enrolment).where(Enrolment.employee_id == theatre.employees["kari"]))
        }
        for course in COURSES:
            then, today = places[before.id, course], places[after.id, course]
            assert then.completed_at == today.completed_at == AWARDED
        assert session.get_one(Enrolment, (theatre.id, half_way)).round_id == after.id, "she goes on where she was"
        new = select(Enrolment.completed_at).where(
            Enrolment.employee_id == theatre.employees["mona"], Enrolment.round_id == after.id
        )
        assert session.scalars(new).all() == [None, None]
    mona.post(f"/organisations/{theatre.id}/risks")
    with app.app_context():
        opened = mapping_in(theatre.id)
        assert opened is not None
        assert opened.round_id == after.id
        assert [(row.title, row.likelihood) for row in rows_of(opened) if row.factor is None] == [
            ("Vi deler garderobe", None)
        ]
    with app.app_context(), one_transaction():
        opened = mapping_in(theatre.id)
        assert opened is not None
        row = rows_of(opened)[6]
        row.change(
            {**row.values, **DONE, "likelihood": 1}, row.revision, session.get_one(Person, theatre.people["mona"])
        )
    certificates = kari.get("/me/certificates").text
    assert certificates.count("/me/certificates/") == 2, "one for each course, and none for the new round"
    page = said_in(mona.get(f"/organisations/{theatre.id}/renewal").text)
    assert "Den nye runden begynte 27. mai 2028." in page
    assert "6 3 lavere" in page, "points then and now"


@pytest.mark.usefixtures("with_mark")
def test_the_draft_asks_no_more_however_many_have_come(app: Flask, theatre: Theatre, here: str, clock: Any) -> None:
    clock.move_to(SIX)
    (mona,) = back(app, theatre, "mona")
    asked = []
    for many in (1, 40):
        colleagues(app, theatre, many)
        with questions(app) as heard:
            assert mona.get(here).status_code == 200
        asked.append(len(heard))

    assert asked[0] == asked[1] <= 16


def test_what_expires_is_paged_and_asks_no_more_however_much_it_is(
    app: Flask, theatre: Theatre, siv: FlaskClient
) -> None:
    with app.app_context(), one_transaction():
        for number in range(60):
            gallery = found_organisation(f"Galleri {number:02}", ["harassment"])
            session.add(
                Award(
                    organisation_id=gallery.id,
                    awarded_on=date(2025, 1, 1),
                    valid_until=date(2027, 1, 1) + timedelta(days=number),
                    imported_at=now(),
                    imported_by=theatre.people["siv"],
                )
            )
    with questions(app) as heard:
        first = siv.get("/renewals").text
    assert len(heard) <= 3
    second = siv.get("/renewals?page=2").text
    assert first.count('class="card"') == 50
    assert second.count('class="card"') == 10
    assert "Galleri 00" in first
    assert "Galleri 59" in second
    february = siv.get("/renewals?month=2027-02&sort=organisation").text
    assert february.count('class="card"') == 28
    assert "page=" not in february
    for odd in ("month=2027-13", "month=x", "show=x", "sort=x", "page=0", "page=99999999999", "text=%00"):
        assert siv.get(f"/renewals?{odd}").status_code == 200


@pytest.mark.usefixtures("with_mark")
def test_everybody_is_asked_anew_only_when_both_sides_want_it(
    app: Flask, theatre: Theatre, here: str, clock: Any
) -> None:
    be_done(app, [theatre.employees["kari"]])
    clock.move_to(SIX)
    mona, siv = back(app, theatre, "mona", "siv")
    assert mona.post(f"{here}/anew", data={"anew": "1"}).status_code == 303
    assert "Kursholderen har ikke sagt det" in said_in(mona.get(here).text)
    assert siv.post(f"{here}/anew", data={"anew": "1"}).status_code == 303
    assert "Begge ønsker det" in said_in(mona.get(here).text)
    begin(siv, app, theatre)

    with app.app_context():
        of_kari = Enrolment.employee_id == theatre.employees["kari"]
        now_asked = of_kari, Enrolment.round_id == current_round(theatre.id).id
        assert session.scalars(select(Enrolment.completed_at).where(*now_asked)).all() == [None, None]
        assert len(session.scalars(select(Enrolment.id).where(of_kari, Enrolment.completed_at.is_not(None))).all()) == 2


def test_from_the_first_letter_to_the_next_mark(
    app: Flask, theatre: Theatre, mona: FlaskClient, here: str, with_mark: UUID, clock: Any
) -> None:
    home = f"/organisations/{theatre.id}/"
    assert "Dere har Balansemerket" in mona.get(home).text
    clock.move_to(SIX + timedelta(days=3))
    assert tell(app) == 1
    # Two years on, everybody signs in again.
    mona, siv = back(app, theatre, "mona", "siv")
    assert "Begynn den nye runden" in mona.get(home).text
    assert "Teatret Vårt" in siv.get("/renewals").text
    assert "De begynner den nye runden" in said_in(siv.get("/queues").text)
    begin(mona, app, theatre, "Samtale hvert halvår")
    page = mona.get(home).text
    assert "Merket deres gjelder til og med 27. november 2028" in said_in(page)
    planned = mona.get(f"/organisations/{theatre.id}/group-session?kind=renewal").text
    assert 'name="kind" value="renewal"' in planned
    plan = {"day": "20.06.2028", "time": "10.00", "minutes": "180", "place": "Salen", "kind": "renewal"}
    address = f"/organisations/{theatre.id}/group-session"
    assert mona.post(address, data={**plan, "kind": "party"}).status_code == 400
    assert mona.post(address, data={**plan, "facilitator": str(theatre.people["siv"])}).status_code == 303
    assert "Dere møtes om fornyelsen 20. juni 2028" in said_in(mona.get(here).text)
    assert "fornyelse" in siv.get("/group-sessions").text
    with app.app_context():
        kinds = select(GroupSession.kind).where(
            GroupSession.organisation_id == theatre.id, GroupSession.held_at.is_(None)
        )
        assert session.scalars(kinds).all() == ["renewal"]
    bring_on(app, theatre)
    mark = f"/organisations/{theatre.id}/mark"
    assert mona.post(f"{mark}/request", data={"statement": THE_WAY_ON}).status_code == 303
    assert "dere svarer" not in siv.get("/renewals").text
    assert "du svarer på søknaden" in said_in(siv.get("/renewals").text)
    request = re.search(r"/mark/requests/([0-9a-f-]+)", mona.get(mark).text)
    assert request
    clock.move_to(datetime(2028, 7, 1, 12, tzinfo=NORWAY))
    mona, siv = back(app, theatre, "mona", "siv")
    answer = siv.post(f"{mark}/requests/{request[1]}/decision", data={"verdict": "awarded"})
    assert answer.status_code == 303

    with app.app_context():
        award = latest_award(theatre.id)
        assert award is not None
        assert (award.awarded_on, award.valid_until) == (date(2028, 7, 1), date(2030, 11, 27)), "the cycle is kept"
        assert session.get_one(Award, (theatre.id, with_mark)).state(norwegian_day(now())) == "renewed"
        assert renewal_of(theatre.id).state == "early"
    told = said_in(mona.get(mark).text)
    assert "gjelder til og med 27. november 2030" in told
    assert "fornyet" in told
    assert "Teatret Vårt" not in siv.get("/renewals").text
    assert "Fornyet 1. juli 2028" in said_in(siv.get("/renewals?show=renewed").text)
    clock.move_to(datetime(2028, 11, 28, 9, tzinfo=NORWAY))
    assert tell(app) == 0, "the old one was renewed, and the new one has two years left"


@pytest.mark.usefixtures("with_mark")
def test_one_that_lapses_is_told_so_and_can_still_be_renewed(
    app: Flask, theatre: Theatre, here: str, clock: Any
) -> None:
    clock.move_to(datetime(2029, 2, 1, 12, tzinfo=NORWAY))
    mona, siv = back(app, theatre, "mona", "siv")
    mark = f"/organisations/{theatre.id}/mark"
    assert "Merket er utløpt" in said_in(mona.get(here).text)
    assert "Begynn en ny runde" in said_in(mona.get(mark).text)
    assert "Begynn den nye runden" in mona.get(f"/organisations/{theatre.id}/").text
    assert "Teatret Vårt" in siv.get("/renewals?show=lapsed").text
    assert "Teatret Vårt" not in siv.get("/renewals?show=due").text
    assert "Teatret Vårt" in siv.get("/renewals?month=2028-11&text=teatret").text
    assert "Teatret Vårt" not in siv.get("/renewals?month=2028-12").text
    begin(mona, app, theatre)
    assert "Merket deres er utløpt" in said_in(mona.get(f"/organisations/{theatre.id}/").text)
    with app.app_context(), one_transaction():
        mona_, siv_ = (session.get_one(Person, theatre.people[name]) for name in ("mona", "siv"))
        award = awarded(theatre.id, mona_, siv_)
        assert award.valid_until == date(2031, 2, 1), "it counts from its own day"
    assert "Teatret Vårt" not in siv.get("/renewals").text
    assert "fornyet" in said_in(siv.get("/renewals?show=renewed").text)


def test_a_withdrawn_mark_is_not_renewed(app: Flask, theatre: Theatre, with_mark: UUID, here: str, clock: Any) -> None:
    clock.move_to(SIX)
    with app.app_context(), one_transaction():
        siv_ = session.get_one(Person, theatre.people["siv"])
        session.get_one(Award, (theatre.id, with_mark)).withdraw("Brudd på avtalen.", siv_)
    mona, siv = back(app, theatre, "mona", "siv")

    assert "trukket tilbake" in said_in(mona.get(here).text)
    assert begin(mona, app, theatre).status_code == 422
    assert "trukket tilbake" in said_in(mona.get(f"/organisations/{theatre.id}/").text)
    assert "Teatret Vårt" not in siv.get("/renewals").text
    assert "Trukket tilbake 27. mai 2028" in said_in(siv.get("/renewals?show=withdrawn").text)
