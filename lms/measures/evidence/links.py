"""Looking whether links still lead to what somebody once found there, and telling her when they don't."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, exists, select

from lms.database import session
from lms.languages import speaking
from lms.mail.models import queue_mail
from lms.mail.undeliverable import UndeliverableAddress
from lms.measures.evidence.fetching import Page, Unreachable, fetch
from lms.measures.evidence.letters import LinksLetter
from lms.measures.evidence.models import Evidence
from lms.measures.models import MeasurePlan
from lms.organisations.models import Employee, Organisation, Round
from lms.organisations.profile import is_closed
from lms.people.letters import absolute
from lms.people.models import Address, Person
from lms.settings import Network

LEASE = timedelta(hours=1)
CHARSET = re.compile(rb"charset=[\"']?\s*([\w-]+)", re.IGNORECASE)
# What stands around the text, and changes from day to day without anybody changing what is said.
NOT_THE_TEXT = {"script", "style", "noscript", "template", "svg", "iframe", "nav", "aside", "footer", "head"}


@dataclass(frozen=True)
class Look:
    """A link that one worker looks at, until its lease runs out; and afterwards what she found."""

    organisation_id: UUID
    evidence_id: UUID
    url: str
    until: datetime
    digest: str = ""
    trouble: str = ""


def take_due(moment: datetime, many: int) -> list[Look]:
    """The links whose turn it is, in rounds that go on, so that no other worker looks at them meanwhile."""
    due = (
        select(Evidence)
        .join(
            MeasurePlan,
            and_(MeasurePlan.organisation_id == Evidence.organisation_id, MeasurePlan.id == Evidence.plan_id),
        )
        .join(Round, and_(Round.organisation_id == MeasurePlan.organisation_id, Round.id == MeasurePlan.round_id))
        .where(
            Evidence.kind == "link",
            Evidence.removed_at.is_(None),
            Evidence.check_after <= moment,
            Round.ended_at.is_(None),
            ~is_closed(Evidence.organisation_id),
        )
        .order_by(Evidence.check_after)
        .limit(many)
        .with_for_update(of=Evidence, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    until = moment + LEASE
    looks = []
    for link in session.scalars(due).all():
        link.check_after = until
        looks.append(Look(link.organisation_id, link.id, link.url, until))
    return looks


def look_at(look: Look, within: Sequence[Network]) -> Look:
    """Open the page, and say what it says or why it can't be opened; needs no database."""
    found, trouble = "", ""
    try:
        found = digest_of(fetch(look.url, within))
    except Unreachable as error:
        trouble = error.trouble
    return Look(look.organisation_id, look.evidence_id, look.url, look.until, found, trouble)


def digest_of(page: Page) -> str:
    """SHA-256 of what a reader of the page sees, as text without its frame; of anything but a page, of all of it."""
    if "html" not in page.content_type.lower():
        return hashlib.sha256(page.content).hexdigest()
    told = CHARSET.search(page.content_type.encode()) or CHARSET.search(page.content[:2_048])
    try:
        text = page.content.decode(told[1].decode() if told else "utf-8", "replace")
    except LookupError:
        text = page.content.decode("utf-8", "replace")
    import nh3  # 1.5 MB, and only for the worker that looks at links

    seen = nh3.clean(text, tags=set(), clean_content_tags=NOT_THE_TEXT)
    return hashlib.sha256(" ".join(seen.split()).encode()).hexdigest()


def write_down(looks: Iterable[Look], moment: datetime) -> list[Evidence]:
    """Keep what was found, unless the link has been removed or is another worker's by now; gives what is news."""
    news = []
    for look in looks:
        link = session.get(
            Evidence, (look.organisation_id, look.evidence_id), populate_existing=True, with_for_update=True
        )
        if link is None or link.removed_at is not None or link.check_after != look.until:
            continue
        if look.trouble:
            link.failed(look.trouble, moment)
        else:
            link.found(look.digest, moment)
        if link.needs_a_look and link.told_at is None:
            link.told_at = moment
            news.append(link)
    return news


def tell(news: Sequence[Evidence]) -> None:
    """Write one letter to each coordinator of each organisation, about all its links that are news."""
    for organisation_id in sorted({link.organisation_id for link in news}):
        organisation = session.get_one(Organisation, organisation_id)
        hers = [link for link in news if link.organisation_id == organisation_id]
        page = absolute("lms.evidence.show", organisation_id=organisation_id)
        for name, language, email in coordinators_to_write_to(organisation_id):
            with speaking(language or "nb"):
                letter = LinksLetter(organisation.name, name, tuple(hers), page)
                queue_mail(email, letter.subject, letter.body, language or "nb", organisation_id, by_day=True)


def coordinators_to_write_to(organisation_id: UUID) -> list[tuple[str, str | None, str]]:
    """Name, language and address of each coordinator whom mail can reach."""
    refused = exists().where(UndeliverableAddress.recipient == Address.email)
    rows = session.execute(
        select(Person.id, Person.name, Person.language, Address.email)
        .join(Employee, Employee.person_id == Person.id)
        .join(Address, Address.person_id == Person.id)
        .where(
            Employee.organisation_id == organisation_id,
            Employee.role == "coordinator",
            Employee.left_at.is_(None),
            Person.erased_at.is_(None),
            Address.confirmed_at.is_not(None),
            ~refused,
        )
        .order_by(Person.id, Address.confirmed_at, Address.email)
    )
    first: dict[UUID, tuple[str, str | None, str]] = {}
    for person_id, name, language, email in rows:
        first.setdefault(person_id, (name, language, email))
    return list(first.values())
