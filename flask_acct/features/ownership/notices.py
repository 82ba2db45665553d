"""An offer of an account waits for an answer of the one who is here, which is told on every page."""

from __future__ import annotations

from collections.abc import Iterator

from flask import request

from ...accounts.screens import ANSWERED_AT
from ...security.sessions import CurrentSession
from ...web.layout import Layout, Notice
from ...web.state import session, state
from . import flows


def offers(here: CurrentSession, frame: Layout) -> Iterator[Notice]:
    """The offers of accounts to the one who is here."""
    if not here.is_offered or state().mount.page_of(request.endpoint) in ANSWERED_AT:
        return
    for waiting in flows.offers_to(state().scope(session()), here.user):
        slots = {"from": waiting.owner.full_name, "account": waiting.account.name}
        yield frame.notice("users.notice.offer", "users.notice.see_offer", {"transfer": waiting.transfer.id}, slots)


NOTICES = (offers,)
