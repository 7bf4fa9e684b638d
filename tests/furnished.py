"""A stage with everything on it that a page may be about, and what it is called in the addresses of pages."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from lms.courses.packs import Library
from lms.database import norwegian_day, now, one_transaction, session
from lms.group_sessions.calendars.models import new_feed
from lms.group_sessions.held import hold
from lms.group_sessions.models import GroupSession
from lms.group_sessions.reminders.stopping import stop_token
from lms.learning.models import Enrolment
from lms.learning.reflections import Reflection, write
from lms.learning.roster_import.drafts import draft_of
from lms.learning.roster_import.files import read_list
from lms.mail.mailbox import keep_letter
from lms.organisations.models import Employee, JoinLink, Organisation, current_round, found_organisation
from lms.organisations.names_left import NameStood
from lms.people.links import LINK_LIVES, new_confirmation, new_link
from lms.people.models import Person, add_address
from lms.risks.notes.models import write_note
from tests.awards import CODE, found_holder
from tests.cast import COURSES, REFLECTION, Stage, Theatre, invite_guest, open_on_stage
from tests.guidelines import guidelines
from tests.marks import marks
from tests.plans import plans
from tests.proofs import proofs
from tests.risk_mappings import mappings
from tests.schemes import scheme_addresses

LETTER = (
    b"From: balanse@example.no\nTo: kari@example.no\nSubject: Hei\nContent-Language: nb\n"
    b"Date: Fri, 27 Nov 2026 10:00:00 +0100\n\nHei, Kari.\n"
)
LIST = "Navn;E-post;Team\nKari Berg;kari@teatret.no;Scene\nNils Ny;nils@teatret.no;Kor\nUten Rett;ikke en adresse;Kor\n"


def furnish(app: Flask, theatre: Theatre) -> dict[str, Any]:
    """Put on the stage whatever a page is about, and say what it is called in the addresses of pages."""
    mailbox = Path(app.config["LMS_MAILBOX"])
    mailbox.mkdir(exist_ok=True)
    with app.app_context(), one_transaction():
        kari = session.get_one(Person, theatre.people["kari"])
        address = add_address(kari, "kari@example.no")
        _confirmation, confirming, _code = new_confirmation(kari, address)
        _link, opening = new_link(kari, address, LINK_LIVES)
        enrolment = session.query(Enrolment).filter_by(employee_id=theatre.employees["kari"], course="harassment").one()
        lesson = app.extensions["lms"].library.course("harassment").lesson("welcome")
        texts = {REFLECTION: ("Jeg tenker høyt.", "only_me")}
        enrolment.answer(lesson, write(enrolment, lesson, texts, kari.id))
        reflection_id = session.query(Reflection.id).scalar()
        certified = session.query(Enrolment).filter_by(employee_id=theatre.employees["kari"], course="norms").one()
        invited = invite_guest(theatre)
        invite_guest(theatre, "Berg, Kari", "kari.berg@example.no")
        line_id = session.query(Employee.id).join(Person).filter(Person.name == "Berg, Kari").scalar()
        mona = session.get_one(Person, theatre.people["mona"])
        draft_id = draft_of(theatre.id, mona, "list", read_list(LIST)).id
        # Lesson by lesson would take longer than what most tests do with it.
        certified.begun_at = certified.completed_at = now()
        certified.completed_on, certified.completed_version = norwegian_day(now()), "2026.1"
        stopping = stop_token(theatre.id, theatre.people["kari"])
        weekly = stop_token(theatre.id, theatre.people["kari"], "weekly")
        today, yesterday = (
            GroupSession(organisation_id=theatre.id, starts_at=now() - ago, facilitator_id=theatre.people["siv"])
            for ago in (timedelta(minutes=5), timedelta(days=3))
        )
        session.add_all([today, yesterday])
        session.flush()
        feed_secret = new_feed(kari, "mine")
        note = write_note(yesterday, current_round(theatre.id), "Bussen hjem går sent.", "touring", mona)
        session.flush()
        hold(yesterday, session.get_one(Organisation, theatre.id), kari)
        round_id = current_round(theatre.id).id
        branch = found_organisation("Avdelingen", COURSES)
        branch.parent_id = theatre.id
        session.get_one(JoinLink, (theatre.id, theatre.join_link_id)).allows_unnamed = True
        siv = session.get_one(Person, theatre.people["siv"])
        words = "Vi snakker om det på hver eneste prøve."
        award = found_holder("Orkesteret", siv, norwegian_day(now()), "Bergen", "music", words, code=CODE)
        holder_id = award.organisation_id
        left = NameStood(organisation_id=theatre.id, kind="channel", row_id=theatre.id, fields=["reporting_channel"])
        session.add(left)
    mapped = mappings(app, theatre)
    return {
        "organisation_id": theatre.id,
        "group_session_id": theatre.meeting_id,
        "lms.attendance.as_it_was.group_session_id": yesterday.id,
        "lms.attendance.reopen.group_session_id": yesterday.id,
        "lms.calendars.show_feed.secret": feed_secret,
        "lms.attendance.arrive.code": today.check_in_code,
        "lms.attendance.come.code": today.check_in_code,
        "code": theatre.join_code,
        **{f"lms.proof.{page}.code": CODE for page in ("show", "badge", "badge_in_points")},
        **{f"lms.proof.{page}.code": CODE for page in ("certificate", "certificate_file")},
        "lms.register.organisation.organisation_id": holder_id,
        "link_id": theatre.join_link_id,
        "branch_id": branch.id,
        "round_id": round_id,
        "employee_id": theatre.employees["kari"],
        "line_id": line_id,
        "key": "harassment",
        "slug": "welcome",
        "kind": "help",
        "entry_key": "mental-helse",
        **guidelines(app, theatre),
        "note_id": note.id,
        **{f"lms.risk_notes.{verb}.group_session_id": yesterday.id for verb in ("note", "change", "remove")},
        **mapped,
        **plans(app, theatre, mapped["risk_id"]),
        **proofs(app, theatre),
        **marks(app, theatre),
        **scheme_addresses(app, theatre),
        "name": "four-forms.svg",
        "left_id": left.id,
        "number": keep_letter(mailbox, LETTER),
        "who": "employee",
        "draft_id": draft_id,
        "lms.roster_import.roster_file.kind": "csv",
        "address_id": address.id,
        "reflection_id": reflection_id,
        "enrolment_id": certified.id,
        "lms.overview.file.kind": "csv",
        "lms.badges.baked.kind": "svg",
        "lms.people.show_link.secret": opening,
        "lms.people.follow_link.secret": opening,
        "secret": confirming,
        "lms.inviting.show.secret": invited,
        "lms.inviting.enter.secret": invited,
        "token": stopping,
        "weekly_token": weekly,
    }


@dataclass(frozen=True)
class Furnished:
    """A stage with everything on it: the database, what lies beside it in folders, and what it is all called."""

    stage: Stage
    instance: Path
    mailbox: Path
    addresses: dict[str, Any]

    @property
    def is_fresh(self) -> bool:
        """Some links on it live for a quarter of an hour."""
        return abs(now() - self.stage.set_at) < timedelta(minutes=5)

    def copy_into(self, app: Flask) -> dict[str, Any]:
        """Furnish the application's own stage, which is copied from the same one."""
        self.stage.copy_into(app)
        shutil.copytree(self.mailbox, app.config["LMS_MAILBOX"], dirs_exist_ok=True)
        beside = shutil.ignore_patterns("cache", "*.db*", "*.key*")
        shutil.copytree(self.instance, app.config["LMS_INSTANCE"], dirs_exist_ok=True, ignore=beside)
        return self.addresses


@pytest.fixture(scope="session")
def _furnished(
    _stage: Stage, rendered: Path, library: Library, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], Furnished]:
    kept: list[Furnished] = []

    def furnished() -> Furnished:
        if not kept or not kept[-1].is_fresh:
            folder = tmp_path_factory.mktemp("furnished")
            app = open_on_stage(folder, library, LMS_MAILBOX=str(folder / "mailbox"))
            theatre = _stage.copy_into(app)
            addresses = furnish(app, theatre)
            app.extensions["lms"].engine.dispose()
            stage = Stage(folder / "lms.db", theatre, now())
            kept.append(Furnished(stage, folder / "instance", folder / "mailbox", addresses))
        return kept[-1]

    return furnished


@pytest.fixture
def addresses(app: Flask, theatre: Theatre, request: pytest.FixtureRequest) -> dict[str, Any]:
    """A value for each argument in the addresses of pages; to furnish anew takes longer than most tests."""
    stage: Stage = request.getfixturevalue("_stage")
    if theatre is stage.theatre:
        furnished: Callable[[], Furnished] = request.getfixturevalue("_furnished")
        return dict(furnished().copy_into(app))
    return furnish(app, theatre)


@pytest.fixture
def set_anew(app: Flask, theatre: Theatre, addresses: dict[str, Any], tmp_path: Path) -> Callable[[], dict[str, Any]]:
    """Set the furnished stage again as if nobody had been on it, as often as one asks."""
    engine = app.extensions["lms"].engine
    engine.dispose()
    kept = tmp_path / "set-anew"
    kept.mkdir()
    shutil.copyfile(engine.url.database, kept / "lms.db")
    shutil.copytree(app.config["LMS_INSTANCE"], kept / "instance", ignore=shutil.ignore_patterns("cache"))
    shutil.copytree(app.config["LMS_MAILBOX"], kept / "mailbox")
    furnished = Furnished(Stage(kept / "lms.db", theatre, now()), kept / "instance", kept / "mailbox", addresses)
    return lambda: dict(furnished.copy_into(app))
