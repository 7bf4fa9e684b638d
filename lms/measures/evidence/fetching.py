"""Opening a stranger's page from here: in bounded time and size, and never one that lies within our own walls.

The name is looked up once for each address, every answer is judged, and the line goes to the address that was judged:
a name that answers otherwise the next time leads nowhere else. A redirect is a new address and is judged like one.
"""

import http.client
import socket
import ssl
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from threading import Timer
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from lms.settings import Network

LONGEST = 10.0  # seconds for a whole page, redirects and all
PATIENCE = 5.0  # seconds for each answer
LARGEST = 2_000_000  # bytes; what comes after is not looked at
MOST_REDIRECTS = 5
REDIRECTS = (301, 302, 303, 307, 308)
# The doors of other services, such as mail, lie below; nobody has web pages there.
FIRST_FREE_PORT = 1024
AS_WRITTEN = "%/:=&?~#+!$,;'@()*[]"
WAYS_AROUND = tuple(map(ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96")))

Address = IPv4Address | IPv6Address


class Unreachable(Exception):
    """The page can't be opened; `trouble` says in one word why."""

    def __init__(self, trouble: str):
        super().__init__(trouble)
        self.trouble = trouble


@dataclass(frozen=True)
class Page:
    """What a stranger answered: the kind of it as told, and its first two million bytes."""

    content_type: str
    content: bytes


def fetch(url: str, within: Sequence[Network] = ()) -> Page:
    """The page at an address, after its redirects; addresses `within` these networks are opened although private.

    Raises Unreachable, with `trouble`: address, private, name, time, certificate, connection, redirects, or the number
    of the answer.
    """
    call = _Call(within)
    clock = Timer(LONGEST, call.hang_up)
    clock.daemon = True
    clock.start()
    try:
        return call.follow(url)
    except ssl.SSLError:
        raise Unreachable("time" if call.is_over else "certificate") from None
    except TimeoutError:
        raise Unreachable("time") from None
    except (OSError, http.client.HTTPException, ValueError):
        raise Unreachable("time" if call.is_over else "connection") from None
    finally:
        clock.cancel()
        call.end()


class _Call:
    """One page being asked for: at most one line is open at a time, and it can be cut from outside."""

    def __init__(self, within: Sequence[Network]):
        self.within = within
        self.line: socket.socket | None = None
        self.is_over = False

    def hang_up(self) -> None:
        """Cut the line, also under whoever is reading from it."""
        self.is_over = True
        if self.line is not None:
            with suppress(OSError):
                self.line.shutdown(socket.SHUT_RDWR)

    def end(self) -> None:
        """Let go of the line."""
        if self.line is not None:
            self.line.close()

    def follow(self, url: str) -> Page:
        """Ask, and go where the answer leads."""
        for _ in range(MOST_REDIRECTS + 1):
            parts = parsed(url)
            with closing(self._dial(parts)) as connection, self._ask(connection, parts) as answer:
                where = answer.getheader("Location")
                if answer.status in REDIRECTS and where:
                    url = urljoin(url, where)
                    continue
                if answer.status != 200:
                    raise Unreachable(str(answer.status))
                content = answer.read(LARGEST)
                self._must_go_on()
                if answer.length and len(content) < LARGEST:
                    raise Unreachable("connection")
                return Page(answer.getheader("Content-Type") or "", content)
        raise Unreachable("redirects")

    def _ask(self, connection: http.client.HTTPConnection, parts: SplitResult) -> http.client.HTTPResponse:
        path = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
        headers = {"User-Agent": "Balanse (looks whether a link still works)", "Accept": "*/*"}
        connection.request("GET", path if path.startswith("/") else f"/{path}", headers=headers)
        return connection.getresponse()

    def _dial(self, parts: SplitResult) -> http.client.HTTPConnection:
        host, is_safe = parts.hostname or "", parts.scheme == "https"
        port = parts.port or (443 if is_safe else 80)
        self.end()
        self.line = line = self._line_to(self._judged(host, port), port)
        self._must_go_on()
        if is_safe:
            # The certificate is for the name and not for the address; the greeting comes when it can be cut off, too.
            context = ssl.create_default_context()
            self.line = line = context.wrap_socket(line, server_hostname=host, do_handshake_on_connect=False)
            self._must_go_on()
            line.do_handshake()
        connection = http.client.HTTPConnection(host, port, timeout=PATIENCE)
        if is_safe:
            connection.default_port = 443
        connection.sock = line
        return connection

    def _must_go_on(self) -> None:
        if self.is_over:
            raise Unreachable("time")

    def _line_to(self, addresses: Sequence[Address], port: int) -> socket.socket:
        for address in addresses[:-1]:
            self._must_go_on()
            with suppress(OSError):
                return socket.create_connection((str(address), port), timeout=PATIENCE)
        return socket.create_connection((str(addresses[-1]), port), timeout=PATIENCE)

    def _judged(self, host: str, port: int) -> list[Address]:
        """The addresses behind a name, when each that it has may be opened. Raises Unreachable."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise Unreachable("name") from None
        addresses = [ip_address(str(answer[4][0]).partition("%")[0]) for answer in found]
        if not addresses:
            raise Unreachable("name")
        if not all(_is_open(address, self.within) for address in addresses):
            raise Unreachable("private")
        return addresses


def parsed(url: str) -> SplitResult:
    """The parts of a web address, written as a request can hold them. Raises Unreachable for anything else."""
    try:
        parts = urlsplit(url.strip())
        port, host = parts.port, (parts.hostname or "").encode("idna").decode()
    except (ValueError, UnicodeError):
        raise Unreachable("address") from None
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc:
        raise Unreachable("address")
    if port is not None and port not in (80, 443) and port < FIRST_FREE_PORT:
        raise Unreachable("address")
    where = f"[{host}]" if ":" in host else host
    return SplitResult(
        parts.scheme,
        f"{where}:{port}" if port else where,
        quote(parts.path, AS_WRITTEN),
        quote(parts.query, AS_WRITTEN),
        "",
    )


def _is_open(address: Address, within: Sequence[Network]) -> bool:
    """Whether a server of ours may call: it is out in the world, or the operator has said that it is all right."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    address = mapped or address
    if any(address.version == network.version and address in network for network in within):
        return True
    if any(address.version == network.version and address in network for network in WAYS_AROUND):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)
