"""A page within our walls is never opened: not by its address, by its name, by a redirect or by a name that changes."""

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from ipaddress import ip_network
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from lms.measures.evidence import fetching
from lms.measures.evidence.fetching import LARGEST, Unreachable, fetch
from lms.settings import SettingsError, files_folder, networks_of_our_own
from tests.strangers import Site, a_site

HERE = [ip_network("127.0.0.1/32")]


@pytest.fixture
def site() -> Iterator[Site]:
    with a_site() as opened:
        yield opened


def trouble(url: str, within: Any = ()) -> str:
    with pytest.raises(Unreachable) as raised:
        fetch(url, within)
    return raised.value.trouble


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.1", "127.255.255.254", "2130706433", "0x7f000001", "0.0.0.0", "localhost"),
        *("10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254", "192.0.0.1", "198.18.0.1"),
        *("224.0.0.1", "240.0.0.1", "255.255.255.255"),
        *("[::]", "[::1]", "[fe80::1]", "[fd00::1]", "[ff02::1]", "[::ffff:127.0.0.1]", "[::ffff:a9fe:a9fe]"),
        *("[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[2001:0:7f00:1::]"),
    ],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_no_private_address_is_called(scheme: str, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def called(*args: Any, **kwargs: Any) -> None:
        raise AssertionError(f"called {args}")

    monkeypatch.setattr(socket, "create_connection", called)

    assert trouble(f"{scheme}://{host}:8080/") in ("private", "name")


@pytest.mark.parametrize(
    "url",
    [
        *("file:///etc/passwd", "ftp://example.no/", "javascript:alert(1)", "gopher://example.no/", "data:text/html,x"),
        *("http://", "https:///etc", "//example.no", "example.no", "", "http://kari@example.no/", "http://a:b@c.no/"),
        *("http://example.no:25/", "http://example.no:22/", "http://example.no:99999/", "http://[::1/", "http://a..no"),
    ],
)
def test_only_web_addresses_are_addresses(url: str) -> None:
    assert trouble(url) == "address"


@pytest.mark.parametrize(
    ("where", "why"),
    [
        ("http://169.254.169.254/latest/meta-data/", "private"),
        ("http://127.0.0.2:{port}/", "private"),
        ("http://[::1]:{port}/", "private"),
        ("//10.0.0.1/", "private"),
        ("file:///etc/passwd", "address"),
        ("http://127.0.0.1:25/", "address"),
        ("/", "redirects"),
    ],
)
def test_a_redirect_is_judged_like_an_address(site: Site, where: str, why: str) -> None:
    site.leads_to(where.format(port=site.address.rpartition(":")[2]))

    assert trouble(site.address, HERE) == why
    assert len(site.asked) == (6 if why == "redirects" else 1)


def test_a_redirect_is_followed_to_where_it_leads(site: Site) -> None:
    site.leads_to("sti/side?a=%C3%A5#midt")
    site.says("Framme", "/sti/side?a=%C3%A5")

    assert b"Framme" in fetch(site.address, HERE).content


def test_the_line_goes_to_the_address_that_was_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever owns a name may let it say something else the next moment."""
    answers = iter(["93.184.216.34", "127.0.0.1", "127.0.0.1"])
    called = []

    def look_up(host: str, port: int, **more: Any) -> Any:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    def call(address: Any, **more: Any) -> None:
        called.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(socket, "create_connection", call)

    assert trouble("http://turncoat.example/") == "connection"
    assert called == [("93.184.216.34", 80)]


def test_a_name_with_one_foot_inside_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    both = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 80)) for ip in ("93.184.216.34", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **more: both)

    assert trouble("http://two-faced.example/") == "private"


def test_what_has_no_end_is_read_to_a_point(site: Site) -> None:
    def goes_on(visit: BaseHTTPRequestHandler, over: Event) -> None:
        visit.send_response(200)
        visit.end_headers()
        while not over.is_set():
            visit.wfile.write(bytes(65_536))

    site.acts["/"] = goes_on

    assert len(fetch(site.address, HERE).content) == LARGEST


@pytest.mark.parametrize("begins", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"])
def test_who_answers_drop_by_drop_is_left(site: Site, begins: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "LONGEST", 0.4)

    def drips(visit: BaseHTTPRequestHandler, over: Event) -> None:
        visit.wfile.write(begins)
        while not over.wait(0.02):
            visit.wfile.write(b"x")

    site.acts["/"] = drips

    assert trouble(site.address, HERE) == "time"


def test_who_does_not_answer_is_left(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "PATIENCE", 0.2)
    site.acts["/"] = lambda visit, over: bool(over.wait(60))

    assert trouble(site.address, HERE) == "time"


def test_half_a_page_is_none(site: Site) -> None:
    def breaks_off(visit: BaseHTTPRequestHandler, over: Event) -> None:
        visit.send_response(200)
        visit.send_header("Content-Length", "1000")
        visit.end_headers()
        visit.wfile.write(b"Halv")

    site.acts["/"] = breaks_off

    assert trouble(site.address, HERE) == "connection"


@pytest.mark.parametrize("status", [401, 403, 404, 410, 429, 500, 503])
def test_an_answer_that_is_no_page_is_told_by_its_number(site: Site, status: int) -> None:
    site.says("Nei", status=status)

    assert trouble(site.address, HERE) == str(status)


@pytest.fixture
def certified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A site with a certificate for `localhost`, from somebody whom this machine trusts while the test runs."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "certificate"
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    file.write_bytes(
        made.public_bytes(serialization.Encoding.PEM) + key.private_bytes(serialization.Encoding.PEM, *plain)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    return context


def test_a_certificate_is_for_the_name_and_not_for_the_address(certified: ssl.SSLContext) -> None:
    with a_site(certified) as site:
        site.says("Trygt")
        loopback = [*HERE, ip_network("::1/128")]

        assert b"Trygt" in fetch(site.address.replace("127.0.0.1", "localhost"), loopback).content
        assert trouble(site.address, HERE) == "certificate"


def test_a_certificate_from_nobody_is_none(certified: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with a_site(certified) as site:
        assert trouble(site.address.replace("127.0.0.1", "localhost"), [*HERE, ip_network("::1/128")]) == "certificate"
        assert site.asked == []


def test_wrong_settings_are_told_at_the_start() -> None:
    with pytest.raises(SettingsError, match=r"10\.1\.0\.0/16"):
        networks_of_our_own({"LMS_LINKS_WITHIN": "10.1.0.0/16, the office"})
    with pytest.raises(SettingsError, match="folder"):
        files_folder({"LMS_FILES": "s3://bucket/files", "LMS_INSTANCE": Path()})
