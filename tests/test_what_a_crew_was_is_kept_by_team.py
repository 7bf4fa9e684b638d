"""When a crew is erased its counts by shift, vendor or team stay, as far as no number is somebody."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from lms.database import now, one_transaction, session
from lms.learning.crews.by_team import CrewCount, TeamCount, kept_by_team
from lms.learning.crews.erasing import erase_due
from lms.learning.models import Enrolment
from lms.learning.places import enrol
from lms.organisations.after_the_event import AfterTheEvent, set_erasure
from lms.organisations.models import Employee, JoinLink, current_round
from lms.people.models import Person
from tests.cast import Theatre
from tests.lists import said_in
from tests.rigs_browsers import OpenWindow
from tests.rigs_pages import barriers

LAST_DAY = now().date() + timedelta(days=3)
ERASED_ON = LAST_DAY + timedelta(days=30)
THE_DAY = datetime.combine(ERASED_ON, datetime.min.time(), UTC) + timedelta(hours=12)


@pytest.fixture
def app(open_app: Callable[..., Flask], database_url: str, request: pytest.FixtureRequest) -> Flask:
    return open_app(database_url, WTF_CSRF_ENABLED=request.node.get_closest_marker("browser") is not None)


@pytest.fixture
def page(theatre: Theatre) -> str:
    return f"/organisations/{theatre.id}/join-links/{theatre.join_link_id}/after-the-event"


def have_a_crew(
    app: Flask, theatre: Theatre, teams: Mapping[str, int], done: int = 2, ends_on: date = LAST_DAY
) -> None:
    """So many of each team have entered by the link, some of each are done with one course; the day is set."""
    with app.app_context(), one_transaction():
        for team, people in teams.items():
            for number in range(people):
                person = Person(name=f"Frivillig {team} {number}")
                session.add(person)
                session.flush()
                place = Employee(organisation_id=theatre.id, person_id=person.id, team=team)
                place.join_link_id = theatre.join_link_id
                session.add(place)
                enrol(place, current_round(theatre.id).courses)
                if number < done:
                    hers = session.query(Enrolment).filter_by(employee_id=place.id, course="norms").one()
                    hers.begun_at = hers.completed_at = now()
                    hers.completed_on = now().date()
        session.get_one(Employee, (theatre.id, theatre.employees["kari"])).join_link_id = None
        link = session.get_one(JoinLink, (theatre.id, theatre.join_link_id))
        set_erasure(link, AfterTheEvent(ends_on, 30), session.get_one(Person, theatre.people["mona"]))


def erase(app: Flask, moment: datetime = THE_DAY, many: int = 500) -> int:
    with time_machine.travel(moment), app.app_context(), one_transaction():
        return erase_due(many, lambda person, only_in: None)


def kept(app: Flask) -> dict[str, tuple[int, int]]:
    """The people and how many were done with one course, by team."""
    with app.app_context():
        return {row.team: (row.people, row.completed.get("norms", 0)) for row in session.query(CrewCount)}


def test_each_shift_keeps_its_count_and_nobody_her_name(
    mona: FlaskClient, app: Flask, theatre: Theatre, page: str
) -> None:
    have_a_crew(app, theatre, {"Vakt A": 7, "Securitas": 5, "Bar": 3, "": 2})
    assert erase(app) == 17

    assert kept(app) == {"Vakt A": (7, 2), "Securitas": (5, 2), "": (5, 4)}
    mona.post("/language", data={"language": "en"})
    shown = said_in(mona.get(page).text)
    assert "17 people were erased on" in shown
    assert "Vakt A 7 Preventing sexual harassment: 0 Norms, equality and diversity: 2" in shown
    assert "Everybody else 5 Preventing sexual harassment: 0 Norms, equality and diversity: 4" in shown
    assert "Bar" not in shown
    with app.app_context():
        assert session.query(Employee).filter(Employee.team.in_(("Vakt A", "Securitas", "Bar"))).count() == 0


@pytest.mark.parametrize(
    ("teams", "left"),
    [
        ({"Vakt A": 11}, set()),
        ({"Vakt A": 11, "Bar": 4}, set()),
        ({"Vakt A": 4, "Bar": 4}, set()),
        ({"Vakt A": 11, "Bar": 5}, {"Vakt A", "Bar"}),
        ({"Vakt A": 11, "Bar": 4, "Lyd": 1}, {"Vakt A", ""}),
        ({"Vakt A": 11, "Bar": 5, "Lyd": 1}, {"Vakt A", ""}),
        ({"Vakt A": 11, "": 4}, set()),
        ({"": 30}, set()),
    ],
)
def test_a_small_team_is_folded_into_the_rest_and_so_is_one_that_would_give_it_away(
    teams: dict[str, int], left: set[str], app: Flask, theatre: Theatre
) -> None:
    have_a_crew(app, theatre, teams)
    erase(app)

    assert set(kept(app)) == left


team_counts = st.dictionaries(st.sampled_from(["", *"ABCDEFGH"]), st.tuples(st.integers(1, 20), st.integers(0, 20)))


@given(team_counts)
def test_no_line_and_no_subtraction_tells_of_fewer_than_five(drawn: Mapping[str, tuple[int, int]]) -> None:
    teams = [TeamCount(team, people, {"norms": min(people, done)}) for team, (people, done) in drawn.items()]
    lines, crew = kept_by_team(teams), sum(each.people for each in teams)

    for line in lines:
        assert line.people >= 5
        assert crew - line.people >= 5
    if lines:
        assert sum(line.people for line in lines) == crew
        done = sum(line.completed["norms"] for line in lines)
        assert done == sum(each.completed["norms"] for each in teams)
    assert all(line in teams for line in lines if line.team)
    assert len([line for line in lines if not line.team]) <= 1


def test_they_are_counted_before_the_first_is_erased_however_few_go_at_a_time(app: Flask, theatre: Theatre) -> None:
    have_a_crew(app, theatre, {"Vakt A": 7, "Securitas": 6})
    for _turn in range(20):
        erase(app, many=2)

    assert kept(app) == {"Vakt A": (7, 2), "Securitas": (6, 2)}


def test_a_second_crew_whose_turn_has_not_come_is_counted_once(app: Flask, theatre: Theatre) -> None:
    """The worker's number was just enough for the first; the second begins with its next turn."""
    have_a_crew(app, theatre, {"Vakt A": 5, "Securitas": 5})
    with app.app_context(), one_transaction():
        first = session.get_one(JoinLink, (theatre.id, theatre.join_link_id))
        other = first.renew(session.get_one(Person, theatre.people["mona"]))
        session.flush()
        for place in session.query(Employee).filter_by(team="Securitas"):
            place.join_link_id = other.id
        set_erasure(other, AfterTheEvent(LAST_DAY, 30), session.get_one(Person, theatre.people["mona"]))
    assert [erase(app, many=5) for _turn in range(3)] == [5, 5, 0]


def test_the_next_event_of_the_link_takes_nothing_of_it_away(
    mona: FlaskClient, app: Flask, theatre: Theatre, page: str
) -> None:
    have_a_crew(app, theatre, {"Vakt A": 7, "Securitas": 5})
    erase(app)
    with time_machine.travel(THE_DAY):
        have_a_crew(app, theatre, {"Vakt B": 6, "Securitas": 8}, ends_on=LAST_DAY + timedelta(days=300))
    erase(app, THE_DAY + timedelta(days=400))

    assert kept(app).keys() == {"Vakt A", "Vakt B", "Securitas"}
    mona.post("/language", data={"language": "en"})
    shown = said_in(mona.get(page).text)
    assert shown.index("Vakt B 6") < shown.index("Vakt A 7"), "the last one first"
    assert "Securitas 8" in shown
    assert "Securitas 5" in shown


def test_nobody_is_said_to_be_reminded_who_has_been_erased(mona: FlaskClient, app: Flask, theatre: Theatre) -> None:
    have_a_crew(app, theatre, {"Vakt A": 7, "Securitas": 5})
    mona.post("/language", data={"language": "en"})
    readiness = f"/organisations/{theatre.id}/readiness"
    assert "Remind the 14 who are missing" in said_in(mona.get(readiness).text)
    erase(app)

    assert "Remind the 2 who are missing" in said_in(mona.get(readiness).text), "Kari and Mona"


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone(
    scheme: str, window: OpenWindow, mona: FlaskClient, app: Flask, theatre: Theatre, page: str
) -> None:
    have_a_crew(
        app, theatre, {"Vakt A – kveld, hovedscenen og baren ved inngangen": 7, "Securitas": 5, "Bar": 3, "": 2}
    )
    erase(app)
    opened = window(mona, scheme=scheme)
    shown = opened.open(page)

    assert barriers(shown) == []
    opened.look(size="narrow")
    assert not opened.scrolls_sideways()
