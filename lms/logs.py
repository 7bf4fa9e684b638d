"""What a log says: in production one line of JSON for each thing, by request, and nothing about anybody.

No address (it may hold the secret of a link), no visitor, and of an error only its kind and where it arose: databases
repeat the values of a row in what they say.
"""

import json
import logging
import re
import sys
import time
import traceback
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from flask import Flask, Response, g, has_request_context, request

requests = logging.getLogger("lms.requests")
_written = json.JSONEncoder(ensure_ascii=False).encode

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
# Asked every few seconds, and worth a line only when the answer is no.
PROBES = ("lms.healthz", "lms.readyz", "lms.metrics")
# A text without a name has no time anywhere: no line may say when one came.
UNTIMED = ("lms.risk_contributions.add",)


def log_trouble(log: logging.Logger, what: str, error: BaseException) -> None:
    """Log the kind of error and where it arose; never its words."""
    log.error("%s: %s\n%s", what, type(error).__name__, "".join(traceback.format_tb(error.__traceback__)))


class Line(logging.Formatter):
    """One line of JSON; what a record has in `extra` under `about` stands beside its words."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "log": record.name,
            "said": record.getMessage(),
            **getattr(record, "about", {}),
        }
        if has_request_context():
            line |= {"request": g.get("lms_request"), "method": request.method, "endpoint": request.endpoint}
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = type(record.exc_info[1]).__name__
            line["trace"] = "".join(traceback.format_tb(record.exc_info[2]))
        return _written(line)


def write_lines(app: Flask) -> None:
    """Write what is logged as lines on standard error, one for each request too, unless somebody else sees to it.

    Each request has an id: the one a proxy has given it in X-Request-ID, or one of ours. It is sent back, so that
    somebody who was told that something went wrong can say which time it was.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Line())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("lms").setLevel(logging.INFO)
    app.before_request(_begin)
    app.after_request(_end)
    app.log_exception = _log_exception  # type: ignore[assignment, method-assign]


def _begin() -> None:
    given = request.headers.get("X-Request-ID", "")
    g.lms_request = given if REQUEST_ID.fullmatch(given) else uuid4().hex
    g.lms_begun = time.perf_counter()


def _end(response: Response) -> Response:
    if "lms_begun" in g:
        response.headers["X-Request-ID"] = g.lms_request
        quiet = PROBES if response.status_code < 400 else ()
        if request.endpoint not in (*quiet, *UNTIMED):
            milliseconds = round(1000 * (time.perf_counter() - g.lms_begun), 1)
            requests.info("answered", extra={"about": {"status": response.status_code, "ms": milliseconds}})
    return response


def _log_exception(*told: Any) -> None:
    """In place of Flask's own, which writes the address and the error's words. What is told ends with the error.

    From 3.2 on, Flask tells the context before it.
    """
    log_trouble(logging.getLogger("lms"), "a request failed", told[-1][1])
