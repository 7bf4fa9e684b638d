"""A mailbox for demonstrations: a real mail server on this machine that keeps every letter in a folder."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage, MIMEPart
from email.policy import default
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import UUID

from lms.database import new_id


@dataclass(frozen=True)
class Letter:
    """One letter as its reader sees it."""

    number: UUID
    sender: str
    recipient: str
    subject: str
    language: str
    sent_at: datetime | None
    text: str

    @property
    def paragraphs(self) -> list[list[str]]:
        """The text by paragraphs and lines."""
        whole = self.text.replace("\r\n", "\n").strip()
        return [part.strip("\n").split("\n") for part in whole.split("\n\n") if part.strip()]


def letters(folder: Path) -> list[Letter]:
    """Every letter, the newest first: the file names are UUIDv7, which sort by time."""
    found = (find_letter(folder, number) for number in sorted(_numbers(folder), reverse=True))
    return [letter for letter in found if letter is not None]


def find_letter(folder: Path, number: UUID) -> Letter | None:
    """One letter. The name is made from a number, so that no address leads out of the folder."""
    try:
        raw = (folder / f"{number}.eml").read_bytes()
    except FileNotFoundError:
        return None
    message = message_from_bytes(raw, _class=EmailMessage, policy=default)
    part = message.get_body(preferencelist=("plain",))
    date = message["Date"]
    return Letter(
        number=number,
        sender=str(message["From"] or ""),
        recipient=str(message["To"] or ""),
        subject=str(message["Subject"] or ""),
        language=str(message["Content-Language"] or "nb"),
        sent_at=date.datetime if date is not None else None,
        text=_text_of(part),
    )


def _text_of(part: MIMEPart | None) -> str:
    if part is None:
        return ""
    try:
        return str(part.get_content())
    except LookupError:  # an encoding nobody knows
        return str(part.get_payload())


def keep_letter(folder: Path, raw: bytes) -> UUID:
    """Put a letter into the folder, whole or not at all."""
    number = new_id()
    unfinished = folder / f"{number}.part"
    unfinished.write_bytes(raw)
    unfinished.rename(folder / f"{number}.eml")
    return number


@contextmanager
def open_mailbox(folder: Path, host: str = "127.0.0.1", port: int = 0) -> Iterator[int]:
    """Keep every letter in the folder while the block runs; gives the port, a free one unless told."""

    class Keeper:
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
            keep_letter(folder, envelope.content)
            return "250 OK"

    folder.mkdir(parents=True, exist_ok=True)
    with receiving(Keeper(), host, port) as open_port:
        yield open_port


@contextmanager
def receiving(keeper: object, host: str = "127.0.0.1", port: int = 0, **options: Any) -> Iterator[int]:
    """Run an SMTP server in a thread while the block runs; gives its port."""
    from aiosmtpd.smtp import SMTP  # an extra: only demonstrations receive mail

    # Not aiosmtpd's own Controller: it cannot be asked for a free port. The loop is only ever run in its own thread,
    # since the caller's may be running one already.
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        opening = loop.create_server(lambda: SMTP(keeper, loop=loop, **options), host, port)
        receiver = asyncio.run_coroutine_threadsafe(opening, loop).result()
        try:
            yield int(receiver.sockets[0].getsockname()[1])
        finally:
            asyncio.run_coroutine_threadsafe(_hang_up(receiver), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _hang_up(receiver: asyncio.Server) -> None:
    receiver.close()
    talking = asyncio.all_tasks() - {asyncio.current_task()}
    for task in talking:
        task.cancel()
    await asyncio.gather(*talking, return_exceptions=True)


def _numbers(folder: Path) -> Iterator[UUID]:
    for file in folder.glob("*.eml"):
        try:
            yield UUID(file.stem)
        except ValueError:
            continue
