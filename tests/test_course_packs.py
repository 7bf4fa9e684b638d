"""A course pack becomes frozen data at the start: every kind of exercise, under names that outlive edits."""

import dataclasses
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType

import pytest
from flask import Flask
from markupsafe import Markup

from lms.courses import packs
from lms.courses.exercises import Case, Choice, Match, Order, Rating, Reflection, Stance
from lms.courses.packs import read_library
from tests.cast import Theatre, signed_in
from tests.packs import FACT, LESSON, PROSE, break_the_renderer, only, write_pack

DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 48"><circle r="4"/></svg>'
HELP = '[[service]]\nkey = "ears"\nname.nb = "Ørene"\nphone = "123"\nlast_verified = 2026-01-01\n'


def test_every_kind_of_exercise_becomes_data(home: Path) -> None:
    (lesson,) = only(read_library(home=home)).lessons
    thought, one, many, pairs, turns, agree, late, scene = lesson.exercises("en")

    assert thought == Reflection("thought", Markup("<p>What do you hear?</p>"))
    assert isinstance(one, Choice)
    assert not one.many
    assert [(each.key, each.text, each.why, each.right) for each in one.alternatives] == [
        ("a", "A whisper", "<p>No, listen again.</p>", False),
        ("b", "A shout", "<p>Yes, that carries.</p>", True),
    ]
    assert isinstance(many, Choice)
    assert many.many
    assert isinstance(pairs, Match)
    assert pairs.headings == ("Word", "Meaning")
    assert [(pair.key, pair.left, pair.right) for pair in pairs.pairs] == [
        ("a", "Piano", "Soft"),
        ("b", "Forte", "Loud"),
        ("c", "Tacet", "Silent"),
    ]
    assert isinstance(turns, Order)
    assert [(step.place, step.text, step.note) for step in turns.steps] == [
        (1, "The drum", "<p>Very old.</p>"),
        (2, "The lute", ""),
        (3, "The synthesiser", ""),
    ]
    assert agree == Stance("agree", Markup("<p>Everybody is heard here.</p>"))
    assert isinstance(late, Rating)
    assert late.factor == "alcohol"
    assert isinstance(scene, Case)
    assert scene.title == "In the van"
    assert [(choice.key, choice.text, choice.reply) for choice in scene.choices] == [
        ("a", "She answers", "<p>Then they talk.</p>"),
        ("b", "She waits", "<p>Then it rings.</p>"),
    ]
    assert [(section.heading, len(section.parts)) for section in lesson.sections("en")] == [
        (None, 1),
        ("All of them", 4),
        ("And the rest", 5),
    ]
    assert lesson.parts("en")[-1].kind == "help"


def test_what_must_be_put_in_order_is_shown_in_another_and_the_same_for_everybody(home: Path) -> None:
    first, again = (only(read_library(home=home)).lessons[0] for _ in range(2))

    for name, written, shown in (("turns", "steps", "shuffled"), ("pairs", "pairs", "shuffled_right")):
        exercise = first.exercise(name, "en")
        assert getattr(exercise, shown) != getattr(exercise, written)
        assert sorted(getattr(exercise, shown), key=str) == sorted(getattr(exercise, written), key=str)
        assert getattr(exercise, shown) == getattr(again.exercise(name, "en"), shown)


def test_a_course_says_the_same_in_the_nearest_language(home: Path) -> None:
    course = only(read_library(home=home))

    assert (course.title("nb"), course.title("nn"), course.title("en"), course.title("se")) == (
        "Lydkurset",
        "Lydkurset",
        "The course about sound",
        "The course about sound",
    )
    assert course.summary("nb") == "What everybody hears."
    assert course.goals("nb") == ("lytte", "snakke")
    assert course.lessons[0].language("nb") == "en", "the page says in which language the text is"


def test_a_lesson_without_text_is_being_written_and_does_not_count(tmp_path: Path) -> None:
    write_pack(tmp_path / "sound", {"drums": PROSE, "lutes": ""})
    course = only(read_library(home=tmp_path))

    assert [lesson.slug for lesson in course.lessons] == ["drums", "lutes"]
    assert [lesson.slug for lesson in course.written_lessons] == ["drums"]
    assert course.minutes_ahead(()) == 5


def test_names_outlive_another_order_another_number_and_another_language(tmp_path: Path) -> None:
    write_pack(tmp_path / "before" / "sound", {"drums": PROSE, "sound": (text := "/// stance | agree\nYes?\n///\n")})
    write_pack(tmp_path / "after" / "sound", {"sound": f"New.\n\n{text}", "pipes": PROSE}, languages=("nb", "en"))
    before, after = (only(read_library(home=tmp_path / name)).lesson("sound") for name in ("before", "after"))

    assert before is not None
    assert after is not None
    assert before.exercise_ids == after.exercise_ids == ("agree",)
    assert [exercise.id for exercise in after.exercises("nb")] == [exercise.id for exercise in after.exercises("en")]


def test_a_course_knows_its_version_words_facts_and_pictures(tmp_path: Path) -> None:
    facts = LESSON.format(slug="sound") + 'facts = ["wave", "tone"]\n'
    write_pack(
        tmp_path / "sound",
        {"sound": "A [[tone]].\n\n![Three circles](images/circles.svg)\n"},
        version="2026.4",
        files={
            "course.toml": f'version = "2026.4"\ntitle.nb = "Lyd"\nminutes = 5\n{facts}',
            "glossary.toml": '[tone]\nen.term = "tone"\nen.text = "A sound with a name."\n',
            "images/circles.svg": DRAWING,
            "facts.toml": FACT.format(key="never read for our own"),
        },
    )
    (tmp_path / "facts.toml").write_text(FACT.format(key="wave") + FACT.format(key="tone"))
    (tmp_path / "help.toml").write_text(HELP)
    library = read_library(home=tmp_path)
    course = only(library)
    (lesson,) = course.lessons

    assert course.version == "2026.4"
    assert [fact.key for fact in library.facts_of(lesson)] == ["wave", "tone"]
    assert library.facts["wave"].text("en") == "Lyd er bølger."
    assert library.facts["wave"].last_verified == date(2026, 1, 1)
    assert [service.name("en") for service in library.help_services] == ["Ørene"]
    assert course.images["circles.svg"] == tmp_path / "sound" / "images" / "circles.svg"
    (prose,) = lesson.parts("en")
    assert isinstance(prose, packs.Prose)
    shown = prose.html_at("/learn/images/sound")
    for said in ('alt="Three circles"', 'src="/learn/images/sound/circles.svg"', 'width="64"', 'height="48"', ">tone<"):
        assert said in shown


# Frozen


def everything_in(thing: object, path: str = "library") -> Iterator[tuple[str, object]]:
    yield path, thing
    if dataclasses.is_dataclass(thing):
        for field in dataclasses.fields(thing):
            yield from everything_in(getattr(thing, field.name), f"{path}.{field.name}")
    elif isinstance(thing, Mapping):
        for key, value in thing.items():
            yield from everything_in(value, f"{path}[{key}]")
    elif isinstance(thing, tuple):
        for number, value in enumerate(thing):
            yield from everything_in(value, f"{path}[{number}]")


def test_nothing_in_the_library_can_be_changed(home: Path) -> None:
    (home / "facts.toml").write_text(FACT.format(key="wave"))
    (home / "help.toml").write_text(HELP)
    write_pack(home / "words", files={"glossary.toml": '[tone]\nen.term = "tone"\nen.text = "It has a name."\n'})
    kinds = (str, int, date, Path, tuple, MappingProxyType, type(None))
    found = list(everything_in(read_library(home=home)))

    assert len(found) > 200
    assert [
        path
        for path, thing in found
        if not (
            thing.__dataclass_params__.frozen  # type: ignore[attr-defined]
            if dataclasses.is_dataclass(thing)
            else isinstance(thing, kinds)
        )
    ] == []


def test_what_is_written_after_the_start_is_not_read(home: Path) -> None:
    library = read_library(home=home)
    write_pack(home / "sound", {"sound": "Other words.\n"}, version="2")

    assert only(library).version == "1"
    assert len(only(library).lessons[0].exercises("en")) == 8
    assert only(read_library(home=home)).version == "2"


def test_no_page_renders_markdown(app: Flask, theatre: Theatre, monkeypatch: pytest.MonkeyPatch) -> None:
    break_the_renderer(monkeypatch)
    kari = signed_in(app, theatre, "kari")

    shown = 0
    for key in ("harassment", "norms"):
        assert kari.get(f"/learn/{theatre.id}/{key}/").status_code == 200
        for lesson in app.extensions["lms"].library.course(key).taken_by(False).lessons:
            shown += kari.get(f"/learn/{theatre.id}/{key}/{lesson.slug}").status_code == 200
    for page in ("/", "/glossary", "/facts", "/me/reflections"):
        assert kari.get(page).status_code == 200

    assert shown >= 20
