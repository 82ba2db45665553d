"""Who is signed in: the session cookie, read once per request, and Flask-Login's view of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast

from flask import Response, current_app, g, request
from flask import session as flask_session
from sqlalchemy.orm.attributes import set_committed_value
from werkzeug.local import LocalProxy

from ..db.models import Account
from ..declare.elements import Screen
from ..security import sessions
from ..security.sessions import CurrentSession
from ..security.tokens import TO_NEW_ADDRESS, digest
from . import browser_cookies, clients, cookies, staff_sessions
from .state import session, state
from .visits import begin_anew, form_secret, visit, write

BACKGROUND_HEADER = "X-Acct-Background"
"""A host's fetch that runs by itself sends this header, so that it does not keep an idle user signed in."""


def present() -> CurrentSession | None:
    """Return the session, user and account of this request, in at most one SELECT; ``None`` for a visitor."""
    kept = g._get_current_object()
    if kept.get("acct_error_page") or kept.get("acct_staff_area"):
        return None
    if "acct_present" not in kept:
        kept.acct_present = _read()
    return cast("CurrentSession | None", kept.acct_present)


def ask_no_more() -> None:
    """Nobody counts as signed in for the rest of this request: its error page must not need what just failed."""
    g.acct_error_page = True


def asks_no_more() -> bool:
    """Whether this request is answered by an error page, see ``ask_no_more``."""
    return bool(g.get("acct_error_page", False))


def form_binding() -> str:
    """Return what the forms of this page are bound to: the session of the user, else a cookie of the browser."""
    if staff_sessions.is_area():
        return staff_sessions.binding() or f"visit {form_secret()}"
    begun = g.get("acct_cookie")
    if begun:
        return f"session {digest(begun)}"
    if g.get("acct_error_page"):
        # The database must not be asked. A browser with a session sends its forms when it can be asked again.
        value = browser_cookies.read(state().cookie_name) or ""
        is_ours = cookies.is_ours(value, state().mount, state().keys)
        return f"session {digest(cookies.secret_of(value))}" if is_ours else f"visit {form_secret()}"
    here = present()
    return f"session {here.session.digest}" if here is not None else f"visit {form_secret()}"


def brought_cookies() -> bool:
    """Whether the browser sent any cookie of ours."""
    return browser_cookies.has_any(state().cookie_name, state().visit_cookie_name, staff_sessions.cookie_name())


def has_ended() -> bool:
    """Whether the visitor came with a session that has ended."""
    return present() is None and _brought_session()


def _brought_session() -> bool:
    """Whether the browser sent the cookie of a session of ours, ended or not; that of another app is ignored."""
    acct = state()
    value = clients.bearer() or browser_cookies.read(acct.cookie_name)
    return value is not None and (g.get("acct_known", False) or cookies.is_ours(value, acct.mount, acct.keys))


def signed_in() -> CurrentSession | None:
    """Return who is here with a full session; ``None`` for one that may only set a password."""
    here = present()
    return here if here is not None and not here.may_only_set_password else None


def _read() -> CurrentSession | None:
    acct = state()
    value = clients.bearer() or browser_cookies.read(acct.cookie_name)
    if not value or len(value) > 100:
        return None
    scope = acct.scope(session())
    here = sessions.load(scope, cookies.secret_of(value))
    is_background = request.headers.get(BACKGROUND_HEADER) or request.endpoint == acct.mount.endpoint("session_left")
    g.acct_known = here is not None
    if here is None or is_background or not sessions.needs_touch(here.session, scope.now):
        return here
    return keep_alive(here)


def keep_alive(here: CurrentSession) -> CurrentSession:
    """The session was used now, and lasts the whole idle time again. It is written at the end of the request."""
    acct, now = state(), state().clock()
    acct.last_uses.note(here.session.id, now)
    set_committed_value(here.session, "last_used_at", now)
    ends = sessions.idle_end(here.session, acct.platform.config)
    return replace(here, idle_ends_at=ends)


def arrive(secret: str) -> None:
    """The response sets the cookie of a new session. What the visitor's browser held is deleted.

    Keys of Flask's session named in ``ACCT_KEEP_IN_SESSION`` survive, such as a shopping basket. So does a link that
    a sign-in does not void (see ``tokens.TO_NEW_ADDRESS``), for it may be what somebody signs in for.
    """
    _begin_anew(secret)
    begin_anew(_lasting_links(), keep_unsent=True)


def become(secret: str) -> None:
    """The rest of this request belongs to the new session: ``current_user`` is its user at once."""
    acct = state()
    g.acct_present = sessions.load(acct.scope(session()), secret)
    for name in ("_login_user", "acct_frame"):
        g.pop(name, None)


def begun_secret() -> str | None:
    """Return the secret of the session that this request has begun and not yet become."""
    return g.get("acct_cookie") or None


def stand_by() -> None:
    """Nobody is signed in yet. What somebody signs in for is kept until they are, as ``arrive`` keeps it."""
    _begin_anew("")
    begin_anew(_lasting_links(), keep_unsent=True)


def leave(*, keep_links: bool = False) -> None:
    """The response deletes the cookie, and the visitor's browser holds nothing.

    Args:
        keep_links: Whether somebody only leaves to come back as another user, by the link that led them here. Otherwise
            whoever uses the browser next must not find it.
    """
    _begin_anew("")
    begin_anew(_lasting_links() if keep_links else ())


def give_way() -> None:
    """The response deletes the cookie, because a user of the host's is signed in now. Flask's session is theirs."""
    g.acct_cookie = ""
    g.acct_present = None
    begin_anew()


def carrier(screen: Screen) -> str:
    """Return the name under which a browser holds the secret of a link, for the screens that such a link opens."""
    return "+".join(screen.opened_by)


def carry(screen: Screen, secret: str, now: datetime) -> None:
    """The visitor's browser has the secret of a link, for the screens that such a link opens."""
    visit().hold(carrier(screen), secret, int(now.timestamp()))


def carried(screen: Screen, now: datetime) -> str | None:
    """Return the secret of the link that led here and is in use.

    Not one that has been unused longer than an idle session lasts: whoever uses the browser next must
    not find it.
    """
    held = visit().links.get(carrier(screen))
    if held is None or _is_left_lying(held[1], now):
        return None
    secret, since = held
    if now - datetime.fromtimestamp(since, UTC) >= sessions.TOUCH_EVERY:
        carry(screen, secret, now)
    return secret


def left_lying(screen: Screen, now: datetime) -> str | None:
    """Return the secret of a link that has been unused in this browser for too long."""
    held = visit().links.get(carrier(screen))
    return held[0] if held is not None and _is_left_lying(held[1], now) else None


def _is_left_lying(since: int, now: datetime) -> bool:
    return now - datetime.fromtimestamp(since, UTC) > timedelta(minutes=state().platform.config.session.idle_minutes)


def remember_typed(typed: Mapping[str, str], now: datetime) -> None:
    """The visitor's browser has what was typed to say who they are, see ``typed``."""
    visit().remember_typed(typed, int(now.timestamp()))


def typed(now: datetime) -> Mapping[str, str]:
    """Return what the visitor typed to say who they are, by field name.

    Nothing that is older than an idle session may be: whoever uses the browser next must not find it.
    """
    here = visit()
    return here.typed if here.typed and not _is_left_lying(here.typed_at, now) else {}


def _outlasts_sign_in(screen: Screen) -> bool:
    return bool(set(screen.opened_by) & set(TO_NEW_ADDRESS))


def _lasting_links() -> tuple[str, ...]:
    screens = state().platform.declared.screens.values()
    return tuple(carrier(screen) for screen in screens if _outlasts_sign_in(screen))


def _begin_anew(secret: str) -> None:
    if not clients.is_app():
        keep = {key: flask_session[key] for key in _lasting_keys() if key in flask_session}
        flask_session.clear()
        flask_session.update(keep)
    # The token of the host's forms, which Flask-WTF has from the session that is gone.
    g.pop(current_app.config.get("WTF_CSRF_FIELD_NAME", "csrf_token"), None)
    g.acct_cookie = secret
    g.acct_present = None
    g.pop("_login_user", None)


def write_cookie(response: Response) -> Response:
    """The response sets the cookies that this request changed; none if they are set already."""
    if "acct_present" in g or "acct_visit" in g:
        response.vary.add("Cookie")
        if state().platform.config.api.apps:
            response.vary.update(("Authorization", clients.APP_HEADER))
    write(response)
    if g.get("acct_cookie_written"):
        return response
    g.acct_cookie_written = True
    secret = g.get("acct_cookie")
    acct = state()
    if secret:
        value = cookies.marked(secret, acct.mount, acct.keys)
        browser_cookies.write(response, acct.cookie_name, value)
    elif (secret == "" or g.get("acct_present", ...) is None) and _brought_session():
        browser_cookies.delete(response, acct.cookie_name)
    return response


def _lasting_keys() -> tuple[str, ...]:
    return tuple(current_app.config.get("ACCT_KEEP_IN_SESSION", ()))


def _account() -> Account | None:
    here = signed_in()
    return here.account if here else None


current_account = cast("Account", LocalProxy(_account))
"""The account that the signed-in user has in view; falsy if there is none."""
