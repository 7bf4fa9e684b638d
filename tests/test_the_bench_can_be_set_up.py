"""What `make bench` measures answers as it should: the numbers themselves belong to docs/performance.md."""

from pathlib import Path

import pytest

from tests.bench.register import PAGES, seed_holders
from tests.bench.servers import Request
from tests.bench.stage import Stage


@pytest.mark.slow
def test_every_measured_request_is_answered(sqlite_url: str, tmp_path: Path) -> None:
    stage = Stage(sqlite_url, tmp_path, sizes=(3, 6))
    seed_holders(stage.app, 3)
    visitors = stage.visitors()
    requests = [
        *stage.skips(visitors[:1]),
        *stage.readings(visitors[:1]),
        *stage.reports(visitors[:1], 1),
        *stage.completions(visitors[:1]),
        stage.readiness_page(3),
        *(Request(address, "") for address in PAGES.values()),
    ]
    client = stage.app.test_client(use_cookies=False)

    for request in requests:
        answer = client.open(
            request.path,
            method="POST" if request.body else "GET",
            data=request.body or None,
            headers={"Cookie": request.cookie},
            content_type="application/x-www-form-urlencoded",
        )
        assert answer.status_code == request.expect, request.path
    stage.engine.dispose()
