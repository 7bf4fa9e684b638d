"""What an organisation writes: its plan for the way on, and its own words for the register."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

from lms.database import now, session
from lms.languages import _
from lms.mark.models import MarkRequest, OwnWords
from lms.organisations.events import record
from lms.organisations.invitations import Invalid
from lms.organisations.names_left import told_of_change, told_of_erasure
from lms.people.models import Person
from lms.risks.words import read_text

WORDS_LENGTH = 600
STATEMENT_LENGTH = 3000
WEBSITE_LENGTH = 300


def read_statement(form: Mapping[str, str], returned: MarkRequest | None) -> str:
    """The plan for the way on. Raises Invalid.

    The form of one that was `returned` begins with its words, and says by its fingerprint which those were.
    """
    errors: dict[str, str] = {}
    statement = read_text(form, "statement", errors, STATEMENT_LENGTH)
    if not statement:
        errors["statement"] = _("Write what you will do over the next two years.")
    if not errors and returned is not None and form.get("returned", returned.digest) != returned.digest:
        errors["statement"] = told_of_erasure()
    if errors:
        raise Invalid(errors)
    return statement


@dataclass(frozen=True)
class Words:
    """What is to stand in the register: words in two languages, a website, and whether the organisation is in it."""

    words_nb: str
    words_en: str
    website: str
    in_register: bool

    @classmethod
    def read(cls, form: Mapping[str, str]) -> "Words":
        """The words in the form. Raises Invalid."""
        errors: dict[str, str] = {}
        words = cls(
            words_nb=read_text(form, "words_nb", errors, WORDS_LENGTH),
            words_en=read_text(form, "words_en", errors, WORDS_LENGTH),
            website=read_website(form.get("website", ""), errors),
            in_register="in_register" in form,
        )
        if errors:
            raise Invalid(errors)
        return words

    def keep(self, organisation_id: UUID, by: Person, seen: int | None = None) -> None:
        """Let them stand in the register from now on; a press that changes nothing is no event.

        Raises Invalid when they have been changed since revision `seen`, or hold the name of somebody erased since.
        Whoever calls holds the roster.
        """
        there = session.get(OwnWords, organisation_id, populate_existing=True)
        if there is None:
            there = OwnWords(
                organisation_id=organisation_id, words_nb="", words_en="", website="", in_register=True, revision=0
            )
            session.add(there)
        changed = [name for name in self.__dataclass_fields__ if getattr(there, name) != getattr(self, name)]
        if changed and seen is not None and seen != there.revision:
            told = _("Somebody else has written here meanwhile.")
            raise Invalid({"words": told_of_change(organisation_id, "own_words", organisation_id, seen, told)})
        for name in changed:
            setattr(there, name, getattr(self, name))
        if changed:
            there.revision += 1
            there.changed_at, there.changed_by = now(), by.id
            record(organisation_id, "own_words.changed", by, fields=changed)


def read_website(written: str, errors: dict[str, str]) -> str:
    """An address of a site as people write it, with or without https://; with what to do in `errors`."""
    written = written.strip()
    if not written:
        return ""
    address = written if "://" in written else f"https://{written}"
    try:
        parts = urlsplit(address)
        well = parts.scheme in ("https", "http") and "." in (parts.hostname or "") and not parts.username
    except ValueError:
        well = False
    if not well or any(letter.isspace() or not letter.isprintable() for letter in address):
        errors["website"] = _("Write the address of your website, such as teatret.no.")
    elif len(address) > WEBSITE_LENGTH:
        errors["website"] = _("This can have at most %(number)s characters.", number=WEBSITE_LENGTH)
    return address


def own_words_of(organisation_id: UUID) -> OwnWords | None:
    """What the organisation says about itself; None where it has said nothing."""
    return session.get(OwnWords, organisation_id)
