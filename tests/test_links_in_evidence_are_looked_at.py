"""Links in evidence are looked at once a week, and coordinators are told once when one is not what it was."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from lms.database import NORWAY, now, one_transaction, session
from lms.mail.models import OutboxMail
from lms.measures.evidence.duties import look_at_links
from lms.measures.evidence.fetching import Page
from lms.measures.evidence.links import Look, digest_of, take_due, tell, write_down
from lms.measures.evidence.models import Evidence, evidence_of
from lms.measures.models import plan_in
from lms.organisations.models import current_round
from lms.people.models import Person, add_address
from tests.at_once import all_at_once
from tests.cast import Theatre, cast_in, signed_in
from tests.strangers import Site, a_site

FIRST = datetime(2026, 11, 2, 10, tzinfo=NORWAY)
SETTINGS = {"LMS_LINKS_WITHIN": "127.0.0.1/32", "LMS_ORIGIN": "https://kurs.example.no"}
DAY, WEEK = timedelta(days=1, minutes=1), timedelta(days=7, minutes=1)


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(FIRST, tick=False) as travelling:
        yield travelling


@pytest.fixture
def site(app: Flask) -> Iterator[Site]:
    app.config.update(SETTINGS)
    with a_site() as opened:
        opened.says("Vi godtar ikke trakassering.", "/trygt")
        yield opened


@pytest.fixture
def reached(app: Flask, theatre: Theatre) -> Theatre:
    """The theatre, whose coordinator mail can reach."""
    with app.app_context(), one_transaction():
        for name in ("mona", "ola"):
            add_address(session.get_one(Person, theatre.people[name]), f"{name}@example.no").confirmed_at = now()
    return theatre


@pytest.fixture
def link(mona: FlaskClient, reached: Theatre, site: Site, app: Flask) -> Callable[[], Evidence]:
    """A link to the site, as Mona has added it and as it is now."""
    fields = {"title": "Slik jobber vi", "url": f"{site.address}/trygt"}
    assert mona.post(f"/organisations/{reached.id}/evidence/about/public_position", data=fields).status_code == 303

    def as_it_is() -> Evidence:
        with app.app_context():
            return session.query(Evidence).one()

    return as_it_is


def work(app: Flask) -> None:
    """A worker's round."""
    with app.app_context(), one_transaction():
        look_at_links()


def letters(app: Flask) -> list[OutboxMail]:
    with app.app_context():
        return session.query(OutboxMail).order_by(OutboxMail.queued_at).all()


def the_page(mona: FlaskClient, theatre: Theatre) -> str:
    return mona.get(f"/organisations/{theatre.id}/evidence").text


def press(mona: FlaskClient, link: Evidence) -> None:
    address = f"/organisations/{link.organisation_id}/evidence/{link.id}/confirmation"
    assert mona.post(address).status_code == 303


def test_a_link_is_looked_at_soon_and_then_once_a_week(
    app: Flask, mona: FlaskClient, link: Any, site: Site, clock: Any, reached: Theatre
) -> None:
    assert "Lenken er ikke sjekket ennå" in the_page(mona, reached)
    assert site.asked == []
    for _ in range(3):
        work(app)
    assert site.asked == ["/trygt"]
    assert "Lenken virker; sist sjekket" in the_page(mona, reached)
    clock.shift(DAY)
    work(app)
    assert site.asked == ["/trygt"]
    clock.shift(WEEK)
    work(app)

    assert site.asked == ["/trygt", "/trygt"]
    assert link().state == "well"
    assert letters(app) == []


def test_a_page_that_is_gone_is_told_once(
    app: Flask, mona: FlaskClient, link: Any, site: Site, clock: Any, reached: Theatre
) -> None:
    work(app)
    site.says("Borte", "/trygt", status=404)
    clock.shift(WEEK)
    work(app)
    assert link().state == "well"
    assert "prøver igjen dagen etter" in the_page(mona, reached)
    assert letters(app) == []
    for _ in range(5):
        clock.shift(WEEK)
        work(app)

    (letter,) = letters(app)
    assert link().state == "gone"
    assert letter.recipient == "mona@example.no"
    assert letter.by_day
    assert f"{site.address}/trygt" in str(letter.body)
    assert f"/organisations/{reached.id}/evidence" in str(letter.body)
    page = the_page(mona, reached)
    assert "Siden finnes ikke lenger." in page
    assert "1 lenke er ikke som den var" in page


def test_once_may_be_chance(app: Flask, link: Any, site: Site, clock: Any) -> None:
    work(app)
    site.says("Vi oppdaterer", "/trygt", status=503)
    clock.shift(WEEK)
    work(app)
    site.says("Vi godtar ikke trakassering.", "/trygt")
    clock.shift(DAY)
    work(app)
    site.says("Vi oppdaterer", "/trygt", status=503)
    clock.shift(WEEK)
    work(app)

    assert (link().state, link().failures) == ("well", 1)
    assert letters(app) == []


def test_a_page_that_says_something_else_is_told_once(
    app: Flask, mona: FlaskClient, link: Any, site: Site, clock: Any, reached: Theatre
) -> None:
    work(app)
    site.says("Vi selger støvsugere.", "/trygt")
    for _ in range(4):
        clock.shift(WEEK)
        work(app)

    (letter,) = letters(app)
    assert link().state == "changed"
    assert "Det står noe annet på siden" in str(letter.body)
    assert "Det står noe annet på siden" in the_page(mona, reached)


def test_one_press_says_that_it_is_still_good(
    app: Flask, mona: FlaskClient, link: Any, site: Site, clock: Any, reached: Theatre
) -> None:
    work(app)
    for text in ("Vi er tydeligere nå.", "Vi er enda tydeligere."):
        site.says(text, "/trygt")
        clock.shift(WEEK)
        work(app)
        assert link().state == "changed"
        press(mona, link())
        assert link().state == "well"
        assert "Sjekket av en person" in the_page(mona, reached)
        clock.shift(WEEK)
        work(app)
        assert link().state == "well"

    assert len(letters(app)) == 2


def test_what_only_we_can_not_open_is_not_told_again(
    app: Flask, mona: FlaskClient, link: Any, site: Site, clock: Any
) -> None:
    site.says("Hvem er du?", "/trygt", status=403)
    for _ in range(2):
        work(app)
        clock.shift(WEEK)
    assert "uten innlogging" in str(letters(app)[0].body)
    press(mona, link())
    for _ in range(3):
        work(app)
        clock.shift(WEEK)
    assert (link().state, len(letters(app))) == ("well", 1)
    site.says("Borte", "/trygt", status=410)
    for _ in range(3):
        work(app)
        clock.shift(WEEK)

    assert (link().state, len(letters(app))) == ("gone", 2)


def test_a_page_that_comes_back_is_well(app: Flask, link: Any, site: Site, clock: Any) -> None:
    work(app)
    site.says("Noe annet", "/trygt")
    clock.shift(WEEK)
    work(app)
    site.says("Vi godtar ikke trakassering.", "/trygt")
    clock.shift(WEEK)
    work(app)

    assert link().state == "well"


def test_what_was_removed_or_belongs_to_a_round_that_ended_is_left_alone(
    app: Flask, mona: FlaskClient, link: Any, site: Site, clock: Any, reached: Theatre
) -> None:
    assert mona.post(f"/organisations/{reached.id}/evidence/{link().id}/removal").status_code == 303
    work(app)
    assert mona.post(f"/organisations/{reached.id}/evidence/{link().id}/removal/undo").status_code == 303
    with app.app_context(), one_transaction():
        current_round(reached.id).ended_at = now()
    work(app)

    assert site.asked == []


def test_a_link_to_our_own_network_is_told_and_not_opened(
    app: Flask, mona: FlaskClient, link: Any, site: Site, clock: Any, reached: Theatre
) -> None:
    app.config["LMS_LINKS_WITHIN"] = ""
    for _ in range(2):
        work(app)
        clock.shift(WEEK)

    assert site.asked == []
    assert "nett som bare dere når" in the_page(mona, reached)


def test_links_that_are_news_at_once_come_in_one_letter(
    app: Flask, mona: FlaskClient, link: Any, site: Site, clock: Any, reached: Theatre
) -> None:
    about = f"/organisations/{reached.id}/evidence/about/guidelines"
    for path in ("/a", "/b"):
        assert mona.post(about, data={"url": f"{site.address}{path}"}).status_code == 303
    for _ in range(2):
        work(app)
        clock.shift(WEEK)

    (letter,) = letters(app)
    assert letter.subject == "2 lenker å se på igjen"


def test_two_workers_at_once_look_once_and_tell_once(open_app: Callable[..., Flask], database_url: str) -> None:
    """Both take what is due, both write down what they found; one of them has the link."""
    app = open_app(database_url, **SETTINGS)
    theatre = cast_in(app)
    with a_site() as site:
        with app.app_context(), one_transaction():
            mona = session.get_one(Person, theatre.people["mona"])
            add_address(mona, "mona@example.no").confirmed_at = now()
        url = f"/organisations/{theatre.id}/evidence/about/guidelines"
        assert signed_in(app, theatre, "mona").post(url, data={"url": f"{site.address}/x"}).status_code == 303
        with app.app_context(), one_transaction():
            session.query(Evidence).one().failures = 1

        all_at_once([lambda: work(app)] * 4)

        assert site.asked == ["/x"]
    assert len(letters(app)) == 1
    with app.app_context():
        assert session.query(Evidence).one().state == "gone"


def test_a_worker_whose_lease_has_run_out_says_nothing(app: Flask, link: Any, clock: Any) -> None:
    with app.app_context():
        with one_transaction():
            slow = take_due(now(), 8)
        clock.shift(timedelta(hours=2))
        with one_transaction():
            quick = take_due(now(), 8)
        with one_transaction():
            tell(write_down([_with(quick[0], trouble="404")], now()))
        with one_transaction():
            tell(write_down([_with(slow[0], trouble="404")], now()))

    assert (link().state, link().failures) == ("", 1)


def _with(look: Look, **found: str) -> Look:
    return Look(look.organisation_id, look.evidence_id, look.url, look.until, **found)


@pytest.mark.parametrize(
    ("before", "after", "is_same"),
    [
        ("<main><p>Nulltoleranse</p></main>", "<main>\n <p>Nulltoleranse</p>\n</main>", True),
        ("<p>Nulltoleranse</p><script>1</script>", "<p>Nulltoleranse</p><script>2</script>", True),
        ("<p class=a>Nulltoleranse</p><!-- 1 -->", "<p class=b>Nulltoleranse</p><!-- 2 -->", True),
        ("<nav>Meny</nav><p>Null</p><footer>2025</footer>", "<nav>Ny meny</nav><p>Null</p><footer>2026</footer>", True),
        ("<title>Vår 2025</title><p>Null</p>", "<head><title>Høst</title></head><p>Null</p>", False),
        ("<p>Nulltoleranse</p>", "<p>Null toleranse</p>", False),
        ("<p>Vi godtar ikke</p>", "<p>Vi godtar</p>", False),
    ],
)
def test_what_a_reader_sees_counts(before: str, after: str, is_same: bool) -> None:
    one, other = (digest_of(Page("text/html", text.encode())) for text in (before, after))

    assert (one == other) is is_same


@pytest.mark.parametrize("told", ["text/html", "text/html; charset=nonsense", "text/html; charset=iso-8859-1"])
def test_any_letters_can_be_read(told: str) -> None:
    assert digest_of(Page(told, "<p>Nulltoleranse på øya</p>".encode("latin-1")))


def test_the_checklist_asks_once(app: Flask, link: Any, reached: Theatre) -> None:
    with app.app_context():
        plan = plan_in(reached.id)
        assert plan is not None
        found = evidence_of(reached.id, plan.id)

    assert [each.id for each in found["public_position"]] == [link().id]
    assert all(isinstance(key, str | UUID) for key in found)
