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
    "branch.joined": lazy("A branch came in under its parent"),
    "branch.left": lazy("A branch was taken out from under its parent"),
    "facilitator.assigned": lazy("It was decided who in the scheme follows the organisation"),
    "membership.begun": lazy("A membership of Balansekunst was written down"),
    "membership.ended": lazy("The membership of Balansekunst got a last day"),
    "coordinator.invited": lazy("A coordinator was invited"),
    "courses.chosen": lazy("Other courses were chosen"),
    "policy.set": lazy("The requirement for how many must be done, or how, was changed"),
    "channel.set": lazy("The reporting channel was written down"),
    "people.invited": lazy("People were invited by e-mail"),
    "invitation.accepted": lazy("An invitation was accepted"),
    "roster_address.set": lazy("An address on the roster was written or corrected"),
    "roster.confirmed": lazy("The roster was confirmed as whole"),
    "roster.imported": lazy("A list was put into the roster"),
    "roster.many_changed": lazy("The places of many were changed at once"),
    "roster.import_undone": lazy("A list was taken out of the roster again"),
    "roster.made_one": lazy("Two lines in the roster became one person"),
    "roster.told_apart": lazy("Two with much the same name were said to be two people"),
    "roster.asked_again": lazy("It was taken back that two with much the same name are two people"),
    "employee.changed": lazy("Somebody's role or team was changed"),
    "employee.left": lazy("Somebody left"),
    "employee.taken_back": lazy("Somebody who had left was taken back"),
    "exception.given": lazy("Somebody was excused from the courses"),
    "exception.taken_back": lazy("Somebody is asked to take the courses after all"),
    "code.given": lazy("Somebody got a new personal code"),
    "crew.erasure_set": lazy("It was decided when the names of a crew are erased"),
    "crew.erasure_stopped": lazy("The names of a crew are not erased after all"),
    "crew.erased": lazy("The names of a crew were erased after its event"),
    "receipts.redeemed": lazy("Codes of people who gave no name were counted"),
    "join_link.opened": lazy("A join link was opened"),
    "join_link.renewed": lazy("A join link was renewed"),
    "join_link.revoked": lazy("A join link was revoked"),
    "join_link.deadline_set": lazy("A join link got another deadline"),
    "join_link.shifts_set": lazy("A join link got other shifts or teams"),
    "group_session.planned": lazy("A group session was planned"),
    "group_session.placed": lazy("People were placed in group sessions"),
    "group_session.taken_out": lazy("People were taken out of group sessions"),
    "group_session.invited": lazy("Everybody was invited to a group session"),
    "group_session.cancelled": lazy("A group session was cancelled"),
    "group_session.restored": lazy("A cancelled group session takes place after all"),
    "group_session.held": lazy("A group session was held"),
    "group_session.reopened": lazy("It was taken back that a group session was held"),
    "reminders.planned": lazy("The days of the reminders were chosen"),
    "reminders.nudged": lazy("Those who are missing were reminded"),
    "risk_mapping.opened": lazy("The risk mapping was opened"),
    "risk_mapping.delivered": lazy("The risk mapping was delivered"),
    "risk_mapping.accepted": lazy("The risk mapping was accepted"),
    "risk_mapping.returned": lazy("The risk mapping was returned"),
    "risk_mapping.published": lazy("The risk mapping was published"),
    "risk_mapping.publication_ended": lazy("The risk mapping is no longer published"),
    "contributions.asked_for": lazy("Employees were asked what risks they see"),
    "contributions.closed": lazy("Employees are no longer asked what risks they see"),
    "contribution.set_aside": lazy("A contribution was set aside"),
    "contribution.taken_back_in": lazy("A contribution was taken back in"),
    "renewal.begun": lazy("A new round began"),
    "renewal.taken_back": lazy("The new round was undone"),
    "renewal.address": lazy("A general address for e-mail about renewal was given"),
    "renewal.anew": lazy("It was said whether everybody takes the courses again"),
    "risk_text.set_aside": lazy("A text was taken out of the risk mapping"),
    "risk_mapping.owner_erased": lazy("The name of somebody who has been erased was taken out of the risk mapping"),
    "risk_mapping.name_left": lazy(
        "Somebody has been erased who may still be named in longer words in the risk mapping: read it through"
    ),
    "risk_mapping.name_taken_out": lazy(
        "The name of somebody who has been erased was taken out of what was said about the risk mapping"
    ),
    "contribution.name_taken_out": lazy("The name of somebody who has been erased was taken out of contributions"),
    "session_note.name_left": lazy(
        "Somebody has been erased who may still be named in a note from a group session: read it through"
    ),
    "channel.name_left": lazy(
        "Somebody has been erased who may still be named in the reporting channel: read it through"
    ),
    "exception.name_left": lazy(
        "Somebody has been erased who may still be named in the reason of an exception: read it through"
    ),
    "measure.name_left": lazy("Somebody has been erased who may still be named in a measure: read it through"),
    "measure.name_taken_out": lazy("The name of somebody who has been erased was taken out of the talk about measures"),
    "evidence.name_left": lazy(
        "Somebody has been erased who may still be named in what shows something: read it through"
    ),
    "evidence.name_taken_out": lazy(
        "The name of somebody who has been erased was taken out of evidence that was taken away"
    ),
    "guideline.name_left": lazy("Somebody has been erased who may still be named in a guideline: read it through"),
    "own_words.name_left": lazy(
        "Somebody has been erased who may still be named in the words for the register: read them through"
    ),
    "mark.name_taken_out": lazy(
        "The name of somebody who has been erased was taken out of a request for the mark or its answer"
    ),
    "name.read_through": lazy("Somebody read through where a person who has been erased may have been named"),
    "session_note.written": lazy("A note was written in a group session"),
    "session_note.removed": lazy("A note from a group session was deleted"),
    "group_session.cards": lazy("Conversation cards were laid ready for a group session"),
    "plan.opened": lazy("The plan of measures was opened"),
    "plan.handed_in": lazy("The scheme was asked to look at the plan of measures"),
    "plan.answered": lazy("The scheme answered the plan of measures"),
    "measure.added": lazy("A measure was added"),
    "measure.changed": lazy("A measure was changed"),
    "measure.status": lazy("It was written down how far a measure has come"),
    "measure.held": lazy("An activity was marked as held"),
    "measure.held_taken_back": lazy("An activity was not held after all"),
    "measure.carried": lazy("A measure came along into a new round"),
    "measure.removed": lazy("A measure was taken out of the plan"),
    "measure.put_back": lazy("A measure was put back into the plan"),
    "measure.owner_erased": lazy("The name of somebody who has been erased was taken out of a measure"),
    "risk.lived_with": lazy("It was decided to live with a risk"),
    "risk.lived_with_no_longer": lazy("It was decided to do something about a risk after all"),
    "year.calendar_opened": lazy("The year got an address for calendars"),
    "year.calendar_ended": lazy("The address of the year for calendars was ended"),
    "year.reminders_stopped": lazy("The reminders of the year were stopped"),
    "year.reminders_resumed": lazy("The reminders of the year were taken up again"),
    "evidence.added": lazy("Evidence was added"),
    "evidence.removed": lazy("Evidence was taken away"),
    "evidence.put_back": lazy("Evidence was put back"),
    "evidence.still_good": lazy("A link that had changed was looked at and is still good"),
    "guideline.begun": lazy("A guideline was begun"),
    "guideline.published": lazy("A version of a guideline was published"),
    "guideline.draft_thrown_away": lazy("The draft of a guideline was thrown away"),
    "guideline.taken_into_use": lazy("The organisation began to use a guideline that others own"),
    "guideline.offered": lazy("A guideline was offered to other organisations"),
    "guideline.offer_closed": lazy("A guideline is no longer offered to others"),
    "guideline.reminded": lazy("People were reminded to read a guideline"),
    "guideline.withdrawn": lazy("A guideline was taken out of use"),
    "guideline.put_back": lazy("A guideline came into use again"),
    "mark.requested": lazy("The mark was requested"),
    "mark.proposed": lazy("Somebody in the scheme proposed to award the mark"),
    "mark.awarded": lazy("The mark was awarded"),
    "mark.brought_in": lazy("An award from before was brought in from a list"),
    "mark.returned": lazy("The request for the mark was returned"),
    "mark.withdrawn": lazy("The mark was withdrawn"),
    "own_words.changed": lazy("The words for the register were changed"),
}
# Who says of a text that it may be a report is nobody's to read: here it stands only that it happened.
WITHOUT_NAME = ("contribution.set_aside", "contribution.taken_back_in", "risk_text.set_aside")
GROUPS: Mapping[str, tuple[str, ...]] = {
    "scheme": ("organisation", "branch", "facilitator", "membership", "coordinator"),
    "people": (
        "people",
        "name",
        "invitation",
        "roster",
        "roster_address",
        "employee",
        "exception",
        "code",
        "crew",
        "receipts",
    ),
    "choices": ("courses", "policy", "channel", "join_link"),
    "sessions": ("group_session", "reminders"),
    "risks": ("risk_mapping", "contributions", "contribution", "risk_text", "session_note"),
    "measures": ("plan", "measure", "year", "risk", "evidence", "guideline"),
    "mark": ("mark", "own_words", "renewal"),
}
GROUP_NAMES: Mapping[str, str] = {
    "": lazy("everything"),
    "scheme": lazy("the organisation and the scheme"),
    "people": lazy("people"),
    "choices": lazy("choices and join links"),
    "sessions": lazy("group sessions and reminders"),
    "risks": lazy("the risk mapping"),
    "measures": lazy("measures, evidence and guidelines"),
    "mark": lazy("the mark"),
    "other": lazy("everything else"),
}


def said_of(what: str) -> str:
    """What happened, in the reader's language."""
    return str(WORDS[what]) if what in WORDS else _("Something was written down (%(kind)s)", kind=what)
