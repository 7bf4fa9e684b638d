"""A word is explained once, beside the packs, and every course can use it; a pack that means something else says so."""

import logging
from pathlib import Path

import pytest

from lms.courses.check import check, sentences
from lms.courses.findings import PackError
from lms.courses.glossary import read_glossary
from lms.courses.packs import Library, own_folder, read_library
from lms.courses.source import Source
from tests.packs import write_pack

SHARED = """\
[norm]
nb.term = "norm"
nb.text = "En regel de færreste har skrevet ned."
en.term = "norm"
en.text = "A rule hardly anybody wrote down."

["den omvarslede"]
nb.term = "den omvarslede"
nb.text = "Den et varsel gjelder."
nb.also = ["den det varsles om"]
en.term = "the person reported"
en.text = "The person a report is about."
en.also = ["person reported"]
"""
OWN = """\
[norm]
en.term = "norm"
en.text = "How we do it here."
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "courses"
    folder.mkdir()
    (folder / "glossary.toml").write_text(SHARED, encoding="utf-8")
    return folder


def read(home: Path, *elsewhere: Path) -> Library:
    return read_library(elsewhere, cache=home.parent / "cache", home=home)


def html_of(library: Library, key: str, language: str = "en") -> str:
    course = library.course(key)
    assert course is not None
    return str(course.lessons[0].parts(language)[0].html)  # type: ignore[union-attr]


def test_every_pack_can_use_a_shared_word(home: Path) -> None:
    write_pack(home / "sound", {"drums": "What is a [[norm]]?\n"})
    write_pack(home / "light", {"lamps": "Who made the [[norm|norms]]?\n"})
    library = read(home)

    assert "A rule hardly anybody wrote down." in html_of(library, "sound")
    assert "A rule hardly anybody wrote down." in html_of(library, "light")
    assert ">norms</button>" in html_of(library, "light")


def test_the_packs_own_word_wins_in_its_own_lessons(home: Path) -> None:
    write_pack(home / "sound", {"drums": "What is a [[norm]]?\n"}, files={"glossary.toml": OWN})
    write_pack(home / "light", {"lamps": "What is a [[norm]]?\n"})
    library = read(home)

    assert "How we do it here." in html_of(library, "sound")
    assert "A rule hardly anybody wrote down." in html_of(library, "light")
    assert [word.term("en").text for word in library.glossary("en") if word.key == "norm"] == [
        "A rule hardly anybody wrote down."
    ]


def test_the_packs_own_word_wins_under_another_key_too(home: Path) -> None:
    own = '[skikk]\nen.term = "custom"\nen.text = "How we do it here."\nen.also = ["norm"]\n'
    write_pack(home / "sound", {"drums": "What is a [[norm]]?\n"}, files={"glossary.toml": own})

    assert "How we do it here." in html_of(read(home), "sound")


@pytest.mark.parametrize(
    ("language", "written", "shown"),
    [
        ("en", "the person reported", "the person reported"),
        ("en", "person reported", "person reported"),
        ("en", "Person reported", "Person reported"),
        ("en", "den omvarslede", "the person reported"),
        ("nb", "den det varsles om", "den det varsles om"),
        ("nn", "den omvarslede", "den omvarslede"),
    ],
)
def test_each_way_to_write_a_word_finds_it(home: Path, language: str, written: str, shown: str) -> None:
    write_pack(home / "sound", {"drums": f"Who is [[{written}]]?\n"}, languages=(language,))

    assert f">{shown}</button>" in html_of(read(home), "sound", language)


def test_a_changed_shared_word_shows_in_lessons_that_did_not_change(home: Path) -> None:
    write_pack(home / "sound", {"drums": "What is a [[norm]]?\n"})
    assert "A rule hardly anybody wrote down." in html_of(read(home), "sound")

    (home / "glossary.toml").write_text(SHARED.replace("hardly anybody", "nobody"), encoding="utf-8")

    assert "A rule nobody wrote down." in html_of(read(home), "sound")


def test_a_pack_from_elsewhere_sees_the_librarys_words_and_those_beside_it(home: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    text = "A [[norm]] in the [[green room]], and a [[person reported]].\n"
    write_pack(elsewhere / "stage", {"wings": text})
    beside = OWN + '\n["green room"]\nen.term = "green room"\nen.text = "Where actors wait."\n'
    (elsewhere / "glossary.toml").write_text(beside)
    write_pack(home / "sound", {"drums": "What is a [[norm]]?\n"})
    library = read(home, elsewhere)

    assert not library.problems
    assert "How we do it here." in html_of(library, "stage")
    assert "Where actors wait." in html_of(library, "stage")
    assert "The person a report is about." in html_of(library, "stage")
    assert "A rule hardly anybody wrote down." in html_of(library, "sound")
    assert [word.key for word in library.glossary("nb")] == ["den omvarslede", "green room", "norm"]


BROKEN = [
    ('[norm]\nen.term = "norm"\n', 1, "The word norm is not explained right."),
    (f'{SHARED}\n["en frilanser"]\nnb.term = "frilanser"\n', 15, "The word en frilanser is not explained right."),
    ('[norm]\nen.term = "norm"\nen.text = "x"\nfr.term = "norme"\nfr.text = "x"\n', 1, "The word norm is"),
    ('[norm]\nen.term = "norm"\nen.text = "x"\nen.also = "rule"\n', 1, "The word norm is not explained right."),
    (f'{SHARED}\n[regel]\nnb.term = "regel"\nnb.text = "x"\nnb.also = ["Norm"]\n', 15, "leads to both norm and regel"),
    ('[norm\nen.term = "norm"\n', 1, "This is not TOML"),
]


@pytest.mark.parametrize(("text", "line", "what"), BROKEN)
def test_a_faulty_shared_file_is_found_with_its_line(home: Path, text: str, line: int, what: str) -> None:
    write_pack(home / "sound", {"drums": "Nothing to explain.\n"})
    file = home / "glossary.toml"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(PackError) as stopped:
        read(home)
    found = [finding for finding in check([home]) if finding.file == file and finding.severity == "error"]

    assert (stopped.value.file, stopped.value.line) == (file, line)
    assert what in str(stopped.value)
    assert [(finding.line, what in finding.what) for finding in found] == [(line, True)]


def test_a_faulty_shared_file_elsewhere_leaves_only_its_own_packs_out(
    home: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_pack(home / "sound", {"drums": "What is a [[norm]]?\n"})
    elsewhere = tmp_path / "elsewhere"
    write_pack(elsewhere / "stage", {"wings": "Here.\n"})
    (elsewhere / "glossary.toml").write_text(BROKEN[0][0])
    with caplog.at_level(logging.CRITICAL):
        library = read(home, elsewhere)

    assert [course.key for course in library.courses] == ["sound"]
    assert [finding.file for problem in library.problems for finding in problem.findings] == [
        elsewhere / "glossary.toml"
    ]


def test_a_word_nobody_explains_is_still_found(home: Path) -> None:
    source = Source(write_pack(home / "sound", {"drums": "\nWhat is a [[canon]]?\n"}), {})
    source.read()

    assert [finding.what for finding in source.findings] == ["Nobody explains the word canon."]


def test_our_own_words_are_explained_to_every_reader() -> None:
    words = read_glossary(own_folder() / "glossary.toml", [])

    assert len(words) >= 84
    assert [key for key, languages in words.items() if languages.keys() != {"nb", "nn", "en"}] == []
    assert [key for key, languages in words.items() if key != languages["nb"]["term"].casefold()] == []


def test_our_own_words_take_a_sentence_or_two() -> None:
    words = read_glossary(own_folder() / "glossary.toml", [])
    texts = [explained["text"] for languages in words.values() for explained in languages.values()]

    assert [text for text in texts if len(sentences(text)) > 2] == []
    assert [text for text in texts if not text.endswith((".", ".”", "».")) or '"' in text] == []
