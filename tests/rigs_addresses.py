"""Addresses compiled once for a run: every application compiles the same, and takes longer for it than most tests."""

from collections.abc import Callable
from typing import Any

from werkzeug.routing import Rule

_compile = Rule._compile_builder
_known: dict[Any, Callable[..., tuple[str, str]]] = {}


def _compile_once(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
    """What werkzeug makes follows from these alone; the rule itself is given when it is called."""
    key = rule.rule, tuple(rule._trace), repr(rule.defaults), append_unknown
    if key not in _known:
        _known[key] = _compile(rule, append_unknown)
    return _known[key]


Rule._compile_builder = _compile_once  # type: ignore[method-assign]
