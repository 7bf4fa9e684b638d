"""The register for other programs: JSON for whoever shows it elsewhere, Atom for whoever follows what is new."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any
from xml.etree import ElementTree as Xml

from lms.database import now
from lms.languages import _, in_words, language
from lms.mark.register.holders import Holder
from lms.people.letters import absolute
from lms.people.lists import Look, Screenful

ATOM = "http://www.w3.org/2005/Atom"
# What XML cannot hold, whatever somebody has pasted into a text.
FORBIDDEN = {code: None for code in (*range(0x20), 0xFFFE, 0xFFFF, *range(0xD800, 0xE000)) if code not in (9, 10, 13)}


def as_json(found: Screenful[Holder], look: Look) -> Mapping[str, Any]:
    """One page of the register as docs/register.md describes it."""
    there = found.page < found.pages
    return {
        "total": found.in_all,
        "page": found.page,
        "pages": found.pages,
        "next": absolute("lms.register.as_data", **look.but(page=found.page + 1)) if there else None,
        "organisations": [_as_data(holder) for holder in found.rows],
    }


def _as_data(holder: Holder) -> dict[str, Any]:
    award, words = holder.history.latest, holder.own_words
    return {
        "id": str(holder.organisation.id),
        "name": holder.organisation.name,
        "field": holder.profile.field if holder.profile else "",
        "place": holder.place,
        "website": holder.website,
        "words": {"nb": words.words_nb, "en": words.words_en} if words else {"nb": "", "en": ""},
        "state": holder.history.state,
        "since": holder.history.since.isoformat(),
        "awarded_on": award.awarded_on.isoformat(),
        "valid_until": award.valid_until.isoformat(),
        "page": absolute("lms.register.organisation", organisation_id=holder.organisation.id),
        "verification": absolute("lms.proof.show", code=award.code),
    }


def as_atom(holders: Iterable[Holder]) -> bytes:
    """What has happened lately, an entry for each award, in the language that is spoken now."""
    Xml.register_namespace("", ATOM)
    feed = Xml.Element(f"{{{ATOM}}}feed", {"{http://www.w3.org/XML/1998/namespace}lang": language()})
    register = absolute("lms.register.index")
    happened = [(_changed(holder), holder) for holder in holders]
    add = _adding(feed)
    add("id", register)
    add("title", _("Organisations that hold Balansemerket"))
    add("updated", _moment(max((moment for moment, _holder in happened), default=now())))
    add("link", rel="alternate", type="text/html", href=register)
    add("link", rel="self", type="application/atom+xml", href=absolute("lms.register.feed", language=language()))
    _adding(add("author"))("name", "Balansemerket")
    for moment, holder in happened:
        _add_entry(add("entry"), holder, moment)
    written: bytes = Xml.tostring(feed, encoding="utf-8", xml_declaration=True)
    return written


def _add_entry(entry: Xml.Element, holder: Holder, moment: datetime) -> None:
    award, name = holder.history.latest, holder.organisation.name
    add = _adding(entry)
    add("id", award.id.urn)
    if holder.history.state == "withdrawn":
        add("title", _("%(organisation)s: the mark is withdrawn", organisation=name))
        told = _("Withdrawn on %(day)s", day=in_words(moment))
    else:
        add("title", name)
        told = _("Valid until and including %(day)s", day=in_words(award.valid_until))
    add("updated", _moment(moment))
    add("published", _moment(award.awarded_at))
    here = absolute("lms.register.organisation", organisation_id=holder.organisation.id)
    add("link", rel="alternate", type="text/html", href=here)
    add("summary", "\n\n".join(filter(None, (told, holder.words[0]))))


def _adding(parent: Xml.Element) -> Callable[..., Xml.Element]:
    def add(name: str, text: str = "", **attributes: str) -> Xml.Element:
        child = Xml.SubElement(parent, f"{{{ATOM}}}{name}", attributes)
        child.text = text.translate(FORBIDDEN) or None
        return child

    return add


def _changed(holder: Holder) -> datetime:
    award = holder.history.latest
    return award.withdrawn_at or award.awarded_at


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
