"""The letters of this room: a link to sign in, and a code to confirm an address."""

from flask import current_app, has_request_context, request, url_for

from lms.database import now
from lms.languages import _, language, speaking
from lms.mail.models import queue_mail
from lms.people.links import LINK_LIVES, MOST_LETTERS_A_DAY, letters_lately, new_confirmation, new_link
from lms.people.models import Address, Person, add_address, confirmed_address, person_with_address
from lms.settings import SettingsError


def mail_sign_in_link(email: str, wanted: str = "") -> None:
    """Send a sign-in link, if the address opens somebody's account; else do the same work and send nothing."""
    address, person = confirmed_address(email), person_with_address(email)
    _link, secret = new_link(person, address, LINK_LIVES, wanted)
    reader = (person.language if person else None) or language()
    with speaking(reader):
        mail = queue_mail(
            email,
            _("Your sign-in link"),
            _letter(
                _("Open this link and press the button. It works once, for %(minutes)s minutes.", minutes=_minutes()),
                absolute("lms.people.show_link", secret=secret),
                _("You have not asked for it? Then do nothing: without the link nobody gets in."),
            ),
            reader,
        )
    if person is None:
        mail.recipient = mail.subject = None
        mail.give_up(now(), "")


def mail_confirmation(person: Person, email: str) -> Address:
    """Ask whoever reads the address to say that it is hers, unless she has said so before.

    An address that opens somebody else's account is never moved or merged. Its owner is told, and given her own way
    in; what the person meets on the page is the same. Raises EnoughAddresses.
    """
    address = add_address(person, email)
    if address.confirmed_at is not None or letters_lately(address.email) >= MOST_LETTERS_A_DAY:
        return address
    _link, secret, code = new_confirmation(person, address)
    owner = person_with_address(address.email)
    if owner is not None:
        _remind(owner, address.email)
    else:
        queue_mail(
            address.email,
            _("Confirm your address"),
            _letter(
                _("Type this code on the page where you gave your address: %(code)s", code=code),
                _("Or open this link there, in the same browser. Both work for a day."),
                absolute("lms.people.confirmation", secret=secret),
                _("Afterwards you can sign in with this address from any device."),
                _("You have not asked for it? Then do nothing."),
            ),
            language(),
        )
    return address


def _remind(owner: Person, email: str) -> None:
    _link, secret = new_link(owner, confirmed_address(email), LINK_LIVES)
    reader = owner.language or language()
    with speaking(reader):
        queue_mail(
            email,
            _("You have an account already"),
            _letter(
                _("Somebody, perhaps you, has begun anew with this address. It opens an account already."),
                _("To go on there, open this link. It works once, for %(minutes)s minutes.", minutes=_minutes()),
                absolute("lms.people.show_link", secret=secret),
                _("Was it not you? Then do nothing: nobody has got in, and nothing has changed."),
            ),
            reader,
        )


def absolute(endpoint: str, **values: object) -> str:
    """The address for a letter: under LMS_ORIGIN where it is set, so that no forged host name leads a reader away."""
    if has_request_context() and not current_app.config["LMS_ORIGIN"]:
        return url_for(endpoint, _external=True, **values)  # type: ignore[arg-type]
    return absolute_path(path_to(endpoint, **values))


def absolute_path(path: str) -> str:
    """A path of this site as an address for a letter. Raises SettingsError where nothing says how people get here."""
    origin: str = current_app.config["LMS_ORIGIN"]
    if not origin and has_request_context():
        origin = request.host_url
    if not origin:
        raise SettingsError("Set LMS_ORIGIN to where people open the site: the worker writes letters with links.")
    return origin.rstrip("/") + path


def path_to(endpoint: str, **values: object) -> str:
    """The path of a page of ours, also where there is no request, as in the worker."""
    if has_request_context():
        return url_for(endpoint, _external=False, **values)  # type: ignore[arg-type]
    root = current_app.config["APPLICATION_ROOT"]
    return current_app.url_map.bind("letters", script_name=root).build(endpoint, values)


def _letter(*paragraphs: str) -> str:
    return "\n\n".join((_("Hello,"), *paragraphs, _("Regards from Balanse"))) + "\n"


def _minutes() -> int:
    return int(LINK_LIVES.total_seconds() // 60)
