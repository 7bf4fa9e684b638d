"""Spelling: a word that neither hunspell nor our own lists know is a slip, or it wants to be listed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TypeAlias

from lms.courses.fallback import LANGUAGES
from lms.courses.files import read_text
from lms.courses.findings import Finding
from lms.courses.passages import Passage

# The words an author has listed, by language.
Words: TypeAlias = Mapping[str, frozenset[str]]

DICTIONARIES = {"nb": "nb_NO", "nn": "nn_NO", "en": "en_GB"}
DEBIAN = "hunspell hunspell-no hunspell-en-gb"
MACOS = (
    "brew install hunspell && mkdir -p ~/Library/Spelling && cd ~/Library/Spelling && curl -fsSLO "
    "'https://raw.githubusercontent.com/LibreOffice/dictionaries/master/{no/nb_NO,no/nn_NO,en/en_GB}.{aff,dic}'"
)

_PLACES = (
    "/usr/share/hunspell",
    "/usr/share/myspell/dicts",
    "/usr/local/share/hunspell",
    "/opt/homebrew/share/hunspell",
    "~/.local/share/hunspell",
    "~/Library/Spelling",
    "/Library/Spelling",
    "/Applications/LibreOffice.app/Contents/Resources/extensions/dict-no",
    "/Applications/LibreOffice.app/Contents/Resources/extensions/dict-en",
)
# Letters with apostrophes between them; what is written together with digits is none.
_WORD = re.compile(r"(?<!\w)[^\W\d_]+(?:['’][^\W\d_]+)*(?!\w)")
_GENITIVE = re.compile(r"'?s$|'$")
_ALPHABET = str.maketrans("æøå", "{|}")
# Suggestions take longer than everything else, and nobody mends more in one go.
_MOST_SUGGESTED = 30


def program() -> str | None:
    """Hunspell on this machine."""
    return shutil.which("hunspell") or shutil.which("hunspell", path="/opt/homebrew/bin:/usr/local/bin")


def dictionary(language: str) -> Path | None:
    """The dictionary of a language, as hunspell wants it named: without .aff and .dic."""
    named = [place for place in os.environ.get("DICPATH", "").split(os.pathsep) if place]
    for place in (*named, *_PLACES):
        found = Path(place).expanduser() / DICTIONARIES[language]
        if found.with_suffix(".aff").is_file() and found.with_suffix(".dic").is_file():
            return found
    return None


def not_looked_at() -> str | None:
    """One sentence where this machine can't spell some language, with what to install; else nothing."""
    missing = [language for language in LANGUAGES if not program() or not dictionary(language)]
    if not missing:
        return None
    return f"Spelling was not looked at in {', '.join(missing)}. Debian: apt-get install {DEBIAN}. macOS: {MACOS}"


def listed_in(folders: Iterable[Path], findings: list[Finding]) -> Words:
    """The words of the lists in these folders: words.nb.txt and the like, and words.txt for every language."""
    folders = list(dict.fromkeys(folders))
    everywhere = {word for folder in folders for word in _read_list(folder / "words.txt", findings)}
    return {
        language: frozenset(everywhere).union(
            *(_read_list(folder / f"words.{language}.txt", findings) for folder in folders)
        )
        for language in LANGUAGES
    }


def _read_list(file: Path, findings: list[Finding]) -> Iterator[str]:
    """One word per line, in the order of the alphabet; what stands after # is a remark."""
    before = ""
    for number, line in enumerate(read_text(file, findings).split("\n") if file.is_file() else [], 1):
        word = line.partition("#")[0].strip().replace("’", "'")
        if not word:
            continue
        order = word.casefold().translate(_ALPHABET)
        if not _WORD.fullmatch(word):
            do = "Write one word per line, and the parts of a hyphenated word each on its own."
            findings.append(Finding(file, number, f"«{word}» is not one word.", do, "warning"))
        elif order <= before:
            do = "Keep the list in the order of the alphabet, each word once."
            findings.append(Finding(file, number, f"«{word}» stands in the wrong place.", do, "warning"))
        before = max(before, order)
        yield word


def misspelt(passages: Iterable[tuple[Passage, Words]]) -> Iterator[Finding]:
    """Every word that is in no dictionary and no list, where it first stands in its file."""
    unlisted: dict[tuple[Path, str, str], int] = {}
    for passage, words in passages:
        for found in _WORD.finditer(passage.text):
            word = found[0].replace("’", "'")
            if len(word) > 1 and not _is_listed(word, words[passage.language]):
                line = passage.line + passage.text.count("\n", 0, found.start())
                unlisted.setdefault((passage.file, passage.language, word), line)
    wrong: dict[tuple[str, str], tuple[str, ...]] = {}
    for language in LANGUAGES:
        asked = {word for _, spoken, word in unlisted if spoken == language}
        if asked and (known := dictionary(language)) and (hunspell := program()):
            wrong |= {(language, word): like for word, like in _unknown(asked, hunspell, known).items()}
    for (file, language, word), line in unlisted.items():
        if (language, word) in wrong:
            # Norwegian writes compounds as one word: to divide them is the very slip we look for.
            like = [each for each in wrong[language, word] if language == "en" or not set(each) & set(" -")]
            rather = " or ".join(like[:3])
            do = f"{f'Write {rather}' if rather else 'Correct it'}, or list it in words.{language}.txt."
            yield Finding(file, line, f"The word «{word}» is in no dictionary ({language}).", do, "warning")


def _is_listed(word: str, words: frozenset[str]) -> bool:
    """A list's small letters stand for capitals too, and a name's capital for its genitive."""
    name = _GENITIVE.sub("", word)
    return word in words or word.lower() in words or (name in words and not name[0].islower())


# What each dictionary has answered, since a run asks for the same words pack after pack.
@cache
def _answers(known: Path) -> dict[str, tuple[str, ...] | None]:
    return {}


def _unknown(asked: set[str], hunspell: str, known: Path) -> dict[str, tuple[str, ...]]:
    """The words that hunspell does not know, each with what it would suggest."""
    answers = _answers(known)
    new = sorted(asked - answers.keys())
    if new:
        command = [hunspell, "-i", "utf-8", "-d", str(known)]
        # Where the dictionary's letters don't reach, hunspell lets everything pass.
        foreign = {word for word in new if not _can_be_written(word, known)}
        said = set(_ask([*command, "-l"], [word for word in new if word not in foreign]))
        # A dictionary that knows no apostrophe answers for each side of it.
        unknown = [word for word in new if word in foreign or {word, *word.split("'")} & said]
        answers.update(dict.fromkeys(new))
        answers.update(dict.fromkeys(unknown, ()))
        spelt = [word for word in unknown if word not in foreign][:_MOST_SUGGESTED]
        for line in _ask([*command, "-a"], [f"^{word}" for word in spelt]):
            if line.startswith("& "):
                about, _, suggestions = line.partition(": ")
                answers[about.split()[1]] = tuple(suggestions.split(", "))
    return {word: like for word in asked if (like := answers[word]) is not None}


def _ask(command: list[str], words: list[str]) -> list[str]:
    if not words:
        return []
    text = "\n".join(words) + "\n"
    # The command is hunspell with one of its dictionaries; the words go in by its standard input.
    ran = subprocess.run(command, input=text, capture_output=True, check=True, encoding="utf-8")  # noqa: S603
    return ran.stdout.splitlines()


def _can_be_written(word: str, known: Path) -> bool:
    try:
        word.encode(_letters_of(known))
    except UnicodeEncodeError:
        return False
    return True


@cache
def _letters_of(known: Path) -> str:
    named = re.search(rb"^SET\s+(\S+)", known.with_suffix(".aff").read_bytes(), re.MULTILINE)
    name = named[1].decode() if named else "latin-1"
    return name.replace("ISO8859", "iso-8859")
