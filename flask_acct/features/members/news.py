"""The news that invitations into the account run out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from ...security.sessions import CurrentSession
from ...web.layout import Layout, Notice
from ...web.state import session, state
from . import flows

SOON = timedelta(days=2)


def invitations(here: CurrentSession, frame: Layout) -> Iterator[Notice]:
    """Yield one for each that nobody has answered, to whoever manages the users."""
    if here.account is None or not frame.opens("users.list"):
        return
    for invitation in flows.running_out(state().scope(session()), here.account, within=SOON):
        slots = {"email": invitation.email, "until": invitation.expires_at}
        yield frame.notice("users.news.invitation", "users.news.see", {}, slots)


NEWS = (invitations,)
