"""The notice on every page that tells signed-in users of accounts offered to them."""

from __future__ import annotations

from collections.abc import Iterator

from flask import request

from ...accounts.screens import ANSWERED_AT
from ...security.sessions import CurrentSession
from ...web.layout import Layout, Notice
from ...web.state import session, state
from . import flows


def offers(here: CurrentSession, frame: Layout) -> Iterator[Notice]:
    """Yield a notice for each open offer of an account to the signed-in user."""
    if not here.is_offered or state().mount.page_of(request.endpoint) in ANSWERED_AT:
        return
    for waiting in flows.offers_to(state().scope(session()), here.user):
        slots = {"from": waiting.owner.full_name, "account": waiting.account.name}
        yield frame.notice("users.notice.offer", "users.notice.see_offer", {"transfer": waiting.transfer.id}, slots)


NOTICES = (offers,)
