"""What `make bench` measures answers as it should: the numbers themselves belong to docs/performance.md."""

from functools import partial
from pathlib import Path

import pytest

from tests.bench.register import PAGES, seed_holders
from tests.bench.rooms import bring_in, files_of, furnish, pages_of, remind
from tests.bench.servers import Request
from tests.bench.stage import Stage


@pytest.mark.slow
def test_every_measured_request_is_answered(sqlite_url: str, tmp_path: Path) -> None:
    stage = Stage(sqlite_url, tmp_path, sizes=(3, 6))
    seed_holders(stage.app, 3)
    furnished = furnish(stage, 2)
    visitors = stage.visitors()
    requests = [
        *stage.skips(visitors[:1]),
        *stage.readings(visitors[:1]),
        *stage.reports(visitors[:1], 1),
        *stage.completions(visitors[:1]),
        stage.readiness_page(3),
        *(Request(address, "") for address in PAGES.values()),
        *pages_of(stage, furnished).values(),
        *files_of(stage).values(),
    ]

    for request in requests:
        assert ask(stage, request)[0] == request.expect, request.path
    assert len(list(bring_in(stage, partial(ask, stage), 4))) == 4, "each step leads to the next"
    assert [letters for letters, _wall, _processor in remind(stage, 6)] == [6]
    stage.engine.dispose()


def ask(stage: Stage, request: Request) -> tuple[int, str, str]:
    """The status, where it leads, and the page."""
    answer = stage.app.test_client(use_cookies=False).open(
        request.path,
        method="POST" if request.body else "GET",
        data=request.body or None,
        headers={"Cookie": request.cookie},
        content_type="application/x-www-form-urlencoded",
    )
    return answer.status_code, answer.headers.get("Location", ""), answer.get_data().decode(errors="replace")
