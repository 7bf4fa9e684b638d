"""Entering by a join link, and the player: the path of a course, its lessons, and what is kept of them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, current_app, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.courses.exercises import ForgedAnswer, Reflection, TooLong
from lms.courses.packs import Course, Lesson, Library
from lms.courses.pictures import KINDS
from lms.database import now, session
from lms.languages import _, language
from lms.learning.awaiting import what_awaits
from lms.learning.credit import PageClosed, credit_page, credit_report
from lms.learning.drawing import LEVELS, NAMES, drawn_for_all, drawn_once, first_to_leave
from lms.learning.joining import Entry, asks_for_address, come_in, first_page, fresh_entry, is_in
from lms.learning.models import ExercisesLeft, TimeLeft, left_in, progress_in
from lms.learning.open_pages import OpenPage
from lms.learning.places import LessonGone, Place, place_in, standings_of
from lms.learning.reflections import VISIBILITIES, answers_and_reflections_in, write
from lms.organisations.after_the_event import erased_on
from lms.organisations.join_codes import A_CREW, MISTYPED
from lms.organisations.models import JoinLink, JoinLinkClosed, Organisation, current_round
from lms.organisations.shifts import MOST_TO_PICK, shifts_of
from lms.organisations.ways_in import open_link
from lms.people.letters import absolute
from lms.people.models import EnoughAddresses
from lms.people.sign_in import inside, let_in, limiter, must_be_signed_in, newcomer, reflections_open_from, share_device

bp = Blueprint("learning", __name__)
# What a lesson's form holds besides answers.
OUR_FIELDS = ("csrf_token", "opened", "script", "part", "otherwise")


@bp.get("/join/<code>")
@limiter.limit(MISTYPED, misses=404)
def join(code: str) -> Response:
    """Say who invites and what is stored, and ask for a name."""
    return _join_page(open_link(code) or abort(404), Entry.before(request.args))


@bp.post("/join/<code>")
@limiter.limit(MISTYPED, misses=404)
@limiter.limit(A_CREW)
def enter(code: str) -> Response:
    """Let the person in and take her to her first lesson."""
    link, entry = open_link(code) or abort(404), Entry.read(request.form)
    if g.person is not None and g.person.name and entry.name not in ("", g.person.name):
        return _join_page(link, Entry(), status=409)
    if errors := entry.mistakes(link, g.person):
        return _join_page(link, entry, 422, errors)
    person = g.person or newcomer(entry.name, language(), entry.number)
    courses = _courses_behind(link)
    try:
        come_in(link, entry, person, courses)
    except EnoughAddresses:
        session.rollback()
        return _join_page(link, entry, 422, {"email": _("You have enough addresses. Remove one first.")})
    code_once = None if g.person or g.host_user else person.give_code()
    session.commit()
    if not g.person:
        share_device(link.code if entry.shares_device else None)
    let_in(person, reflections_open_from())
    onwards = inside(request.form.get("wanted", ""))
    page = onwards or first_page(link.organisation_id, _library().course(courses[0]) if courses else None)
    if code_once is None:
        return redirect(page, 303)
    words = {"code": code_once, "page": page, "email": entry.email, "onwards": onwards}
    awaiting = [] if onwards else what_awaits(link.organisation_id)
    return make_response(render_template("lms/learning/welcome.html", awaiting=awaiting, **words))


@bp.errorhandler(JoinLinkClosed)
def link_closed(error: JoinLinkClosed) -> Response:
    """Say why nobody can enter by this link, and what to do."""
    session.rollback()
    return make_response(render_template("lms/learning/closed.html", why=error.why), 410)


@bp.get("/learn/<uuid:organisation_id>/<key>/")
def course(organisation_id: UUID, key: str) -> Response:
    """Show the path of lessons, and where the person is on it."""
    if (away := must_be_signed_in()) is not None:
        return away
    return _course_page(*_place(organisation_id, key))


@bp.get("/learn/<uuid:organisation_id>/<key>/<slug>")
def lesson(organisation_id: UUID, key: str, slug: str) -> Response:
    """Show a lesson with what the person has answered and written."""
    if (away := must_be_signed_in()) is not None:
        return away
    place, found, shown = _lesson(organisation_id, key, slug)
    return _lesson_page(place, found, shown)


@bp.post("/learn/<uuid:organisation_id>/<key>/<slug>/answers")
def answer(organisation_id: UUID, key: str, slug: str) -> Response:
    """Keep what was answered and written so far."""
    place, found, shown = _lesson_to_write(organisation_id, key, slug)
    kept = _keep(place, found, shown)
    if isinstance(kept, Response):
        return kept
    session.commit()
    part = request.form.get("part", "")
    asked = [each.id for one in shown.sections(language()) if one.id == part for each in one.exercises]
    there = f"exercise-{asked[0]}" if asked else part
    here = url_for(
        ".lesson", organisation_id=organisation_id, key=key, slug=slug, kept=slug, saved=part or 1, _anchor=there
    )
    return redirect(here, 303)


@bp.post("/learn/<uuid:organisation_id>/<key>/<slug>/skips")
def skip(organisation_id: UUID, key: str, slug: str) -> Response:
    """Let a whole part be, with all its exercises; what was written elsewhere on the page is kept."""
    place, found, shown = _lesson_to_write(organisation_id, key, slug)
    kept = _keep(place, found, shown)
    if isinstance(kept, Response):
        return kept
    part = request.form.get("part", "")
    sections = [section for section in shown.sections(language()) if part in (section.id, "all")]
    place.enrolment.skip(shown, [exercise.id for section in sections for exercise in section.exercises], kept)
    session.commit()
    here = url_for(".lesson", organisation_id=organisation_id, key=key, slug=slug, kept=slug, _anchor=f"{part}-end")
    return redirect(here, 303)


@bp.post("/learn/<uuid:organisation_id>/<key>/<slug>/completion")
def complete(organisation_id: UUID, key: str, slug: str) -> Response:
    """Be done with the lesson, and go on to the next or to the end of the course."""
    place, found, shown = _lesson_to_write(organisation_id, key, slug)
    kept = _keep(place, found, shown)
    if isinstance(kept, Response):
        return kept
    otherwise = "otherwise" in request.form
    seconds = shown.minutes * 60 * place.time_share // 100
    try:
        place.enrolment.complete(found, shown, otherwise, int(seconds), kept)
    except ExercisesLeft as error:
        session.commit()
        return _lesson_page(place, found, shown, left=error.left, status=422)
    except TimeLeft as error:
        session.commit()
        return _lesson_page(place, found, shown, minutes_left=-(-error.seconds // 60), status=422)
    session.commit()
    onwards = found.lessons[found.lessons.index(shown) + 1 :]
    following = next((each for each in onwards if each.written), None)
    if following is None:
        return redirect(url_for(".course", organisation_id=organisation_id, key=key, kept=slug), 303)
    return redirect(url_for(".lesson", organisation_id=organisation_id, key=key, slug=following.slug, kept=slug), 303)


@bp.post("/learn/<uuid:organisation_id>/<key>/<slug>/time")
def report_time(organisation_id: UUID, key: str, slug: str) -> tuple[str, int]:
    """Take a report of attended seconds from an open page, which brings its own right; nobody asks who visits."""
    page = _opened()
    number, seconds = request.form.get("number", type=int), request.form.get("seconds", type=int)
    if page is None or number is None or seconds is None or not 0 < number < 1_000_000:
        abort(400)
    course = _library().course(key)
    shown = course.lesson(slug) if course else None
    if shown is None or not shown.written or (page.organisation_id, page.lesson) != (organisation_id, slug):
        abort(404)
    try:
        credit_report(page, number, seconds, now())
    except PageClosed:
        abort(404)
    session.commit()
    return "", 204


@bp.errorhandler(LessonGone)
def lesson_gone(error: LessonGone) -> Response:
    """Show the path as it is now to somebody with an old address, and give back what she had written there."""
    answers = [value for name, value in request.form.items() if name not in OUR_FIELDS and "." not in name]
    written = [value for value in answers if len(value) > len("medium")]
    return _course_page(error.place, error.course, gone=True, written=written, status=404)


@bp.get("/learn/images/<key>/<name>")
def image(key: str, name: str) -> Response:
    """Serve a picture of a course."""
    found = _library().course(key) or abort(404)
    file = found.images.get(name) or abort(404)
    response = make_response(file.read_bytes())
    response.content_type = KINDS[name.rpartition(".")[2]]
    response.headers["Cache-Control"] = "public, max-age=86400"
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return response


def _library() -> Library:
    library: Library = current_app.extensions["lms"].library
    return library


def _courses_behind(link: JoinLink) -> list[str]:
    return link.courses_in(current_round(link.organisation_id))


def _join_page(link: JoinLink, entry: Entry, status: int = 200, errors: dict[str, str] | None = None) -> Response:
    is_here = is_in(link, g.person)
    page = render_template(
        "lms/learning/join.html",
        link=link,
        organisation=session.get_one(Organisation, link.organisation_id),
        courses=[course for key in _courses_behind(link) if (course := _library().course(key))],
        entry=entry,
        fresh_entry=fresh_entry(),
        asks_for_address=asks_for_address(link, g.person),
        shows_names=current_round(link.organisation_id).shows_names,
        due_on=None if is_here else link.due_on(now()),
        somebody_else=status == 409,
        wanted=inside(request.values.get("wanted", "")),
        errors=errors or {},
        absolute=absolute,
        awaiting=what_awaits(link.organisation_id),
        is_here=is_here,
        erased_on=erased_on(link),
        shifts=[] if is_here else shifts_of(link),
        most_to_pick=MOST_TO_PICK,
    )
    return make_response(page, status)


def _place(organisation_id: UUID, key: str, to_write: bool = False) -> tuple[Place, Course]:
    if g.person is None:
        abort(401)
    found = _library().course(key) or abort(404)
    place = place_in(g.person.id, organisation_id, key, to_write) or abort(404)
    return place, found.taken_by(place.is_leader)


def _lesson(organisation_id: UUID, key: str, slug: str) -> tuple[Place, Course, Lesson]:
    place, found = _place(organisation_id, key)
    shown = found.lesson(slug)
    if shown is None:
        raise LessonGone(place, found)
    return place, found, shown


def _course_page(place: Place, found: Course, status: int = 200, **more: Any) -> Response:
    progress = progress_in(place.enrolment)
    done = {slug for slug, done_at in progress.items() if done_at}
    page = render_template(
        "lms/learning/course.html",
        place=place,
        course=found,
        done=progress,
        minutes_ahead=found.minutes_ahead(done),
        following=next((lesson for lesson in found.written_lessons if lesson.slug not in done), None),
        next_course=_next_course(place) if place.enrolment.completed_at else None,
        **more,
    )
    return make_response(page, status)


def _next_course(place: Place) -> Course | None:
    """Another course the person is to take in the same organisation, and has not completed."""
    keys = [
        standing.course
        for standing in standings_of(g.person.id)
        if standing.organisation_id == place.enrolment.organisation_id and standing.completed_at is None
    ]
    return next((course for course in _library().courses if course.key in keys), None)


def _lesson_to_write(organisation_id: UUID, key: str, slug: str) -> tuple[Place, Course, Lesson]:
    """The lesson, held until the form is kept; 409 for a form that somebody else had open on this device."""
    place, found = _place(organisation_id, key, to_write=True)
    opened = _opened()
    if opened is not None and opened.person_id != g.person.id:
        abort(409)
    shown = found.lesson(slug)
    if shown is None or not shown.written:
        raise LessonGone(place, found)
    return place, found, shown


def _keep(place: Place, found: Course, shown: Lesson) -> dict[str, Any] | Response:
    """Keep everything in the posted form, and credit the page if it could not report; a page when it can't be kept.

    Returns what is answered in the lesson now, by exercise.
    """
    opened = _opened()
    if request.form.get("script") != "1" and opened is not None and opened.is_of(place.enrolment, shown):
        credit_page(opened, shown, now())
    texts: dict[str, tuple[str, str]] = {}
    answers: dict[str, Any] = {}
    too_long = []
    for exercise in shown.exercises(language()):
        try:
            value = exercise.read(request.form)
        except ForgedAnswer:
            abort(400)
        except TooLong:
            too_long.append(exercise.id)
        else:
            if not isinstance(exercise, Reflection):
                answers[exercise.id] = value
            elif exercise.id in request.form:
                visibility = request.form.get(f"{exercise.id}.visibility", "only_me")
                if visibility not in VISIBILITIES:
                    abort(400)
                # Somebody may have left while the page was open: a text falls back to its writer, never to fewer
                # than five.
                if visibility == "without_name" and not place.shares:
                    visibility = "only_me"
                texts[exercise.id] = str(value or ""), visibility
    before = answers_and_reflections_in(place.enrolment, shown)
    reflections = {exercise: reflection for exercise, _value, reflection in before if reflection is not None}
    answers |= write(place.enrolment, shown, texts, g.person.id, reflections_open_from(), reflections)
    kept = place.enrolment.answer(shown, answers, {exercise: value for exercise, value, _text in before})
    if too_long:
        session.commit()
        return _lesson_page(place, found, shown, too_long=too_long, status=422)
    return kept


def _opened() -> OpenPage | None:
    return OpenPage.read(request.form.get("opened", ""))


def _lesson_page(place: Place, found: Course, shown: Lesson, status: int = 200, **more: Any) -> Response:
    answered = answers_and_reflections_in(place.enrolment, shown)
    opens_from = reflections_open_from()
    texts = {
        exercise: reflection
        for exercise, _value, reflection in answered
        if reflection is not None and (opens_from is None or reflection.written_at >= opens_from)
    }
    at = found.lessons.index(shown)
    done = progress_in(place.enrolment)
    answers = {exercise: value for exercise, value, _reflection in answered}
    private = {exercise for exercise, _value, reflection in answered if reflection is not None}
    posted = request.method == "POST"
    saved = request.args.get("saved")
    page = render_template(
        "lms/learning/lesson.html",
        place=place,
        course=found,
        lesson=shown,
        answers=answers,
        exercises_left=len(left_in(shown, answers)),
        minutes_ahead=found.minutes_ahead({slug for slug, done_at in done.items() if done_at}),
        at=at,
        stones=tuple(_stone(each, done) for each in found.lessons),
        saved=saved if saved in ("1", *(section.id for section in shown.sections(language()))) else None,
        texts={exercise: each.text for exercise, each in texts.items()},
        visibilities={exercise: each.visibility for exercise, each in texts.items()},
        closed=(closed := private - texts.keys()),
        told_at=first_to_leave(shown, place.shares, closed),
        longest=TooLong.limit,
        before=found.lessons[at - 1] if at else None,
        after=found.lessons[at + 1] if at + 1 < len(found.lessons) else None,
        opened=OpenPage.now_opened(g.person, place.enrolment, shown, now()).signed(),
        written=request.form,
        left=(left := more.pop("left", ())),
        drawn_for_all=drawn_for_all,
        drawn=drawn_once(place, answers, private, left, posted),
        posted=posted,
        names=NAMES,
        levels=LEVELS,
        too_long=more.pop("too_long", ()),
        **more,
    )
    return make_response(page, status)


def _stone(lesson: Lesson, progress: Mapping[str, datetime | None]) -> str:
    if not lesson.written:
        return "unwritten"
    return "done" if progress.get(lesson.slug) else "begun" if lesson.slug in progress else ""
