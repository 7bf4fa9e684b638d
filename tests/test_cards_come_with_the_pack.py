"""Conversation cards come with the pack: read with its words, frozen, and checked to the line."""

from pathlib import Path

import pytest

from lms.courses.cards import Card
from lms.courses.check import check, sentences
from lms.courses.findings import PackError
from lms.courses.packs import Library, own_folder, read_library
from tests.packs import PROSE, write_pack

GLOSSARY = """\
["aktiv tilskuer"]
nb.term = "aktiv tilskuer"
nb.text = "En som gjør noe."
en.term = "active bystander"
en.text = "Somebody who does something."
"""
CARDS = """\
[theme.noise]
nb = "Lyd"
en = "Noise"

[[card]]
id = "who-is-loud"
kind = "question"
theme = "noise"
nb = "Hvem er høyest?"
en = "Who is loudest?"

[[card]]
id = "quiet-help"
kind = "statement"
theme = "noise"
nb = "En [[aktiv tilskuer]] bråker ikke."
en = "[[active bystander|Active bystanders]] make no noise."
"""


def faulty(old: str, new: str) -> str:
    assert old in CARDS
    return CARDS.replace(old, new, 1)


def read(home: Path) -> Library:
    return read_library(cache=home.parent / "cache", home=home)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "courses"
    folder.mkdir()
    (folder / "glossary.toml").write_text(GLOSSARY, encoding="utf-8")
    return folder


def pack(home: Path, cards: str) -> Path:
    return write_pack(home / "sound", {"drums": PROSE}, languages=("nb", "en"), files={"cards.toml": cards})


def cards_of(library: Library) -> tuple[Card, ...]:
    return library.courses[0].cards


@pytest.mark.parametrize("start", ["cold", "warm"])
def test_cards_are_read_in_their_order_with_their_words(home: Path, start: str) -> None:
    pack(home, CARDS)
    if start == "warm":
        read(home)
    loud, quiet = cards_of(read(home))

    assert (loud.name, loud.kind, loud.theme.name("nb")) == ("sound.who-is-loud", "question", "Lyd")
    assert loud.text("en") == "Who is loudest?"
    assert quiet.text("nb") == "En aktiv tilskuer bråker ikke."
    assert quiet.text("en") == "Active bystanders make no noise."
    assert [(run.text, run.anchor, run.explanation) for run in quiet.words("en")] == [
        ("Active bystanders", "aktiv-tilskuer", "Somebody who does something.")
    ]


def test_nynorsk_reads_bokmål_where_a_card_has_none(home: Path) -> None:
    pack(home, CARDS)
    loud = cards_of(read(home))[0]

    assert (loud.language("nn"), loud.text("nn")) == ("nb", "Hvem er høyest?")


def test_a_pack_without_cards_has_none(home: Path) -> None:
    write_pack(home / "sound", {"drums": PROSE})

    assert cards_of(read(home)) == ()


def test_a_changed_word_shows_on_the_card(home: Path) -> None:
    pack(home, CARDS)
    read(home)
    (home / "glossary.toml").write_text(GLOSSARY.replace("does something", "acts"), encoding="utf-8")

    assert cards_of(read(home))[1].words("en")[0].explanation == "Somebody who acts."


FAULTS = [
    (faulty('id = "quiet-help"', 'id = "Quiet help"'), 12, 'Write id = "short-name"'),
    (faulty('id = "quiet-help"\n', ""), 12, 'Write id = "short-name"'),
    (faulty('id = "quiet-help"', 'id = "who-is-loud"'), 12, "Another card has this id"),
    (faulty('kind = "statement"', 'kind = "riddle"'), 12, "Write kind = one of statement, question."),
    (faulty('kind = "question"\n', ""), 5, "Write kind = one of"),
    (faulty('theme = "noise"', 'theme = "silence"'), 5, "Write theme = one that has"),
    (faulty('theme = "noise"', 'theme = ["noise"]'), 5, "Write theme = one that has"),
    (faulty('nb = "Hvem er høyest?"', 'fr = "Qui?"'), 5, "Nobody reads fr"),
    (faulty('en = "Who is loudest?"', "en = 1"), 5, 'Write nb = "…"'),
    (faulty('nb = "Hvem er høyest?"\nen = "Who is loudest?"\n', ""), 5, 'Write nb = "…"'),
    (faulty("[[aktiv tilskuer]]", "[[trommis]]"), 16, "Nobody explains the word trommis."),
    (faulty('nb = "Lyd"', 'de = "Laut"'), 1, "The theme noise is not whole."),
    ("cards = 3\n", 1, "Nobody reads cards."),
    ("card = [3]\n", 1, "card is not a list of cards."),
    ("[[card\n", 1, "This is not TOML"),
]


@pytest.mark.parametrize(("text", "line", "what"), FAULTS, ids=[str(number) for number in range(len(FAULTS))])
def test_a_fault_is_found_on_its_card(home: Path, text: str, line: int, what: str) -> None:
    pack(home, text)

    with pytest.raises(PackError) as stopped:
        read(home)
    found = [finding for finding in check([home]) if finding.severity == "error"]

    assert [(finding.file.name, finding.line) for finding in stopped.value.findings][:1] == [("cards.toml", line)]
    assert any(what in str(finding) and finding.line == line for finding in stopped.value.findings)
    assert {str(finding) for finding in stopped.value.findings} <= {str(finding) for finding in found}


def test_a_missing_language_and_a_long_sentence_are_warned_of(home: Path) -> None:
    text = faulty('nb = "Hvem er høyest?"\n', "").replace("Who is loudest?", "Who " * 36 + "is loudest?")
    pack(home, text)
    found = [finding for finding in check([home]) if finding.file.name == "cards.toml"]

    assert [(finding.line, finding.severity, finding.what) for finding in found] == [
        (6, "warning", "A sentence of the card who-is-loud has 38 words."),
        (9, "warning", "The card who-is-loud is not written in nb."),
    ]


def test_our_own_cards_are_enough_for_an_evening() -> None:
    library = read_library()
    ours = [card for course in library.courses for card in course.cards]
    themes = {(card.theme.key, *sorted(card.theme.names.items())) for card in ours}

    assert len(ours) >= 60
    assert [card.name for card in ours if not {"nb", "en"} <= card.texts.keys()] == []
    assert len(themes) == len({key for key, *_names in themes}), "a theme has two names"
    assert {card.kind for card in ours} == {"statement", "question"}
    assert [course.key for course in library.courses if len(course.cards) < 20] == []


def test_our_own_cards_ask_and_state_what_they_say_they_do() -> None:
    for course in read_library().courses:
        for card in course.cards:
            for language in card.texts:
                text = card.text(language)
                assert ("?" in text) == (card.kind == "question"), card.name
                assert len(sentences(text)) <= 3, card.name


def test_the_cards_lie_beside_the_course() -> None:
    assert {file.parent.name for file in own_folder().glob("*/cards.toml")} == {
        "harassment",
        "norms",
        "power_techniques",
    }
