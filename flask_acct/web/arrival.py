"""What a sign-in leaves in the browser, however somebody signed in, and where they go from there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

from flask import current_app, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import signals
from ..db import row_locks
from ..db.database import Database
from ..db.models import Account, User, UserSession
from ..declare.elements import Message
from ..errors import AcctError
from ..security import admission
from ..security.admission import Attempt, Before, ElsewhereFirst, NewPasswordFirst, Refuse, Welcome
from ..security.tokens import digest
from . import addresses, current, guards, known_browsers
from .layout import frame
from .sending_signals import send_signal
from .state import afterwards, log, session, state
from .visits import visit

LONGEST_ONWARD = 600
"""Most characters of the requested address that a pending sign-in remembers."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where somebody goes once they are signed in, and the message they see there."""

    address: str
    screen: str = ""
    message: Message | None = None


class WrongAnswer(AcctError):
    """The host's ``before_sign_in`` returned an invalid value."""


def before() -> Before | None:
    """Return the host's ``before_sign_in``, with its answer checked; async functions are awaited."""
    asked = state().hooks.before_sign_in
    if asked is None:
        return None

    def ask(attempt: Attempt) -> Refuse | str | None:
        answer = current_app.ensure_sync(asked)(attempt)
        if answer is None or isinstance(answer, Refuse) or (isinstance(answer, str) and answer):
            return answer
        raise WrongAnswer(
            f"before_sign_in returned {answer!r}. Return None to let them in, an address (a str) to send them there "
            'first, or flask_acct.Refuse("…") to let nobody in.'
        )

    return ask


def begun(db: Session, user: User, *, account: Account | None = None) -> Welcome | NewPasswordFirst:
    """The user has a session because the host says who they are. It completes their sign-in that is pending here.

    One of somebody else that is pending in this browser is void from now on.

    Args:
        account: The account to have in view, if they have several.
    """
    acct, secret = state(), visit().pending
    scope = acct.scope(db)
    how: dict[str, Any] = {"user_agent": user_agent(), "number": account.number if account else ""}
    row_locks.lock_user(db, user.id)
    completed = admission.complete(scope, secret, user, **how) if secret else None
    if secret and completed is None:
        admission.cancel(db, secret)
    return completed or admission.admit(scope, user, **how)


def enter(entry: Welcome | NewPasswordFirst, *, onward: str | None = None) -> Destination:
    """The browser has the session's cookie and is known. Returns where they go now.

    Args:
        onward: Where they wanted to go, a path of this site.
    """
    user = entry.user
    if user.locale is None:
        # Mails to the user are in the language they read when they signed in.
        user.locale = frame().locale
    current.arrive(entry.secret)
    known_browsers.remember(user)
    if isinstance(entry, NewPasswordFirst):
        screen = addresses.named("set_password")
        return Destination(addresses.screen_url(screen), screen, _message(screen, entry.reason))
    send_signal(signals.user_signed_in, user=user)
    if entry.has_choice and not names_account(onward):
        screen = addresses.named("choose_account")
        return Destination(addresses.screen_url(screen, None, **({"next": onward} if onward else {})), screen)
    return Destination(onward or addresses.target_url("site.home") or "/")


def announced(destination: Destination) -> str:
    """Return the address they go to; the page there shows its message."""
    if destination.message:
        visit().say(destination.screen, destination.message.id)
    return destination.address


def warn_unless_committed(secret: str, call: str) -> None:
    """At the end of the request the log warns if the session was begun in a transaction that nobody committed.

    Args:
        call: What the host called: ``"login_user()"``.
    """
    afterwards(partial(_warn_unless_committed, digest(secret), call))


def _warn_unless_committed(digest_: str, call: str, database: Database) -> None:
    with database.session() as db:
        if db.scalar(select(UserSession.id).where(UserSession.digest == digest_)) is None:
            log.error("%s began a session in your transaction, which was not saved. Commit: db.session.commit()", call)


def entered(entry: Welcome | NewPasswordFirst | ElsewhereFirst, *, onward: str | None = None) -> Destination:
    """The browser is as the entry requires. Returns where it goes now."""
    if isinstance(entry, ElsewhereFirst):
        return Destination(go_elsewhere(entry, onward=onward))
    return enter(entry, onward=onward)


def go_elsewhere(entry: ElsewhereFirst, *, onward: str | None = None) -> str:
    """The browser holds the pending sign-in, and nobody is signed in. Returns where the host sends them."""
    current.stand_by()
    visit().wait(entry.secret, onward if onward and len(onward) <= LONGEST_ONWARD else "")
    return entry.url


def onward(address: str | None = None) -> str | None:
    """Return where whoever signs in now wanted to go: the argument, else a pending sign-in's, else the request's.

    Only ever a path of this site.
    """
    asked = (address, visit().onward if visit().pending else None, request.values.get("next"))
    return next((path for one in asked if one and (path := addresses.onward(one))), None)


def pending_user() -> User | None:
    """Return whose sign-in is pending in this browser."""
    secret = visit().pending
    return admission.pending(state().scope(session()), secret) if secret else None


def names_account(onward: str | None) -> bool:
    """Whether the address the visitor wanted names the account it is about."""
    return guards.NAMED_ACCOUNT in parse_qs(urlsplit(onward or "").query)


def user_agent() -> str:
    """Return the browser's User-Agent, cut to the length that is stored."""
    return request.headers.get("User-Agent", "")[:200]


def _message(screen: str, name: str) -> Message:
    return state().platform.declared.screens[screen].message(name)
