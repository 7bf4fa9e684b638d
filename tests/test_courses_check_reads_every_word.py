"""Every word an author has written is spelt, wherever it stands; what nobody reads is left alone."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from lms.cli import main
from lms.courses import spelling
from tests.faults import DRAWING, HERE, MINUTE, Fault, found_in, in_course, in_lesson, is_among
from tests.packs import LESSON, lesson_file, write_pack

SAID = "The word «druum» is in no dictionary (en). Write durum or drum, or list it in words.en.txt."
ANSWERED = "- [x] Yes\n\n    So.\n\n- [ ] No\n\n    Not so.\n"
TOLD = "- Again\n\n    We hear it.\n\n- Not\n\n    We wait.\n"
CARD = '[theme.noise]\nen = "It"\n\n[[card]]\nid = "druum"\nkind = "question"\ntheme = "noise"\n'


def misspelt(text: str) -> Fault:
    return in_lesson(SAID, text)


PLACES = [
    Fault(SAID, f"---\ntitle: The druum{HERE}\n---\n{MINUTE}"),
    misspelt(f"We hear the *druum*.{HERE}"),
    misspelt(f"## The druum{HERE}"),
    misspelt(f"- We\n- hear the druum{HERE}"),
    misspelt(f"| We | hear |\n|---|---|\n| the | druum |{HERE}"),
    misspelt(f"Two [drums](https://example.no) and a [druum](https://example.no).{HERE}"),
    misspelt(f"![A druum](images/wave.svg){HERE}"),
    misspelt(f"/// note | The druum{HERE}\nHear.\n///"),
    misspelt(f"/// quote | Siri, druum{HERE}\nHear.\n///"),
    misspelt(f"/// quote\nThe druum.{HERE}\n///"),
    misspelt(f"/// reflection | asked\nWhich druum?{HERE}\n///"),
    misspelt("/// choice | asked\nHear?\n\n" + ANSWERED.replace("No\n", f"No druum{HERE}\n") + "///"),
    misspelt("/// choice | asked\nHear?\n\n" + ANSWERED.replace("Not so.", f"Not druum.{HERE}") + "///"),
    misspelt(f"/// match | asked\nHear?\n\n| A | B |\n|---|---|\n| so | as |\n| the | druum |{HERE}\n///"),
    misspelt(f"/// order | asked\nHear?\n\n1. The drum\n\n    A druum.{HERE}\n\n2. And then\n///"),
    misspelt(f"/// case | asked\n    title: The druum{HERE}\n\nHear.\n\n{TOLD}///"),
    misspelt("/// case | asked\nHear.\n\n" + TOLD.replace("We wait.", f"The druum.{HERE}") + "///"),
    in_course(SAID, f'title.en = "The druum"{HERE}'),
    in_course(SAID, f'summary.en = """\nWe hear\nthe druum."""{HERE}'),
    in_course(SAID, f'goals.en = [\n  "hear",\n  "the druum",{HERE}\n]'),
    in_course(SAID, "#", f'{LESSON.format(slug="sound")}content_note.en = "The druum"{HERE}'),
    Fault(SAID, f'[tone]\nen.term = "tone"\nen.text = "A druum."{HERE}\n', "glossary.toml"),
    Fault(SAID, f'[tone.en]\nterm = "tone"\ntext = "It."\nalso = ["noise", "druum"]{HERE}\n', "glossary.toml"),
    Fault(SAID, f'[F1]\nsource = "B"\nen = "A druum."{HERE}\nlast_verified = 2026-01-01\n', "facts.toml"),
    Fault(SAID, f'[theme.noise]\nen = "A druum"{HERE}\n', "cards.toml"),
    Fault(SAID, f'{CARD}nb = "En druum?"\nen = "A druum?"{HERE}\n', "cards.toml"),
]


@pytest.mark.parametrize("fault", PLACES, ids=[str(number) for number in range(len(PLACES))])
def test_a_misspelt_word_is_named_where_it_stands(fault: Fault, pack: Path) -> None:
    file = fault.put_into(pack)

    assert is_among(file, fault, found_in(pack, "warning")), found_in(pack, "warning")
    assert found_in(pack) == []


def test_whom_to_call_is_spelt_too(pack: Path) -> None:
    file = pack.parent / "help.toml"
    service = (
        '[[service]]\nkey = "druum"\nname.en = "Ears"\nphone = "1"\nabout.en = "A druum."\nlast_verified = 2026-01-01\n'
    )
    file.write_text(service)

    assert (file, 5, SAID) in found_in(pack, "warning")


NOT_READ = f"""{MINUTE}
/// stance | druum
Yes?
///

/// rating | late
    factor: druum

How late?
///

[Hear](https://example.no/druum), <https://druum.no>, https://druum.no/a, druum@druum.no, druum.no and `druum`.
The 13th, the 1990s, §druum2 and a [link][druum]. ![A wave](images/druum.svg)

[druum]: https://example.no
"""


def test_what_nobody_reads_is_not_spelt(pack: Path) -> None:
    (pack / "images" / "druum.svg").write_text(DRAWING)
    (pack / "en" / "01-sound.md").write_text(lesson_file(NOT_READ.replace("[link][druum]", "[link]")))

    assert [said for _, _, said in found_in(pack, "warning") if "dictionary" in said] == []


def words_amiss(pack: Path, text: str, language: str = "en") -> list[str]:
    """The words found when a lesson of this language says the text."""
    write_pack(pack, {"sound": text}, languages=(language,))
    found = [said for file, _, said in found_in(pack, "warning") if file.suffix == ".md" and "no dictionary" in said]
    return [said.split("«")[1].split("»")[0] for said in found]


@pytest.mark.parametrize(
    ("language", "text", "amiss"),
    [
        ("en", "The colour of the theatre, organised by them.", []),
        ("en", "The color of the theater.", ["color", "theater"]),
        ("en", "It’s hers, don't you think? We’d say: the drummers’ get-in.", []),
        ("nb", "Lysmesteren spiller trommer på scenekanten.", []),
        ("nb", "Lysmestren på scenekannten.", ["Lysmestren", "scenekannten"]),
        ("nb", "En šibbolet, og кот.", ["šibbolet", "кот"]),
        ("nn", "Dei spelar trommer, og ho høyrer ikkje noko.", []),
        ("nn", "Hvem hører ikke trommene?", ["Hvem", "ikke"]),
    ],
)
def test_each_language_has_its_own_dictionary(language: str, text: str, amiss: list[str], tmp_path: Path) -> None:
    assert words_amiss(tmp_path / "packs" / "hearing", f"{text}\n", language) == amiss


def test_a_word_is_listed_beside_the_packs_or_in_one_of_them(pack: Path) -> None:
    text = "A druum, a taam. A Trrommel.\n"
    assert words_amiss(pack, text) == ["druum", "taam", "Trrommel"]
    (pack / "words.en.txt").write_text("# Ours\ndruum  # as we say it\n")
    assert words_amiss(pack, text) == ["taam", "Trrommel"]
    (pack.parent / "words.en.txt").write_text("taam\n")
    (pack / "words.txt").write_text("Trrommel\n")
    assert words_amiss(pack, text) == []
    (pack.parent / "words.en.txt").rename(pack.parent / "words.nb.txt")
    assert words_amiss(pack, text) == ["taam"], "each language has its own"


def test_a_listed_word_has_capitals_and_a_listed_name_its_genitive(pack: Path) -> None:
    (pack / "words.txt").write_text("druum\nTrromla\n")

    assert words_amiss(pack, "Druum, DRUUM, Trromla, Trromla's, Trromla’s and Trromlas.\n") == []
    assert words_amiss(pack, "Druums and trromla.\n") == ["Druums", "trromla"]


def test_nobody_is_told_to_divide_a_norwegian_compound(pack: Path) -> None:
    write_pack(pack, {"sound": "Kjørergler og ståplas.\n"}, languages=("nb",))
    told = [said for _, _, said in found_in(pack, "warning") if "«Kjørergler»" in said]

    assert [("Write Kjøreregler or" in said, "Kjører gler" in said) for said in told] == [(True, False)]


def test_a_word_is_named_once_in_each_file(pack: Path) -> None:
    assert words_amiss(pack, "A druum.\n\nA druum, and again a druum.\n") == ["druum"]


def test_a_text_full_of_slips_is_read_to_the_end(pack: Path) -> None:
    letters = "bcdfghjklmnpqrstvwxz"
    slips = [f"x{one}{other}q" for one in letters for other in letters]
    slips.append("q" * 300)

    assert words_amiss(pack, f"{' '.join(slips)}\n") == slips


UNFINISHED = [
    in_lesson("«TODO» says that something is left to write.", f"We hear it. TODO: what?{HERE}"),
    in_lesson("«Lorem ipsum» says that something is left", f"/// stance | asked\nLorem ipsum dolor?{HERE}\n///"),
    in_course("«FIXME» says that something is left", f"# FIXME: is this so?{HERE}"),
    Fault("«XXX» says that", f'[tone]\nen.term = "tone"\nen.text = "XXX"{HERE}\n', "glossary.toml"),
    Fault("«TODO» says that", f"<!-- TODO -->{HERE}\n{DRAWING}", "images/tone.svg"),
]
LISTS = [
    Fault("«two words» is not one word.", f"two words{HERE}\n", "words.en.txt"),
    Fault("«get-in» is not one word.", f"# Ours\nget-in{HERE}\n", "words.txt"),
    Fault("«hush» stands in the wrong place.", f"# Sounds\nlute  # plucked\nhush{HERE}\n", "words.txt"),
    Fault("«hush» stands in the wrong place.", f"hush\nhush{HERE}\n", "words.en.txt"),
    Fault("«ære» stands in the wrong place.", f"øre\nære{HERE}\nåre\n", "words.nb.txt"),
]


@pytest.mark.parametrize("fault", [*UNFINISHED, *LISTS], ids=str)
def test_what_is_left_to_write_and_a_list_in_disorder_are_warnings(fault: Fault, pack: Path) -> None:
    file = fault.put_into(pack)

    assert is_among(file, fault, found_in(pack, "warning")), found_in(pack, "warning")
    assert found_in(pack) == []


def test_it_is_said_aloud_when_a_machine_cannot_spell(pack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spelling, "_PLACES", ())
    (pack / "en" / "01-sound.md").write_text(lesson_file(MINUTE.replace("drum", "druum")))
    ran = CliRunner().invoke(main, ["courses", "check", str(pack)])

    assert ran.exit_code == 0
    assert ran.output.startswith(
        "Spelling was not looked at in nb, nn, en. Debian: apt-get install hunspell hunspell-no"
    )
    assert ran.output.endswith("Nothing to mend.\n")


def test_a_dictionary_may_lie_where_the_author_says(
    pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for ending in (".aff", ".dic"):
        there = spelling.dictionary("en")
        assert there is not None
        (tmp_path / f"en_GB{ending}").write_bytes(there.with_suffix(ending).read_bytes())
    monkeypatch.setattr(spelling, "_PLACES", ())
    monkeypatch.setenv("DICPATH", str(tmp_path))

    assert (spelling.not_looked_at() or "").startswith("Spelling was not looked at in nb, nn. ")
    assert words_amiss(pack, "A druum.\n") == ["druum"]
