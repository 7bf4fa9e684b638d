"""What an organisation writes about itself when it applies, with what to do about each mistake."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from uuid import UUID

from babel import Locale
from werkzeug.datastructures import MultiDict

from lms.languages import _
from lms.organisations.fields import FIELDS
from lms.organisations.invitations import ForgedChoice, Invalid
from lms.organisations.profile import NUMBER_LENGTH, PLACE_LENGTH
from lms.people.alphabet import folded_letters
from lms.people.models import NAME_LENGTH
from lms.people.names import is_address, one_line
from lms.scheme.applications.models import MEMBER, Application

LONGEST_NAME = 200
LONGEST_PHONE = 40
LONGEST_MESSAGE = 4000
MOST_PEOPLE = 100_000
GROUPS = ("employees", "freelancers", "volunteers")
NO_COUNTRIES = frozenset({"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"})


@dataclass(frozen=True)
class Description:
    """What is so of an organisation: read from the public form, and from the scheme's own."""

    name: str
    number: str
    country: str
    field: str
    place: str
    sizes: Mapping[str, int]

    @classmethod
    def read(cls, form: MultiDict[str, str], errors: dict[str, str], strictly: bool) -> "Description":
        """The description in the form, with what to correct in `errors`. Raises ForgedChoice.

        `strictly` asks for field, place and size too, which the scheme may leave open and an applicant knows.
        """
        field, country = form.get("field", ""), form.get("country", "NO") or "NO"
        if (field and field not in FIELDS) or country not in countries("en"):
            raise ForgedChoice
        if strictly and not field:
            errors["field"] = _("Choose the field that fits best.")
        sizes = {group: _people(form.get(group, ""), group, errors) for group in GROUPS}
        if strictly and not sum(sizes.values()) and not errors.keys() & set(GROUPS):
            errors["employees"] = _("Write roughly how many you are: employees, freelancers or volunteers.")
        place = _line(form, "place", PLACE_LENGTH, errors, _("Write the town or municipality.") if strictly else "")
        name = _line(form, "name", LONGEST_NAME, errors, _("Write what the organisation is called."))
        number = read_number(_line(form, "number", NUMBER_LENGTH, errors), country, errors)
        return cls(name, number, country, field, place, sizes)


def read_application(form: MultiDict[str, str], number: UUID, reader: str) -> Application:
    """The application in the form, with this id. Raises Invalid, and ForgedChoice for what the page does not offer."""
    errors: dict[str, str] = {}
    described = Description.read(form, errors, strictly=True)
    member = form.get("member", "unknown")
    if member not in MEMBER:
        raise ForgedChoice
    nameless = _("Write your name, so that we know who we are answering.")
    contact_name = _line(form, "contact_name", NAME_LENGTH, errors, nameless)
    email = form.get("contact_email", "").strip().lower()
    if not is_address(email):
        errors["contact_email"] = _("Write an e-mail address that you read, such as kari@teatret.no.")
    message = form.get("message", "").replace("\r\n", "\n").strip()
    if len(message) > LONGEST_MESSAGE:
        errors["message"] = _("The message can have at most %(number)s characters.", number=LONGEST_MESSAGE)
    phone = _line(form, "contact_phone", LONGEST_PHONE, errors)
    if errors:
        raise Invalid(errors)
    return Application(
        id=number,
        name=described.name,
        number=described.number,
        country=described.country,
        field=described.field,
        place=described.place,
        **described.sizes,
        member=member,
        contact_name=contact_name,
        contact_email=email,
        contact_phone=phone,
        message=message,
        language=reader,
    )


def read_number(written: str, country: str, errors: dict[str, str]) -> str:
    """An organisation number: nine digits that check in Norway, anything in another country, and none at all."""
    if not written or country != "NO":
        return written
    # Half a megabyte, and only for whoever applies.
    from stdnum.exceptions import ValidationError
    from stdnum.no import orgnr

    try:
        return str(orgnr.validate(written))
    except ValidationError:
        errors["number"] = _(
            "This is not a Norwegian organisation number. Check the nine digits, or leave the field empty."
        )
        return written


@cache
def countries(reader: str) -> dict[str, str]:
    """Every country by its code, in the reader's language and alphabet, Norway first."""
    names: dict[str, str] = dict(Locale.parse(reader).territories)
    codes = [code for code in names if len(code) == 2 and code.isalpha() and code not in NO_COUNTRIES]
    ordered = sorted(codes, key=lambda code: (code != "NO", folded_letters(names[code])))
    return {code: names[code] for code in ordered}


def _line(form: Mapping[str, str], name: str, longest: int, errors: dict[str, str], otherwise: str = "") -> str:
    written = one_line(form.get(name, ""))
    if not written and otherwise:
        errors[name] = otherwise
    elif len(written) > longest:
        errors[name] = _("There is room for %(number)s characters here.", number=longest)
    return written


def _people(written: str, group: str, errors: dict[str, str]) -> int:
    digits = "".join(written.split())
    if not digits:
        return 0
    if digits.isascii() and digits.isdecimal() and len(digits) <= 6 and int(digits) <= MOST_PEOPLE:
        return int(digits)
    errors[group] = _("Write a number, such as 12, or leave the field empty.")
    return 0
