"""Finding an organisation's ways in: by the code somebody holds, or among all its links."""

from uuid import UUID

from sqlalchemy import select

from lms.database import session
from lms.organisations.join_codes import as_given
from lms.organisations.models import JoinLink, JoinLinkClosed


def join_link(code: str) -> JoinLink | None:
    """The link with this code, open or closed, also where somebody has copied the code with capitals or spaces."""
    # PostgreSQL refuses to be asked about what no text can hold.
    if not code.isprintable():
        return None
    return session.scalar(
        select(JoinLink).where(JoinLink.code.in_({code, as_given(code)})).order_by(JoinLink.code != code).limit(1)
    )


def open_link(code: str) -> JoinLink | None:
    """The link with this code, for somebody who wants to enter by it. Raises JoinLinkClosed."""
    link = join_link(code)
    if link is not None and link.closed:
        raise JoinLinkClosed(link.closed)
    return link


def join_links_of(organisation_id: UUID) -> list[JoinLink]:
    """The organisation's links, open ones first, then the newest."""
    links = session.scalars(
        select(JoinLink)
        .where(JoinLink.organisation_id == organisation_id)
        .order_by(JoinLink.created_at.desc(), JoinLink.id.desc())
    )
    return sorted(links, key=lambda link: link.closed is not None)


def join_link_of(organisation_id: UUID, link_id: UUID) -> JoinLink | None:
    """This link, if it leads into this organisation."""
    return session.get(JoinLink, (organisation_id, link_id))
