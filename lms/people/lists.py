"""Long lists, a screenful at a time: what was asked for stands in the page's address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from lms.people.names import one_line

ROWS_SHOWN = 50
LONGEST_SEARCH = 120

Row = TypeVar("Row")


@dataclass(frozen=True)
class Look:
    """What somebody asked of a list: words to look for, a choice among what is offered, and a page."""

    chosen: Mapping[str, str]
    plain: Mapping[str, str]
    page: int = 1

    def __getitem__(self, name: str) -> str:
        return self.chosen[name]

    def but(self, **change: Any) -> dict[str, Any]:
        """The arguments of the same address with a change, from its first page unless a page is what changes."""
        page = change.pop("page", 1)
        other = {**self.chosen, **change}
        address: dict[str, Any] = {name: value for name, value in other.items() if value != self.plain[name]}
        return {**address, "page": page} if page > 1 else address

    def differs_in(self, *names: str) -> bool:
        """Whether something other than usual was asked for in one of these."""
        return any(self.chosen[name] != self.plain[name] for name in names)


def read_look(arguments: Mapping[str, str], *named: str, **offered: Sequence[str]) -> Look:
    """What an address asks for; the first of what is offered is the usual, and so is what nobody offers.

    `text` and what is `named` besides are in anybody's own words, and usually empty.
    """
    plain = dict.fromkeys(("text", *named), "") | {name: values[0] for name, values in offered.items()}
    chosen = {name: one_line(arguments.get(name, ""))[:LONGEST_SEARCH] for name in ("text", *named)}
    for name, values in offered.items():
        chosen[name] = written if (written := arguments.get(name, "")) in values else values[0]
    page = arguments.get("page", "")
    return Look(chosen, plain, max(1, int(page)) if page.isascii() and page.isdecimal() and len(page) < 8 else 1)


@dataclass(frozen=True)
class Screenful(Generic[Row]):
    """One page of a list: its rows, which page it is, and how many there are in all."""

    rows: Sequence[Row]
    page: int
    in_all: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.in_all // ROWS_SHOWN))


def page_in(look: Look, in_all: int) -> int:
    """The page that was asked for, or the last one there is."""
    return max(1, min(look.page, -(-in_all // ROWS_SHOWN)))


def screenful_of(rows: Sequence[Row], look: Look) -> Screenful[Row]:
    """The page of these rows that was asked for."""
    page = page_in(look, len(rows))
    return Screenful(rows[(page - 1) * ROWS_SHOWN : page * ROWS_SHOWN], page, len(rows))
