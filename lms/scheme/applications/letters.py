"""What an applicant is written: to confirm her address, what the scheme asks, and what it has decided."""

from lms.languages import _, speaking
from lms.mail.models import queue_mail
from lms.people.letters import absolute
from lms.scheme.applications.models import Application


def mail_confirmation_of(application: Application) -> None:
    """Ask whoever reads the address to say that she has applied."""
    with speaking(application.language):
        _mail(
            application,
            _("Confirm your application for Balansemerket"),
            _("You have applied on behalf of %(organisation)s.", organisation=application.name),
            _("Open this page and press the button, so that we know that the address is yours:") + _below(application),
            _("The page shows what you have written, and later what we have answered."),
            _("Was it not you? Then do nothing: we delete it in a month."),
        )


def mail_question(application: Application, text: str) -> None:
    """What the scheme wants to know before it decides."""
    with speaking(application.language):
        _mail(
            application,
            _("A question about your application"),
            _("We have a question about the application of %(organisation)s:", organisation=application.name),
            text,
            _("Answer here:") + _below(application),
        )


def mail_refusal(application: Application) -> None:
    """That the scheme has declined, and why."""
    with speaking(application.language):
        _mail(
            application,
            _("About your application for Balansemerket"),
            _("We can't take %(organisation)s in now.", organisation=application.name),
            application.reason,
            _("You are welcome to apply again when this has changed."),
        )


def _below(application: Application) -> str:
    return "\n" + absolute("lms.applying.own", token=application.token)


def _mail(application: Application, subject: str, *paragraphs: str) -> None:
    if not application.contact_email:  # she has been erased meanwhile
        return
    hello, regards = _("Hello, %(name)s", name=application.contact_name), _("Regards from Balanse")
    body = "\n\n".join((hello, *paragraphs, regards)) + "\n"
    queue_mail(application.contact_email, subject, body, application.language, application.organisation_id)
