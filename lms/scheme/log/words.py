"""What the kinds of events are called, in groups that a reader of the log can choose among."""

from collections.abc import Mapping

from lms.languages import _, lazy

# A kind that has no words here is shown neutrally: rooms write events without asking this one.
WORDS: Mapping[str, str] = {
    "organisation.founded": lazy("The organisation came in"),
    "organisation.described": lazy("What is known of the organisation was corrected"),
    "organisation.renamed": lazy("The organisation got another name"),
    "organisation.closed": lazy("The organisation was closed"),
    "organisation.reopened": lazy("The organisation was opened again"),
    "facilitator.assigned": lazy("It was decided who of the scheme follows the organisation"),
    "membership.begun": lazy("A membership of Balansekunst was written down"),
    "membership.ended": lazy("The membership of Balansekunst got a last day"),
    "coordinator.invited": lazy("A coordinator was invited"),
    "courses.chosen": lazy("Other courses were chosen"),
    "policy.set": lazy("It was changed how many have to be done, or how"),
    "channel.set": lazy("The reporting channel was written down"),
    "people.invited": lazy("People were invited by e-mail"),
    "invitation.accepted": lazy("An invitation was accepted"),
    "roster_address.set": lazy("An address on the roster was written or corrected"),
    "roster.confirmed": lazy("The roster was confirmed as whole"),
    "roster.imported": lazy("A list was put into the roster"),
    "roster.many_changed": lazy("The places of many were changed at once"),
    "roster.import_undone": lazy("A list was taken out of the roster again"),
    "employee.changed": lazy("Somebody's role or team was changed"),
    "employee.left": lazy("Somebody left"),
    "employee.taken_back": lazy("Somebody who had left was taken back"),
    "exception.given": lazy("Somebody was excused from the courses"),
    "exception.taken_back": lazy("Somebody is asked to take the courses after all"),
    "code.given": lazy("Somebody got a new personal code"),
    "join_link.opened": lazy("A join link was opened"),
    "join_link.renewed": lazy("A join link was renewed"),
    "join_link.revoked": lazy("A join link was revoked"),
    "join_link.deadline_set": lazy("A join link got another deadline"),
    "group_session.planned": lazy("A group session was planned"),
    "group_session.placed": lazy("People were placed in group sessions"),
    "group_session.invited": lazy("Everybody was invited to a group session"),
    "group_session.cancelled": lazy("A group session was cancelled"),
    "group_session.restored": lazy("A cancelled group session takes place after all"),
    "group_session.held": lazy("A group session was held"),
    "group_session.reopened": lazy("It was taken back that a group session was held"),
    "reminders.planned": lazy("The days of the reminders were chosen"),
    "reminders.nudged": lazy("Those who are missing were nudged"),
    "risk_mapping.opened": lazy("The risk mapping was opened"),
    "risk_mapping.delivered": lazy("The risk mapping was delivered"),
    "risk_mapping.accepted": lazy("The risk mapping was accepted"),
    "risk_mapping.returned": lazy("The risk mapping was returned"),
    "risk_mapping.published": lazy("The risk mapping was published"),
    "risk_mapping.publication_ended": lazy("The risk mapping is published no longer"),
    "contributions.asked_for": lazy("Employees were asked what risk they see"),
    "contributions.closed": lazy("Employees are asked no longer what risk they see"),
    "contribution.set_aside": lazy("A contribution was set aside"),
    "contribution.taken_back_in": lazy("A contribution was taken back in"),
    "renewal.begun": lazy("A new round began"),
    "renewal.address": lazy("A general address for letters about renewal was given"),
    "renewal.anew": lazy("It was said whether everybody takes the courses anew"),
    "risk_text.set_aside": lazy("A text was taken out of the risk mapping"),
}
# Who says of a text that it may be a report is nobody's to read: here it stands only that it happened.
WITHOUT_NAME = ("contribution.set_aside", "contribution.taken_back_in", "risk_text.set_aside")
GROUPS: Mapping[str, tuple[str, ...]] = {
    "scheme": ("organisation", "facilitator", "membership", "coordinator"),
    "people": ("people", "invitation", "roster", "roster_address", "employee", "exception", "code"),
    "choices": ("courses", "policy", "channel", "join_link"),
    "sessions": ("group_session", "reminders"),
    "risks": ("risk_mapping", "contributions", "contribution", "risk_text"),
}
GROUP_NAMES: Mapping[str, str] = {
    "": lazy("everything"),
    "scheme": lazy("the organisation and the scheme"),
    "people": lazy("people"),
    "choices": lazy("choices and join links"),
    "sessions": lazy("group sessions and reminders"),
    "risks": lazy("the risk mapping"),
    "other": lazy("everything else"),
}


def said_of(what: str) -> str:
    """What happened, in the reader's language."""
    return str(WORDS[what]) if what in WORDS else _("Something was written down (%(kind)s)", kind=what)
