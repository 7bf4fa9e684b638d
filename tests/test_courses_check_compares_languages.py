"""What is said in one language of a pack and not in another is found: what stops it, and what is there to be mended."""

from pathlib import Path

import pytest

from tests.faults import HERE, MINUTE, Fault, found_in, in_course, is_among
from tests.packs import LESSON, lesson_file, write_pack

YES = "- [x] Yes\n\n    So.\n\n- [ ] No\n\n    Not so.\n"
ASKED = f"Hear.\n\n/// choice | asked\nHear?\n\n{YES}///\n\n/// stance | agree\nYes?\n///\n"
IN_ENGLISH_TOO = [
    ("The exercise new is not in nb/01-sound.md.", f"{ASKED}\n| new |\n\n/// stance | new{HERE}\nNo?\n///\n"),
    ("The exercise agree of nb/01-sound.md is missing.", f"Hear.{HERE}\n\n/// choice | asked\nHear?\n\n{YES}///\n"),
    ("The exercise agree differs from nb/01-sound.md.", ASKED.replace("stance | agree", f"reflection | agree{HERE}")),
    ("The exercise asked differs", ASKED.replace("| asked", f"| asked{HERE}").replace("[ ] No", "[x] No")),
    (
        "The exercise asked differs",
        ASKED.replace("| asked", f"| asked{HERE}").replace("    Not so.", "    So.\n\n- [ ] Or"),
    ),
    (
        "The exercises stand in another order than in nb/01-sound.md.",
        f"Hear.{HERE}\n\n/// stance | agree\nYes?\n///\n\n/// choice | asked\nHear?\n\n{YES}///\n",
    ),
]


@pytest.mark.parametrize(("what", "english"), IN_ENGLISH_TOO)
def test_a_lesson_asks_the_same_in_each_language(what: str, english: str, pack: Path) -> None:
    write_pack(pack, {"sound": ASKED}, languages=("nb", "en"))
    assert found_in(pack) == []
    fault = Fault(what, lesson_file(english))
    file = fault.put_into(pack)

    assert is_among(file, fault, found_in(pack)), found_in(pack)


BUILT = f"""{MINUTE}
## We hear

![A wave](images/wave.svg)

/// stance | agree
Yes?
///

/// case | scene
    title: Here

We hear it.

- Again

    We hear it again.

- From here

    We hear it from here.
///

## And then

/// help
///
"""


def built(old: str, new: str) -> str:
    """What is found in a whole lesson is found on the first line of its text, unless a line is marked."""
    assert old in BUILT
    text = BUILT.replace(old, new, 1)
    return lesson_file(text if HERE in text else text.replace("\n", f"{HERE}\n", 1))


NOTE = f'{LESSON.format(slug="sound")}content_note.en = "Loud"{HERE}'
GOALS = f'goals.nb = [\n  "lytte",{HERE}\n  "snakke"\n]\ngoals.en = ["listen"]'
UNLIKE = [
    Fault("The lesson has 2 parts, and 3 in nb/01-sound.md.", built("## And then\n", "")),
    Fault(
        "The exercise scene stands under another heading than in nb/01-sound.md.",
        built("/// case | scene", f"## And then\n\n/// case | scene{HERE}").replace(
            "## And then\n\n/// help", "/// help"
        ),
    ),
    Fault("The pictures are not those of nb/01-sound.md: wave.svg.", built("![A wave](images/wave.svg)\n", "")),
    Fault("The help box stands 0 times here, and 1 times in nb/01-sound.md.", built("/// help\n///\n", "Then.\n")),
    Fault("The scene scene has a title in one", built("scene\n    title: Here", f"scene{HERE}")),
    in_course("«title» is not written in en.", f'title.nb = "Lyd"{HERE}'),
    in_course("«content_note of the lesson sound» is not written in nb.", "#", NOTE),
    in_course("«goals» has not as many texts in each language: 2 in nb, 1 in en.", GOALS),
    Fault("«tone» is not written in nb.", f'[tone]\nen.term = "tone"{HERE}\nen.text = "A sound."\n', "glossary.toml"),
    Fault(
        "«F1» is not written in en.",
        f'[F1]\nsource = "A book"\nnb = "Lyd."{HERE}\nlast_verified = 2026-01-01\n',
        "facts.toml",
    ),
    Fault("«theme.noise» is not written in en.", f'[theme.noise]\nnb = "Lyd"{HERE}\n', "cards.toml"),
]


@pytest.mark.parametrize("fault", UNLIKE, ids=str)
def test_what_is_said_in_one_language_only_is_a_warning(fault: Fault, pack: Path) -> None:
    write_pack(pack, {"sound": BUILT}, languages=("nb", "en"))
    assert [said for _, _, said in found_in(pack, "warning") if "dictionary" not in said] == [
        "«summary» is not written in nb. Translate it."
    ]
    file = fault.put_into(pack)

    assert is_among(file, fault, found_in(pack, "warning")), found_in(pack, "warning")
    assert found_in(pack) == []


def test_nynorsk_is_compared_where_there_is_some(pack: Path) -> None:
    write_pack(pack, {"sound": BUILT}, languages=("nb", "nn", "en"))
    fault = Fault("The lesson has 2 parts, and 3 in nb/", built("## And then\n", ""), "nn/01-sound.md")
    file = fault.put_into(pack)

    assert is_among(file, fault, found_in(pack, "warning"))


@pytest.mark.parametrize("there", ["---\ntitle: Lyd\n---\n", None], ids=["a title alone", "no file"])
def test_a_lesson_that_waits_for_its_translation_is_a_warning(there: str | None, pack: Path) -> None:
    write_pack(pack, {"sound": MINUTE, "tone": MINUTE}, languages=("nb", "en"))
    file = pack / "nb" / "02-tone.md"
    if there is None:
        file.unlink()
    else:
        file.write_text(there)
    line = (pack / "course.toml").read_text().split("\n").index('slug = "tone"') + 1

    waiting = [found[:2] for found in found_in(pack, "warning") if "The lesson tone is not written in nb." in found[2]]
    assert waiting == [(pack / "course.toml", line)]
    assert found_in(pack) == []
