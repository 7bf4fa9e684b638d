"""Numbers about people, shown only where nobody can be found in them, nor in what is left between them."""

from collections.abc import Mapping

from lms.organisations.models import FEWEST_FOR_SHARING


def shown_parts(parts: Mapping[str, int]) -> tuple[int | None, dict[str, int | None]]:
    """The sum of some parts, and each part, with None for every number that is not shown.

    No number under five is shown. Where the sum is, whoever subtracts the parts that are shown from it learns of at
    least five people, or of nobody: as long as she would learn of fewer, the smallest part that is left is hidden too.
    """
    whole = sum(parts.values())
    if whole < FEWEST_FOR_SHARING:
        return None, dict.fromkeys(parts)
    shown = {key: number for key, number in parts.items() if number >= FEWEST_FOR_SHARING}
    while shown and 0 < whole - sum(shown.values()) < FEWEST_FOR_SHARING:
        del shown[min(shown, key=lambda key: (shown[key], key))]
    return whole, {key: shown.get(key) for key in parts}
