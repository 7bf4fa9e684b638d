"""What a coordinator is written when links in the evidence are no longer what they were."""

from dataclasses import dataclass

from lms.languages import _, ngettext
from lms.measures.evidence.models import Evidence
from lms.measures.evidence.troubles import what_is_wrong


@dataclass(frozen=True)
class LinksLetter:
    """A letter to be: about whose links, to whom, which ones, and where something can be done."""

    organisation: str
    name: str
    links: tuple[Evidence, ...]
    address: str

    @property
    def subject(self) -> str:
        return ngettext("%(num)s link to look at again", "%(num)s links to look at again", len(self.links))

    @property
    def body(self) -> str:
        """The text, in the language that is being spoken."""
        links = "\n\n".join(f"– {link.title}\n  {link.url}\n  {what_is_wrong(link)}" for link in self.links)
        paragraphs = (
            _("Hello, %(name)s", name=self.name),
            _(
                "%(organisation)s has added links that show what you do. We look at them once a week, and this is no "
                "longer as it was:",
                organisation=self.organisation,
            ),
            links,
            _(
                "Open the page. Is it still the one you mean? Say so with one press. If not, give another link "
                "or a file:"
            )
            + f"\n{self.address}",
            _("You get no more e-mails about this, however long it stays that way."),
            _("Regards from Balanse"),
        )
        return "\n\n".join(paragraphs) + "\n"
