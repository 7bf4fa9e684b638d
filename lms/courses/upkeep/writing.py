"""What somebody writes when she corrects a fact or a help service, with what to do about each mistake."""

import re
from collections.abc import Mapping
from typing import Any

from lms.courses.facts import ADDRESS, Fact
from lms.courses.fallback import LANGUAGES
from lms.courses.upkeep.entries import Said, words_of
from lms.languages import _
from lms.organisations.invitations import Invalid
from lms.people.names import one_line

LENGTHS = {"statement": 600, "source": 200, "name": 120, "about": 300, "phone": 40, "url": 500}
# Norway has numbers of 3, 4, 5, 6 and 8 digits; abroad they begin with + and have 15 at the most.
PHONE = re.compile(r"\+?\d(?: ?\d){2,14}")
# Nynorsk readers get bokmål where there is no nynorsk.
MUST_BE_WRITTEN = ("nb", "en")


def fields_of(said: Said) -> dict[str, str]:
    """The form as it is filled in beforehand."""
    words = words_of(said)
    fields = {}
    for name, value in words.items():
        if isinstance(value, str):
            fields[name] = value
        else:
            fields.update({f"{name}_{language}": value.get(language, "") for language in LANGUAGES})
    return fields


def read_words(said: Said, form: Mapping[str, str]) -> dict[str, Any]:
    """The words in the form, as a correction keeps them: each text plain, on one line. Raises Invalid."""
    errors: dict[str, str] = {}
    words: dict[str, Any] = {}
    if isinstance(said, Fact):
        words["texts"] = _in_every_language("texts", LENGTHS["statement"], form, errors)
        words["source"] = _line("source", LENGTHS["source"], form, errors)
        if not words["source"]:
            errors["source"] = _("Write where this can be looked up.")
    else:
        words["names"] = _in_every_language("names", LENGTHS["name"], form, errors)
        words["abouts"] = _in_every_language("abouts", LENGTHS["about"], form, errors)
        words["phone"] = _line("phone", LENGTHS["phone"], form, errors)
        if words["phone"] and PHONE.fullmatch(words["phone"]) is None:
            errors["phone"] = _("Write a phone number in digits, such as 116 006 or +47 22 40 00 40.")
    words["url"] = _line("url", LENGTHS["url"], form, errors)
    if words["url"] and not (words["url"].startswith("https://") and ADDRESS.fullmatch(words["url"])):
        errors["url"] = _("Write the whole address, from https://, as it stands in the browser.")
    if not isinstance(said, Fact) and not (words["phone"] or words["url"]):
        errors["phone"] = _("Write a phone number, an address on the web, or both.")
    if errors:
        raise Invalid(errors)
    return words


def _in_every_language(name: str, length: int, form: Mapping[str, str], errors: dict[str, str]) -> dict[str, str]:
    texts = {}
    for language in LANGUAGES:
        field = f"{name}_{language}"
        text = _line(field, length, form, errors)
        if text:
            texts[language] = text
        elif language in MUST_BE_WRITTEN:
            errors[field] = _("Write it in this language too: readers of it get nothing else.")
    return texts


def _line(field: str, length: int, form: Mapping[str, str], errors: dict[str, str]) -> str:
    text = one_line(form.get(field, ""))
    if len(text) > length:
        errors[field] = _("There is room for %(number)s characters here.", number=length)
    return text
