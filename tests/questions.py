"""What is asked of the database, for tests that budget it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import event

# What a process looks up each half minute, on whichever page that falls.
LOOK = "SELECT count(*) AS count_1 \nFROM lms_revision"


@contextmanager
def questions(app: Flask, looks: bool = False) -> Iterator[list[str]]:
    """Everything that is asked of the database for the pages in the block; with `looks`, for the process too."""
    asked: list[str] = []

    def hear(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if looks or statement != LOOK:
            asked.append(statement)

    engine = app.extensions["lms"].engine
    event.listen(engine, "before_cursor_execute", hear)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", hear)
