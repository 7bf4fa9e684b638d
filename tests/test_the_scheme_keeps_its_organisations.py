"""The scheme's list of organisations, and what an administrator writes down about each."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from lms.database import norwegian_day, now, one_transaction, session
from lms.group_sessions.models import GroupSession, sessions_ahead
from lms.organisations.models import JoinLink, Organisation, found_organisation
from lms.organisations.profile import profile_of, profile_to_change
from lms.people.models import Person
from lms.scheme.organisations.membership import memberships_of
from tests.cast import COURSES, Theatre
from tests.letters import confirm_address, found_in, letters_to
from tests.lists import said_in
from tests.marks import asked, awarded, everything
from tests.questions import questions
from tests.schemes import as_administrator, many_organisations
from tests.test_an_organisation_applies import INVITATION

LIST = "/scheme/organisations"


@pytest.fixture
def una(app: Flask, theatre: Theatre) -> FlaskClient:
    return as_administrator(app)


def names_in(page: str) -> list[str]:
    return re.findall(r"<th scope=\"row\">\s*<a [^>]*><bdi>(.*?)</bdi>", page)


def page_of(theatre: Theatre) -> str:
    return f"{LIST}/{theatre.id}"


@pytest.mark.slow
def test_a_thousand_organisations_are_sought_and_paged(app: Flask, siv: FlaskClient, theatre: Theatre) -> None:
    siv.get(LIST)
    with questions(app) as few:
        siv.get(LIST)
    many_organisations(app, 1000)
    with questions(app) as many:
        first = siv.get(LIST).text

    assert len(many) == len(few) <= 6, "\n".join(many)
    assert len(names_in(first)) == 50
    assert names_in(siv.get(f"{LIST}?text=0999").text) == ["Virksomhet 0999"]
    assert names_in(siv.get(f"{LIST}?text=virksomhet&page=20").text)[-1] == "Virksomhet 0999"
    dance_in_bergen = names_in(siv.get(f"{LIST}?field=dance&place=Bergen").text)
    assert dance_in_bergen == [f"Virksomhet {each:04}" for each in range(1000) if each % 11 == 1 and each % 4 == 0]
    assert names_in(siv.get(f"{LIST}?member=yes&text=virksomhet").text)[:3] == [
        f"Virksomhet {each:04}" for each in (0, 3, 6)
    ]
    assert names_in(siv.get(f"{LIST}?member=no&text=virksomhet").text)[:2] == ["Virksomhet 0001", "Virksomhet 0002"]
    assert names_in(siv.get(f"{LIST}?field=no-such-field").text) == names_in(first)
    assert names_in(siv.get(f"{LIST}?sort=place&text=virksomhet").text)[0] == "Virksomhet 0000"


def test_the_list_says_how_far_each_has_come(app: Flask, siv: FlaskClient, theatre: Theatre) -> None:
    with app.app_context(), one_transaction():
        meeting = session.get_one(GroupSession, (theatre.id, theatre.meeting_id))
        meeting.starts_at = now() - timedelta(hours=3)
        meeting.held_at, meeting.held_by = now(), theatre.people["siv"]
        meeting.frozen_facts, meeting.frozen_hash = {}, "0" * 64

    assert names_in(siv.get(f"{LIST}?step=mapping").text) == ["Teatret Vårt"]
    assert names_in(siv.get(f"{LIST}?step=course").text) == ["Festivalen Deres"]
    assert names_in(siv.get(f"{LIST}?step=measures").text) == []


def test_the_list_says_who_asks_for_the_mark_and_who_has_it(app: Flask, siv: FlaskClient, theatre: Theatre) -> None:
    with app.app_context(), one_transaction():
        ola, by = (session.get_one(Person, theatre.people[name]) for name in ("ola", "siv"))
        gallery, publisher, cinema = (found_organisation(name, COURSES) for name in ("Galleriet", "Forlaget", "Kinoen"))
        everything(gallery.id, ola, by)
        asked(gallery.id, ola)
        awarded(publisher.id, ola, by)
        awarded(cinema.id, ola, by).withdraw("Alt var oppspinn.", by)

    assert names_in(siv.get(f"{LIST}?step=mark").text) == ["Forlaget", "Galleriet"]
    assert names_in(siv.get(f"{LIST}?step=measures").text) == ["Kinoen"]


def test_whoever_follows_organisations_sees_how_far_they_have_come(
    app: Flask, siv: FlaskClient, theatre: Theatre
) -> None:
    assert "Ingen har sagt ennå hvilke virksomheter du følger" in siv.get("/").text
    with app.app_context(), one_transaction():
        ola, by = (session.get_one(Person, theatre.people[name]) for name in ("ola", "siv"))
        for number in range(3):
            gallery = found_organisation(f"Galleri {number}", COURSES)
            profile_to_change(gallery.id).facilitator_id = by.id
        awarded(gallery.id, ola, by)

    said = said_in(siv.get("/").text)
    assert "Kurs 2 virksomheter Kartlegging 0 virksomheter Tiltak 0 virksomheter Merke 1 virksomhet" in said
    link = re.search(r'href="(/scheme/organisations\?[^"]*step=mark)"', siv.get("/").text)
    assert link
    assert names_in(siv.get(link[1].replace("&amp;", "&")).text) == ["Galleri 2"]


def test_facts_are_corrected(app: Flask, una: FlaskClient, theatre: Theatre) -> None:
    written = {
        "name": "Teatret Vårt AS",
        "field": "theatre",
        "place": "Hamar",
        "employees": "40",
        "volunteers": "1 000",
    }
    assert una.post(f"{page_of(theatre)}/facts", data={**written, "number": "974 760 673"}).status_code == 303
    with app.app_context():
        profile = profile_of(theatre.id)
        assert profile is not None
        assert (profile.number, profile.place, profile.size) == ("974760673", "Hamar", "250-")
        assert session.get_one(Organisation, theatre.id).name == "Teatret Vårt AS"

    wrong = una.post(f"{page_of(theatre)}/facts", data={**written, "name": "", "number": "1"})
    assert wrong.status_code == 422
    assert una.post(f"{page_of(theatre)}/facts", data={**written, "field": "banking"}).status_code == 400
    with app.app_context():
        assert session.get_one(Organisation, theatre.id).name == "Teatret Vårt AS"


def test_a_membership_has_its_days_and_its_history(app: Flask, una: FlaskClient, theatre: Theatre) -> None:
    here = f"{page_of(theatre)}/memberships"
    today = norwegian_day(now())
    assert una.post(here, data={"from_on": "01.01.2024", "through": "31.12.2024"}).status_code == 303
    assert una.post(here, data={"from_on": (today - timedelta(days=5)).isoformat()}).status_code == 303
    assert una.post(here, data={"from_on": today.isoformat()}).status_code == 422, "it is a member already"
    assert una.post(here, data={"from_on": "01.06.2024", "through": "01.06.2025"}).status_code == 422
    assert una.post(here, data={"from_on": "01.06.2023", "through": "01.05.2023"}).status_code == 422
    assert una.post(here, data={"from_on": "i går"}).status_code == 422
    assert names_in(una.get(f"{LIST}?member=yes").text) == ["Teatret Vårt"]

    with app.app_context():
        latest, earlier = memberships_of(theatre.id)
        assert (earlier.from_on.year, latest.through) == (2024, None)
    yesterday = (today - timedelta(days=1)).isoformat()
    assert una.post(f"{here}/{latest.id}/end", data={"through": yesterday}).status_code == 303
    assert names_in(una.get(f"{LIST}?member=yes").text) == []
    assert una.post(here, data={"from_on": today.isoformat()}).status_code == 303, "it comes back"


def test_a_non_member_is_told_in_the_schemes_own_words(
    app: Flask, una: FlaskClient, mona: FlaskClient, siv: FlaskClient, theatre: Theatre
) -> None:
    home = f"/organisations/{theatre.id}/"
    told = {"non_member-nb": "Kurset koster 5 000 kr.\nBli medlem!", "non_member-en": "The course costs NOK 5,000."}
    assert una.post("/scheme/texts", data=told).status_code == 303

    assert "Kurset koster 5 000 kr." in mona.get(home).text
    assert "Kurset koster 5 000 kr." in app.test_client().get("/apply", headers={"Accept-Language": "nn"}).text
    assert "The course costs" in app.test_client().get("/apply", headers={"Accept-Language": "en"}).text
    assert "Kurset koster" in siv.get("/scheme/texts").text
    assert siv.post("/scheme/texts", data=told).status_code == 404
    una.post(f"{page_of(theatre)}/memberships", data={"from_on": "01.01.2026"})
    assert "Kurset koster" not in mona.get(home).text
    assert una.post("/scheme/texts", data={"non_member-nb": "x" * 2001}).status_code == 422


def test_whoever_follows_an_organisation_leads_its_new_sessions(
    app: Flask, una: FlaskClient, mona: FlaskClient, theatre: Theatre
) -> None:
    assert (
        una.post(f"{page_of(theatre)}/facilitator", data={"facilitator": str(theatre.people["siv"])}).status_code == 303
    )
    assert (
        una.post(f"{page_of(theatre)}/facilitator", data={"facilitator": str(theatre.people["kari"])}).status_code
        == 400
    )
    new = f"/organisations/{theatre.id}/group-sessions/new"
    day = {"day": "2027-02-01", "time": "10.00"}

    assert re.search(rf'value="{theatre.people["siv"]}"\s+selected', mona.get(new).text)
    assert mona.post(new, data=day).status_code == 303
    assert mona.post(new, data={**day, "facilitator": ""}).status_code == 303
    with app.app_context():
        led_by = {meeting.facilitator_id for meeting in sessions_ahead(theatre.id) if meeting.id != theatre.meeting_id}
    assert led_by == {theatre.people["siv"], None}
    assert names_in(una.get(f"{LIST}?facilitator={theatre.people['siv']}").text) == ["Teatret Vårt"]
    assert names_in(una.get(f"{LIST}?facilitator=none").text) == ["Festivalen Deres"]


def test_a_closed_organisation_lets_nobody_in_and_is_written_no_more(
    app: Flask, una: FlaskClient, mona: FlaskClient, theatre: Theatre
) -> None:
    assert una.post(f"{page_of(theatre)}/closing").status_code == 303
    newcomer = app.test_client()

    assert newcomer.post(f"/join/{theatre.join_code}", data={"name": "Ny"}).status_code == 410
    with app.app_context():
        assert sessions_ahead(theatre.id) == []
        links = session.scalars(select(JoinLink).where(JoinLink.organisation_id == theatre.id))
        assert {link.closed for link in links} == {"revoked"}
    assert names_in(una.get(LIST).text) == ["Festivalen Deres"]
    assert names_in(una.get(f"{LIST}?show=closed").text) == ["Teatret Vårt"]
    assert "avsluttet virksomheten" in mona.get(f"/organisations/{theatre.id}/").text
    assert una.post(f"{page_of(theatre)}/reopening").status_code == 303
    assert "Teatret Vårt" in names_in(una.get(LIST).text)


def test_an_organisation_without_a_coordinator_gets_one(app: Flask, una: FlaskClient, theatre: Theatre) -> None:
    with app.app_context(), one_transaction():
        orphan = found_organisation("Koret", COURSES).id
    here = f"{LIST}/{orphan}"
    assert una.post(f"{here}/coordinators", data={"coordinator": "", "email": "x"}).status_code == 422
    kai = {"coordinator": "Kai Kor", "email": "Kai@kor.example"}
    assert una.post(f"{here}/coordinators", data=kai).status_code == 303
    assert "Kai Kor" in una.get(here).text

    device = app.test_client()
    device.post(found_in(letters_to(app, "kai@kor.example")[0], INVITATION), data={"name": "Kai Kor"})
    assert device.get(f"/organisations/{orphan}/").status_code == 200
    assert una.post(f"{here}/coordinators", data=kai).status_code == 422, "he is here already"


def test_nobody_is_invited_more_often_than_three_times(app: Flask, una: FlaskClient, theatre: Theatre) -> None:
    with app.app_context(), one_transaction():
        orphan = found_organisation("Koret", COURSES).id
    kai = {"coordinator": "Kai Kor", "email": "kai@kor.example"}
    answers = [una.post(f"{LIST}/{orphan}/coordinators", data=kai).status_code for _each in range(4)]

    assert answers == [303, 303, 303, 422]
    assert len(letters_to(app, "kai@kor.example")) == 3


def test_inviting_an_address_opens_nobodys_account(app: Flask, una: FlaskClient, theatre: Theatre) -> None:
    confirm_address(app, theatre.people["kari"], "kari@teatret.no")
    with app.app_context(), one_transaction():
        orphan = found_organisation("Koret", COURSES).id
    una.post(f"{LIST}/{orphan}/coordinators", data={"coordinator": "Kari", "email": "kari@teatret.no"})
    device = app.test_client()
    device.post(found_in(letters_to(app, "kari@teatret.no")[0], INVITATION), data={"name": "Kari"})

    assert device.get("/me").status_code == 303
    assert device.get(f"/organisations/{orphan}/").status_code == 303
