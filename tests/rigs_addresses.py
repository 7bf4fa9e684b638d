"""Addresses compiled once for a run: every application compiles the same, and takes longer for it than most tests."""

from typing import Any, NamedTuple

from werkzeug.routing import Rule


class Compiled(NamedTuple):
    """What werkzeug makes of an address; nothing of it changes afterwards."""

    parts: list[Any]
    trace: list[tuple[bool, str]]
    converters: dict[str, Any]
    arguments: set[str]
    build: Any
    build_unknown: Any


_compile = Rule.compile
_known: dict[Any, Compiled] = {}


def _compile_once(rule: Rule) -> None:
    """What is made follows from these alone; the rule itself is given to what builds its address when it is called."""
    assert rule.map is not None
    place = rule.host if rule.map.host_matching else rule.subdomain
    kinds = frozenset(rule.map.converters.items())
    key = place, rule.rule, rule.merge_slashes, repr(rule.defaults), kinds
    if key not in _known:
        _compile(rule)
        build, build_unknown = rule._build.__func__, rule._build_unknown.__func__  # type: ignore[attr-defined]
        _known[key] = Compiled(rule._parts, rule._trace, rule._converters, rule.arguments, build, build_unknown)
    known = _known[key]
    rule._parts, rule._trace, rule._converters = known.parts, known.trace, known.converters
    rule.arguments |= known.arguments
    rule._build = known.build.__get__(rule, None)
    rule._build_unknown = known.build_unknown.__get__(rule, None)


Rule.compile = _compile_once  # type: ignore[method-assign]
