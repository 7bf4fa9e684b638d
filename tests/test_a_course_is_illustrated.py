"""A course has light drawings, one in each lesson, with a text or on purpose without."""

from pathlib import Path

from lms.courses.check import check
from lms.courses.packs import Prose, read_library
from tests.faults import LESSON_FILE, MINUTE, found_in
from tests.packs import lesson_file, write_pack

WITHOUT_PICTURE = "The lesson has no picture, and most of the course have."


def bare_lessons(pack: Path) -> list[tuple[Path, int]]:
    return [(file, line) for file, line, what in found_in(pack, "warning") if WITHOUT_PICTURE in what]


def test_a_lesson_without_a_picture_stands_out_among_those_that_have_one(pack: Path) -> None:
    drawn = f"{MINUTE}\n![A wave](images/wave.svg)\n"
    slugs = ("sound", "tone", "noise", "hush")
    write_pack(pack, dict.fromkeys(slugs, MINUTE) | {"tone": drawn}, languages=("nb", "en"))
    assert bare_lessons(pack) == [], "where few have one, none is missed"
    write_pack(pack, dict.fromkeys(slugs, drawn) | {"hush": MINUTE}, languages=("nb", "en"))
    (pack / "en" / "01-sound.md").write_text(lesson_file(MINUTE))
    missed = [pack / "nb" / "04-hush.md", pack / "en" / "01-sound.md", pack / "en" / "04-hush.md"]
    assert bare_lessons(pack) == [(file, 4) for file in missed]
    manifest = pack / "course.toml"
    manifest.write_text(manifest.read_text() + "for_leaders = true\n")

    assert bare_lessons(pack) == [(pack / "en" / "01-sound.md", 4)], "nor in a part for leaders"


def test_a_picture_without_a_text_is_meant_to_have_none(pack: Path) -> None:
    (pack / LESSON_FILE).write_text(lesson_file(f'{MINUTE}\n![](images/wave.svg "decorative")\n'))
    assert check([pack]) == []
    (prose,) = read_library(home=pack.parent).courses[0].lessons[0].parts("en")

    assert isinstance(prose, Prose)
    assert '<img alt="" height="48" loading="lazy" src="/images/wave.svg" width="64">' in prose.html_at("/images")


def test_a_preview_of_another_size_is_a_warning(pack: Path) -> None:
    sizes = (800).to_bytes(4) + (400).to_bytes(4)
    (pack / "images" / "social.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + sizes)

    assert "The preview is 800 × 400." in found_in(pack, "warning")[0][2]
