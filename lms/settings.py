"""Settings: every `LMS_…` there is, read from the host's config or the environment, and checked at start."""

import base64
import os
import re
import secrets
from collections.abc import Mapping
from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from flask import Flask

DEFAULTS: dict[str, Any] = {
    "LMS_INSTANCE": None,  # folder for the database file and the keys; Flask's own instance folder when not set
    "LMS_DATABASE_URL": None,  # SQLite in the instance folder when not set
    "LMS_PRODUCTION": False,  # refuses to start without strong keys; cookies over HTTPS only; no mailbox page
    "LMS_SECRET_KEY": None,  # signs cookies and links; made once and kept in the instance folder
    "LMS_REFLECTION_KEYS": None,  # "1:<base64>,2:<base64>": the last one encrypts, all of them decrypt
    "LMS_BADGE_KEY": None,  # base64 of an RSA key (PKCS 8, DER): signs the mark as an Open Badge
    "LMS_ORIGIN": "",  # where people open the site, such as https://kurs.example.no; letters lead there
    "LMS_COURSE_PATHS": "",  # folders of further course packs, divided by os.pathsep
    "LMS_MAILBOX": None,  # folder in which a demonstration's mails are kept and shown
    "LMS_SMTP_HOST": "localhost",
    "LMS_SMTP_PORT": 25,
    "LMS_SMTP_USER": "",
    "LMS_SMTP_PASSWORD": "",
    "LMS_SMTP_TLS": False,
    "LMS_MAIL_FROM": "balanse@localhost",
    "LMS_MAIL_BOUNCES": "",  # address for letters that come back; each is sent as this+…@…
    "LMS_MAIL_BOUNCES_FOLDER": "",  # Maildir in which your mail server lays what comes back, for the worker
    "LMS_FILES": None,  # folder for the files people add as evidence; one for all servers and workers
    "LMS_LINKS_WITHIN": "",  # networks of your own that the worker may call when it looks whether a link still works
    "LMS_FOUR_EYES": False,  # a second member of the staff must confirm before the mark is awarded
    "LMS_METRICS": False,  # numbers for Prometheus under /metrics, for everybody who can open the page
    "LMS_LIMITS_STORAGE": "memory://",  # redis://… when several processes share the limits
}
SECRET_KEY, REFLECTION_KEYS, BADGE_KEY = "secret.key", "reflections.keys", "badges.key"
SHORTEST_SECRET = 32
SHORTEST_RSA = 2048
# Chance gives fewer less than once in ten million times, even where it has only sixteen digits to choose from.
FEWEST_DIFFERENT = 8
BOUNCES = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,18}[A-Za-z0-9])?@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
Network = IPv4Network | IPv6Network
YES, NO = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}


class SettingsError(Exception):
    """A setting that must be put right before anything can start; the message says how."""


def read_settings(app: Flask) -> None:
    """Fill in every setting the host has not set, from the environment or the default."""
    for name, default in DEFAULTS.items():
        if name not in app.config:
            app.config[name] = _as_kind_of(default, name, os.environ.get(name))
    instance = Path(app.config["LMS_INSTANCE"] or app.instance_path)
    app.config["LMS_INSTANCE"] = instance
    if not app.config["LMS_DATABASE_URL"]:
        instance.mkdir(parents=True, exist_ok=True)
        app.config["LMS_DATABASE_URL"] = f"sqlite:///{instance / 'lms.db'}"
    networks_of_our_own(app.config)
    files_folder(app.config)
    check_bounces(app.config)
    if app.config["LMS_PRODUCTION"] and app.config["LMS_MAILBOX"]:
        raise SettingsError("LMS_MAILBOX shows everybody's mail: leave it out when LMS_PRODUCTION is set.")


def check_origin(app: Flask) -> None:
    """Letters must never lead where a forged host name says: in production the address has to be known."""
    origin: str = app.config["LMS_ORIGIN"]
    if origin and not origin.startswith(("https://", "http://")):
        raise SettingsError("LMS_ORIGIN must be a whole address, such as https://kurs.example.no.")
    if app.config["LMS_PRODUCTION"] and not origin:
        raise SettingsError("Set LMS_ORIGIN to where people open the site, such as https://kurs.example.no.")


def networks_of_our_own(config: Mapping[str, Any]) -> list[Network]:
    """The private networks in which links may lie. Raises SettingsError."""
    try:
        return [ip_network(each) for each in str(config["LMS_LINKS_WITHIN"]).replace(",", " ").split()]
    except ValueError as error:
        raise SettingsError(f"LMS_LINKS_WITHIN is a list of networks such as 10.1.0.0/16: {error}.") from None


def files_folder(config: Mapping[str, Any]) -> Path:
    """Where files that people add lie: beside everything that is served. Raises SettingsError."""
    folder = config["LMS_FILES"]
    if folder and "://" in str(folder):
        raise SettingsError(
            "LMS_FILES is a folder that all servers and workers can write in, such as /srv/balanse/files."
        )
    return Path(folder or config["LMS_INSTANCE"] / "files")


def check_bounces(config: Mapping[str, Any]) -> None:
    """Letters come back to an address that leaves room for the letter's own name. Raises SettingsError."""
    address = str(config["LMS_MAIL_BOUNCES"] or "").strip()
    if address and not BOUNCES.fullmatch(address):
        raise SettingsError(
            "LMS_MAIL_BOUNCES is an address such as retur@kurs.example.no: at most 20 letters, digits, dots and "
            "hyphens before the @, since each letter adds a name of its own."
        )
    if config["LMS_MAIL_BOUNCES_FOLDER"] and not address:
        raise SettingsError("LMS_MAIL_BOUNCES_FOLDER needs LMS_MAIL_BOUNCES: the address whose letters lie there.")


def _as_kind_of(default: Any, name: str, written: str | None) -> Any:
    if written is None or (not written.strip() and not isinstance(default, str)):
        return default
    if isinstance(default, bool):
        if written.strip().lower() not in YES | NO:
            raise SettingsError(f"{name} is 1 or 0, not {written}.")
        return written.strip().lower() in YES
    if isinstance(default, int):
        if not written.strip().isdecimal():
            raise SettingsError(f"{name} is a whole number such as {default}, not {written}.")
        return int(written)
    return written


def secret_key(app: Flask) -> str:
    """The key that signs cookies, links and codes; in production it must be there and be strong."""
    key: str | None = app.config["LMS_SECRET_KEY"] or app.config.get("SECRET_KEY")
    if not key:
        key = _kept(app, SECRET_KEY, lambda: secrets.token_urlsafe(48))
    if app.config["LMS_PRODUCTION"] and (len(key) < SHORTEST_SECRET or len(set(key)) < FEWEST_DIFFERENT):
        raise SettingsError(
            f"LMS_SECRET_KEY must be at least {SHORTEST_SECRET} characters nobody can guess. "
            "Make one with `lms keys make`, or set the variable."
        )
    return key


def reflection_keys(app: Flask) -> dict[int, bytes]:
    """The keys that reflections are encrypted with, by number; the highest number is the one in use.

    They never belong in the same backup as the database; without them the reflections are lost.
    """
    written = app.config["LMS_REFLECTION_KEYS"] or _kept(app, REFLECTION_KEYS, lambda: f"1:{new_key()}")
    keys: dict[int, bytes] = {}
    for line in written.replace(",", "\n").split():
        number, _, encoded = line.partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except ValueError:
            key = b""
        if not number.isdecimal() or not key:
            raise SettingsError("LMS_REFLECTION_KEYS must look like 1:<base64>,2:<base64>.")
        if len(key) != 32 or not 0 < int(number) < 256:
            raise SettingsError("Each reflection key must be 32 bytes in base64, numbered from 1 to 255.")
        if int(number) in keys:
            raise SettingsError(f"Two reflection keys have the number {number}: give the newer one the next number.")
        if app.config["LMS_PRODUCTION"] and len(set(key)) < FEWEST_DIFFERENT:
            raise SettingsError(f"Reflection key {number} can be guessed. Make keys with `lms keys make`.")
        keys[int(number)] = key
    if not keys:
        raise SettingsError("There is no reflection key. Make one with `lms keys make`.")
    return keys


def add_reflection_key(app: Flask) -> int:
    """Put a fresh key, which encrypts from now on, after the ones in the key file; returns its number.

    Raises SettingsError, with the key to append, where the keys come from a variable that we cannot write.
    """
    number = max(reflection_keys(app)) + 1
    if number > 255:
        raise SettingsError("Every number up to 255 is taken. Retire the old keys first: lms keys retire")
    if app.config["LMS_REFLECTION_KEYS"]:
        raise SettingsError(
            f"Append ,{number}:{new_key()} to LMS_REFLECTION_KEYS, restart every process, and run this again."
        )
    file: Path = app.config["LMS_INSTANCE"] / REFLECTION_KEYS
    write_secret(file, f"{file.read_text().strip()}\n{number}:{new_key()}")
    return number


def keep_newest_reflection_key(app: Flask) -> int:
    """Remove every key but the one in use from the key file; returns how many went. Raises SettingsError."""
    if app.config["LMS_REFLECTION_KEYS"]:
        raise SettingsError(
            "Remove the old keys from LMS_REFLECTION_KEYS yourself, all but the one with the highest number."
        )
    keys = reflection_keys(app)
    newest = max(keys)
    write_secret(app.config["LMS_INSTANCE"] / REFLECTION_KEYS, f"{newest}:{base64.b64encode(keys[newest]).decode()}")
    return len(keys) - 1


def badge_key(app: Flask) -> rsa.RSAPrivateKey | None:
    """The key that signs the mark as an Open Badge; None in production when nobody has made one.

    Whoever has such a badge checks it with the public half: it is never changed without need. Raises SettingsError.
    """
    written = app.config["LMS_BADGE_KEY"]
    if not written:
        if app.config["LMS_PRODUCTION"] and not (app.config["LMS_INSTANCE"] / BADGE_KEY).exists():
            return None
        written = _kept(app, BADGE_KEY, new_badge_key)
    return _badge_key_in(written)


@cache
def _badge_key_in(written: str) -> rsa.RSAPrivateKey:
    try:
        key = load_der_private_key(base64.b64decode(written, validate=True), password=None)
    except ValueError:
        key = None
    if not isinstance(key, rsa.RSAPrivateKey) or key.key_size < SHORTEST_RSA:
        raise SettingsError(
            f"LMS_BADGE_KEY must be an RSA key of {SHORTEST_RSA} bits or more in base64. Make one with `lms keys make`."
        )
    return key


def can_be_signed(app: Flask) -> bool:
    """Whether the mark is there as an Open Badge too: it needs a key, and an address that nobody else can make up."""
    return bool(app.config["LMS_ORIGIN"]) and badge_key(app) is not None


def new_badge_key() -> str:
    """A fresh RSA key in base64."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=SHORTEST_RSA)
    der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return base64.b64encode(der).decode()


def new_key() -> str:
    """32 fresh bytes in base64."""
    return base64.b64encode(secrets.token_bytes(32)).decode()


def make_keys(app: Flask) -> list[Path]:
    """Make the key files that are missing, readable by their owner only; returns the new ones."""
    made = []
    fresh = {SECRET_KEY: secrets.token_urlsafe(48), REFLECTION_KEYS: f"1:{new_key()}", BADGE_KEY: new_badge_key()}
    for name, content in fresh.items():
        file = app.config["LMS_INSTANCE"] / name
        if _write_once(file, content):
            made.append(file)
    return made


def write_secret(file: Path, content: str) -> None:
    """Write a file only its owner can read, whole or not at all."""
    _draft(file, content).replace(file)


def _write_once(file: Path, content: str) -> bool:
    """Write a secret where there is none yet; of several processes that start at once, the first one's counts."""
    if file.exists():
        return False
    draft = _draft(file, content)
    try:
        file.hardlink_to(draft)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True


def _draft(file: Path, content: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(f".{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(content + "\n")
        out.flush()
        os.fsync(out.fileno())
    return draft


def _kept(app: Flask, name: str, make: Any) -> str:
    file: Path = app.config["LMS_INSTANCE"] / name
    if not file.exists():
        if app.config["LMS_PRODUCTION"]:
            raise SettingsError(f"{file} is missing. Make it once with `lms keys make`, and keep it safe.")
        _write_once(file, make())
    if file.stat().st_mode & 0o077:
        raise SettingsError(f"{file} can be read by others. Close it with: chmod 600 {file}")
    kept = file.read_text().strip()
    if not kept:
        raise SettingsError(f"{file} is empty. Put your copy of the key back; if there never was one, delete the file.")
    return kept
