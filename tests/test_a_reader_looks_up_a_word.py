"""Somebody meets a word she does not know, and looks it up: in her language, by its letter or by a part of it."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lms.courses.glossary import Term, Word, by_the_alphabet, under_letters
from tests.cast import Theatre

BOKMÅL = {"Accept-Language": "nb"}
NYNORSK = {"Accept-Language": "nn"}
ENGLISH = {"Accept-Language": "en"}


def terms_on(page: str) -> list[str]:
    return re.findall(r"<dt ?>([^<]+)</dt>", page)


def ids_on(page: str) -> list[str]:
    return re.findall(r'\bid="([^"]+)"', page)


def test_every_word_stands_there_in_the_readers_language_with_the_others_beside(anonymous: FlaskClient) -> None:
    page = anonymous.get("/glossary", headers=NYNORSK).text

    assert len(terms_on(page)) >= 84
    assert "tillitsvald" in terms_on(page)
    assert 'Bokmål: <i lang="nb">tillitsvalgt</i>' in page
    assert 'English: <i lang="en">union representative</i>' in page
    assert "Nynorsk: <i" not in page


def test_the_letters_and_the_anchors_lead_somewhere(anonymous: FlaskClient) -> None:
    page = anonymous.get("/glossary", headers=BOKMÅL).text
    leading = set(re.findall(r'href="#([^"]+)"', page))

    assert len(ids_on(page)) == len(set(ids_on(page)))
    assert leading <= set(ids_on(page))
    assert {"A", "V"} <= leading
    assert {"norm", "den-omvarslede", "kjøreregler"} <= set(ids_on(page))


@pytest.mark.parametrize(
    ("sought", "headers", "first"),
    [
        ("tillit", BOKMÅL, "tillitsvalgt"),
        ("TILLITSVALGT", ENGLISH, "union representative"),
        ("ldo", ENGLISH, "Equality and Anti-Discrimination Ombud"),
        ("  fagforening ", BOKMÅL, "tillitsvalgt"),
    ],
)
def test_a_part_of_a_word_finds_it_in_any_language(
    anonymous: FlaskClient, sought: str, headers: dict[str, str], first: str
) -> None:
    page = anonymous.get("/glossary", query_string={"q": sought}, headers=headers).text

    assert terms_on(page) == [first]
    assert f'value="{sought.strip()}"' in page


def test_what_no_word_speaks_of_is_told(anonymous: FlaskClient) -> None:
    page = anonymous.get("/glossary", query_string={"q": "gyngehest"}, headers=ENGLISH).text

    assert terms_on(page) == []
    assert "No word speaks of “gyngehest”. Try fewer letters." in page
    assert 'href="/glossary"' in page


@pytest.mark.parametrize("sought", ["<script>alert(1)</script>", "ø" * 10_000, "\u202eabc", "%(sought)s", "\x00"])
def test_whatever_is_sought_is_only_text(anonymous: FlaskClient, sought: str) -> None:
    answer = anonymous.get("/glossary", query_string={"q": sought}, headers=ENGLISH)

    assert answer.status_code == 200
    assert "<script>" not in answer.text
    assert len(answer.data) < 6_000


def test_a_lesson_leads_to_all_the_words(kari: FlaskClient, app: Flask, theatre: Theatre) -> None:
    page = kari.get(f"/learn/{theatre.id}/harassment/welcome").text

    assert 'href="/glossary"' in page


def test_norwegian_letters_come_last_and_in_their_order() -> None:
    words = [Word(term, {"nb": Term(term, "…")}) for term in ("åpen", "ytring", "Ære", "øving", "arv", "zoom")]
    ordered = by_the_alphabet(words, "nb")

    assert [word.key for word in ordered] == ["arv", "ytring", "zoom", "Ære", "øving", "åpen"]
    assert [letter for letter, _words in under_letters(ordered, "nb")] == ["A", "Y", "Z", "Æ", "Ø", "Å"]
