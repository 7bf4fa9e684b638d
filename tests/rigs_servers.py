"""Servers in processes of their own, as they run outside the tests, and somebody who visits them."""

import contextlib
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar
from urllib.parse import urlencode, urljoin, urlsplit

ROOT = Path(__file__).parents[1]
# The command as it is installed, but of this very folder.
LMS = (sys.executable, "-c", "from lms.cli import main; main()")
PATIENCE = 60.0  # seconds, after which something has gone wrong and is not merely slow

Thing = TypeVar("Thing")


def free_port() -> int:
    """A port that nobody uses, and the one after it, which the host's site takes."""
    while True:
        with socket.socket() as one, socket.socket() as next_one:
            one.bind(("127.0.0.1", 0))
            port = int(one.getsockname()[1])
            with contextlib.suppress(OSError, OverflowError):
                next_one.bind(("127.0.0.1", port + 1))
                return port


def until(found: Callable[[], Thing | None]) -> Thing:
    """Ask again and again until there is an answer."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if answer := found():
            return answer
        time.sleep(0.02)
    raise AssertionError("nothing came")


@dataclass(frozen=True)
class Answer:
    """What a server said."""

    address: str
    status: int
    headers: Mapping[str, str]
    text: str


@dataclass
class Visitor:
    """Somebody with a browser that keeps cookies; `headers` are what a proxy would add."""

    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, address: str, language: str = "nb") -> Answer:
        """Open a page, wherever it leads on to."""
        answer = self.ask("GET", address, language=language)
        while answer.status in (302, 303):
            answer = self.ask("GET", urljoin(answer.address, answer.headers["Location"]), language=language)
        return answer

    def send(self, page: Answer, to: str, **fields: str) -> Answer:
        """Send the form of a page that leads `to` an address, with its hidden fields, and see where that leads."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
        assert token, page.text
        answer = self.ask("POST", urljoin(page.address, to), {"csrf_token": unescape(token[1]), **fields})
        return self.get(urljoin(answer.address, answer.headers["Location"])) if answer.status == 303 else answer

    def seen_as(self, address: str) -> str:
        """What stands in the visitor's own address line, when a proxy stands between."""
        parts = urlsplit(address)
        scheme = self.headers.get("X-Forwarded-Proto", parts.scheme)
        return f"{scheme}://{self.headers.get('X-Forwarded-Host', parts.netloc)}{parts.path}"

    def ask(
        self, method: str, address: str, fields: Mapping[str, str] | None = None, *, language: str = "nb", **more: str
    ) -> Answer:
        """One request and its answer."""
        parts = urlsplit(address)
        headers = {
            "Accept-Language": language,
            "Cookie": "; ".join(map("=".join, self.cookies.items())),
            **self.headers,
        }
        headers |= {name.replace("_", "-"): value for name, value in more.items()}
        body = urlencode(fields) if fields is not None else None
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            headers.setdefault("Referer", self.seen_as(address))
        connection = HTTPConnection(parts.netloc, timeout=PATIENCE)
        connection.request(method, parts.path + (f"?{parts.query}" if parts.query else ""), body, headers)
        response = connection.getresponse()
        text = response.read().decode(errors="replace")
        for name, cookie in SimpleCookie("; ".join(response.headers.get_all("Set-Cookie", []))).items():
            self.cookies[name] = cookie.value
        connection.close()
        return Answer(address, response.status, response.headers, text)


@dataclass
class Running:
    """A process that serves; `printed` is what it has said so far, as much as was asked for."""

    process: "subprocess.Popen[str]"
    complaints: Path
    printed: str = ""
    complained: str = ""

    @property
    def errors(self) -> str:
        """What it has complained about so far."""
        return self.complaints.read_text() if self.complaints.exists() else self.complained

    @property
    def links(self) -> dict[str, str]:
        """Where a demonstration says to click, and as whom."""
        return dict(re.findall(r"^  (\S.*?) {2,}(http\S+)$", self.printed, re.MULTILINE))

    def end(self) -> int:
        """Ask it to end, and give the code it ends with."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


@contextlib.contextmanager
def running(command: Sequence[str | Path], environment: Mapping[str, str], cwd: Path = ROOT) -> Iterator[Running]:
    """A process, until the block ends or it has been ended in it."""
    with TemporaryDirectory() as folder:
        complaints = Path(folder) / "errors"
        with complaints.open("w") as errors:
            process = subprocess.Popen(
                command, env=dict(environment), cwd=cwd, stdout=subprocess.PIPE, stderr=errors, text=True
            )
        begun = Running(process, complaints)
        try:
            yield begun
        finally:
            if process.poll() is None:
                begun.end()
            assert process.stdout
            begun.printed += process.stdout.read()
            process.stdout.close()
            begun.complained = begun.errors


@contextlib.contextmanager
def demonstration(
    environment: Mapping[str, str], command: Sequence[str | Path] = LMS, cwd: Path = ROOT, *arguments: str
) -> Iterator[Running]:
    """`lms serve`, once it has said that it is open."""
    with running([*command, "serve", *arguments], environment, cwd) as served:
        assert served.process.stdout
        # Nobody waits for ever for a line that does not come.
        overdue = threading.Timer(PATIENCE, served.process.kill)
        overdue.start()
        for line in served.process.stdout:
            served.printed += line
            if "Ctrl+C" in line:
                break
        overdue.cancel()
        yield served
