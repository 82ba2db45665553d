"""What one Flask app knows about flask_acct; stored in ``app.extensions["acct"]``."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from flask import current_app, g
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from ..accounts.subscription import Provider, no_subscription
from ..config import Config
from ..db.database import Database, begin_writing, has_changed
from ..db.shared_counts import SharedCounts
from ..platform import Platform
from ..scope import Scope
from ..security.hashes import Verifiers
from ..security.last_uses import LastUses
from ..security.startup import Network
from ..values.keys import Keys
from . import cookies
from .dead_links import DeadLinks
from .hooks import Hooks
from .options import Mount

if TYPE_CHECKING:
    from ..mail.worker import Worker

log = logging.getLogger("flask_acct")


@dataclass
class State:
    """One app's configuration, words, database and clock.

    ``clock`` may be replaced, by tests and by the help site's journeys; all code gets the time from it.
    """

    platform: Platform
    platforms: Mapping[str | None, Platform]
    database: Database
    keys: Keys
    clock: Callable[[], datetime]
    whole: Config = field(default_factory=Config)
    """The configuration as it was read, with all its platforms."""
    host_session: Callable[[], Session] | None = None
    worker: Worker | None = None
    help_links: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By language of the help site: the article for each screen and message, see ``kb.articles.help_links``."""
    help_locales: tuple[str, ...] = ()
    help_versions: Callable[[str], Mapping[str, Collection[str]]] = lambda _locale: {}
    """By language: the texts of each article that readers may vote on. They are read when first needed."""
    area: tuple[str, ...] = ("/",)
    """Where the host's routes must say who may open them, see ``rules``."""
    unchecked: tuple[str, ...] = ()
    """Blueprints and paths of the host's that check access themselves."""
    posted: set[str] = field(default_factory=set)
    """Names of the screens that have a form, or a button, that is sent to them."""
    mount: Mount = field(default_factory=Mount)
    """Where the pages are in the host's app."""
    verifiers: Verifiers = field(default_factory=dict)
    """The host's own password schemes, see ``hashes``."""
    hooks: Hooks = field(default_factory=Hooks)
    """The functions that the host has registered."""
    subscription: Provider = no_subscription
    """The host's data about an account's plan."""
    notices: tuple[Callable[[Any, Any], Iterable[Any]], ...] = ()
    """What features show to the signed-in user on every page, given ``CurrentSession`` and ``Layout``."""
    news: tuple[Callable[[Any, Any], Iterable[Any]], ...] = ()
    """What features show on a home page, given the same."""
    styles: str = ""
    """The stylesheet made from the brand."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """Fingerprints of the shipped static files, for their addresses."""
    dead_links: DeadLinks = field(default_factory=DeadLinks, repr=False)
    shared: SharedCounts | None = None
    """Where tries are counted if not in the database, see ``limits``."""
    has_noticed_proxy: bool = False
    """Whether the log has warned already that visitors come by a proxy."""
    local_networks: tuple[Network, ...] = ()
    """Networks that count as this machine while ``public_url`` is loopback."""
    user_cache: dict[Any, Any] = field(default_factory=dict, repr=False)
    """Parts of pages as single users see them, see ``fragments``."""
    cache: dict[Any, Any] = field(default_factory=dict, repr=False)
    """A cache of rendered screens and the like, by name and language."""
    last_uses: LastUses = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.last_uses = LastUses(self.database)

    def scope(self, db: Session) -> Scope:
        """Return the scope of flows now, in the caller's transaction."""
        return Scope(db, self.platform, self.keys, self.clock(), self.shared)

    @property
    def is_https(self) -> bool:
        return self.platform.config.site.public_url.startswith("https:")

    @property
    def cookie_name(self) -> str:
        """Return the session cookie's name, for the browser of this request; our other cookies are named after it."""
        label = cookies.label(self.mount)
        return f"__Host-{label}" if self.is_https else label

    @property
    def visit_cookie_name(self) -> str:
        """Return the name of the cookie with what a browser holds besides its session, see ``visits``."""
        return f"{self.cookie_name}_visit"


def state() -> State:
    """Return the state of the app that answers this request."""
    # Not by the proxy: it is asked some dozens of times in a request.
    return cast(State, current_app._get_current_object().extensions["acct"])  # type: ignore[attr-defined]


def session() -> Session:
    """Return the database session of this request: the host's, or one of our own that ends with the request."""
    acct = state()
    if acct.host_session is not None:
        return acct.host_session()
    if "acct_db" not in g:
        g.acct_db = acct.database.session()
    return cast(Session, g.acct_db)


@contextmanager
def writing() -> Iterator[Session]:
    """The session of this request, for functions that hosts call to write.

    What was written is committed at the end, unless it belongs to a transaction of the host's, or of a screen's.
    """
    db = session()
    is_alone = state().host_session is None and "acct_in_hand" not in g
    if is_alone:
        begin_writing(db)
    try:
        yield db
        if is_alone:
            db.commit()
    except BaseException:
        if is_alone:
            db.rollback()
        raise


@contextmanager
def changing(*, saves_alone: bool = False) -> Iterator[Session]:
    """The same for changes that may be refused: then the host's earlier changes stay as they were, uncommitted.

    Args:
        saves_alone: Whether changes are committed at once also in a session of the host's, if that holds none: a
            sign-in must count although nobody commits.
    """
    db = session()
    had_changes = has_changed(db)
    is_alone = "acct_in_hand" not in g and (state().host_session is None or (saves_alone and not had_changes))
    begin_writing(db)
    try:
        with db.begin_nested():
            yield db
    except BaseException:
        if is_alone and not had_changes:
            db.rollback()
        raise
    if is_alone:
        db.commit()


def is_others() -> bool:
    """Whether the session of this request holds changes that are not ours to commit: the host's, or a screen's."""
    return "acct_in_hand" in g or has_changed(session())


@contextmanager
def transaction() -> Iterator[Session]:
    """Everything written inside, by the host and by us, is saved together at the end, or nothing of it."""
    db = session()
    # Without it, SQLite would take the end of its first savepoint for the end of a transaction, and commit.
    begin_writing(db)
    if "acct_in_hand" in g:
        with db.begin_nested():
            yield db
        return
    g.acct_in_hand = True
    if state().host_session is not None:
        try:
            with db.begin_nested():
                yield db
        finally:
            del g.acct_in_hand
        return
    try:
        yield db
        db.commit()
    except BaseException:
        db.rollback()
        raise
    finally:
        del g.acct_in_hand


@contextmanager
def answering() -> Iterator[Session]:
    """The session of this request, for a view of ours that is no screen: its changes are committed at the end."""
    take_in_hand()
    db = session()
    try:
        begin_writing(db)
        yield db
        db.commit()
    except BaseException:
        db.rollback()
        raise


def afterwards(work: Callable[[Database], None]) -> None:
    """The work is done once the request's own connection is given back, whatever happened to its transaction."""
    g.setdefault("acct_afterwards", []).append(work)


def take_in_hand() -> None:
    """Mark that a screen's transaction is open: ``keep_changes`` or a rollback ends it."""
    g.acct_in_hand = True


def keep_changes() -> None:
    """The changes of this request are committed; costs nothing if it never used the database."""
    if state().host_session is not None or "acct_db" in g:
        session().commit()


def end_session(_error: BaseException | None = None) -> None:
    """The request's own database session is closed; uncommitted changes are rolled back."""
    db = g.pop("acct_db", None)
    if db is not None:
        db.close()


def finish(_error: BaseException | None = None) -> None:
    """Work that waits for the end of the request is done. Its errors must not fail the request, which is answered."""
    acct = state()
    for work in g.pop("acct_afterwards", ()):
        try:
            work(acct.database)
        except SQLAlchemyError as error:
            log.error("something could not be written after a request: %s", type(error).__name__)  # noqa: TRY400
    acct.last_uses.write()
