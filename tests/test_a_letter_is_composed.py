"""What a message looks like on its way: the same each time, and within the limits of mail."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from lms.mail.letters import compose
from lms.mail.models import OutboxMail


@given(subject=st.text(max_size=200), body=st.text(st.characters(exclude_categories=("Cs",)), max_size=2000))
def test_composing_twice_gives_the_same_letter(subject: str, body: str) -> None:
    mail = OutboxMail(
        recipient="kari@blåbær.no",
        subject=" ".join(subject.split()),
        body=body,
        language="nn",
        message_id="<1@example.no>",
        queued_at=datetime(2026, 11, 27, 9, 30, tzinfo=UTC),
    )
    one, two = (compose(mail, "Balanse <balanse@example.no>").as_bytes() for _ in range(2))

    assert one == two
    assert b"To: kari@xn--blbr-roah.no\r\n" in one
    assert max(map(len, one.split(b"\r\n"))) < 998
