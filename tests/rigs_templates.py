"""Templates compiled once for a run: every application compiles the same, and takes longer for it than most tests."""

from types import CodeType
from typing import Any

from jinja2 import Environment

_compile = Environment.compile
_known: dict[Any, CodeType] = {}


def _compile_once(
    environment: Environment,
    source: Any,
    name: str | None = None,
    filename: str | None = None,
    raw: bool = False,
    defer_init: bool = False,
) -> Any:
    """What Jinja makes follows from these alone: the source, where it stands, and what the environment has been told.

    A filter or test goes by its function, since Jinja applies it to what stands in the template as it compiles.
    """
    if raw or not isinstance(source, str):
        return _compile(environment, source, name, filename, raw, defer_init)
    key = (
        (source, name, filename, defer_init),
        tuple(getattr(environment, setting) for setting in SETTINGS),
        environment.autoescape(name) if callable(environment.autoescape) else environment.autoescape,
        tuple(environment.extensions),
        frozenset(environment.filters.items()),
        frozenset(environment.tests.items()),
    )
    if key not in _known:
        _known[key] = _compile(environment, source, name, filename, raw, defer_init)
    return _known[key]


SETTINGS = (
    "block_start_string",
    "block_end_string",
    "variable_start_string",
    "variable_end_string",
    "comment_start_string",
    "comment_end_string",
    "line_statement_prefix",
    "line_comment_prefix",
    "trim_blocks",
    "lstrip_blocks",
    "newline_sequence",
    "keep_trailing_newline",
    "optimized",
    "undefined",
    "finalize",
)

Environment.compile = _compile_once  # type: ignore[method-assign]
