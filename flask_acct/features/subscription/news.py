"""The news that a trial or a plan ends soon."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from ...security.sessions import CurrentSession
from ...web.layout import Layout, Notice
from ...web.state import state

SOON = timedelta(days=30)
SOON_OF_TRIAL = timedelta(days=14)


def end_of_plan(here: CurrentSession, frame: Layout) -> Iterator[Notice]:
    """Yield it to whoever may open the page of the subscription."""
    account = here.account
    if account is None or account.plan_expires_on is None or not frame.opens("subscription.page"):
        return
    left = account.plan_expires_on - frame.config.site.day_of(state().clock())
    is_trial = account.plan == "trial"
    if timedelta(0) <= left <= (SOON_OF_TRIAL if is_trial else SOON):
        sentence = "subscription.news.trial_ends" if is_trial else "subscription.news.ends"
        slots = {"day": account.plan_expires_on}
        yield frame.notice(sentence, "subscription.news.see", {}, slots, tone="warning")


NEWS = (end_of_plan,)
