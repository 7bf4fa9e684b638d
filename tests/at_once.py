"""Many at once: the same act from several threads, let go at the same moment."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

Answer = TypeVar("Answer")


def all_at_once(acts: Sequence[Callable[[], Answer]]) -> list[Answer]:
    """What each act answered, in their order; whatever one raises is raised here."""
    gate = Barrier(len(acts))

    def go(act: Callable[[], Answer]) -> Answer:
        gate.wait(30)
        return act()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(go, acts))
