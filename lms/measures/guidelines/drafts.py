"""Writing a guideline and publishing it: a draft may change until it is published, and then never."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import select

from lms.database import new_id, now, session
from lms.languages import _
from lms.measures.guidelines.models import (
    KINDS,
    LINK_LENGTH,
    TEXT_LENGTH,
    TITLE_LENGTH,
    WORDS,
    WRITTEN_IN,
    Guideline,
    GuidelineUse,
    GuidelineVersion,
    draft_of,
    newest_of,
)
from lms.organisations.events import record
from lms.organisations.invitations import ForgedChoice, Invalid
from lms.people.models import Person
from lms.people.names import one_line
from lms.risks.models import ChangedMeanwhile
from lms.risks.words import read_text

AT_HOME = (".local", ".localhost", ".internal", ".intranet", ".home", ".lan", ".test", ".invalid")


class NothingToPublish(Exception):
    """There is no draft, or somebody has published it already."""


@dataclass(frozen=True)
class Draft:
    """What somebody has written in the form of a guideline."""

    kind: str
    words: Mapping[str, str]

    @classmethod
    def read(cls, form: Mapping[str, str]) -> "Draft":
        """The draft in the form. Raises Invalid, and ForgedChoice for a kind that the page does not offer."""
        if (kind := form.get("kind", "")) not in KINDS:
            raise ForgedChoice
        errors: dict[str, str] = {}
        words = {"link": _read_link(form.get("link", "").strip(), errors)}
        for language in WRITTEN_IN:
            title, text = f"title_{language}", f"text_{language}"
            words[title] = one_line(form.get(title, ""))
            words[text] = read_text(form, text, errors, TEXT_LENGTH)
            if len(words[title]) > TITLE_LENGTH:
                errors[title] = _("The title can have at most %(number)s characters.", number=TITLE_LENGTH)
            elif words[text] and not words[title]:
                errors[title] = _("Give the text a title.")
            elif words[title] and not (words[text] or words["link"]) and text not in errors and "link" not in errors:
                errors[text] = _("Write the text, or give a link to it.")
        if not any(words[f"title_{language}"] for language in WRITTEN_IN) and not errors:
            errors["title_nb"] = _("Write a title, in Norwegian or in English.")
        if errors:
            raise Invalid(errors)
        return cls(kind, words)


def begin(organisation_id: UUID, draft: Draft, by: Person) -> Guideline:
    """A guideline with its first draft; the same words twice are the same one, since fingers press twice.

    Whoever calls holds the roster.
    """
    same = [getattr(GuidelineVersion, name) == draft.words[name] for name in WORDS]
    there = session.scalar(
        select(Guideline)
        .join(
            GuidelineVersion,
            (GuidelineVersion.organisation_id == Guideline.organisation_id)
            & (GuidelineVersion.guideline_id == Guideline.id),
        )
        .where(
            Guideline.organisation_id == organisation_id,
            Guideline.kind == draft.kind,
            GuidelineVersion.published_at.is_(None),
            *same,
        )
        .limit(1)
    )
    if there is not None:
        return there
    guideline = Guideline(organisation_id=organisation_id, id=new_id(), kind=draft.kind, begun_by=by.id)
    session.add(guideline)
    session.flush()
    _add_draft(guideline, draft, by)
    record(organisation_id, "guideline.begun", by, guideline=str(guideline.id))
    return guideline


def write(guideline: Guideline, draft: Draft, based_on: int, by: Person, number: int = 0) -> None:
    """Keep the draft, or begin one for the next version where there is none (`based_on` is 0 then).

    `number` is what the version was to become, where the page said so. Whoever calls holds the guideline. Raises
    ChangedMeanwhile when somebody else has written or published since.
    """
    there = draft_of(guideline)
    if there is not None and there.words == dict(draft.words) and guideline.kind == draft.kind:
        return
    newest = newest_of(guideline.organisation_id, guideline.id)
    next_number = (newest.number or 0) + 1 if newest else 1
    if (there.revision if there else 0) != based_on or number not in (0, next_number):
        raise ChangedMeanwhile
    if newest is None:
        guideline.kind = draft.kind
    if there is None:
        _add_draft(guideline, draft, by)
        return
    for name, words in draft.words.items():
        setattr(there, name, words)
    there.revision, there.written_at, there.written_by = there.revision + 1, now(), by.id


def throw_away(guideline: Guideline, by: Person) -> bool:
    """Remove the draft, and with it a guideline that was never published; True when the guideline is gone."""
    there = draft_of(guideline)
    if there is None:
        return False
    session.delete(there)
    record(guideline.organisation_id, "guideline.draft_thrown_away", by, guideline=str(guideline.id))
    session.flush()
    if newest_of(guideline.organisation_id, guideline.id) is not None:
        return False
    session.delete(guideline)
    return True


def publish(guideline: Guideline, revision: int, small: bool, by: Person) -> GuidelineVersion:
    """Freeze the draft as the next version, and let the organisation use it.

    After a `small` change earlier confirmations count on; else everybody is asked anew. Whoever calls holds the
    guideline. Raises NothingToPublish, and ChangedMeanwhile when it is no longer the `revision` that was looked at.
    """
    version = draft_of(guideline)
    if version is None:
        raise NothingToPublish
    if version.revision != revision:
        raise ChangedMeanwhile
    before = newest_of(guideline.organisation_id, guideline.id)
    number = (before.number or 0) + 1 if before else 1
    version.counts_from = before.counts_from if before and small else number
    version.number, version.published_at, version.published_by = number, now(), by.id
    session.flush()
    take_up(guideline.organisation_id, version, by)
    record(
        guideline.organisation_id,
        "guideline.published",
        by,
        guideline=str(guideline.id),
        number=number,
        asks_anew=version.counts_from == number,
    )
    return version


def take_up(organisation_id: UUID, version: GuidelineVersion, by: Person) -> GuidelineUse:
    """Use this version from now on, also where the guideline had been taken out of use."""
    use = session.get(GuidelineUse, (organisation_id, version.guideline_id), populate_existing=True)
    number = version.number or 0
    if use is None:
        use = GuidelineUse(
            organisation_id=organisation_id,
            guideline_id=version.guideline_id,
            owner_id=version.organisation_id,
            number=number,
            taken_up_by=by.id,
        )
        session.add(use)
    elif use.number != number or use.withdrawn_at is not None:
        use.number, use.taken_up_at, use.taken_up_by = number, now(), by.id
        use.withdrawn_at = use.withdrawn_by = None
    session.flush()
    return use


def drafts_in(organisation_id: UUID) -> list[tuple[Guideline, GuidelineVersion]]:
    """What is being written in the organisation, first what was begun first."""
    rows = session.execute(
        select(Guideline, GuidelineVersion)
        .join(
            GuidelineVersion,
            (GuidelineVersion.organisation_id == Guideline.organisation_id)
            & (GuidelineVersion.guideline_id == Guideline.id),
        )
        .where(Guideline.organisation_id == organisation_id, GuidelineVersion.published_at.is_(None))
        .order_by(Guideline.begun_at, Guideline.id)
    )
    return [(guideline, version) for guideline, version in rows]


def _add_draft(guideline: Guideline, draft: Draft, by: Person) -> None:
    version = GuidelineVersion(
        organisation_id=guideline.organisation_id,
        id=new_id(),
        guideline_id=guideline.id,
        written_by=by.id,
        **draft.words,
    )
    session.add(version)
    session.flush()


def _read_link(link: str, errors: dict[str, str]) -> str:
    if not link:
        return ""
    if len(link) > LINK_LENGTH:
        errors["link"] = _("The link can have at most %(number)s characters.", number=LINK_LENGTH)
    elif not _is_public(link):
        errors["link"] = _("Write a public address that begins with https://, or leave the field empty.")
    return link


def _is_public(link: str) -> bool:
    """Whether everybody can open it: no name of a machine at home, no number, no password, nothing but https."""
    try:
        parts = urlsplit(link)
        host, alone = parts.hostname or "", parts.username is None and parts.port is None
    except ValueError:
        return False
    named = "." in host.strip(".") and not host.endswith(AT_HOME) and not host.replace(".", "").isdigit()
    return parts.scheme == "https" and alone and named and ":" not in host and link.isprintable() and " " not in link
