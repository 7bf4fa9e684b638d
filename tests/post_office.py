"""A real mail server for the tests, which does as it is told."""

from email import message_from_bytes
from email.policy import default
from typing import Any


class Office:
    """A mail server that answers as told, to each recipient or to all, and keeps what it took."""

    def __init__(self) -> None:
        self.answers: dict[str, str] = {}
        self.to_recipient = self.to_letter = "250 OK"
        self.took: list[Any] = []

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        answer = self.answers.get(address, self.to_recipient)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.to_letter.startswith("250"):
            self.took.append(message_from_bytes(envelope.content, policy=default))
        return self.to_letter
