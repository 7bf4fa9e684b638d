"""A stranger's site for the tests, which answers as told and remembers who asked."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread


@dataclass
class Site:
    """What stands on each page: its status, its kind and its content, or an act that answers by itself."""

    address: str
    over: Event
    pages: dict[str, tuple[int, str, bytes]] = field(default_factory=dict)
    acts: dict[str, Callable[[BaseHTTPRequestHandler, Event], None]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def says(self, text: str, path: str = "/", status: int = 200) -> None:
        """Let a page say this from now on."""
        self.pages[path] = status, "text/html; charset=utf-8", f"<!doctype html><main>{text}</main>".encode()

    def leads_to(self, where: str, path: str = "/") -> None:
        """Let a page lead on."""
        self.pages[path] = 302, where, b""


@contextmanager
def a_site(context: ssl.SSLContext | None = None) -> Iterator[Site]:
    """A site on this machine, over TLS with a context."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append(self.path)
            if self.path in site.acts:
                site.acts[self.path](self, site.over)
                return
            status, kind, content = site.pages.get(self.path, (404, "text/html", b"Borte"))
            self.send_response(status)
            self.send_header("Location" if status == 302 else "Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            """Nobody reads it."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """A visitor who leaves in the middle is no news."""

    server = Server(("127.0.0.1", 0), Answers)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    site = Site(f"{'https' if context else 'http'}://127.0.0.1:{server.server_port}", Event())
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        site.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
