"""Whoever is erased may be named in what an organisation says of itself: somebody there is asked to read it through."""

from lms.organisations.models import Organisation
from lms.organisations.names_left import Leaving, Stood, have_read_through, mentions


def forget_in_channel(who: Leaving) -> None:
    """Ask about her name in the reporting channel."""
    left = []
    for organisation, fields in mentions(Organisation, ("reporting_channel",), who):
        left.append(Stood(organisation.id, "channel", organisation.id, fields, organisation.channel_revision))
        organisation.channel_revision += 1
    have_read_through("channel", left)
