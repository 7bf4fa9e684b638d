"""A real browser, and the application served to it on a free port."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Route, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from tests import machine

# The popups of the address bar are pages of their own, drawn for each new window though nobody types here. The last
# list of features is the one that counts: the rest of it is what Playwright turns off.
TURNED_OFF = (
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    "AimEnabled",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    "ThirdPartyStoragePartitioning",
)
# The second half keeps Chromium from talking to its makers.
SWITCHES = [
    f"--disable-features={','.join(TURNED_OFF)}",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
    "--disable-extensions",
]
SIZES = {"phone": (360, 740), "narrow": (320, 640), "desktop": (1280, 900)}


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        pass


@dataclass
class Window:
    """One visitor's page, with everything it complained about and everyone else it tried to reach."""

    page: Page
    origin: str
    complaints: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)

    def open(self, path: str, *, expect: int = 200) -> Page:
        answer = self.page.goto(self.origin + path, wait_until="load")
        assert answer is not None
        assert answer.status == expect, f"{path}: {answer.status}"
        return self.page

    def look(
        self,
        *,
        size: Literal["phone", "narrow", "desktop"] = "phone",
        scheme: Literal["light", "dark"] = "light",
        zoom: int = 1,
    ) -> None:
        """Look at the open page in another way: to a page, zooming by 200 % is a window of half the size."""
        width, height = (side // zoom for side in SIZES[size])
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.emulate_media(color_scheme=scheme)

    def scrolls_sideways(self) -> bool:
        return bool(self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))

    def watch(self) -> None:
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.route("**/*", self._let_home_through)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _let_home_through(self, route: Route, request: Request) -> None:
        if urlsplit(request.url).netloc == urlsplit(self.origin).netloc or request.url.startswith(("data:", "blob:")):
            route.continue_()
        else:
            self.strangers.append(request.url)
            route.abort()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, started once for each worker of the run."""
    program = machine.chromium()
    if program is None:
        pytest.fail("Chromium is missing: run `python -m tests.machine`")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=SWITCHES)
        yield chromium
        chromium.close()


@contextmanager
def serving(app: Flask, *, https: bool = False) -> Iterator[str]:
    """An application on a free port, answering several requests at once as in production."""
    certificate = "adhoc" if https else None
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet, ssl_context=certificate)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"{'https' if https else 'http'}://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def live(app: Flask) -> Iterator[str]:
    """The application, served."""
    with serving(app) as origin:
        yield origin


OpenWindow = Callable[..., Window]


@pytest.fixture
def window(browser: Browser, live: str) -> Iterator[OpenWindow]:
    """Open a window: `window(kari, size="phone", scheme="dark", scripts=False, zoom=2)`."""
    contexts: list[BrowserContext] = []

    def open_window(
        visitor: FlaskClient | None = None,
        *,
        size: Literal["phone", "narrow", "desktop"] = "phone",
        scheme: Literal["light", "dark"] = "light",
        scripts: bool = True,
        zoom: int = 1,
        language: str = "nb-NO",
    ) -> Window:
        # Zooming by 200 % is, to the page, a window of half the size on a screen of twice the density.
        width, height = (side // zoom for side in SIZES[size])
        context = browser.new_context(
            viewport={"width": width, "height": height},
            device_scale_factor=zoom,
            color_scheme=scheme,
            java_script_enabled=scripts,
            reduced_motion="reduce",
            locale=language,
        )
        contexts.append(context)
        context.set_default_timeout(15_000)
        if visitor is not None:
            _lend_cookies(visitor, context, live)
        opened = Window(context.new_page(), live)
        opened.watch()
        return opened

    yield open_window
    for context in contexts:
        context.close()


def _lend_cookies(visitor: FlaskClient, context: BrowserContext, origin: str) -> None:
    """A visitor of the fixed cast walks on in the browser, signed in as in the test client."""
    for name in ("lms", "lms_language"):
        if cookie := visitor.get_cookie(name):
            context.add_cookies([{"name": name, "value": cookie.value, "url": origin}])
