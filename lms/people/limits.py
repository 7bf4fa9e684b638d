"""How often something may be tried: counted for our own views only, each application for itself."""

from collections.abc import Callable
from functools import wraps
from types import TracebackType
from typing import Any, Literal, TypeVar, cast

from flask import Flask, current_app, make_response, request
from limits import RateLimitItem, parse_many
from limits.errors import ConfigurationError
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import FixedWindowRateLimiter
from werkzeug.exceptions import HTTPException, TooManyRequests

from lms.settings import SettingsError

View = TypeVar("View", bound=Callable[..., Any])


class TooManyTries(TooManyRequests):
    """Somebody has tried more often than people do."""


class Limits:
    """The counts of one application; when the place they are kept in is gone, each process counts for itself."""

    def __init__(self, storage: str, enabled: bool):
        """`storage` is `memory://`, or `redis://…` where several processes share the counts."""
        self.enabled = enabled
        try:
            self._kept = FixedWindowRateLimiter(storage_from_string(storage, wrap_exceptions=False))
        except ConfigurationError as error:
            do = "Write memory:// or redis://host:6379/0; the latter needs: pip install 'balanse[redis]'"
            raise SettingsError(f"LMS_LIMITS_STORAGE cannot be used ({error}). {do}") from None
        self._reserve = FixedWindowRateLimiter(MemoryStorage())

    def hit(self, rule: RateLimitItem, *names: str) -> bool:
        """Count one try; False when it is one too many."""
        return self._ask("hit", rule, *names)

    def allows(self, rule: RateLimitItem, *names: str) -> bool:
        """Whether one more try would be let through; counts nothing."""
        return self._ask("test", rule, *names)

    def _ask(self, what: Literal["hit", "test"], rule: RateLimitItem, *names: str) -> bool:
        if not self.enabled:
            return True
        try:
            return bool(getattr(self._kept, what)(rule, *names))
        except self._kept.storage.base_exceptions:
            return bool(getattr(self._reserve, what)(rule, *names))


def limits_of(app: Flask) -> Limits:
    """The limits that this application asks for."""
    return Limits(app.config["LMS_LIMITS_STORAGE"], app.config.get("RATELIMIT_ENABLED", True))


def remote_address() -> str:
    """Where the request comes from; behind a proxy, what the proxy says."""
    return request.remote_addr or "nowhere"


class Limiter:
    """Writes limits beside the views they hold for."""

    def limit(self, rules: str, key_func: Callable[[], str] = remote_address, misses: int | None = None) -> "Limit":
        """At most so many tries for each key: `10 per minute; 60 per hour`. Decorates a view, or guards a block.

        With `misses`, only tries that end with this status count, but when there are too many, every try is refused:
        a whole theatre may sit behind one address, and of those who guess hardly anybody hits.
        """
        return Limit(rules, key_func, misses)


class Limit:
    """One line of limits. Raises TooManyTries."""

    def __init__(self, rules: str, key_func: Callable[[], str], misses: int | None):
        self.rules = parse_many(rules)
        self.key_func = key_func
        self.misses = misses

    def __call__(self, view: View) -> View:
        @wraps(view)
        def limited(*args: Any, **kwargs: Any) -> Any:
            if self.misses is None:
                with self:
                    return view(*args, **kwargs)
            if not all(_counts().allows(rule, *self._names()) for rule in self.rules):
                raise TooManyTries
            try:
                answer = make_response(view(*args, **kwargs))
            except HTTPException as error:
                self._count_if_missed(error.code)
                raise
            self._count_if_missed(answer.status_code)
            return answer

        return cast(View, limited)

    def __enter__(self) -> None:
        if not all(_counts().hit(rule, *self._names()) for rule in self.rules):
            raise TooManyTries

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to give back."""

    def _count_if_missed(self, status: int | None) -> None:
        if status == self.misses:
            for rule in self.rules:
                _counts().hit(rule, *self._names())

    def _names(self) -> tuple[str, str, str]:
        return "lms", request.endpoint or "", self.key_func()


def _counts() -> Limits:
    counts: Limits = current_app.extensions["lms"].limits
    return counts


limiter = Limiter()
