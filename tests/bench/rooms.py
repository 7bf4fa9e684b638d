"""The other rooms at their size: rosters and their files, lists brought in, reminders, calendars, mappings, queues."""

import re
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy import insert, select

from lms.database import new_id, norwegian_day, now, one_transaction, session
from lms.group_sessions.calendars.models import new_feed
from lms.group_sessions.models import GroupSession
from lms.group_sessions.reminders.models import Nudge, ReminderPlan
from lms.group_sessions.reminders.sending import BATCH, write_reminders
from lms.mail.hours import next_by_day
from lms.mark.models import Award
from lms.organisations.models import Employee, Organisation, Round
from lms.organisations.roster_addresses import RosterAddress
from lms.people.models import Person
from lms.risks.contributions.models import contribute
from lms.risks.delivery import DeliveredMapping, deliver
from lms.risks.models import MOST_ROWS, RiskMapping, open_mapping, rows_of
from lms.seed import COURSES, seeded_id
from tests.bench.servers import Request, Server
from tests.bench.stage import Stage
from tests.bench.tables import print_pages

Ask = Callable[[Request], tuple[int, str, str]]
LED = 300
BROUGHT_IN = 3_000
FILLED_IN = {
    "relevant": "yes",
    "likelihood": 2,
    "consequence": 3,
    "where_and_when": "På turné og i prøvesalen, mest om kvelden. " * 3,
    "already": "Vi har en avtale om hvem som sover hvor. " * 2,
    "proposed": "Enkeltrom, og en samtale før avreise.",
    "owner": "Produsenten",
}


@dataclass(frozen=True)
class Furnished:
    """What was put on the stage: the staff's facilitator, and the secrets of two calendar feeds."""

    facilitator_id: UUID
    own_feed: str
    led_feed: str


def furnish(stage: Stage, led: int = LED) -> Furnished:
    """Addresses for everybody, a mapping of sixty rows, and a facilitator who leads so many that hold the mark."""
    with stage.app.app_context(), one_transaction():
        for size in stage.sizes:
            _give_addresses(size)
        small, large = (seeded_id(size, "organisation") for size in stage.sizes[:2])
        _fill_mapping(large, session.get_one(Person, seeded_id(stage.sizes[1], "coordinator")))
        coordinator = session.get_one(Person, seeded_id(stage.sizes[0], "coordinator"))
        form = deliver(mapping := _fill_mapping(small, coordinator), rows_of(mapping), {}, coordinator)
        facilitator = session.scalars(select(Person).join(Award, Award.imported_by == Person.id).limit(1)).one()
        _let_lead(facilitator, form, led)
        return Furnished(facilitator.id, new_feed(coordinator, "mine"), new_feed(facilitator, "led"))


def measure_rooms(stage: Stage, ours: Server, rounds: int, furnished: Furnished) -> None:
    """Print what each page takes, then the files, a list that is brought in, and a batch of reminders."""
    print_pages(ours, rounds, "pages at their size", pages_of(stage, furnished))
    print_pages(ours, max(1, rounds // 3), "files of everybody", files_of(stage), times=1)
    print(
        f"A worker holds {ours.usage()['megabytes']:.0f} MB after these, and held {ours.usage()['most']:.0f} at most."
    )
    _bring_in(stage, ours, max(1, rounds // 2))
    _remind(stage, max(1, rounds // 2))


def pages_of(stage: Stage, furnished: Furnished) -> dict[str, Request]:
    """The pages whose price may not grow, or hardly, with what they are about."""
    cookie = stage.cookie_of(furnished.facilitator_id)
    return {
        **dict(_pages_by_size(stage)),
        f"risk mapping of {MOST_ROWS} rows": stage.of_coordinator(stage.sizes[1], "/risks"),
        f"risk mapping of {MOST_ROWS} rows, as a form": stage.of_coordinator(stage.sizes[1], "/risks/form"),
        f"mappings that wait, {LED} of them": Request("/risk-mappings", cookie),
        f"marks to renew, {LED} of them": Request("/renewals?show=all", cookie),
        f"group sessions of a facilitator, {LED} of them": Request("/group-sessions", cookie),
        "everything that waits for the staff": Request("/queues", cookie),
        "calendar feed of a person": Request(f"/calendar/{furnished.own_feed}.ics", ""),
        f"calendar feed of a facilitator, {LED} sessions": Request(f"/calendar/{furnished.led_feed}.ics", ""),
    }


def _pages_by_size(stage: Stage) -> Iterator[tuple[str, Request]]:
    for what, page in (
        ("roster", "/people"),
        ("roster, searched", "/people?text=lund"),
        ("roster, those who miss something", "/people?show=missing"),
        ("invitations", "/invitations"),
        ("reminders", "/reminders"),
        ("readiness by team", "/readiness/teams"),
        ("readiness by name", "/readiness/missing"),
    ):
        for size in stage.sizes:
            yield f"{what}, {size:,} people", stage.of_coordinator(size, page)


def files_of(stage: Stage) -> dict[str, Request]:
    """Everybody in a file, of the two larger organisations."""
    return {
        f"{what}, {kind.upper()}, {size:,} people": stage.of_coordinator(size, f"{page}.{kind}")
        for what, page in (("readiness", "/readiness"), ("roster", "/people"))
        for kind in ("csv", "xlsx")
        for size in stage.sizes[1:]
    }


def _bring_in(stage: Stage, ours: Server, rounds: int) -> None:
    """A list is pasted, looked through, carried out and undone, so that each round finds the roster as it was."""
    steps: dict[str, list[float]] = {}
    for _ in range(rounds):
        for step, seconds in bring_in(stage, ours.ask, BROUGHT_IN):
            steps.setdefault(step, []).append(seconds)
    print(f"\n| a list of {BROUGHT_IN:,} people | milliseconds at the median |")
    print("|---|---:|")
    for step, walls in steps.items():
        print(f"| {step} | {statistics.median(walls) * 1e3:,.0f} |", flush=True)


def bring_in(stage: Stage, ask: Ask, many: int) -> Iterator[tuple[str, float]]:
    """Each step of bringing in so many new people to the second organisation, with its seconds."""
    size, token = stage.sizes[1], stage.form_token()
    lines = "\n".join(f"Nykommer {n:05} Dahl;ny.{n}@example.no;Scene;nei" for n in range(many))
    at = stage.of_coordinator(size, "/people/lists")

    def post(path: str, **fields: str) -> Request:
        return Request(path, at.cookie, urlencode({"csrf_token": token, **fields}), 303)

    handed_in, draft, _page = _timed(ask, post(at.path, list=f"Navn;E-post;Team;Leder\n{lines}"))
    looked, _where, page = _timed(ask, Request(draft, at.cookie))
    yield "dry run: hand it in and look", handed_in + looked
    carried_out, done, _page = _timed(ask, post(f"{draft}/application", seal=_field("seal", page)))
    yield "carry it out", carried_out
    looked, _where, page = _timed(ask, Request(done, at.cookie))
    yield "look at what undoing would do", looked
    undone, _where, _page = _timed(ask, post(f"{at.path}/last/undo", **{"import": _field("import", page)}))
    yield "undo it", undone


def _timed(ask: Ask, request: Request) -> tuple[float, str, str]:
    begun = time.perf_counter()
    status, where, page = ask(request)
    assert status == request.expect, f"{request.path}: {status} {page[:2000]}"
    return time.perf_counter() - begun, where.partition("?")[0], page


def _field(name: str, page: str) -> str:
    found = re.search(rf'name="{name}"\s+value="([^"]+)"', page)
    assert found is not None, f"no {name} on the page"
    return unescape(found[1])


def _remind(stage: Stage, rounds: int) -> None:
    """What the worker's duty takes while a coordinator's nudge is carried out, a batch at a time."""
    print(f"\n| reminders, at most {BATCH} letters in a batch | milliseconds at the median | the process's own |")
    print("|---|---:|---:|")
    for size in stage.sizes:
        batches = [batch for _ in range(rounds) for batch in remind(stage, size)]
        letters = max(letters for letters, _wall, _processor in batches)
        wall, processor = (statistics.median(batch[place] for batch in batches) * 1e3 for place in (1, 2))
        print(f"| {letters} of {size:,} people | {wall:,.0f} | {processor:,.0f} |", flush=True)


def remind(stage: Stage, size: int) -> list[tuple[int, float, float]]:
    """Two batches as the worker writes them, then all is taken back: letters, seconds, seconds of this process."""
    moment, batches = next_by_day(now()), []
    with stage.app.app_context():
        # Those who have planned no reminders are not written to besides.
        session.add_all(ReminderPlan(organisation_id=seeded_id(each, "organisation"), days=[]) for each in stage.sizes)
        session.add(Nudge(organisation_id=seeded_id(size, "organisation"), asked_at=now()))
        session.flush()
        for _ in range(2):
            begun, used = time.perf_counter(), time.process_time()
            letters = write_reminders(moment)
            session.flush()
            batches.append((letters, time.perf_counter() - begun, time.process_time() - used))
        session.rollback()
    stage.engine.dispose()
    return [batch for batch in batches if batch[0]]


def _give_addresses(size: int) -> None:
    organisation_id = seeded_id(size, "organisation")
    employees = session.scalars(select(Employee.id).where(Employee.organisation_id == organisation_id)).all()
    rows = [
        {"organisation_id": organisation_id, "employee_id": id, "email": f"{id.hex}@example.no", "written_at": now()}
        for id in employees
    ]
    session.execute(insert(RosterAddress), rows)


def _fill_mapping(organisation_id: UUID, by: Person) -> RiskMapping:
    mapping, _opened = open_mapping(organisation_id, by)
    mapping.contributions_until = now() + timedelta(days=5)
    for number in range(MOST_ROWS - len(rows_of(mapping))):
        mapping.add_own(f"Egen risiko nummer {number}", by)
    for row in rows_of(mapping):
        row.change({**row.values, **FILLED_IN}, row.revision, by)
        contribute(mapping, row, "Slik er det hos oss også.", by)
    session.flush()
    return mapping


def _let_lead(facilitator: Person, form: DeliveredMapping, many: int) -> None:
    """A round, a session ahead and a form that waits, for so many of those who hold the mark."""
    ids = session.scalars(
        select(Organisation.id).join(Award, Award.organisation_id == Organisation.id).limit(many)
    ).all()
    rounds, mappings = {id: new_id() for id in ids}, {id: new_id() for id in ids}
    moment, today = now(), norwegian_day(now())
    of_each = [{"organisation_id": id} for id in ids]

    def add(model: type, *rows: dict[str, object]) -> None:
        session.execute(insert(model), list(rows))

    add(Round, *(of | {"id": rounds[of["organisation_id"]], "courses": COURSES} for of in of_each))
    add(
        GroupSession,
        *(
            of
            | {
                "id": new_id(),
                "starts_at": moment + timedelta(days=30 + number % 60),
                "place": f"Sal {number}, {today:%Y}",
                "facilitator_id": facilitator.id,
                "planned_by": facilitator.id,
            }
            for number, of in enumerate(of_each)
        ),
    )
    opened = {"catalogue_version": "2026.1", "opened_by": facilitator.id, "closed_at": moment}
    add(
        RiskMapping,
        *(
            of | opened | {"id": mappings[of["organisation_id"]], "round_id": rounds[of["organisation_id"]]}
            for of in of_each
        ),
    )
    delivered = {"number": 1, "form": form.form, "digest": form.digest, "delivered_by": facilitator.id}
    add(
        DeliveredMapping,
        *(of | delivered | {"id": new_id(), "mapping_id": mappings[of["organisation_id"]]} for of in of_each),
    )
