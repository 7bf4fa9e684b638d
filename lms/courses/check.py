"""The author's friend: everything that stops a pack, and everything that makes it harder to read than it need be."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from lms.courses.facts import Fact, facts_around, read_facts, read_help
from lms.courses.files import line_in_course, line_of, line_of_exercise, read_text
from lms.courses.findings import BrokenPack, Finding
from lms.courses.glossary import over, read_glossary
from lms.courses.illustration import look_at_pictures
from lms.courses.packs import own_folder, pack_folders, packs_from_elsewhere
from lms.courses.parity import differing_lessons, missing_lessons, missing_texts, spoken_in
from lms.courses.passages import Passage, in_lesson, in_tables
from lms.courses.risk_factors import RISK_FACTORS, RiskFactors, read_risk_factors
from lms.courses.source import LessonFile, Source
from lms.courses.spelling import Words, listed_in, misspelt

__all__ = ["Finding", "check", "check_all", "hard_to_read", "lix", "sentences", "texts_in", "words"]

WORDS_A_MINUTE = 170
HIGHEST_LIX = 45
LONGEST_SENTENCE = 35
# English says the same in more words, and is written to the same minutes.
LEEWAY = {"nb": 0.15, "nn": 0.15, "en": 0.25}

_WORD = re.compile(r"[^\W_]+(?:[-'’./:][^\W_]+)*")
_SENTENCE_END = re.compile(r"(?<=[.!?…:])[»”\")]*\s+(?=[«“\"(–-]*\s?[A-ZÆØÅÉ])")
_UNFINISHED = re.compile(r"\b(?:TODO|FIXME|XXX|[Ll]orem ipsum)\b")
# What packs share lies beside them; the rest is a pack's own.
_SHARED = ("facts.toml", "help.toml", "glossary.toml", RISK_FACTORS)
_OWN = ("course.toml", "cards.toml", "facts.toml", "glossary.toml")
_TAG = re.compile(r"</?[a-zA-Z][^>\n]*>")
_ADDRESS = re.compile(r"<(https?://|mailto:)")
_BLOCKS = {"p", "li", "h2", "h3", "h4", "th", "td", "blockquote", "figcaption", "div", "ul", "ol", "table", "pre"}


def check_all(paths: Sequence[Path] = ()) -> list[Finding]:
    """Look at our own packs, those of installed packages, and those at the paths."""
    broken: list[BrokenPack] = []
    folders = [folder for _, folder in packs_from_elsewhere(paths, broken)]
    return [finding for pack in broken for finding in pack.findings] + check([own_folder(), *folders])


def check(library_paths: Sequence[Path]) -> list[Finding]:
    """Look at every pack at the paths; each is a pack, or a folder of packs with what they share."""
    findings: list[Finding] = []
    sources: list[Source] = []
    library = read_facts(own_folder() / "facts.toml", [])
    shared = read_glossary(own_folder() / "glossary.toml", [])
    factors = read_risk_factors(own_folder() / RISK_FACTORS, [])
    for path in library_paths:
        read_facts(path / "facts.toml", findings)
        read_help(path / "help.toml", findings)
        read_glossary(path / "glossary.toml", findings)
        read_risk_factors(path / RISK_FACTORS, findings)
        folders = pack_folders(path)
        if not folders:
            do = "Name a pack's folder, or a folder that holds packs."
            findings.append(Finding(path, 1, "There is no course.toml here.", do))
        for folder in folders:
            beside = read_glossary(folder.parent / "glossary.toml", findings)
            known = {**library, **facts_around(folder, findings)}
            sources.append(Source(folder, over(beside, shared)))
            findings += _look_at_pack(sources[-1], known, factors)
    findings += _look_at_words(sources)
    # What packs share is read with each of them.
    return list(dict.fromkeys(findings))


def _look_at_words(sources: Sequence[Source]) -> list[Finding]:
    """Spelling, and what is not written in full, in packs that have been read and in the files beside them."""
    findings: list[Finding] = []
    written: list[tuple[Passage, Words]] = []
    for folder in dict.fromkeys(source.folder.parent for source in sources):
        listed = listed_in([own_folder(), folder], findings)
        written += [(passage, listed) for passage in _in_tables(folder, _SHARED, findings)]
    for source in sources:
        listed = listed_in([own_folder(), source.folder.parent, source.folder], findings)
        written += [(passage, listed) for passage in _in_tables(source.folder, _OWN, findings)]
        written += [(passage, listed) for file in source.lesson_files for passage in in_lesson(file)]
        for file in sorted([*source.folder.glob("*/*.md"), *source.folder.glob("images/*.svg")]):
            findings += _unfinished(file)
    return [*findings, *misspelt(written)]


def _in_tables(folder: Path, names: Sequence[str], findings: list[Finding]) -> list[Passage]:
    spoken = spoken_in(pack_folders(folder))
    all_passages: list[Passage] = []
    for file in (folder / name for name in names if (folder / name).is_file()):
        passages = list(in_tables(file))
        findings += [*missing_texts(passages, spoken), *_unfinished(file)]
        all_passages += passages
    return all_passages


def _unfinished(file: Path) -> Iterator[Finding]:
    for number, line in enumerate(read_text(file, []).split("\n"), 1):
        if mark := _UNFINISHED.search(line):
            yield Finding(file, number, f"«{mark[0]}» says that something is left to write.", "Write it.", "warning")


def _look_at_pack(source: Source, facts: Mapping[str, Fact], factors: RiskFactors) -> Iterator[Finding]:
    data = source.read()
    yield from source.findings
    for lesson in data.get("lessons", []):
        yield from _unknown_facts(source, lesson, facts)
        yield from missing_lessons(source, lesson)
        yield from differing_lessons(source.lesson_files, lesson)
    for file in source.lesson_files:
        lesson = next((each for each in data["lessons"] if each["slug"] == file.slug), None)
        if lesson and lesson["texts"].get(file.language):
            yield from _look_at_lesson(file, lesson)
            yield from _unknown_factors(file, lesson, factors)
    if data:
        yield from _minutes_in_all(source, data)
        yield from _look_at_cards(source, data["cards"]["cards"])
        yield from look_at_pictures(source, data)


def _unknown_facts(source: Source, lesson: Mapping[str, Any], facts: Mapping[str, Fact]) -> Iterator[Finding]:
    for key in lesson["facts"]:
        if key not in facts:
            what = f"The lesson {lesson['slug']} builds on {key}, which nobody has explained."
            line = line_in_course(source.manifest, lesson["slug"], key, "facts")
            yield Finding(source.manifest, line, what, "Add it to facts.toml, with its source.")


def _unknown_factors(file: LessonFile, lesson: Mapping[str, Any], factors: RiskFactors) -> Iterator[Finding]:
    rated = [
        part for section in lesson["texts"][file.language] for part in section["parts"] if part["kind"] == "rating"
    ]
    for part in rated:
        if not factors.factor(part["factor"]):
            what = f"The rating {part['id']} is about {part['factor']}, which is no risk factor."
            known = ", ".join(sorted(factor.key for factor in factors.factors))
            yield Finding(
                file.file, line_of_exercise(file.file, part["id"]), what, f"Choose one of: {known}.", "warning"
            )


def _minutes_in_all(source: Source, data: Mapping[str, Any]) -> Iterator[Finding]:
    minutes = sum(lesson["minutes"] for lesson in data["lessons"] if not lesson["for_leaders"])
    if abs(minutes - data["minutes"]) > 0.1 * data["minutes"]:
        what = f"The lessons take {minutes} minutes in all, and the course says {data['minutes']}."
        line = line_in_course(source.manifest, 0, "minutes")
        yield Finding(source.manifest, line, what, "Let them agree.", "warning")
    for lesson in data["lessons"]:
        if lesson["reading_minutes"] > lesson["minutes"]:
            what = f"Reading {lesson['slug']} takes longer than the whole lesson."
            line = line_in_course(source.manifest, lesson["slug"], "reading_minutes")
            yield Finding(source.manifest, line, what, "Raise minutes or lower reading_minutes.", "warning")


def _look_at_lesson(file: LessonFile, lesson: Mapping[str, Any]) -> Iterator[Finding]:
    sections = lesson["texts"][file.language]
    prose = [text for section in sections for part in section["parts"] for text in texts_in(part.get("html", ""))]
    prose += [section["heading"] for section in sections if section["heading"]]
    asked = [text for section in sections for part in section["parts"] for text in _asked(part)]
    yield from _words_against_minutes(file, lesson, sum(len(words(text)) for text in prose))
    yield from hard_to_read(file, [*prose, *asked])
    yield from _whys(file, sections)
    for number, line in enumerate(file.text.split("\n"), file.first_line):
        if (tag := _TAG.search(line)) and not _ADDRESS.match(tag[0]):
            what = f"«{tag[0]}» is shown as it stands: HTML is not let through."
            yield Finding(file.file, number, what, "Write it in Markdown.", "warning")


def _words_against_minutes(file: LessonFile, lesson: Mapping[str, Any], count: int) -> Iterator[Finding]:
    expected = lesson["reading_minutes"] * WORDS_A_MINUTE
    leeway = LEEWAY[file.language]
    least, most = round(expected * (1 - leeway)), round(expected * (1 + leeway))
    if not least <= count <= most:
        what = f"{count} words of prose are not {lesson['reading_minutes']} minutes of reading."
        do = f"Write from {least} to {most} words, or change reading_minutes."
        yield Finding(file.file, file.first_line, what, do, "warning")


def hard_to_read(file: LessonFile, texts: Sequence[str]) -> Iterator[Finding]:
    """What would tire a reader: long sentences, and long words and sentences over all."""
    ease = lix(texts)
    if ease > HIGHEST_LIX:
        what = f"The lesson has LIX {ease:.0f}; {HIGHEST_LIX} is the highest."
        yield Finding(file.file, file.first_line, what, "Choose shorter words and sentences.", "warning")
    for text in texts:
        for sentence in sentences(text):
            length = len(words(sentence))
            if length > LONGEST_SENTENCE:
                what = f"The sentence «{' '.join(sentence.split()[:6])} …» has {length} words."
                do = f"Divide it; {LONGEST_SENTENCE} is the most."
                yield Finding(file.file, _line_of_words(file, sentence), what, do, "warning")


def _whys(file: LessonFile, sections: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    for part in (part for section in sections for part in section["parts"] if part["kind"] == "choice"):
        if not all(alternative["why"] for alternative in part["alternatives"]):
            line = line_of_exercise(file.file, part["id"])
            what = f"An alternative of {part['id']} does not say why."
            yield Finding(file.file, line, what, "Write why under it, indented, after an empty line.", "warning")


def _look_at_cards(source: Source, cards: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    """A card is read aloud to a table where somebody reads each language of the course."""
    file = source.folder / "cards.toml"
    for card in cards:
        line = line_of(file, f'"{card["id"]}"')
        for runs in card["texts"].values():
            for sentence in sentences("".join(run["text"] for run in runs)):
                if len(words(sentence)) > LONGEST_SENTENCE:
                    what = f"A sentence of the card {card['id']} has {len(words(sentence))} words."
                    yield Finding(file, line, what, f"Divide it; {LONGEST_SENTENCE} is the most.", "warning")


def words(text: str) -> list[str]:
    """The words of a text; a date, a paragraph number or a hyphenated word is one."""
    return _WORD.findall(text)


def sentences(text: str) -> list[str]:
    """The sentences of one block of text; «1. juli» and «f.eks. her» end none."""
    return [sentence for sentence in _SENTENCE_END.split(text) if words(sentence)]


def lix(texts: Sequence[str]) -> float:
    """Björnsson's readability: words per sentence, and words of more than six letters per hundred."""
    all_words = [word for text in texts for word in words(text)]
    count = sum(len(sentences(text)) for text in texts)
    if not count:
        return 0
    return len(all_words) / count + 100 * sum(len(word) > 6 for word in all_words) / len(all_words)


def texts_in(html: str) -> list[str]:
    """The text of each block, without what its glossary words explain."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return [" ".join(text.split()) for text in reader.texts if text.strip()]


def _asked(part: Mapping[str, Any]) -> Iterator[str]:
    """The text of an exercise, block by block."""
    if part["kind"] in ("prose", "help"):
        return
    rows = [*part.get("alternatives", []), *part.get("steps", []), *part.get("choices", [])]
    html = [part["prompt"], *(text for row in rows for text in row.values() if isinstance(text, str))]
    html += [text for pair in part.get("pairs", []) for text in pair]
    for each in html:
        yield from texts_in(each)


def _line_of_words(file: LessonFile, sentence: str) -> int:
    """Where a sentence begins, also when the author broke the line or wrote markup within it."""
    start = words(sentence)[:5]
    written = [
        (word, number) for number, line in enumerate(file.text.split("\n"), file.first_line) for word in words(line)
    ]
    for at in range(len(written)):
        if [word for word, _ in written[at : at + len(start)]] == start:
            return written[at][1]
    return file.first_line


class _Reader(HTMLParser):
    """Reads rendered HTML as somebody would who opens no explanation."""

    def __init__(self) -> None:
        super().__init__()
        self.texts = [""]
        self.explaining = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if ("class", "explanation") in attrs:
            self.explaining = True
        elif tag in _BLOCKS:
            self.texts.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "span":
            self.explaining = False
        elif tag in _BLOCKS:
            self.texts.append("")

    def handle_data(self, data: str) -> None:
        if not self.explaining:
            self.texts[-1] += data
