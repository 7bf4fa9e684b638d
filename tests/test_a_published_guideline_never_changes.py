"""Mistakes, races and forgeries around guidelines: nothing is lost, and what was published stays as it was."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from lms.database import now, one_transaction, session
from lms.measures.guidelines.models import Confirmation, FrozenVersion, GuidelineVersion
from lms.organisations.models import Employee
from tests.at_once import all_at_once
from tests.cast import Theatre, cast_in, signed_in
from tests.guidelines import FORM, guidelines_at, new_version, published

LONG = "Ordet " * 6_000


def versions(app: Flask) -> list[tuple[int | None, str]]:
    with app.app_context():
        rows = session.scalars(select(GuidelineVersion).order_by(GuidelineVersion.id))
        return [(version.number, version.text_nb) for version in rows]


@pytest.mark.parametrize(
    ("field", "written"),
    [
        ("title_nb", ""),
        ("title_nb", "x" * 201),
        ("title_nb", " \u202e\x00 "),
        ("text_nb", ""),
        ("text_nb", LONG),
        ("text_en", "Words without a title"),
        ("title_en", "A title without words"),
        ("link", "http://teatret.no/etikk"),
        ("link", "javascript:alert(1)"),
        ("link", "https://localhost/etikk"),
        ("link", "https://10.0.0.7/etikk"),
        ("link", "https://[::1]/etikk"),
        ("link", "https://mona:hemmelig@teatret.no/"),
        ("link", "https://intranett.local/etikk"),
        ("link", "https://teatret.no:8443/"),
        ("link", "https://[teatret.no/"),
        ("link", "https://teatret.no/" + "x" * 500),
    ],
)
def test_a_mistake_comes_back_with_what_was_written(
    mona: FlaskClient, app: Flask, theatre: Theatre, field: str, written: str
) -> None:
    kept = {**FORM, "title_nb": "Tittel <b>", "text_nb": "Teksten <i>", field: written}
    answer = mona.post(guidelines_at(theatre), data=kept)
    marked = {("text_en", "Words without a title"): "title_en", ("title_en", "A title without words"): "text_en"}

    assert answer.status_code == 422
    assert f'id="{marked.get((field, written), field)}-error"' in answer.text
    assert "Tittel &lt;b&gt;" in answer.text or field == "title_nb"
    assert "Teksten &lt;i&gt;" in answer.text or field == "text_nb"
    assert versions(app) == []


@pytest.mark.parametrize("forged", [{"kind": "anything"}, {"kind": ""}], ids=["a kind nobody offered", "no kind"])
def test_a_forged_choice_is_no_honest_mistake(mona: FlaskClient, theatre: Theatre, forged: dict[str, str]) -> None:
    assert mona.post(guidelines_at(theatre), data={**FORM, **forged}).status_code == 400


@pytest.mark.parametrize("number", ["0", "2", "-1", "", "x", "1" * 50])
def test_a_version_that_is_not_there_is_not_confirmed(
    mona: FlaskClient, kari: FlaskClient, app: Flask, theatre: Theatre, number: str
) -> None:
    here = published(mona, guidelines_at(theatre))

    assert kari.post(f"{here}/read", data={"revision": number}).status_code == 400
    with app.app_context():
        assert session.scalars(select(Confirmation)).all() == []


def test_nothing_that_is_written_is_taken_for_a_page(mona: FlaskClient, kari: FlaskClient, theatre: Theatre) -> None:
    here = published(
        mona, guidelines_at(theatre), title_nb="<script>alert(1)</script>", text_nb="<b>fet</b>\n\n[lenke](http://x)"
    )

    for page in (kari.get(f"{here}/read").text, mona.get(here).text, kari.get("/").text):
        assert "<script>alert" not in page
        assert "<b>fet" not in page
    assert "&lt;b&gt;fet&lt;/b&gt;" in kari.get(f"{here}/read").text


def test_whoever_reads_english_gets_the_english_text(mona: FlaskClient, kari: FlaskClient, theatre: Theatre) -> None:
    here = published(mona, guidelines_at(theatre), title_en="How we treat one another", text_en="With respect.")
    only_english = published(
        mona, guidelines_at(theatre), title_nb="", text_nb="", title_en="Only in English", text_en="Here."
    )
    kari.post("/language", data={"language": "en"})
    assert "With respect." in kari.get(f"{here}/read").text
    kari.post("/language", data={"language": "nn"})

    assert "Vi møter hverandre" in kari.get(f"{here}/read").text
    page = kari.get(f"{only_english}/read").text
    assert '<bdi lang="en">Only in English</bdi>' in page


def test_a_link_alone_is_enough(mona: FlaskClient, kari: FlaskClient, theatre: Theatre) -> None:
    here = published(mona, guidelines_at(theatre), text_nb="", link="https://teatret.no/etikk?x=1&y=2")

    assert 'href="https://teatret.no/etikk?x=1&amp;y=2"' in kari.get(f"{here}/read").text


def test_the_same_press_twice_is_one_draft(mona: FlaskClient, app: Flask, theatre: Theatre) -> None:
    first, second = (mona.post(guidelines_at(theatre), data=FORM).location for _press in range(2))

    assert first == second
    assert len(versions(app)) == 1


def test_two_who_write_in_one_draft_lose_nothing(mona: FlaskClient, app: Flask, theatre: Theatre) -> None:
    here = str(mona.post(guidelines_at(theatre), data=FORM).location).split("?")[0]
    mona.post(f"{here}/draft", data={**FORM, "revision": "1", "text_nb": "Det hun skrev."})
    late = mona.post(f"{here}/draft", data={**FORM, "revision": "1", "text_nb": "Det jeg skrev."})

    assert late.status_code == 422
    assert "Det hun skrev." in late.text
    assert "Det jeg skrev." in late.text
    assert versions(app) == [(None, "Det hun skrev.")]
    blind = mona.post(f"{here}/publication", data={"revision": "1"})
    assert blind.status_code == 422
    assert "endret siden du så på det" in blind.text
    assert versions(app) == [(None, "Det hun skrev.")]


def test_a_draft_is_thrown_away_and_what_is_published_stays(mona: FlaskClient, app: Flask, theatre: Theatre) -> None:
    at = guidelines_at(theatre)
    never = str(mona.post(at, data=FORM).location).split("?")[0]
    assert mona.post(f"{never}/draft/removal").location.startswith(f"{at}?")
    assert mona.get(never).status_code == 404
    here = published(mona, at)
    mona.post(f"{here}/draft", data={**FORM, "text_nb": "Et forsøk."})
    mona.post(f"{here}/draft/removal")

    assert [number for number, _text in versions(app)] == [1]
    assert "Et forsøk." not in mona.get(here).text


def test_nobody_changes_a_published_version(mona: FlaskClient, app: Flask, theatre: Theatre) -> None:
    published(mona, guidelines_at(theatre))

    def change(**values: Any) -> None:
        with app.app_context(), one_transaction():
            version = session.scalars(select(GuidelineVersion)).one()
            for name, value in values.items():
                setattr(version, name, value)

    for values in (
        {"text_nb": "x"},
        {"published_at": None, "number": None, "counts_from": None},
        {"published_at": now()},
    ):
        with pytest.raises(FrozenVersion):
            change(**values)
    with pytest.raises(FrozenVersion), app.app_context(), one_transaction():
        session.delete(session.scalars(select(GuidelineVersion)).one())


def two_coordinators(open_app: Callable[..., Flask], database_url: str) -> tuple[Flask, Theatre, list[FlaskClient]]:
    app = open_app(database_url)
    theatre = cast_in(app)
    with app.app_context(), one_transaction():
        session.get_one(Employee, (theatre.id, theatre.employees["kari"])).role = "coordinator"
    return app, theatre, [signed_in(app, theatre, name) for name in ("mona", "kari")]


def test_two_who_publish_at_once_publish_one_version(open_app: Callable[..., Flask], database_url: str) -> None:
    app, theatre, (mona, kari) = two_coordinators(open_app, database_url)
    here = str(mona.post(guidelines_at(theatre), data=FORM).location).split("?")[0]
    publish = [lambda who=who: who.post(f"{here}/publication", data={"revision": "1"}) for who in (mona, kari)]

    assert [answer.status_code for answer in all_at_once(publish)] == [303, 303]
    assert versions(app) == [(1, FORM["text_nb"])]


def test_two_who_begin_a_new_version_at_once_write_in_one_draft(
    open_app: Callable[..., Flask], database_url: str
) -> None:
    app, theatre, (mona, kari) = two_coordinators(open_app, database_url)
    here = published(mona, guidelines_at(theatre))
    write = [
        lambda who=who, words=words: who.post(f"{here}/draft", data={**FORM, "text_nb": words})
        for who, words in ((mona, "Monas ord."), (kari, "Karis ord."))
    ]
    answers = all_at_once(write)

    assert sorted(answer.status_code for answer in answers) == [303, 422]
    (lost,) = (answer.text for answer in answers if answer.status_code == 422)
    assert "Monas ord." in lost
    assert "Karis ord." in lost
    assert len(versions(app)) == 2


def test_one_who_confirms_twice_at_once_has_confirmed_once(open_app: Callable[..., Flask], database_url: str) -> None:
    app, theatre, (mona, kari) = two_coordinators(open_app, database_url)
    here = published(mona, guidelines_at(theatre))
    new_version(mona, here, anew="no", text_nb="Nesten likt.")
    confirm = [lambda: kari.post(f"{here}/read", data={"revision": "2"})] * 2

    assert {answer.status_code for answer in all_at_once(confirm)} == {303}
    with app.app_context():
        assert len(session.scalars(select(Confirmation)).all()) == 1


def test_somebody_who_has_left_or_works_elsewhere_is_not_asked(
    mona: FlaskClient, kari: FlaskClient, ola: FlaskClient, app: Flask, theatre: Theatre
) -> None:
    here = published(mona, guidelines_at(theatre))
    with app.app_context(), one_transaction():
        session.get_one(Employee, (theatre.id, theatre.employees["kari"])).left_at = now()

    for visitor in (kari, ola):
        assert visitor.get(f"{here}/read").status_code == 404
        assert visitor.post(f"{here}/read", data={"revision": "1"}).status_code == 404
        assert "Les og bekreft" not in visitor.get("/").text
