"""Cooperates with a host's Flask-Login: ``current_user`` has a session of ours, else is whom the host's loaders return.

Two kinds of people, one ``current_user``: customers are ours, with sessions that end on the server; staff and API keys
are the host's, by its ``user_loader`` and ``request_loader``. Neither side gets the other's ids. The id of a
customer is never in Flask's session or in the cookie that remembers, from which an ended session would come
back; if it is there all the same, it names nobody.

``login_user(user)`` with a user of ours begins a session of ours, ``logout_user()`` ends it. With anybody else both do
what they always did.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Flask, appcontext_pushed, current_app, g, request
from flask import session as flask_session
from flask_login import COOKIE_NAME, LoginManager, user_accessed, user_unauthorized
from sqlalchemy.orm import Session
from werkzeug.exceptions import Unauthorized

from .. import signals
from ..db.database import Database, begin_writing, has_changed
from ..db.models import LOGIN_ID, User
from ..errors import AcctError, SetupError
from ..security import sessions
from ..security.admission import NewPasswordFirst, Welcome
from . import arrival, clients, current, guards
from .sending_signals import send_signal
from .state import afterwards, session, state, writing

Entry = Welcome | NewPasswordFirst

HELD = ("_user_id", "_fresh", "_id", "_remember", "_remember_seconds")
"""What Flask-Login stores in Flask's session about who is signed in."""

SHARED = "acct_is_shared"


class TwoLoginManagers(SetupError):
    """``Acct(login_manager=...)`` names another one than the app has."""


class SignInFirst(Unauthorized):
    """A handler of the host's answers it, else our form, on any page."""

    def get_response(self, environ: Any = None, scope: Any = None) -> Any:
        return guards.sign_in_first()


class NotSaved(AcctError):
    """A user who is in no database cannot be signed in."""


def install(app: Flask, given: LoginManager | None) -> None:
    """The app's LoginManager knows our users as well: the host's, made earlier or later, else one of our own.

    Raises ``TwoLoginManagers``.
    """
    existing: LoginManager | None = getattr(app, "login_manager", None)
    if given is not None and existing not in (None, given):
        raise TwoLoginManagers(
            "This app has another LoginManager than the one given. Leave login_manager= out, and the app's own is "
            "used; or call init_app of one of them only."
        )
    manager = existing or given or LoginManager()
    if manager not in (existing, given):
        # It has no session of its own to protect, and would trust X-Forwarded-For for it.
        manager.session_protection = None
    if existing is None:
        manager.init_app(app)
    share(manager)
    # With the first context; if there was one before, as the first of all functions that may ask who is signed in.
    appcontext_pushed.connect(notice, sender=app)
    app.before_request_funcs.setdefault(None, []).insert(0, notice_here)


def notice(app: Flask, **_: object) -> None:
    """A LoginManager that the host made after ours knows our users as well."""
    share(app.login_manager)  # type: ignore[attr-defined]


def notice_here() -> None:
    notice(current_app._get_current_object())  # type: ignore[attr-defined]


def share(manager: LoginManager) -> None:
    """The LoginManager looks for a session of ours first. Several apps may share it, also ones without flask_acct."""
    if hasattr(manager, SHARED):
        return
    setattr(manager, SHARED, True)
    keep = manager._update_request_context_with_user
    manager._load_user = partial(_load, manager, manager._load_user, keep)
    manager._update_request_context_with_user = partial(_become, keep)
    manager.unauthorized = partial(_unauthorized, manager, manager.unauthorized)


def summary(app: Flask) -> str:
    """Return who ``current_user`` is, for ``flask acct check``."""
    manager: LoginManager | None = getattr(app, "login_manager", None)
    if manager is None:
        return "not in this app"
    callbacks = {"user_loader": manager._user_callback, "request_loader": manager._request_callback}
    own = [name for name, callback in callbacks.items() if callback is not None]
    late = "" if hasattr(manager, SHARED) else " Its LoginManager was made after flask_acct, which does no harm."
    if not own:
        return f"current_user is who has a session of flask_acct, else nobody.{late}"
    return f"current_user is who has a session of flask_acct, else whom your {' and '.join(own)} names.{late}"


def _load(manager: LoginManager, theirs: Callable[[], None], keep: Callable[..., None]) -> None:
    """Load who this request comes from, for Flask-Login's ``current_user``."""
    if not _is_here():
        theirs()
        return
    here = current.signed_in()
    if here is not None:
        send_signal(user_accessed)
        keep(here.user)
        return
    if clients.is_app():
        # Cookies of the host's are no more an app's than ours are.
        by_request = manager._request_callback
        keep(by_request(request) if by_request else None)
        return
    if not _has_loader(manager) or current.asks_no_more():
        keep()
        return
    _forget_ids_of_ours()
    g.acct_loading = True
    try:
        theirs()
    finally:
        g.acct_loading = False
    if "_user_id" in flask_session and isinstance(g._login_user, User):
        # A customer is signed in by a session of ours, which can be ended, or not at all.
        keep()


def _has_loader(manager: LoginManager) -> bool:
    """Whether the host has users of its own."""
    return manager._user_callback is not None or manager._request_callback is not None


def _forget_ids_of_ours() -> None:
    """No loader of the host's gets the id of a customer, which may be that of somebody else there."""
    if str(flask_session.get("_user_id", "")).startswith(LOGIN_ID):
        _forget_held()
    cookie = request.cookies.get(current_app.config.get("REMEMBER_COOKIE_NAME", COOKIE_NAME), "")
    if cookie.startswith(LOGIN_ID):
        flask_session["_remember"] = "clear"


def _forget_held() -> None:
    for key in HELD:
        flask_session.pop(key, None)


def _become(keep: Callable[..., None], user: Any = None) -> None:
    """Called by ``login_user``, and with nobody by ``logout_user``."""
    if _is_here() and not g.get("acct_loading", False):
        if isinstance(user, User):
            _arrive(user)
        else:
            _leave(is_replaced=user is not None)
        g.pop("acct_frame", None)
    keep(user)


def _unauthorized(manager: LoginManager, theirs: Callable[[], Any]) -> Any:
    """Redirect to where the host wants visitors who are not signed in, ``@login_required``; to our form by default.

    A host that has users of its own answers 401 to them by a handler for it, as that of a JSON API.
    """
    has_own = manager.unauthorized_callback or manager.login_view or request.blueprint in manager.blueprint_login_views
    if has_own or not _is_here():
        return theirs()
    send_signal(user_unauthorized)
    if _has_loader(manager):
        raise SignInFirst
    return guards.sign_in_first()


def _is_here() -> bool:
    return "acct" in current_app.extensions


def _arrive(user: User) -> None:
    """A session of ours begins for the user, and replaces whoever was signed in. Raises ``NotSaved``."""
    _forget_held()
    if user.id is None:
        raise NotSaved(
            "login_user() was given a user without an id. Write it to the database first: db.session.flush()"
        )
    entry = _begun(user)
    arrival.announced(arrival.enter(entry))
    current.become(entry.secret)


def _begun(user: User) -> Entry:
    """The new session is committed at once, unless the host has changes: then it belongs to its transaction."""
    db = session()
    if state().host_session is None:
        with writing() as db:
            return _begin(user, db)
    if has_changed(db):
        entry = _begin(user, db)
        arrival.warn_unless_committed(entry.secret, "login_user()")
        return entry
    begin_writing(db)
    entry = _begin(user, db)
    db.commit()
    return entry


def _end(session_id: int) -> None:
    """The session ends whatever happens to the host's transaction: at once, or after one that changed something."""
    db = session()
    if state().host_session is None:
        with writing() as db:
            sessions.end(db, session_id)
    elif has_changed(db):
        afterwards(partial(_end_after, session_id))
    else:
        sessions.end(db, session_id)
        db.commit()


def _end_after(session_id: int, database: Database) -> None:
    with database.transaction() as db:
        sessions.end(db, session_id)


def _begin(user: User, db: Session) -> Entry:
    """The user has a new session, which replaces the one of this browser."""
    here = current.present()
    entry = arrival.begun(db, user)
    if here is not None:
        sessions.end(db, here.session.id)
    return entry


def _leave(*, is_replaced: bool) -> None:
    """The session of ours has ended, if there is one.

    Args:
        is_replaced: Whether a user of the host's is signed in now, to whom Flask's session belongs.
    """
    here = current.present()
    if here is None:
        return
    _end(here.session.id)
    send_signal(signals.user_signed_out, user=here.user)
    if is_replaced:
        current.give_way()
        return
    clears = flask_session.get("_remember")
    current.leave()
    if clears:
        flask_session["_remember"] = clears
