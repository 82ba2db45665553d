"""What becomes of an account's users: which page they meet, and the mail that lets them in for the first time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from ... import tokens
from ...config import Config
from ...edition import Edition
from ...models import Account, Outgoing, User
from ...post import outbox
from ...sessions import Present
from ...tokens import Keys

State = Literal["open", "suspended", "closed", "none", "expired"]
"""``open``, or the name of the ``accounts`` screen the user meets instead of any other page."""

INVITATION_LASTS = timedelta(days=7)


def state_of(present: Present, *, config: Config, now: datetime) -> State:
    """Which page a signed-in user meets: ``open`` means the one they asked for."""
    account = present.account
    if present.membership is None or account is None:
        return "none"
    if account.state == "suspended":
        return "suspended"
    if account.state == "closed":
        return "closed"
    return "expired" if is_expired(account, config=config, now=now) else "open"


def is_expired(account: Account, *, config: Config, now: datetime) -> bool:
    """Whether the last day of the plan is over where the site is."""
    today = now.astimezone(ZoneInfo(config.site.time_zone)).date()
    return account.plan_expires_on is not None and account.plan_expires_on < today


def invite(user: User, account: Account, *, db: Session, edition: Edition, keys: Keys, now: datetime) -> Outgoing:
    """A mail waits with the user's customer number, user name and a link to set the first password.

    The user and the account must have their ids. Links of earlier invitations are worth nothing.
    """
    config = edition.config
    token = tokens.issue(
        "activation",
        user=user,
        lifetime=INVITATION_LASTS,
        about={"account_id": account.id},
        db=db,
        keys=keys,
        now=now,
    )
    # The outbox row refers to the token's, and nothing but the flush order says so.
    db.flush()
    return outbox.post(
        "accounts.activation",
        to=user,
        account=account,
        token=token,
        locale=config.site.default_locale,
        platform=config.platform,
        slots={"details": _details(user, account, edition=edition)},
        db=db,
        now=now,
    )


def _details(user: User, account: Account, *, edition: Edition) -> list[str]:
    locale = user.locale or edition.config.site.default_locale
    return [
        edition.say("shell.mail.customer_number", locale, number=account.number),
        edition.say("accounts.activation.username", locale, username=user.username),
    ]
