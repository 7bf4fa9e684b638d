"""The fields of arts and culture that an organisation may belong to, and how big it is: as keys, with their names."""

from lms.languages import lazy

# A key is a promise: it stands in the database, in addresses and in files.
FIELDS: dict[str, str] = {
    "theatre": lazy("Theatre"),
    "dance": lazy("Dance"),
    "music": lazy("Music"),
    "festival": lazy("Festival"),
    "literature": lazy("Literature and publishing"),
    "film": lazy("Film"),
    "visual_arts": lazy("Visual arts"),
    "museum": lazy("Museum"),
    "venue": lazy("Concert hall or other venue"),
    "education": lazy("Education"),
    "other": lazy("Another field"),
}
# The least number of people in each class of size; a class ends before the next one.
SIZES: dict[str, int] = {"1-4": 1, "5-19": 5, "20-49": 20, "50-249": 50, "250-": 250}


def size_class(people: int) -> str:
    """The class of size of an organisation with so many people; empty where nobody has said how many."""
    return next((key for key, least in reversed(SIZES.items()) if people >= least), "")
