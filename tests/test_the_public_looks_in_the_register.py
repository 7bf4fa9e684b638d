"""A journalist, a funder or an actor with an offer looks who holds the mark, and what they do."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from html import unescape
from urllib.parse import urlsplit
from xml.etree import ElementTree as Xml

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert

from lms.database import NORWAY, new_id, norwegian_day, now, one_transaction, session
from lms.mark.models import Award, OwnWords, new_award_code
from lms.organisations.models import Organisation, Round
from lms.organisations.profile import OrganisationProfile
from lms.people.models import Person
from tests.awards import found_holder, give_mark
from tests.cast import Theatre
from tests.questions import questions
from tests.spoken import reading, said

TODAY = date(2026, 6, 1)
ATOM = "{http://www.w3.org/2005/Atom}"
NAMED = re.compile(r'href="/register/[0-9a-f-]{36}"><bdi>(.*?)</bdi>')
REASON = "Kari Berg varslet."


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=NORWAY)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(at(TODAY), tick=False) as traveller:
        yield traveller


@pytest.fixture
def holders(clock: time_machine.Traveller, app: Flask, theatre: Theatre) -> dict[str, Award]:
    """Four that hold the mark, one whose mark has expired, one whose mark was withdrawn."""
    with app.app_context(), one_transaction():
        siv = session.get_one(Person, theatre.people["siv"])
        there = {
            "opera": found_holder("Operaen i Ålesund", siv, date(2025, 3, 1), "Ålesund", "music", "Vi synger."),
            "dance": found_holder(
                "Dansehuset", siv, date(2026, 2, 1), "Oslo", "dance", "Vi danser.", words_en="We dance."
            ),
            "book": found_holder("Boklaget", siv, date(2024, 9, 1), "Oslo", "literature"),
            "scene": found_holder("Ærlig scene", siv, date(2026, 5, 1), "Bodø", "theatre", "", words_en="Honest."),
            "gone": found_holder("Den gamle festivalen", siv, date(2023, 1, 1), "Oslo", "festival"),
            "taken": found_holder("Den uheldige", siv, date(2025, 1, 1), "Oslo", "film", "Vi angrer."),
        }
    with app.app_context(), one_transaction():
        siv = session.get_one(Person, theatre.people["siv"])
        taken = there["taken"]
        session.get_one(Award, (taken.organisation_id, taken.id)).withdraw(REASON, siv)
    return there


def names(client: FlaskClient, address: str = "/register", **look: str) -> list[str]:
    page = client.get(address, query_string=look)
    assert page.status_code == 200
    return [unescape(name) for name in NAMED.findall(page.text)]


def test_everybody_who_holds_the_mark_is_there_by_name(anonymous: FlaskClient, holders: dict[str, Award]) -> None:
    assert names(anonymous) == ["Boklaget", "Dansehuset", "Operaen i Ålesund", "Ærlig scene"]


@pytest.mark.parametrize(
    ("look", "found"),
    [
        ({"text": "ålesund"}, ["Operaen i Ålesund"]),
        ({"text": "ÆRLIG"}, ["Ærlig scene"]),
        ({"text": "oslo dans"}, ["Dansehuset"]),
        ({"text": "%"}, []),
        ({"field": "music"}, ["Operaen i Ålesund"]),
        ({"place": "Oslo"}, ["Boklaget", "Dansehuset"]),
        ({"place": "Atlantis"}, []),
        ({"year": "2026"}, ["Dansehuset", "Ærlig scene"]),
        ({"year": "2024", "place": "Oslo"}, ["Boklaget"]),
        ({"sort": "newest"}, ["Ærlig scene", "Dansehuset", "Operaen i Ålesund", "Boklaget"]),
        ({"sort": "ends"}, ["Boklaget", "Operaen i Ålesund", "Dansehuset", "Ærlig scene"]),
        ({"field": "nothing", "sort": "x", "year": "9", "page": "77"}, None),
        ({"show": "withdrawn"}, ["Den uheldige"]),
        ({"text": "uheldige"}, ["Den uheldige"]),
        ({"text": "gamle"}, []),
    ],
)
def test_the_list_answers_what_is_asked(
    look: dict[str, str], found: list[str] | None, anonymous: FlaskClient, holders: dict[str, Award]
) -> None:
    everybody = ["Boklaget", "Dansehuset", "Operaen i Ålesund", "Ærlig scene"]

    assert names(anonymous, **look) == (everybody if found is None else found)


def test_places_are_offered_with_how_many_are_there(anonymous: FlaskClient, holders: dict[str, Award]) -> None:
    page = " ".join(anonymous.get("/register?place=Oslo").text.split())

    assert re.search(r'<option value="Oslo" selected ?>Oslo \(2\)', page)
    assert re.search(r'<option value="Ålesund" ?>Ålesund \(1\)', page)


@pytest.mark.parametrize(
    ("language", "there", "tongue"),
    [("nb", "Vi danser.", "nb"), ("nn", "Vi danser.", "nb"), ("en", "We dance.", "en")],
)
def test_they_speak_to_the_reader_in_her_language(
    language: str, there: str, tongue: str, anonymous: FlaskClient, holders: dict[str, Award]
) -> None:
    page = anonymous.get("/register", headers=reading(language)).text

    assert f'<p class="own" lang="{tongue}">{there}</p>' in page
    assert '<p class="own" lang="nb">Vi synger.</p>' in page, "the only words there are"
    assert '<p class="own" lang="en">Honest.</p>' in page


def test_the_last_valid_day_is_the_last_in_the_list(
    anonymous: FlaskClient, holders: dict[str, Award], clock: time_machine.Traveller
) -> None:
    clock.move_to(datetime(2026, 9, 1, 23, 59, tzinfo=NORWAY))
    assert "Boklaget" in names(anonymous)
    clock.move_to(datetime(2026, 9, 2, 0, 0, tzinfo=NORWAY))
    assert "Boklaget" not in names(anonymous)


def test_a_renewal_keeps_the_line_and_stands_once(
    app: Flask, theatre: Theatre, anonymous: FlaskClient, holders: dict[str, Award]
) -> None:
    with app.app_context(), one_transaction():
        old = session.get_one(Award, (holders["book"].organisation_id, holders["book"].id))
        new = give_mark(old.organisation_id, theatre.people["siv"], TODAY, date(2028, 9, 1))
        old.replaced_by, old.replaced_on = new.id, TODAY
    listed = anonymous.get("/register", headers=reading("nb")).text
    page = anonymous.get(f"/register/{old.organisation_id}", headers=reading("nb")).text

    assert names(anonymous).count("Boklaget") == 1
    assert "Siden 1. sep. 2024 · gyldig til og med 1. sep. 2028" in listed
    assert "1. september 2024" in page
    assert page.count("<tr>") == 3
    assert said("nb", "Renewed") in page


def test_each_has_a_page_with_its_history(anonymous: FlaskClient, holders: dict[str, Award]) -> None:
    def page(who: str) -> str:
        return anonymous.get(f"/register/{holders[who].organisation_id}", headers=reading("nb")).text

    assert 'class="standing valid"' in page("opera")
    assert "Vi synger." in page("opera")
    assert "Musikk · Ålesund" in page("opera")
    assert f"/mark/{holders['opera'].code}" in page("opera")
    assert 'class="standing expired"' in page("gone")
    assert 'class="standing withdrawn"' in page("taken")
    assert "1. juni 2026" in page("taken")
    assert REASON not in page("taken")


def test_whoever_never_had_the_mark_has_no_page(anonymous: FlaskClient, theatre: Theatre) -> None:
    assert anonymous.get(f"/register/{theatre.id}").status_code == 404


def test_whoever_would_not_be_listed_is_not(app: Flask, anonymous: FlaskClient, holders: dict[str, Award]) -> None:
    there = holders["opera"].organisation_id
    with app.app_context(), one_transaction():
        session.get_one(OwnWords, there).in_register = False

    assert "Operaen i Ålesund" not in names(anonymous)
    assert anonymous.get(f"/register/{there}").status_code == 404
    assert "Operaen" not in anonymous.get("/register.json").text
    assert "Operaen" not in anonymous.get("/register/feed.atom").text
    assert "Operaen" not in anonymous.get("/").text


@pytest.mark.parametrize(
    ("address", "shown"),
    [("https://dansehuset.no/om", True), ("javascript:alert(1)", False), ("data:text/html,x", False), ("", False)],
)
def test_only_an_address_on_the_web_is_a_link(
    address: str, shown: bool, app: Flask, anonymous: FlaskClient, holders: dict[str, Award]
) -> None:
    there = holders["dance"].organisation_id
    with app.app_context(), one_transaction():
        session.get_one(OwnWords, there).website = address
    page = anonymous.get(f"/register/{there}").text

    assert (f'href="{address}"' in page) is shown


def test_other_programs_get_the_same(anonymous: FlaskClient, holders: dict[str, Award]) -> None:
    answer = anonymous.get("/register.json?place=Oslo&sort=newest")
    register = answer.get_json()
    dance, book = register.pop("organisations")

    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert register == {"total": 2, "page": 1, "pages": 1, "next": None}
    assert book["name"] == "Boklaget"
    assert dance == {
        "id": str(holders["dance"].organisation_id),
        "name": "Dansehuset",
        "field": "dance",
        "place": "Oslo",
        "website": "",
        "words": {"nb": "Vi danser.", "en": "We dance."},
        "state": "valid",
        "since": "2026-02-01",
        "awarded_on": "2026-02-01",
        "valid_until": "2028-02-01",
        "page": f"http://localhost/register/{holders['dance'].organisation_id}",
        "verification": f"http://localhost/mark/{holders['dance'].code}",
    }


def test_whoever_follows_hears_of_awards_and_withdrawals(
    app: Flask, anonymous: FlaskClient, holders: dict[str, Award]
) -> None:
    with app.app_context(), one_transaction():
        session.get_one(Organisation, holders["dance"].organisation_id).name = "Dans & <b>hus</b>"
        session.get_one(OwnWords, holders["dance"].organisation_id).words_nb = "Et tegn\x0b som XML ikke kjenner."
    answer = anonymous.get("/register/feed.atom?language=nb")
    feed = Xml.fromstring(answer.data)
    titles = [entry.findtext(f"{ATOM}title") for entry in feed.iter(f"{ATOM}entry")]
    ids = [entry.findtext(f"{ATOM}id") for entry in feed.iter(f"{ATOM}entry")]

    assert answer.mimetype == "application/atom+xml"
    assert feed.tag == f"{ATOM}feed"
    assert feed.findtext(f"{ATOM}updated") == "2026-06-01T10:00:00+00:00"
    assert feed.findtext(f"{ATOM}author/{ATOM}name") == "Balansemerket"
    assert titles == [
        "Den uheldige: merket er trukket tilbake",
        "Ærlig scene",
        "Dans & <b>hus</b>",
        "Operaen i Ålesund",
        "Boklaget",
    ]
    assert len(set(ids)) == len(ids)
    assert ids[1] == holders["scene"].id.urn
    for entry in feed.iter(f"{ATOM}entry"):
        assert datetime.fromisoformat(entry.findtext(f"{ATOM}updated") or "").tzinfo
        link = entry.find(f"{ATOM}link")
        assert link is not None
        assert anonymous.get(urlsplit(link.attrib["href"]).path).status_code == 200


@pytest.mark.parametrize("page", ["/register", "/register.json", "/register/feed.atom", "/register/{organisation}"])
def test_what_has_not_changed_is_not_sent_again(
    page: str, app: Flask, anonymous: FlaskClient, holders: dict[str, Award], clock: time_machine.Traveller
) -> None:
    address = page.format(organisation=holders["dance"].organisation_id)
    first = anonymous.get(address)
    clock.shift(30)
    again = anonymous.get(address, headers={"If-None-Match": first.headers["ETag"]})
    with app.app_context(), one_transaction():
        session.get_one(OwnWords, holders["dance"].organisation_id).words_nb = "Vi danser mer."
    later = anonymous.get(address, headers={"If-None-Match": first.headers["ETag"]})

    assert again.status_code == 304
    assert again.data == b""
    assert later.status_code == 200


def test_a_page_that_was_kept_has_a_form_that_works_still(
    app: Flask, anonymous: FlaskClient, holders: dict[str, Award]
) -> None:
    """Another visitor's page is never taken for one's own: the token in it would be refused."""
    mine = anonymous.get("/register").headers["ETag"]

    assert app.test_client().get("/register", headers={"If-None-Match": mine}).status_code == 200


def crowd(app: Flask, theatre: Theatre, many: int) -> None:
    """So many more holders, with all that belongs to them, in as few statements as it takes."""
    today, siv = norwegian_day(now()), theatre.people["siv"]
    ids = [new_id() for _ in range(many)]
    fields, places = ["music", "dance", "film", "museum"], [f"Sted {number}" for number in range(300)]
    with app.app_context(), one_transaction():
        session.execute(insert(Organisation), [{"id": id, "name": f"Hus {number:05}"} for number, id in enumerate(ids)])
        session.execute(insert(Round), [{"organisation_id": id, "courses": []} for id in ids])
        session.execute(
            insert(OrganisationProfile),
            [
                {"organisation_id": id, "field": fields[number % 4], "place": places[number % 300]}
                for number, id in enumerate(ids)
            ],
        )
        session.execute(insert(OwnWords), [{"organisation_id": id, "words_nb": "Vi gjør noe. " * 20} for id in ids])
        session.execute(
            insert(Award),
            [
                {
                    "organisation_id": id,
                    "id": new_id(),
                    "code": new_award_code(),
                    "awarded_on": today,
                    "valid_until": today.replace(year=today.year + 2),
                    "imported_at": now(),
                    "imported_by": siv,
                }
                for id in ids
            ],
        )


@pytest.mark.slow
def test_ten_thousand_ask_no_more_than_six(
    app: Flask, theatre: Theatre, anonymous: FlaskClient, holders: dict[str, Award]
) -> None:
    pages = ["/register", "/register?text=hus&field=music", "/register.json?page=3&place=Sted+7"]
    pages += ["/register?sort=newest", "/register/feed.atom", "/"]

    def asked() -> list[int]:
        numbers = []
        for page in pages:
            with questions(app) as heard:
                answer = anonymous.get(page)
            assert answer.status_code == 200
            assert len(answer.data) < 150_000
            numbers.append(len(heard))
        return numbers

    asked()
    few = asked()
    crowd(app, theatre, 10_000)

    assert asked() == few == [2, 2, 2, 2, 1, 1]


@pytest.mark.slow
def test_the_pages_of_the_list_hold_everybody_once(
    app: Flask, theatre: Theatre, anonymous: FlaskClient, clock: time_machine.Traveller
) -> None:
    crowd(app, theatre, 120)
    turned = [name for page in (1, 2, 3) for name in names(anonymous, page=str(page))]
    data = anonymous.get("/register.json").get_json()
    following = anonymous.get(data["next"]).get_json()

    assert turned == [f"Hus {number:05}" for number in range(120)]
    assert names(anonymous, page="99") == turned[100:]
    assert (data["total"], data["pages"]) == (120, 3)
    assert following["organisations"][0]["name"] == "Hus 00050"


def test_nothing_of_persons_is_in_public(
    app: Flask, theatre: Theatre, anonymous: FlaskClient, mona: FlaskClient, holders: dict[str, Award]
) -> None:
    """Whoever works there, awarded, withdrew, imported or wrote: no name, no id, no address, no reason."""
    with app.app_context(), one_transaction():
        siv = session.get_one(Person, theatre.people["siv"])
        award = give_mark(theatre.id, siv.id, TODAY)
        mona_id = theatre.people["mona"]
        session.add(OwnWords(organisation_id=theatre.id, words_nb="Vi prøver.", changed_by=mona_id))
    with app.app_context(), one_transaction():
        siv = session.get_one(Person, theatre.people["siv"])
        session.get_one(Award, (theatre.id, award.id)).withdraw(REASON, siv)
    secrets = [REASON, *theatre.codes.values(), theatre.join_code, "@example.no", "Verneombudet"]
    for id in theatre.people.values():
        secrets += [str(id), id.hex]
    with app.app_context():
        secrets += [person.name for person in session.query(Person)]
    pages = ["/", "/register", "/register?show=withdrawn", "/register.json?show=withdrawn", "/register/feed.atom"]
    pages += [f"/register/{theatre.id}", *(f"/mark/{one}" for one in (award.code, f"{award.code}/badge.svg"))]
    for page in pages:
        answer = anonymous.get(page)
        assert answer.status_code == 200
        assert [secret for secret in secrets if secret in answer.text] == [], page
