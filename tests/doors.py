"""Every way in, and what each visitor meets there; the pages that the browser judges are taken from here too.

A line is: method, endpoint, the answer to each of VISITORS in order, and what is answered when it is not a page.
The address is built from the cast's `addresses`: a value for each argument, by `endpoint.argument` or `argument`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask

VISITORS = ("anonymous", "kari", "mona", "ola", "siv")

#                                       anonymous kari mona ola siv
TABLE = """
GET   lms.healthz                        200 200 200 200 200 text/plain
GET   lms.readyz                         200 200 200 200 200 text/plain
GET   lms.people.sign_in                 200 200 200 200 200
POST  lms.people.enter_code              422 422 422 422 422
POST  lms.people.ask_for_link            422 422 422 422 422
GET   lms.people.link_sent               200 200 200 200 200
GET   lms.people.show_link               200 200 200 200 200
POST  lms.people.follow_link             303 303 303 303 303
GET   lms.people.me                      303 200 200 200 200
POST  lms.people.rename                  401 422 422 422 422
POST  lms.people.new_code                401 200 200 200 200
POST  lms.people.new_address             401 422 422 422 422
POST  lms.people.confirm_by_code         401 422 404 404 404
POST  lms.people.remove_address          401 303 404 404 404
GET   lms.people.confirmation            410 200 410 410 410
POST  lms.people.confirm                 410 303 410 410 410
POST  lms.people.sign_out_everywhere     401 303 303 303 303
POST  lms.people.sign_out                303 303 303 303 303
POST  lms.people.choose_language         400 400 400 400 400
GET   lms.organisations.join_links       303 404 200 404 404
POST  lms.organisations.open_join_link   404 404 422 404 404
GET   lms.organisations.show_join_link   303 404 200 404 404
GET   lms.organisations.poster           303 404 200 404 404
GET   lms.organisations.poster_file      303 404 200 404 404 application/pdf
POST  lms.organisations.set_deadline     404 404 303 404 404
POST  lms.organisations.revoke_join_link 404 404 303 404 404
POST  lms.organisations.renew_join_link  404 404 303 404 404
GET   lms.courses.facts                  200 200 200 200 200
GET   lms.courses.glossary               200 200 200 200 200
GET   lms.upkeep.index                   303 404 404 404 200
GET   lms.upkeep.entry                   303 404 404 404 200
POST  lms.upkeep.check                   401 404 404 404 422
POST  lms.upkeep.correct                 401 404 404 404 422
POST  lms.upkeep.withdraw                401 404 404 404 303
GET   lms.learning.join                  200 200 200 200 200
POST  lms.learning.enter                 422 303 303 303 303
GET   lms.learning.course                303 200 200 404 404
GET   lms.learning.lesson                303 200 200 404 404
POST  lms.learning.answer                401 303 303 404 404
POST  lms.learning.skip                  401 303 303 404 404
POST  lms.learning.complete              401 422 422 404 404
POST  lms.learning.report_time           401 400 400 404 404
GET   lms.hand_over.ask                  303 404 404 404 404
POST  lms.hand_over.give                 404 404 404 404 404
GET   lms.notebook.reflections           303 200 200 200 200
GET   lms.notebook.reflections_file      303 200 200 200 200 text/plain
POST  lms.notebook.remove_reflection     401 303 404 404 404
GET   lms.notebook.readers               303 200 404 404 404
POST  lms.notebook.choose_readers        401 400 404 404 404
GET   lms.certificates.mine              303 200 200 200 200
GET   lms.certificates.show              303 200 404 404 404
GET   lms.certificates.file              303 200 404 404 404 application/pdf
GET   lms.learning.image                 200 200 200 200 200 image/svg+xml
GET   lms.group_sessions.readiness       303 404 200 404 200
GET   lms.group_sessions.planning        303 404 200 404 200
POST  lms.group_sessions.plan            401 404 303 404 303
POST  lms.group_sessions.cancel          401 404 303 404 404
POST  lms.group_sessions.restore         401 404 404 404 404
GET   lms.group_sessions.planning_another 303 404 200 404 404
POST  lms.group_sessions.plan_another    401 404 303 404 404
GET   lms.group_sessions.planning_of     303 404 200 404 200
POST  lms.group_sessions.plan_one        401 404 303 404 303
POST  lms.group_sessions.cancel_one      401 404 303 404 404
GET   lms.seats.overview                 303 404 200 404 404
POST  lms.seats.place                    401 404 400 404 404
POST  lms.seats.take                     401 303 303 404 404
POST  lms.seats.stay_away                401 303 303 404 404
GET   lms.group_sessions.sessions        303 404 404 404 200
GET   lms.attendance.people              303 404 200 404 200
POST  lms.attendance.mark_shown          401 404 303 404 404
POST  lms.attendance.mark_all            401 404 400 404 404
POST  lms.attendance.count               401 404 303 404 303
GET   lms.attendance.room                303 404 200 404 200
GET   lms.attendance.arrive              200 200 200 200 200
POST  lms.attendance.come                422 303 303 422 422
POST  lms.attendance.hold                401 404 422 404 422
GET   lms.attendance.as_it_was           303 404 200 404 200
POST  lms.attendance.reopen              401 404 422 404 422
GET   lms.calendars.mine                 303 200 200 200 200
POST  lms.calendars.subscribe            401 400 400 400 400
POST  lms.calendars.stop                 401 400 400 400 400
GET   lms.calendars.show_feed            200 200 200 200 200 text/calendar
GET   lms.calendars.download             303 200 200 404 200 text/calendar
POST  lms.calendars.invite               401 404 303 404 404
GET   lms.overview.branches              303 404 200 404 404
GET   lms.overview.calendar              303 404 404 404 200
GET   lms.overview.file                  303 404 200 404 200 text/csv
GET   lms.overview.teams                 303 404 200 404 200
GET   lms.overview.missing               303 404 200 404 404
GET   lms.onboarding.new_hires           303 404 200 404 404
GET   lms.roster.people                  303 404 200 404 404
GET   lms.roster.person                  303 404 200 404 404
POST  lms.roster.change                  404 404 400 404 404
POST  lms.roster.leave                   404 404 303 404 404
POST  lms.roster.take_back               404 404 303 404 404
POST  lms.roster.excuse                  404 404 422 404 404
POST  lms.roster.expect_again            404 404 303 404 404
POST  lms.roster.new_code                404 404 200 404 404
GET   lms.roster.choices                 303 404 200 404 404
POST  lms.roster.choose_courses          404 404 422 404 404
POST  lms.roster.set_policy              404 404 400 404 404
POST  lms.roster.declare_head_count      404 404 400 404 404
POST  lms.roster.set_time_share          404 404 400 404 404
POST  lms.roster.show_names              404 404 400 404 404
POST  lms.roster.set_channel             404 404 400 404 404
POST  lms.roster.rename                  404 404 400 404 404
POST  lms.roster.confirm_roster          404 404 303 404 404
GET   lms.inviting.guests                303 404 200 404 404
POST  lms.inviting.send                  404 404 422 404 404
POST  lms.inviting.set_address           404 404 303 404 404
GET   lms.inviting.show                  200 200 200 200 200
POST  lms.inviting.enter                 200 422 422 422 422
GET   lms.reminders.planned              303 404 200 404 404
POST  lms.reminders.choose               404 404 303 404 404
POST  lms.reminders.nudge                404 404 303 404 404
GET   lms.reminders.preferences          303 200 200 200 200
POST  lms.reminders.prefer               401 400 400 404 404
GET   lms.reminders.stop                 200 200 200 200 200
POST  lms.reminders.stop_now             200 200 200 200 200
POST  lms.reminders.resume               303 303 303 303 303
GET   lms.roster_import.ways_in          303 404 200 404 404
POST  lms.roster_import.add              404 404 422 404 404
POST  lms.roster_import.hand_in_list     404 404 422 404 404
POST  lms.roster_import.hand_in_file     404 404 422 404 404
GET   lms.roster_import.dry_run          303 404 200 404 404
POST  lms.roster_import.set_columns      404 404 400 404 404
POST  lms.roster_import.answer_questions 404 404 303 404 404
POST  lms.roster_import.say_who_left     404 404 303 404 404
POST  lms.roster_import.apply            404 404 422 404 404
POST  lms.roster_import.throw_away       404 404 303 404 404
GET   lms.roster_import.undoing          303 404 200 404 404
POST  lms.roster_import.undo_last        404 404 422 404 404
GET   lms.roster_import.roster_file      303 404 200 404 404 text/csv
GET   lms.crews.many                     303 404 200 404 404
POST  lms.crews.change_many              404 404 422 404 404
GET   lms.risks.show                     303 404 200 404 404
POST  lms.risks.open_                    401 404 303 404 404
POST  lms.risks.count_again              401 404 303 404 404
POST  lms.risks.frame                    401 404 400 404 404
POST  lms.risks.add_own                  401 404 422 404 404
POST  lms.risks.ask                      401 404 422 404 404
GET   lms.risks.form                     303 404 200 404 404
POST  lms.risks.hand_over                401 404 422 404 404
GET   lms.risks.row                      303 404 200 404 404
POST  lms.risks.write                    401 404 422 404 404
POST  lms.risks.choose                   401 404 422 404 404
POST  lms.risks.remove                   401 404 303 404 404
POST  lms.risks.put_back                 401 404 303 404 404
GET   lms.risk_contributions.page        303 200 200 404 404
POST  lms.risk_contributions.add         401 400 400 404 404
POST  lms.risk_contributions.take_back   401 303 404 404 404
GET   lms.risk_contributions.one         303 404 200 404 404
POST  lms.risk_contributions.set_aside   401 404 303 404 404
POST  lms.risk_contributions.take_back_in 401 404 303 404 404
GET   lms.risk_reviews.report            303 404 200 404 404
POST  lms.risk_reviews.take_out          401 404 400 404 404
GET   lms.risk_reviews.queue             303 404 404 404 200
GET   lms.risk_reviews.delivered         303 404 404 200 200
POST  lms.risk_reviews.answer            401 404 404 404 400
GET   lms.briefs.show                    303 404 200 404 200
GET   lms.briefs.file                    303 404 200 404 200 application/pdf
POST  lms.briefs.count_again             401 404 303 404 303
GET   lms.briefs.cards                   303 404 200 404 200
POST  lms.briefs.lay_ready               401 404 303 404 303
GET   lms.screen.show                    303 404 200 404 200
GET   lms.screen.brought                 303 200 200 404 200
GET   lms.risk_notes.notes               303 404 200 404 200
POST  lms.risk_notes.keep                401 404 422 404 422
GET   lms.risk_notes.note                303 404 200 404 200
POST  lms.risk_notes.change              401 404 422 404 422
POST  lms.risk_notes.remove              401 404 303 404 303
GET   lms.risk_outcome.file              303 404 200 404 404 text/csv
GET   lms.risk_outcome.comparison        303 404 200 404 404
POST  lms.risk_outcome.show_everybody    401 404 404 400 404
GET   lms.risk_outcome.published         200 200 200 200 200
GET   lms.measures.show                  303 404 200 404 404
POST  lms.measures.add                   401 404 422 404 404
GET   lms.measures.new                   303 404 200 404 404
GET   lms.measures.examples              303 404 200 404 404
GET   lms.measures.requirements          303 404 200 404 404
GET   lms.measures.history               303 404 200 404 404
POST  lms.measures.hand_in               401 404 303 404 404
POST  lms.measures.accept_risk           401 404 422 404 404
POST  lms.measures.ask_risk_again        401 404 303 404 404
GET   lms.measures.measure               303 404 200 404 404
POST  lms.measures.write                 401 404 422 404 404
POST  lms.measures.set_status            401 404 400 404 404
POST  lms.measures.remove                401 404 303 404 404
POST  lms.measures.put_back              401 404 303 404 404
GET   lms.plan_reviews.queue             303 404 404 404 200
GET   lms.plan_reviews.whole             303 404 200 404 200
POST  lms.plan_reviews.remark            401 404 422 404 422
POST  lms.plan_reviews.answer            401 404 404 404 303
GET   lms.year_wheel.show                303 404 200 404 404
POST  lms.year_wheel.add                 401 404 422 404 404
GET   lms.year_wheel.download            303 404 200 404 404 text/calendar
POST  lms.year_wheel.subscribe           401 404 200 404 404
POST  lms.year_wheel.unsubscribe         401 404 303 404 404
GET   lms.year_wheel.show_feed           200 200 200 200 200 text/calendar
POST  lms.year_wheel.remind              401 404 400 404 404
GET   lms.year_wheel.activity            303 404 200 404 404
POST  lms.year_wheel.hold                401 404 400 404 404
POST  lms.year_wheel.take_back           401 404 400 404 404
GET   lms.year_wheel.download_one        303 404 200 404 404 text/calendar
GET   lms.risk_outcome.file              303 404 200 404 404 text/csv
GET   lms.risk_outcome.comparison        303 404 200 404 404
POST  lms.risk_outcome.show_everybody    401 404 404 400 404
GET   lms.risk_outcome.published         200 200 200 200 200
GET   lms.guidelines.index               303 404 200 404 200
GET   lms.guidelines.new                 303 404 200 404 404
POST  lms.guidelines.write_first         401 404 400 404 404
GET   lms.guidelines.show                303 404 200 404 200
GET   lms.guidelines.draft               303 404 200 404 404
POST  lms.guidelines.rewrite             401 404 400 404 404
POST  lms.guidelines.remove_draft        401 404 303 404 404
POST  lms.guidelines.publish_draft       401 404 400 404 404
GET   lms.guidelines.people              303 404 200 404 404
POST  lms.guidelines.remind_people       401 404 303 404 404
POST  lms.guidelines.withdraw            401 404 303 404 404
POST  lms.guidelines.put_back            401 404 303 404 404
POST  lms.guideline_sharing.offer_it     401 404 303 404 404
POST  lms.guideline_sharing.close        401 404 303 404 404
POST  lms.guideline_sharing.find         401 404 422 404 404
GET   lms.guideline_sharing.look         303 404 200 200 404
POST  lms.guideline_sharing.take         401 404 400 400 404
GET   lms.guideline_sharing.newest       303 404 404 200 404
POST  lms.guideline_sharing.take_newest  401 404 404 400 404
GET   lms.guideline_reading.read         303 200 200 404 404
POST  lms.guideline_reading.confirm      401 400 400 404 404
GET   lms.guideline_reading.mine         303 200 200 200 200
GET   lms.evidence.show                  303 404 200 404 200
GET   lms.evidence.about                 303 404 200 404 200
POST  lms.evidence.add                   401 404 422 404 404
GET   lms.evidence.replacement           303 404 200 404 404
POST  lms.evidence.replace               401 404 422 404 404
GET   lms.evidence.download              303 404 200 404 200 application/pdf
POST  lms.evidence.confirm               401 404 303 404 404
POST  lms.evidence.remove                401 404 303 404 404
POST  lms.evidence.put_back              401 404 303 404 404
GET   lms.mark.show                      303 404 200 404 404
POST  lms.mark.ask                       401 404 422 404 404
POST  lms.mark.describe                  401 404 303 404 404
GET   lms.mark_reviews.queue             303 404 404 404 200
GET   lms.mark_reviews.asked             303 404 404 200 200
POST  lms.mark_reviews.answer            401 404 404 404 400
GET   lms.mark_reviews.withdrawing       303 404 404 404 200
POST  lms.mark_reviews.withdraw          401 404 404 404 422
GET   lms.applying.form                  200 200 200 200 200
POST  lms.applying.apply                 422 422 422 422 422
GET   lms.applying.sent                  200 200 200 200 200
GET   lms.applying.own                   200 200 200 200 200
POST  lms.applying.confirm               303 303 303 303 303
POST  lms.applying.answer                422 422 422 422 422
GET   lms.queues.all_of_them             303 404 404 404 200
GET   lms.applications.queue             303 404 404 404 200
GET   lms.applications.one               303 404 404 404 200
POST  lms.applications.take_in           401 404 404 404 404
POST  lms.applications.turn_down         401 404 404 404 404
POST  lms.applications.ask_back          401 404 404 404 404
GET   lms.holders.form                   303 404 404 404 404
GET   lms.holders.pattern                303 404 404 404 404
POST  lms.holders.look_through           401 404 404 404 404
POST  lms.holders.carry_out              401 404 404 404 404
GET   lms.scheme_organisations.directory 303 404 404 404 200
GET   lms.scheme_organisations.one       303 404 404 404 200
POST  lms.scheme_organisations.describe  401 404 404 404 404
POST  lms.scheme_organisations.assign    401 404 404 404 404
POST  lms.scheme_organisations.add_membership 401 404 404 404 404
POST  lms.scheme_organisations.end_membership 401 404 404 404 404
POST  lms.scheme_organisations.close_it  401 404 404 404 404
POST  lms.scheme_organisations.reopen_it 401 404 404 404 404
POST  lms.scheme_organisations.invite    401 404 404 404 404
GET   lms.event_log.show                 303 404 200 404 200
GET   lms.event_log.file                 303 404 200 404 200 text/csv
GET   lms.statistics.months              303 404 404 404 200
GET   lms.statistics.months_file         303 404 404 404 200 text/csv
GET   lms.statistics.organisations_file  303 404 404 404 200 text/csv
GET   lms.scheme_texts.show              303 404 404 404 200
POST  lms.scheme_texts.save              401 404 404 404 404
GET   lms.measures.show                  303 404 200 404 404
POST  lms.measures.add                   401 404 422 404 404
GET   lms.measures.new                   303 404 200 404 404
GET   lms.measures.examples              303 404 200 404 404
GET   lms.measures.requirements          303 404 200 404 404
GET   lms.measures.history               303 404 200 404 404
POST  lms.measures.hand_in               401 404 303 404 404
POST  lms.measures.accept_risk           401 404 422 404 404
POST  lms.measures.ask_risk_again        401 404 303 404 404
GET   lms.measures.measure               303 404 200 404 404
POST  lms.measures.write                 401 404 422 404 404
POST  lms.measures.set_status            401 404 400 404 404
POST  lms.measures.remove                401 404 303 404 404
POST  lms.measures.put_back              401 404 303 404 404
GET   lms.plan_reviews.queue             303 404 404 404 200
GET   lms.plan_reviews.whole             303 404 200 404 200
POST  lms.plan_reviews.remark            401 404 422 404 422
POST  lms.plan_reviews.answer            401 404 404 404 303
GET   lms.mark.show                      303 404 200 404 404
POST  lms.mark.ask                       401 404 422 404 404
POST  lms.mark.describe                  401 404 303 404 404
GET   lms.mark_reviews.queue             303 404 404 404 200
GET   lms.mark_reviews.asked             303 404 404 200 200
POST  lms.mark_reviews.answer            401 404 404 404 400
GET   lms.mark_reviews.withdrawing       303 404 404 404 200
POST  lms.mark_reviews.withdraw          401 404 404 404 422
GET   lms.renewal.show                   303 404 404 200 200
POST  lms.renewal.begin                  401 404 400 404 400
POST  lms.renewal.undo                   401 404 400 404 400
POST  lms.renewal.ask_anew               401 404 303 404 303
POST  lms.renewal.set_address            401 404 303 404 404
GET   lms.renewal.what_expires           303 404 404 404 200
GET   lms.cards.browse                   200 200 200 200 200
GET   lms.cards.hand                     200 200 200 200 200
GET   lms.cards.one                      200 200 200 200 200
GET   lms.cards.sheet                    200 200 200 200 200
GET   lms.proof.ask                      200 200 200 200 200
GET   lms.proof.show                     200 200 200 200 200
GET   lms.proof.badge                    200 200 200 200 200 image/svg+xml
GET   lms.proof.badge_in_points          200 200 200 200 200 image/png
GET   lms.proof.certificate              200 200 200 200 200
GET   lms.proof.certificate_file         200 200 200 200 200 application/pdf
GET   lms.proof.share                    303 404 200 404 404
GET   lms.badges.token                   404 404 404 404 404
GET   lms.badges.credential              404 404 404 404 404
GET   lms.badges.status                  404 404 404 404 404
GET   lms.badges.issuer                  404 404 404 404 404
GET   lms.badges.key                     404 404 404 404 404
GET   lms.badges.keys                    404 404 404 404 404
GET   lms.register.index                 200 200 200 200 200
GET   lms.register.organisation          200 200 200 200 200
GET   lms.register.as_data               200 200 200 200 200 application/json
GET   lms.register.feed                  200 200 200 200 200 application/atom+xml
GET   lms.journey.home                   303 404 200 404 404
GET   lms.journey.belongings             303 200 200 200 200 application/json
GET   lms.journey.erasure                303 200 200 200 200
POST  lms.journey.erase_me               401 422 422 422 422
GET   lms.jobs.panel                     303 404 404 404 200
GET   lms.journey.front                  200 200 200 200 200
GET   lms.mailbox.index                  200 200 200 200 200
GET   lms.mailbox.show                   200 200 200 200 200
GET   lms.demonstration.enter            404 404 404 404 404
"""
# Wherever a page may be missing, the reader is told so on a page.
NO_SUCH_PLACE = "/no-such-place"


@dataclass(frozen=True)
class Door:
    method: str
    endpoint: str
    answers: Mapping[str, int]
    kind: str

    def __str__(self) -> str:
        return f"{self.method} {self.endpoint}"

    def path(self, app: Flask, addresses: Mapping[str, Any]) -> str:
        """Where the door is, for this cast."""
        rule = next(rule for rule in app.url_map.iter_rules(self.endpoint) if self.method in (rule.methods or ()))
        values = {
            name: addresses[f"{self.endpoint}.{name}" if f"{self.endpoint}.{name}" in addresses else name]
            for name in rule.arguments
        }
        with app.test_request_context():
            return app.url_for(self.endpoint, **values)


def doors() -> Iterator[Door]:
    """The lines of the table."""
    for line in filter(None, map(str.strip, TABLE.splitlines())):
        method, endpoint, *rest = line.split()
        answers = dict(zip(VISITORS, map(int, rest[: len(VISITORS)]), strict=True))
        yield Door(method, endpoint, answers, (*rest[len(VISITORS) :], "text/html")[0])


DOORS = tuple(doors())


def pages() -> Iterator[tuple[Door, str]]:
    """Each page with each visitor who sees it; a stranger stands for all, and Mona for her equal Siv."""
    for door in DOORS:
        if door.method == "GET" and door.kind == "text/html":
            welcome = [visitor for visitor in VISITORS if door.answers[visitor] == 200]
            if "anonymous" in welcome:
                yield door, "anonymous"
            else:
                yield from ((door, visitor) for visitor in welcome if visitor != "siv" or "mona" not in welcome)
