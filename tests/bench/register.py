"""The public register at its size: ten thousand holders."""

from datetime import timedelta

from flask import Flask
from sqlalchemy import insert

from lms.database import new_id, norwegian_day, now, one_transaction, session
from lms.mark.models import Award, OwnWords, new_award_code
from lms.organisations.models import Organisation
from lms.organisations.profile import OrganisationProfile
from lms.people.models import Person
from tests.bench.servers import Request, Server
from tests.bench.tables import print_pages

HOLDERS = 10_000
FIELDS = ("music", "dance", "theatre", "museum")
PLACES = 300
PAGES = {
    "by name": "/register",
    "awarded last": "/register?sort=newest",
    "a search": "/register?text=hus+99&field=music",
    "JSON": "/register.json?page=40",
    "Atom": "/register/feed.atom",
    "the front page": "/",
}


def seed_holders(app: Flask, many: int = HOLDERS) -> None:
    """So many organisations with the mark, each with words of its own."""
    with app.app_context(), one_transaction():
        staff = Person(name="Siv Aune", scheme_role="facilitator")
        session.add(staff)
        session.flush()
        ids, today = [new_id() for _ in range(many)], norwegian_day(now())
        days = [today - timedelta(days=number % 700) for number in range(many)]
        session.execute(insert(Organisation), [{"id": id, "name": f"Hus {n:05}"} for n, id in enumerate(ids)])
        of_each = [{"organisation_id": id} for id in ids]
        known = [{"field": FIELDS[n % len(FIELDS)], "place": f"Sted {n % PLACES}"} for n in range(many)]
        session.execute(insert(OrganisationProfile), [of | one for of, one in zip(of_each, known, strict=True)])
        session.execute(insert(OwnWords), [of | {"words_nb": "Vi snakker om det. " * 15} for of in of_each])
        awards = [
            {"id": new_id(), "code": new_award_code(), "awarded_on": day, "valid_until": day + timedelta(days=730)}
            for day in days
        ]
        brought_in = {"imported_at": now(), "imported_by": staff.id}
        session.execute(insert(Award), [of | one | brought_in for of, one in zip(of_each, awards, strict=True)])


def measure_register(ours: Server, rounds: int) -> None:
    """Print what each page of the register takes at the median."""
    pages = {what: Request(address, "") for what, address in PAGES.items()}
    print_pages(ours, rounds, f"register of {HOLDERS:,} holders", pages)
