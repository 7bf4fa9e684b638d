"""What a reminder says: what is left and how long it takes, by when, and one link that goes on where she left."""

from dataclasses import dataclass
from datetime import date, datetime

from lms.languages import _, clock_time, in_words, ngettext
from lms.people.links import UNASKED_LINK_LIVES


@dataclass(frozen=True)
class Left:
    """What somebody has left of one course, in minutes."""

    title: str
    minutes: int


@dataclass(frozen=True)
class Letter:
    """A reminder to be: from whom and by when, to whom, what is left, and where its links lead."""

    organisation: str
    target_on: date | None
    session_at: datetime | None
    name: str
    left: tuple[Left, ...]
    address: str
    signs_in: bool
    stop_address: str

    @property
    def subject(self) -> str:
        length = _about(sum(course.minutes for course in self.left))
        if self.target_on is None:
            return _("Courses: %(length)s left", length=length)
        return _("Before %(day)s: %(length)s left of the courses", length=length, day=in_words(self.target_on))

    @property
    def body(self) -> str:
        """The text, in the language that is being spoken."""
        courses = "\n".join(f"– {course.title}: {_about(course.minutes)}" for course in self.left)
        if self.signs_in:
            link = _("Go on where you left:")
            about = _(
                "The link works once, for %(days)s days. It opens the courses and nothing that you wrote before; "
                "for that, ask for a sign-in link on the page.",
                days=UNASKED_LINK_LIVES.days,
            )
        else:
            link = _("Go on where you left; sign in there with your personal code or a link by e-mail:")
            about = _("Have you no code? Ask the coordinator where you work for a new one.")
        paragraphs = (
            _("Hello, %(name)s", name=self.name),
            self._why(),
            courses,
            f"{link}\n{self.address}",
            about,
            _("Take it in small pieces, whenever it suits you. Whatever you would rather not answer, you can skip."),
            _("No more reminders from %(organisation)s? One press stops them:", organisation=self.organisation)
            + f" {self.stop_address}",
            _("Regards from Balanse"),
        )
        return "\n\n".join(paragraphs) + "\n"

    def _why(self) -> str:
        if self.session_at is not None:
            return _(
                "%(organisation)s meets for a group session on %(day)s at %(time)s. This is left for you:",
                organisation=self.organisation,
                day=in_words(self.session_at),
                time=clock_time(self.session_at),
            )
        if self.target_on is not None:
            return _(
                "%(organisation)s asks you to complete the courses by %(day)s. This is left for you:",
                organisation=self.organisation,
                day=in_words(self.target_on),
            )
        return _(
            "%(organisation)s asks you to complete some courses. This is left for you:", organisation=self.organisation
        )


def _about(minutes: int) -> str:
    """A length nobody needs to the minute: about 40 minutes, about 4½ hours."""
    halves = round(minutes / 30)
    if minutes < 100:
        return ngettext("about %(num)s minute", "about %(num)s minutes", max(minutes, 1))
    return _("about %(number)s hours", number=f"{halves // 2}{'½' if halves % 2 else ''}")
