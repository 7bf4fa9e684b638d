"""A demonstration: a theatre of twelve, nine days before its group session, its neighbours, and doors to its people."""

from datetime import datetime, time, timedelta
from pathlib import Path

from flask import Blueprint, abort, current_app, redirect, url_for
from sqlalchemy import select, update
from werkzeug.wrappers import Response

from lms.courses.exercises import LEVELS, Rating, Reflection, Stance
from lms.courses.packs import Lesson
from lms.database import NORWAY, as_of, new_id, norwegian_day, now, one_transaction, session
from lms.group_sessions.models import GroupSession
from lms.learning.credit import start_clock
from lms.learning.models import Enrolment
from lms.learning.places import enrol
from lms.learning.reflections import write
from lms.mark.dates import last_day, months_before
from lms.mark.models import Award, OwnWords
from lms.measures.guidelines.drafts import Draft, begin, publish
from lms.neighbours import MAPS, PLANS, RENEWS, found_neighbours, number_of
from lms.organisations.models import Employee, JoinLink, Organisation, found_organisation
from lms.organisations.profile import OrganisationProfile
from lms.organisations.reaching import set_roster_address
from lms.people.models import Person
from lms.people.sign_in import let_in
from lms.scheme.applications.models import Application
from lms.scheme.organisations.membership import begin_membership

bp = Blueprint("demonstration", __name__)

COURSES = ["harassment", "norms", "power_techniques"]
DAYS_AHEAD = 9
# Who, where, whether a leader, and for each course how much is done: all of it, a half, or nothing.
CAST = (
    ("Kari Berg", "Scene", False, (0.5, 0, 0)),
    ("Mona Haug", "Kontor", True, (1, 1, 1)),
    ("Aksel Lunde", "Scene", False, (1, 1, 1)),
    ("Birgit Moen", "Scene", False, (1, 1, 1)),
    ("Chidi Okafor", "Scene", False, (1, 1, 0.5)),
    ("Dagny Sæther", "Verksted", False, (1, 1, 1)),
    ("Einar Vik", "Verksted", False, (1, 0.5, 0)),
    ("Fatima Noor", "Kontor", False, (1, 1, 1)),
    ("Gro Tangen", "Kontor", False, (1, 0, 0)),
    ("Henrik Dahl", "Kunstnerisk ledelse", True, (0.5, 0, 0)),
    ("Ingrid Solli", "Publikum", False, (1, 1, 1)),
    ("Jonas Eide", "Publikum", False, (0, 0, 0)),
)
CODE_OF_CONDUCT = {
    "title_nb": "Slik er vi mot hverandre",
    "text_nb": "Vi møter hverandre med respekt, på prøver, på turné og på fest.\n\n"
    "Trakassering og diskriminering er aldri greit, heller ikke som spøk eller som del av et kunstnerisk uttrykk.\n\n"
    "Du kan si fra til lederen din, til verneombudet eller på varsling@manescenen.example.",
    "title_en": "How we treat one another",
    "text_en": "We meet one another with respect, in rehearsal, on tour and at the party.\n\n"
    "Harassment and discrimination are never all right, neither as a joke nor as part of the art.\n\n"
    "You can speak up to your leader, to the safety representative, or at varsling@manescenen.example.",
    "link": "",
}
# What they might write about what they need to speak safely, for everybody and without a name.
SHARED = (
    "At noen spør meg direkte, og venter på svaret.",
    "Å vite at det jeg sier, ikke havner i lunsjen etterpå.",
    "Tid. Jeg trenger ofte et kvarter før jeg vet hva jeg mener.",
    "At lederne sier noe selv først, også om det de ikke får til.",
    "Små grupper. I plenum sier jeg ingenting.",
    "Å slippe å forklare hvorfor det ikke var morsomt.",
)
# Who has lost it again, as the scheme has decided.
WITHDRAWN = "Kulturhuset Svingen"
# Invented, as everything here: who holds the mark already, since how many months, and what they say about it.
HOLDERS = (
    (
        "Kystscenen",
        "theatre",
        "Bodø",
        (4,),
        "Hver prøveperiode begynner med en halvtime om hvordan vi vil ha det sammen. Gjestende kunstnere får "
        "retningslinjene før de skriver under, og alle vet hvem de kan ringe når vi er på turné.",
        "Each rehearsal period begins with half an hour about how we want to work together.",
    ),
    (
        "Fjordfestivalen",
        "festival",
        "Sogndal",
        (26, 3),
        "320 frivillige tar det korteste kurset før de får armbånd. To vakter per scene har som eneste oppgave å være "
        "noen å snakke med.",
        "320 volunteers take the shortest course before they get their wristband.",
    ),
    (
        "Byorkesteret i Vest",
        "music",
        "Bergen",
        (1,),
        "Prøvespill skjer bak skjerm, og vi evaluerer dirigentene også på hvordan de leder.",
        "",
    ),
    (
        "Papirbåten forlag",
        "literature",
        "Oslo",
        (16,),
        "Vi er seks, og har avtale med et annet forlag om å være hverandres varslingsmottakere.",
        "There are six of us; another publisher receives our reports, and we theirs.",
    ),
    (
        "Loftet dans",
        "dance",
        "Tromsø",
        (9,),
        "Berøring avtales, hver gang, også mellom folk som har danset sammen i ti år.",
        "Touch is agreed upon, every time.",
    ),
    (
        "Museet ved elva",
        "museum",
        "Drammen",
        (26, 5),
        "Omviserne øver på hva de gjør når publikum går over streken. Ingen er alene på kveldsvakt.",
        "",
    ),
    (
        "Filmverkstedet Lykta",
        "film",
        "Lillehammer",
        (26,),
        "På opptak har alle en makker utenfor sin egen avdeling.",
        "On set, everybody has a buddy outside her own department.",
    ),
    (
        WITHDRAWN,
        "venue",
        "Moss",
        (10,),
        "Vi er vertskap for alle, og tar ansvar for alle som er i huset.",
        "",
    ),
)
WITHOUT_ADDRESS = ("Einar Vik", "Mona Haug")
FACILITATOR = "Siv Aune"
ADMINISTRATOR = "Una Vik"
HOST_LINK = "in a host's site"
DOORS = {
    "employee": "Kari Berg",
    "coordinator": "Mona Haug",
    "coordinator at the mapping": MAPS,
    "coordinator with the plan": PLANS,
    "coordinator who renews": RENEWS,
    "facilitator": FACILITATOR,
    "administrator": ADMINISTRATOR,
}


def found_demonstration() -> None:
    """Found the theatre, unless it is there already."""
    with one_transaction():
        if session.get(Person, number_of(FACILITATOR)) is None:
            _found()


def _found() -> None:
    facilitator = Person(id=number_of(FACILITATOR), name=FACILITATOR, scheme_role="facilitator", language="nb")
    una = Person(id=number_of(ADMINISTRATOR), name=ADMINISTRATOR, scheme_role="administrator", language="nb")
    people = [Person(id=number_of(name), name=name, language="nb") for name, *_rest in CAST]
    session.add_all([facilitator, una, *people])
    session.flush()
    theatre = found_organisation("Lille Månescenen", COURSES)
    theatre.reporting_channel = "Verneombud Dagny Sæther, telefon 900 00 000, eller varsling@manescenen.example"
    mona = people[1]
    for person, (_name, team, is_leader, shares) in zip(people, CAST, strict=True):
        employee = Employee(
            organisation_id=theatre.id,
            person_id=person.id,
            team=team,
            is_leader=is_leader,
            role="coordinator" if person is mona else "employee",
            joined_at=now() - timedelta(days=20),
        )
        session.add(employee)
        session.flush()
        start_clock(person.id, now())
        enrol(employee, COURSES)
        _walk(employee, shares)
    _plan(theatre, facilitator, mona)
    _take_into_the_scheme(theatre, facilitator, una)
    _write_addresses(theatre, mona)
    publish(begin(theatre.id, Draft("code_of_conduct", CODE_OF_CONDUCT), mona), 1, False, mona)
    _found_holders(facilitator)
    found_neighbours(facilitator)
    session.add(
        JoinLink(
            organisation_id=theatre.id, label="Nyansatte", code="nyansatt-i-manescenen", due_days=14, created_by=mona.id
        )
    )


def _found_holders(facilitator: Person) -> None:
    """Those in the register: their awards were brought in from before there were requests."""
    today = norwegian_day(now())
    for name, field, place, months, words_nb, words_en in HOLDERS:
        organisation = found_organisation(name, COURSES)
        here = {"organisation_id": organisation.id}
        session.add(OrganisationProfile(field=field, place=place, facilitator_id=facilitator.id, **here))
        session.add(OwnWords(words_nb=words_nb, words_en=words_en, **here))
        given: list[Award] = []
        for ago in months:
            on = months_before(today, ago)
            award = Award(
                id=new_id(),
                awarded_on=on,
                valid_until=last_day(on, given[-1].valid_until if given else None),
                awarded_at=datetime.combine(on, time(12), NORWAY),
                imported_at=now(),
                imported_by=facilitator.id,
                **here,
            )
            session.add(award)
            session.flush()
            if given:
                given[-1].replaced_by, given[-1].replaced_on = award.id, on
            given.append(award)
        if name == WITHDRAWN:
            with as_of(34):
                given[-1].withdraw(
                    "De som har meldt fra, har ikke fått svar, heller ikke etter at vi spurte.", facilitator
                )


def _walk(employee: Employee, shares: tuple[float, ...]) -> None:
    library = current_app.extensions["lms"].library
    for key, share in zip(COURSES, shares, strict=True):
        course = library.course(key).taken_by(employee.is_leader)
        enrolment = session.scalars(
            select(Enrolment).where(Enrolment.employee_id == employee.id, Enrolment.course == key)
        ).one()
        for lesson in course.written_lessons[: round(len(course.written_lessons) * share)]:
            enrolment.answer(lesson, {**_opinions(lesson, employee), **_texts(enrolment, lesson, employee)})
            enrolment.skip(lesson, lesson.exercise_ids)
            enrolment.complete(course, lesson)
        session.flush()
        # Everybody was not done in the same second: the line towards the session needs its days.
        day = now() - timedelta(days=2 + int(employee.person_id.int % 13), hours=len(key) % 7)
        here = Enrolment.id == enrolment.id
        session.execute(update(Enrolment).where(here, Enrolment.begun_at.is_not(None)).values(begun_at=day))
        session.execute(
            update(Enrolment)
            .where(here, Enrolment.completed_at.is_not(None))
            .values(completed_at=day, completed_on=norwegian_day(day))
        )


def _take_into_the_scheme(theatre: Organisation, facilitator: Person, una: Person) -> None:
    """What the scheme knows of the theatre, and somebody who has applied since."""
    profile = OrganisationProfile(
        organisation_id=theatre.id, field="theatre", place="Drammen", employees=12, facilitator_id=facilitator.id
    )
    session.add(profile)
    begin_membership(theatre.id, norwegian_day(now()) - timedelta(days=200), None, una)
    session.add(
        Application(
            name="Fjordklang kammerkor",
            field="music",
            place="Førde",
            volunteers=28,
            member="unknown",
            contact_name="Eli Moen",
            contact_email="eli@fjordklang.example",
            message="Vi reiser på turné til sommeren, og vil gjerne være i gang før det.",
            applied_at=now() - timedelta(days=4),
            confirmed_at=now() - timedelta(days=4),
        )
    )


def _write_addresses(theatre: Organisation, mona: Person) -> None:
    """The roster knows where most of them read their mail: also Jonas, who has not entered yet."""
    rows = session.execute(
        select(Employee, Person.name)
        .join(Person, Person.id == Employee.person_id)
        .where(Employee.organisation_id == theatre.id, Person.name.not_in(WITHOUT_ADDRESS))
    )
    for employee, name in rows.all():
        set_roster_address(employee, f"{name.split()[0].lower()}@manescenen.example", mona)


def _opinions(lesson: Lesson, employee: Employee) -> dict[str, str | int]:
    """What she thinks of the risk in the lesson, somewhere between low and high, and of what it claims."""
    opinions: dict[str, str | int] = {}
    for exercise in lesson.exercises("nb"):
        if isinstance(exercise, Rating):
            opinions[exercise.id] = LEVELS[1 + (employee.person_id.int + len(exercise.factor)) % 3]
        elif isinstance(exercise, Stance):
            opinions[exercise.id] = 1 + (employee.person_id.int // 7 + len(exercise.id)) % 7
    return opinions


def _texts(enrolment: Enrolment, lesson: Lesson, employee: Employee) -> dict[str, bool]:
    """In the first lesson, what some of them share without their names."""
    place = employee.person_id.int % len(SHARED)
    if enrolment.course != COURSES[0] or lesson.slug != "welcome":
        return {}
    exercise = next(each.id for each in lesson.exercises("nb") if isinstance(each, Reflection))
    return write(enrolment, lesson, {exercise: (SHARED[place], "without_name")}, employee.person_id)


def _plan(theatre: Organisation, facilitator: Person, mona: Person) -> None:
    day = norwegian_day(now()) + timedelta(days=DAYS_AHEAD)
    session.add(
        GroupSession(
            organisation_id=theatre.id,
            starts_at=datetime.combine(day, time(10), NORWAY),
            place="Prøvesalen, Lille Månescenen",
            facilitator_id=facilitator.id,
            planned_by=mona.id,
        )
    )


def address_of(door: str) -> str:
    """How a door is written in an address."""
    return door.replace(" ", "-")


@bp.get("/demonstration/<who>")
def enter(who: str) -> Response:
    """Walk in as one of the demonstration's people; the page is absent anywhere else."""
    name = {address_of(door): name for door, name in DOORS.items()}.get(who)
    if not current_app.config["LMS_MAILBOX"] or name is None:
        abort(404)
    let_in(session.get(Person, number_of(name)) or abort(404))
    return redirect(url_for("lms.journey.front"), 303)


def host_file() -> Path | None:
    """The example of a host, where there is a repository around us."""
    repository = Path(__file__).resolve().parents[1]
    file = repository / "examples/host/app.py"
    return file if file.is_file() and (repository / "pyproject.toml").is_file() else None


def links_of(port: int) -> dict[str, str]:
    """Who can be met in the demonstration, and the link that opens her door; empty without a demonstration."""
    if session.get(Person, number_of(FACILITATOR)) is None:
        return {}
    origin = f"http://127.0.0.1:{port}"
    link = session.scalars(select(JoinLink).where(JoinLink.code == "nyansatt-i-manescenen")).first()
    found = {who: f"{origin}/demonstration/{address_of(who)}" for who in DOORS}
    if link is not None:
        found["new hire"] = f"{origin}/join/{link.code}"
    found["mailbox"] = f"{origin}/mailbox/"
    if host_file() is not None:
        found[HOST_LINK] = f"http://127.0.0.1:{port + 1}/"
    return found
