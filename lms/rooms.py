"""The rooms, in the order in which an organisation walks through them."""

from lms.courses.upkeep.views import bp as upkeep
from lms.courses.views import bp as courses
from lms.group_sessions.attendance.views import bp as attendance
from lms.group_sessions.brief.views import bp as briefs
from lms.group_sessions.calendars.views import bp as calendars
from lms.group_sessions.cards.views import bp as cards
from lms.group_sessions.digest.views import bp as digest
from lms.group_sessions.here_twice.views import bp as here_twice
from lms.group_sessions.overview.views import bp as overview
from lms.group_sessions.reminders.views import bp as reminders
from lms.group_sessions.screen.views import bp as screen
from lms.group_sessions.seats.views import bp as seats
from lms.group_sessions.views import bp as group_sessions
from lms.journey.jobs import bp as jobs
from lms.journey.names_left.views import bp as names_left
from lms.journey.views import bp as journey
from lms.learning.certificates.views import bp as certificates
from lms.learning.crews.views import bp as crews
from lms.learning.hand_over import bp as hand_over
from lms.learning.inviting.views import bp as inviting
from lms.learning.notebook.views import bp as notebook
from lms.learning.onboarding.views import bp as onboarding
from lms.learning.receipts.views import bp as receipts
from lms.learning.roster.views import bp as roster
from lms.learning.roster_import.views import bp as roster_import
from lms.learning.views import bp as learning
from lms.mark.proof.views import bp as proof
from lms.mark.register.views import bp as register
from lms.mark.renewal.views import bp as renewal
from lms.mark.reviews.views import bp as mark_reviews
from lms.mark.rounds.views import bp as rounds
from lms.mark.views import bp as mark
from lms.measures.evidence.views import bp as evidence
from lms.measures.guidelines.reading.views import bp as guideline_reading
from lms.measures.guidelines.sharing.views import bp as guideline_sharing
from lms.measures.guidelines.views import bp as guidelines
from lms.measures.reviews.views import bp as plan_reviews
from lms.measures.views import bp as measures
from lms.measures.year_wheel.views import bp as year_wheel
from lms.organisations.views import bp as organisations
from lms.people.views import bp as people
from lms.plugs.badges import bp as badges
from lms.risks.contributions.views import bp as risk_contributions
from lms.risks.notes.views import bp as risk_notes
from lms.risks.outcome.views import bp as risk_outcome
from lms.risks.reviews.views import bp as risk_reviews
from lms.risks.views import bp as risks
from lms.scheme.applications.views import bp as applications
from lms.scheme.applying.views import bp as applying
from lms.scheme.branches.views import bp as branches
from lms.scheme.holders.views import bp as holders
from lms.scheme.log.views import bp as event_log
from lms.scheme.organisations.views import bp as scheme_organisations
from lms.scheme.statistics.views import bp as statistics
from lms.scheme.texts.views import bp as scheme_texts
from lms.scheme.views import bp as queues

ROOMS = (
    people,
    organisations,
    courses,
    upkeep,
    learning,
    certificates,
    notebook,
    roster,
    inviting,
    roster_import,
    crews,
    onboarding,
    receipts,
    hand_over,
    group_sessions,
    attendance,
    calendars,
    seats,
    here_twice,
    overview,
    cards,
    reminders,
    digest,
    briefs,
    screen,
    risks,
    risk_contributions,
    risk_notes,
    risk_reviews,
    risk_outcome,
    guidelines,
    guideline_sharing,
    guideline_reading,
    measures,
    evidence,
    plan_reviews,
    year_wheel,
    mark,
    mark_reviews,
    renewal,
    rounds,
    proof,
    register,
    applying,
    queues,
    applications,
    scheme_organisations,
    branches,
    holders,
    event_log,
    statistics,
    scheme_texts,
    journey,
    names_left,
    jobs,
    badges,
)
