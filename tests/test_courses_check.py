"""`lms courses check` names every fault there is, in its file and on its line, with what to do about it."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from lms.cli import main
from lms.courses.check import check, check_all
from lms.courses.findings import PackError
from lms.courses.packs import read_library
from lms.courses.spelling import not_looked_at
from tests.faults import (
    HERE,
    LESSON_FILE,
    MINUTE,
    Fault,
    found_in,
    in_course,
    in_lesson,
    in_second_lesson,
    is_among,
)
from tests.packs import LESSON, lesson_file

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 48">{}</svg>'
LONG = " ".join(["and then we hear it again"] * 6)


def exercise(what: str, kind: str, body: str) -> Fault:
    return in_lesson(what, f"/// {kind} | asked{HERE}\n{body}\n///")


STOPPING = [
    # Files and folders
    Fault("This is not TOML", 'version = "1\n', "course.toml"),
    Fault("This is not TOML", f'version = "1"\n\nminutes = five{HERE}\n', "course.toml"),
    Fault("This is not TOML", f'version = "1"\ntitle.nb = ["{HERE}\n\n', "course.toml"),
    Fault("The file has no front matter.", MINUTE),
    Fault("The file has no front matter.", "---\ntitle: Sound\n"),
    Fault("The lesson has no title.", f"---\n---\n{MINUTE}"),
    Fault("Nobody reads «minutes: 12» here.", f"---\ntitle: Sound\nminutes: 12{HERE}\n---\n{MINUTE}"),
    Fault("The file belongs to no lesson.", lesson_file(MINUTE), "en/02-tone.md"),
    Fault("Two files hold sound in en.", lesson_file(MINUTE), "en/02-sound.md"),
    Fault("This is no picture a lesson can show.", "GIF89a", "images/dance.gif"),
    Fault("This is no picture a lesson can show.", "", "images/two words.svg"),
    # course.toml
    in_course("The course has no version.", f"version = 1{HERE}"),
    in_course("The course has no version.", f'version = ""{HERE}'),
    in_course("The course's version is too long", f'version = "{"1" * 41}"{HERE}'),
    in_course("The course has no minutes.", f'minutes = "5"{HERE}'),
    in_course("The course has no minutes.", f"minutes = 0{HERE}"),
    in_course("The course has no minutes.", f"minutes = true{HERE}"),
    in_course("The course has no minutes.", f"minutes = 4.5{HERE}"),
    in_course("There is no title.", f"title = {{}}{HERE}"),
    in_course("title is not a text per language.", f'title = "Sound"{HERE}'),
    in_course("title is not a text per language.", f"title.nb = 1{HERE}"),
    in_course("Nobody reads title.sv.", f'title.nb = "Lyd"\ntitle.sv = "Ljud"{HERE}'),
    in_course("summary is not a text per language.", f'summary.nb = ["Lyd"]{HERE}'),
    in_course("Nobody reads summary.de.", f'summary.de = "Ton"{HERE}'),
    in_course("goals is not a list of texts per language.", f'goals = ["listen"]{HERE}'),
    in_course("goals is not a list of texts per language.", f'goals.nb = "lytte"{HERE}'),
    in_course("goals is not a list of texts per language.", f"goals.nb = [1]{HERE}"),
    in_course("Nobody reads goals.da.", f'goals.da = ["lytte"]{HERE}'),
    in_course("Nobody reads minute.", f"minute = 5{HERE}"),
    in_course("The course has no lessons.", f"lesson = []{HERE}", "#"),
    in_course("The course has no lessons.", f'lesson = ["sound"]{HERE}', "#"),
    in_course("The course has no lessons.", f"lesson = 1{HERE}", "#"),
    in_second_lesson("«Tone» can't be a slug.", f'slug = "Tone"{HERE}'),
    in_second_lesson("«1» can't be a slug.", f"slug = 1{HERE}"),
    in_second_lesson("«» can't be a slug.", f"slug = ''{HERE}"),
    in_second_lesson(f"«{'a' * 81}» can't be a slug.", f"slug = '{'a' * 81}'{HERE}"),
    in_course("«» can't be a slug.", "", f"{LESSON.format(slug='sound')}[[lesson]]{HERE}\nminutes = 5\n"),
    in_second_lesson("Two lessons are called sound.", f'slug = "sound"{HERE}'),
    in_second_lesson("The lesson tone has no file.", f'slug = "tone"{HERE}'),
    in_second_lesson("The lesson tone has no minutes.", f"minutes = -1{HERE}"),
    in_second_lesson("The lesson tone has no reading_minutes.", f'reading_minutes = "1"{HERE}'),
    in_second_lesson("The facts of tone are not a list.", f'facts = "F1"{HERE}'),
    in_second_lesson("The facts of tone are not a list.", f"facts = [1]{HERE}"),
    in_second_lesson("The lesson tone builds on no-such-fact,", f'facts = [\n  "no-such-fact",{HERE}\n]'),
    in_second_lesson("Whether tone is for leaders is not said.", f'for_leaders = "yes"{HERE}'),
    in_second_lesson("content_note is not a text per language.", f'content_note = "Loud"{HERE}'),
    in_second_lesson("Nobody reads content_note.fr.", f'content_note.fr = "Fort"{HERE}'),
    in_second_lesson("Nobody reads goal.", f'goal = "listen"{HERE}'),
    # Words, facts and help
    Fault("The word tone is not explained right.", f'[tone]{HERE}\nen = "A sound."\n', "glossary.toml"),
    Fault("The word tone is not explained right.", f'[tone]{HERE}\nen.term = "tone"\n', "glossary.toml"),
    Fault(
        "The word tone is not explained right.", f'[tone]{HERE}\nsv.term = "ton"\nsv.text = "Ljud."', "glossary.toml"
    ),
    Fault("The word tone is not explained right.", f'[tone]{HERE}\nen.term = "tone"\nen.text = " "\n', "glossary.toml"),
    Fault(
        "«note» leads to both tone and note (en).",
        f'[tone]\nen.term = "Note"\nen.text = "It."\n[note]{HERE}\nen.term = "notes"\nen.text = "It."\n',
        "glossary.toml",
    ),
    Fault("The fact F1 is not whole. Write nb", f'\n[F1]{HERE}\nsource = "A book"\n', "facts.toml"),
    Fault("The fact F1 is not whole. Write source", f'\n[F1]{HERE}\nnb = "Lyd."\n', "facts.toml"),
    Fault("The fact F1 is not whole. Put every text", f'\n[F1]{HERE}\nnb = 1\nsource = "A book"\n', "facts.toml"),
    Fault(
        "The fact F1 is not whole. Write the", f'[F1]{HERE}\nnb = "L"\nsource = "B"\nurl = "lovdata.no"\n', "facts.toml"
    ),
    Fault(
        "The fact F1 is not whole. Write last_verified",
        f'[F1]{HERE}\nnb = "Lyd."\nsource = "A book"\nlast_verified = "2026-01-01"\n',
        "facts.toml",
    ),
    Fault("These are no services.", f'service = ["ears"]{HERE}\n', "help.toml"),
    *(
        Fault(
            f"is not whole. {do}",
            '[[service]]\nkey = "eyes"\nname.nb = "Øynene"\nphone = "1"\nlast_verified = 2026-01-01\n'
            + "\n".join([f"[[service]]{HERE}", *lines]),
            "help.toml",
        )
        for do, *lines in (
            ("Write key", 'name.nb = "Ørene"', 'phone = "1"', "last_verified = 2026-01-01"),
            ("Write name.nb", 'key = "ears"', 'phone = "1"', "last_verified = 2026-01-01"),
            ("Write name.nb", 'key = "ears"', 'name = "Ørene"', 'phone = "1"', "last_verified = 2026-01-01"),
            ("Write about.nb", 'key = "ears"', 'name.nb = "Ø"', 'about = "Døgnet rundt"', 'phone = "1"'),
            ("Write a phone, a url or both.", 'key = "ears"', 'name.nb = "Ørene"', "last_verified = 2026-01-01"),
            ("Put every text between quotes.", 'key = "ears"', 'name.nb = "Ørene"', "phone = 116123"),
            ("Write the whole url", 'key = "ears"', 'name.nb = "Ørene"', 'url = "javascript:alert(1)"'),
            ("Write last_verified", 'key = "ears"', 'name.nb = "Ørene"', 'phone = "1"'),
        )
    ),
    # Blocks
    in_lesson("This closes no block.", f"///{HERE}"),
    in_lesson("This closes no block.", f"/// note\nHear.\n////{HERE}\n///"),
    in_lesson("There is no block called nota.", f"/// nota{HERE}\nHear.\n///"),
    in_lesson("The note is never closed.", f"/// note{HERE}\nHear."),
    in_lesson("A block in a block has too many /.", f"/// columns\n\n/// column{HERE}\nHear.\n///\n\n///"),
    in_lesson("The stance has no id that works.", f"/// stance{HERE}\nYes?\n///"),
    in_lesson("The stance has no id that works.", f"/// stance | {'a' * 81}{HERE}\nYes?\n///"),
    in_lesson("The stance has no id that works.", f"/// stance | Asked twice{HERE}\nYes?\n///"),
    in_lesson("The page itself has a field called seconds.", f"/// stance | seconds{HERE}\nYes?\n///"),
    in_lesson("The id asked is used twice", f"/// stance | asked\nYes?\n///\n\n/// stance | asked{HERE}\nNo?\n///"),
    in_lesson("The stance stands inside another block.", f"//// note\n\n/// stance | asked{HERE}\nYes?\n///\n\n////"),
    in_lesson("The help stands inside another block.", f"//// note\n\n/// help{HERE}\n///\n\n////"),
    in_lesson("A block stands in a list or a quotation.", f"- Hear\n\n    /// stance | asked{HERE}\n    Yes?\n    ///"),
    in_lesson("A block stands in a list or a quotation.", f"> Hear\n>\n> /// stance | asked{HERE}\n> Yes?\n> ///"),
    in_lesson("A block stands in a list or a quotation.", f"- /// note{HERE}\n    Hear\n    ///"),
    in_lesson(
        "The case's settings are not understood.", f"/// case | asked{HERE}\n    title: In: the van\n\nHear.\n///"
    ),
    in_lesson(
        "The stance's settings are not understood.", f"/// stance | asked{HERE}\n    factor: alcohol\n\nYes?\n///"
    ),
    in_lesson("The note's settings are not understood.", f"/// note{HERE}\n    attrs: {{class: loud}}\n\nHear.\n///"),
    in_lesson("The help's settings are not understood.", f"/// help | now{HERE}\n///"),
    in_lesson("Nobody sees what stands inside the help.", f"/// help\n///\n\n/// help{HERE}\nCall us.\n///"),
    Fault("Lists and quotations stand too deep", lesson_file(f"Hear.{HERE}\n\n{'- ' * 3000}x")),
    # Exercises
    exercise("The exercise asks nothing.", "reflection", ""),
    exercise("The exercise asks nothing.", "choice", "- [x] Yes\n- [ ] No"),
    exercise("The exercise does not end with a list", "choice", "Hear?"),
    exercise("The exercise does not end with a list", "choice", "Hear?\n\n- [x] Yes\n- [ ] No\n\nWell?"),
    exercise("No alternative is right.", "choice", "Hear?\n\n- [ ] Yes\n- [ ] No"),
    exercise("An alternative is marked neither right nor wrong.", "choice", "Hear?\n\n- [x] Yes\n- No"),
    exercise("Something to choose from has no text.", "choice", "Hear?\n\n- [x] Yes\n- [ ]"),
    exercise("The exercise has 1 to choose from.", "choice", "Hear?\n\n- [x] Yes"),
    exercise("The exercise has 21 to choose from.", "choice", "Hear?\n\n" + "- [x] Yes\n" * 21),
    exercise("The exercise does not end with a table", "match", "Hear?\n\n- Piano: soft"),
    exercise("The table has not two columns.", "match", "Hear?\n\n|a|b|c|\n|-|-|-|\n|d|e|f|\n|g|h|i|"),
    exercise("Two rows have the same right side.", "match", "Hear?\n\n|a|b|\n|-|-|\n|c|d|\n|e|d|"),
    exercise("Something to choose from has no text.", "match", "Hear?\n\n|a|b|\n|-|-|\n|c|d|\n|e||"),
    exercise("The exercise has 1 to choose from.", "match", "Hear?\n\n|a|b|\n|-|-|\n|c|d|"),
    exercise("The exercise does not end with a numbered list", "order", "Hear?\n\n- One\n- Two"),
    exercise("Something to choose from has no text.", "order", "Hear?\n\n1. One\n2. \n3. Three"),
    exercise("The rating has no factor.", "rating", "Hear?"),
    exercise("The rating has no factor.", "rating", "    factor: Late nights\n\nHear?"),
    exercise("The exercise does not end with a list of choices", "case", "Sara hears."),
    exercise("A choice leads nowhere.", "case", "Sara hears.\n\n- She waits\n\n    Then.\n\n- She runs"),
    # Words, links, pictures and headings
    in_lesson("Nobody explains the word decibel.", f"A decibel.\n\nTwo [[ decibel |decibels]].{HERE}"),
    in_lesson("The heading «Sound» has a level lessons don't use.", f"# Sound{HERE}"),
    in_lesson("The heading «We hear» has a level lessons don't use.", f"##### We hear{HERE}"),
    in_lesson("The link to «javascript:alert(1)» leads nowhere.", f"[Hear](javascript:alert(1)){HERE}"),
    in_lesson("The link to «other-lesson» leads nowhere.", f"[Hear](other-lesson){HERE}"),
    in_lesson("The link to «» leads nowhere.", f"[Hear](){HERE}"),
    in_lesson("The link to «http:/here» leads nowhere.", f"[Hear][1]\n\n[1]: http:/here{HERE}"),
    in_lesson(
        "The link to «https://example.no» has no words.",
        f"[Hear](https://example.no)\n\n[ ](https://example.no){HERE}",
    ),
    in_lesson("There is no picture «images/none.svg».", f"![A wave](images/none.svg){HERE}"),
    in_lesson("There is no picture «https://example.no/a.svg».", f"![A wave](https://example.no/a.svg){HERE}"),
    in_lesson("There is no picture «../images/wave.svg».", f"![A wave](../images/wave.svg){HERE}"),
    in_lesson("The picture has no text.", f"![A wave](images/wave.svg)\n\n![](images/wave.svg){HERE}"),
]


def test_a_pack_with_nothing_to_mend_has_no_findings(pack: Path) -> None:
    assert check([pack]) == []
    assert check([pack.parent]) == [], "a folder of packs too"


@pytest.mark.parametrize("fault", STOPPING, ids=str)
def test_a_fault_is_named_where_it_is(fault: Fault, pack: Path) -> None:
    file = fault.put_into(pack)

    assert is_among(file, fault, found_in(pack)), found_in(pack)


def test_every_fault_stops_the_pack_and_is_said_in_the_same_words(pack: Path) -> None:
    for fault in STOPPING:
        if fault.file in ("facts.toml", "help.toml"):
            continue  # beside our own packs, and not in them
        file = pack / fault.file
        before = file.read_bytes() if file.exists() else None
        fault.put_into(pack)
        with pytest.raises(PackError) as stopped:
            read_library(home=pack.parent)
        assert {(each.file, each.line, each.what) for each in stopped.value.findings} <= {
            (each.file, each.line, each.what) for each in check([pack])
        }
        if before is None:
            file.unlink()
        else:
            file.write_bytes(before)


# What does not stop a pack, but is there to be mended all the same

HARDER = [
    in_lesson("«<b>» is shown as it stands: HTML is not let through.", f"We <b>hear</b> it.{HERE}"),
    in_lesson("The sentence «It is a drum, and then …» has 40 words.", f"Hear.\n\nIt is a drum,{HERE}\n{LONG}."),
    in_lesson(
        "An alternative of asked does not say why.", f"/// choice | asked{HERE}\nHear?\n\n- [x] Yes\n- [ ] No\n///"
    ),
    Fault("3 words of prose are not 1 minutes of reading.", f"---\ntitle: Sound\n---\nWe hear it.{HERE}\n"),
    Fault("360 words of prose are not 1 minutes", lesson_file(MINUTE.replace(".", f".{HERE}", 1) + MINUTE)),
    Fault("The lesson has LIX 104", lesson_file(f"Orchestral reverberation counteracts intelligibility.{HERE}\n")),
    in_course("The lessons take 5 minutes in all, and the course says 6.", f"minutes = 6{HERE}"),
    in_second_lesson("Reading tone takes longer than the whole lesson.", f"reading_minutes = 6{HERE}"),
    Fault("The drawing weighs 6001 bytes; 6000 is the most.", SVG.format("\n" * 5_935), "images/drum.svg"),
    Fault("The preview is no PNG. Save it as a PNG of 1200 × 630", "GIF89a", "images/social.png"),
]


@pytest.mark.parametrize("fault", HARDER, ids=str)
def test_what_makes_a_course_harder_is_a_warning(fault: Fault, pack: Path) -> None:
    file = fault.put_into(pack)
    if "tone" in fault.text:
        (pack / "en" / "02-tone.md").write_text(lesson_file(MINUTE))

    assert is_among(file, fault, found_in(pack, "warning")), found_in(pack, "warning")
    assert found_in(pack) == []


# The command


def test_the_command_prints_what_to_mend_and_says_so_to_scripts(pack: Path) -> None:
    assert CliRunner().invoke(main, ["courses", "check", str(pack)]).output == "Nothing to mend.\n"
    (pack / LESSON_FILE).write_text(lesson_file(MINUTE + "\n/// nota\nHear.\n///\n"))
    ran = CliRunner().invoke(main, ["courses", "check", str(pack)])

    assert ran.exit_code == 1
    assert f"{pack / LESSON_FILE}:20: There is no block called nota. Use one of reflection, choice," in ran.output


def test_there_is_nothing_to_mend_in_our_own_courses() -> None:
    assert not_looked_at() is None, not_looked_at()
    assert [str(finding) for finding in check_all()] == []
