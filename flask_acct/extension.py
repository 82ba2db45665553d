"""``Acct``: flask_acct in a Flask app. The only place that knows every part."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache, partial
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Flask, Response
from flask_login import LoginManager
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from werkzeug.exceptions import ServiceUnavailable, TooManyRequests

from . import config as configuration
from . import logs
from .accounts import recipients, subscription, usernames
from .accounts.recipients import Recipient
from .accounts.subscription import AnyProvider, AsyncProvider, Provider, Subscription
from .brand.styles import styles
from .config import Config, ConfigError
from .db.database import Database
from .db.models import Account
from .db.shared_counts import SharedCounts
from .declare.elements import Declared
from .errors import SetupError
from .feature import Duty, Feature
from .features import FEATURES, platforms, wording_problems
from .features.help.site import help_site
from .features.help.votes import vote_pages
from .from_python import FromPython
from .mail import sending
from .mail.sending import OwnWords
from .mail.worker import Broker, Worker, is_demo, mailbox_folder, transport_of
from .monitoring import metrics
from .monitoring import requests as timing
from .monitoring.routes import NAME as OPERATORS
from .monitoring.routes import operator_pages
from .platform import Platform
from .security import hashes, limits, password_work, passwords, sessions, startup, tokens, unsent_forms
from .security.hashes import Verifiers
from .security.limits import TooMany
from .values.keys import Keys
from .web import (
    answered,
    brand,
    clients,
    current,
    errors,
    forms,
    guards,
    headers,
    host_csrf,
    host_login,
    host_migrations,
    nav,
    neighbours,
    proxies,
    reach,
    ready,
    reauthentication,
    staff_sessions,
    state,
)
from .web.dispatch import view_of
from .web.hooks import Hooks
from .web.layout import Layout, frame
from .web.news import AnyNewsProvider
from .web.options import ErrorPages, HostDatabase, Options, listed, mount_of, spelled
from .web.page import View
from .web.state import State

if TYPE_CHECKING:
    from .kb.articles.versions import Texts, Versions

HERE = Path(__file__).parent


ONE_EACH = (
    "This app has flask_acct already. Call init_app once for each app. For a second client area make a second app, "
    'with Acct(name="staff", url_prefix="/staff") if both are below one path, and mount it beside this one with '
    "werkzeug's DispatcherMiddleware."
)


class Misplaced(SetupError):
    """An app was given a second of something that it can have only once."""


class Acct(FromPython):
    """Sign-in, recovery and accounts for a Flask app.

    Sample::

        acct = Acct()

        def create_app():
            app = Flask(__name__)
            app.config.from_prefixed_env()
            acct.init_app(app, config="acct.toml")
            return app

    Args:
        app: The app, if there is only one; else call ``init_app``.
        config: An ``acct.toml``, the name of a preset, or a ``Config``. A relative path is looked for in the current
            folder, then in ``app.root_path``. Default: ``ACCT_CONFIG``, else the ``acct.toml`` in ``app.root_path``,
            else the one in the folder above it.
        db: The host's Flask-SQLAlchemy or Flask-SQLAlchemy-Lite extension, whose engine and session are then shared.
            Default: an engine of our own on ``ACCT_DATABASE_URL``.
        platform: Which of the configuration's platforms this app serves. Default: ``ACCT_PLATFORM``, else the first.
        login_manager: The host's own, if it has one that is not the app's yet. Its loaders are called for visitors
            without a session of ours, see ``web.host_login``.
        clock: Returns the time, aware and in UTC.
        verify: Functions that check the password hashes of other systems, by what stands before their first ``$`` or
            ``:``: ``{"myscheme": function}``, where ``function(hash, password)`` returns whether it is the password.
            The schemes of ``hashes`` need none.
        area: The paths below which ``flask acct check`` requires ``@requires`` or ``@public`` of every route of the
            app. Default: ``"/"``, all of them.
        unchecked: Blueprints by name, and paths, below which it requires neither, because they check access
            themselves: ``("admin", "/metrics")``.
        url_prefix: The path below which the pages are. Default: ``ACCT_URL_PREFIX``, which ``flask acct kb`` reads as
            well, else ``"/account"``.
        name: The name of the blueprint, with which the endpoints of the pages begin: ``url_for("acct.login_form")``.
            Those of the help site are named after it, ``acct_votes`` and ``acct_help``. Default: ``"acct"``.
        cookie_name: The name of the cookie that holds the session; the others are named after it. Default: ``acct``,
            or what tells two apps of one host apart, see ``web.cookies``. Under https ``__Host-`` stands before it.
        subdomain: The subdomain of the pages, where the app matches subdomains, ``Flask(subdomain_matching=True)``.
            Pages of the host's that are closed by ``@requires`` must be on the same one.
        errors: Where error pages of ours are shown. ``"pages"``, the default: below our own pages. ``"all"``: also
            wherever the host has no handler of its own. ``"none"``: nowhere.

    Raises:
        AcctError: For anything that must be fixed first: the configuration, an unsafe setting, a name that is taken.
    """

    @spelled
    def __init__(
        self,
        app: Flask | None = None,
        *,
        config: Config | str | Path | None = None,
        db: HostDatabase | None = None,
        platform: str | None = None,
        login_manager: LoginManager | None = None,
        clock: Callable[[], datetime] | None = None,
        verify: Verifiers | None = None,
        area: str | Sequence[str] | None = None,
        unchecked: str | Sequence[str] | None = None,
        url_prefix: str | None = None,
        name: str | None = None,
        cookie_name: str | None = None,
        subdomain: str | None = None,
        errors: ErrorPages | None = None,
    ) -> None:
        self._options = Options(
            config, db, platform, login_manager, clock, verify, area, unchecked,
            url_prefix, name, cookie_name, subdomain, errors,
        )  # fmt: skip
        self._subscription: Provider | AsyncProvider = subscription.no_subscription
        self._hooks = Hooks()
        if app is not None:
            self.init_app(app)

    @spelled
    def init_app(
        self,
        app: Flask,
        *,
        config: Config | str | Path | None = None,
        db: HostDatabase | None = None,
        platform: str | None = None,
        login_manager: LoginManager | None = None,
        clock: Callable[[], datetime] | None = None,
        verify: Verifiers | None = None,
        area: str | Sequence[str] | None = None,
        unchecked: str | Sequence[str] | None = None,
        url_prefix: str | None = None,
        name: str | None = None,
        cookie_name: str | None = None,
        subdomain: str | None = None,
        errors: ErrorPages | None = None,
    ) -> None:
        """The app has flask_acct's pages, commands and worker.

        Args:
            app: The app; each has one ``Acct``, and one ``Acct`` may have several apps.
            config: This and the others are those of ``Acct``. What is not given here is taken from there.

        Raises:
            AcctError: As ``Acct`` does.
        """
        if "acct" in app.extensions:
            raise Misplaced(ONE_EACH)
        given = Options(
            config, db, platform, login_manager, clock, verify, area, unchecked,
            url_prefix, name, cookie_name, subdomain, errors,
        )  # fmt: skip
        # Looked up at each request: the provider may be declared after the app.
        _install(app, given.over(self._options), self._hooks, subscription_of=partial(self._subscription_of, app))

    def _subscription_of(self, app: Flask, account: Account) -> Subscription:
        shown: Subscription = app.ensure_sync(self._subscription)(account)
        return shown

    def subscription(self, provider: AnyProvider) -> AnyProvider:
        """Register the function that returns what the subscription page shows besides the account's own data.

        The provider may be a coroutine, ``async def``.

        Sample::

            @acct.subscription
            def subscription(account):
                return Subscription(plan="Hosting Plus", renew="/orders")
        """
        self._subscription = provider
        return provider

    nav = staticmethod(nav.entry)

    def news(self, provider: AnyNewsProvider) -> AnyNewsProvider:
        """Register a function that returns what needs attention in an account, for the home page.

        It is called with the account in view when a page includes ``flask_acct/elements/news.html``, which shows ours
        beside it: a password that expires soon, invitations that run out, a plan or trial that ends. The function may
        be a coroutine, and there may be several.

        Sample::

            @acct.news
            def overdue(account):
                for invoice in overdue_invoices(account):
                    yield News(f"Invoice {invoice.number} is overdue.", "Pay it", "/invoices/7", tone="error")
        """
        self._hooks.news.append(provider)
        return provider

    @property
    def session(self) -> Session:
        """The database session of this request, for the host's own tables: the host's (``db=``), or ours.

        Changes are saved by ``acct.session.commit()``; without it they are undone when the request ends.
        """
        return state.session()

    @property
    def engine(self) -> Engine:
        """The engine of the session, for ``metadata.create_all(acct.engine)``."""
        return state.state().database.engine

    @property
    def frame(self) -> Layout:
        """What templates know as ``acct``, for Python: ``acct.frame.locale`` is the language of this request."""
        return frame()

    def is_own_password(self, password: str) -> bool:
        """Whether it is the password of the signed-in user, for a page that asks again before an important step.

        A wrong one is counted whatever happens to your own transaction, which is neither saved nor held up: at once if
        you call this before you change anything, else after the request. Raises werkzeug's 429 after too many, here or
        on a page of ours: an open session must be no place to guess. Raises werkzeug's 503 while very many passwords
        are being checked.
        """
        acct, user = state.state(), current.signed_in()
        if user is None:
            return False
        try:
            refused = reauthentication.given_to_host(acct.scope(state.session()), password, user)
        except passwords.Busy:
            raise ServiceUnavailable(retry_after=passwords.RETRY_SECONDS) from None
        if isinstance(refused, TooMany):
            raise TooManyRequests(retry_after=ceil(refused.wait.total_seconds()))
        return refused is None

    def recipients(self, account: Account, category: str) -> Sequence[Recipient]:
        """Return who gets the mails of a category: the owner, and the account's contacts that subscribe to it."""
        acct = state.state()
        return recipients.of(acct.scope(state.session()), account, category)

    def send(self, account: Account, category: str, mail: str | None = None, **what: Any) -> int:
        """One mail waits for each recipient of a category, in their language. Returns how many.

        With a session of the host's (``db=``) they wait in its transaction, and leave once it is committed.

        Sample::

            acct.send(
                account,
                "invoices",
                subject={"en": "Invoice 12", "es": "Factura 12"},
                text={"en": "It is due on 1 May.", "es": "Vence el 1 de mayo."},
                link="/invoices/12",
                button={"en": "See the invoice", "es": "Ver la factura"},
            )

        Args:
            mail: The name of a declared mail, instead of your own words; with ``slots``.
            what: ``subject``, ``text``, ``link`` and ``button``, see ``OwnWords``; or ``slots``.

        Raises:
            UnknownCategory: acct.toml has no such category.
            Unsendable: The mail would carry a secret, which contacts must never get, or its words are incomplete.
        """
        acct = state.state()
        with state.writing() as db:
            if mail is None:
                sent = sending.send(acct.scope(db), account, category, OwnWords(**what))
            else:
                sent = sending.send_declared(acct.scope(db), account, category, mail, **{"slots": {}, **what})
        if acct.worker is not None:
            acct.worker.wake()
        return len(sent)


def _install(app: Flask, options: Options, hooks: Hooks, *, subscription_of: Provider) -> None:
    acct = _made(app, options, hooks, subscription_of=subscription_of)
    app.extensions["acct"] = acct
    _mount(app, acct, options)
    _watch(app, acct)
    _add_help(app, acct, _settings(app)("ACCT_HELP_SITE"))
    _add_worker(app, acct)
    if is_demo(app) and not app.config.get("MAIL_SERVER"):
        from .features.mailbox.routes import mailbox_pages

        _register(app, mailbox_pages(mailbox_folder(app), acct.mount.beside("mailbox")))
    neighbours.watch(app, acct.mount)
    _add_commands(app)
    host_migrations.install(app)


def _made(app: Flask, options: Options, hooks: Hooks, *, subscription_of: Provider) -> State:
    """Return the app's state, of its options and its configuration. Raises ``AcctError`` for what does not fit."""
    hashes.raise_unless_names_fit(options.verify or {})
    settings = _settings(app)
    mount = mount_of(options, prefix=settings("ACCT_URL_PREFIX"))
    neighbours.raise_unless_free(app, mount)
    served = options.platform or settings("ACCT_PLATFORM")
    written = _read(app, options.config or settings("ACCT_CONFIG"))
    whole = configuration.served_at(written, settings("ACCT_PUBLIC_URL"), served)
    chosen = whole.on(served)
    by_name = platforms(whole, prefix=mount.url_prefix)
    _raise_unless_wording_fits(whole, by_name[chosen.platform].declared)
    startup.raise_if_unsafe(app.config, chosen, is_demo=is_demo(app))
    database, host_session = _database(app, options.db, settings("ACCT_DATABASE_URL"))
    styled = styles(chosen, site=brand.way_to_site(mount.url_prefix))
    return State(
        platform=by_name[chosen.platform],
        platforms=by_name,
        database=database,
        keys=Keys.of(app.config["SECRET_KEY"], app.config.get("SECRET_KEY_FALLBACKS") or ()),
        clock=options.clock or partial(datetime.now, UTC),
        mount=mount,
        whole=whole,
        host_session=host_session,
        area=listed(options.area, ("/",)),
        unchecked=listed(options.unchecked),
        styles=styled,
        versions=_versions(styled, brand.icon(chosen)),
        local_networks=startup.local_networks(app.config),
        hooks=hooks,
        subscription=subscription_of,
        verifiers=dict(options.verify or {}),
        shared=_shared_counts(settings("ACCT_LIMITS_STORAGE") or chosen.limits.storage),
    )


def _mount(app: Flask, acct: State, options: Options) -> None:
    """The app has the pages, and what stands around each of its requests."""
    headers.install(app)
    reach.install(app)
    host_csrf.install(app)
    _guard_flask_session(app, acct)
    host_login.install(app, options.login_manager)
    _register(app, _blueprint(acct), url_prefix=acct.mount.url_prefix)
    app.context_processor(lambda: {"acct": frame().begun()})
    app.jinja_env.tests["permitted"] = guards.permitted
    app.teardown_appcontext(state.end_session)
    # Registered first to run last, after a host's own has given its connection back: they are called in reverse.
    app.teardown_appcontext_funcs.insert(0, state.finish)
    app.before_request(ready.answer)
    app.after_request(current.write_cookie)
    app.after_request(staff_sessions.write_cookie)
    app.after_request(answered.mark)
    errors.install(app)


def _watch(app: Flask, acct: State) -> None:
    """Operators' programs are answered, and the app logs, counts and traces as they want it. After ``_mount``, whose
    functions are called for each request: ours are called before them."""
    config, settings = acct.platform.config, _settings(app)
    pages = operator_pages(
        acct.mount.beside(OPERATORS),
        token=settings("ACCT_METRICS_TOKEN"),
        findings=_findings if config.health.doctor else None,
        with_metrics=config.metrics.enabled,
    )
    _register(app, pages, url_prefix=acct.mount.url_prefix)
    if config.metrics.enabled:
        metrics.install(app)
    timing.install(app, with_metrics=config.metrics.enabled)
    logs.install(app, settings("ACCT_LOG"))


def _findings() -> Response:
    """Return the page of ``flask acct doctor``, which is loaded when it is first opened."""
    from .doctor.page import findings

    return findings()


def _settings(app: Flask) -> Callable[[str], str | None]:
    """Return a function that reads a setting from the app's configuration, else from the environment."""

    def setting(name: str) -> str | None:
        value = app.config.get(name) or os.environ.get(name)
        return str(value) if value else None

    return setting


def _read(app: Flask, config: Config | str | Path | None) -> Config:
    if isinstance(config, Config):
        return config
    root = Path(app.root_path)
    if config is None:
        return configuration.find(next((one for one in _beside(root) if one.is_file()), root / "acct.toml"))
    beside = root / config
    is_here = Path(config).exists() or str(config) in configuration.presets()
    return configuration.find(beside if not is_here and beside.is_file() else config)


def _beside(root: Path) -> tuple[Path, Path]:
    """Return where an ``acct.toml`` is looked for: beside the app's module, then beside its package."""
    return root / "acct.toml", root.parent / "acct.toml"


def _raise_unless_wording_fits(config: Config, declared: Declared) -> None:
    """Raise ``ConfigError`` unless every label that the host changed belongs to an element that exists."""
    problems = wording_problems(config, declared)
    if problems:
        raise ConfigError("acct.toml", problems)


def _guard_flask_session(app: Flask, acct: State) -> None:
    """The cookie of Flask's own session is protected: nothing of ours is in it, but the host's forms and baskets are.

    No other host can set it, because of its name, unless this app's host chose its name or path itself.
    """
    app.config["SESSION_COOKIE_HTTPONLY"] = True
    app.config["SESSION_COOKIE_SAMESITE"] = app.config["SESSION_COOKIE_SAMESITE"] or "Lax"
    if acct.is_https:
        app.config["SESSION_COOKIE_SECURE"] = True
        if startup.may_bind_flask_session(app.config):
            app.config["SESSION_COOKIE_NAME"] = startup.BOUND_NAME


def _database(app: Flask, db: Any, url: str | None) -> tuple[Database, Callable[[], Any] | None]:
    if db is not None:
        with app.app_context():
            return Database(db.engine), lambda: db.session() if callable(db.session) else db.session
    if url is None:
        Path(app.instance_path).mkdir(parents=True, exist_ok=True)
        url = f"sqlite:///{Path(app.instance_path) / 'acct.db'}"
    return Database.at(url, allow_temporary=app.testing), None


def _shared_counts(storage: str) -> SharedCounts | None:
    """Return where tries are counted; ``None`` for the database. Raises ``BadLimitStorage``."""
    return None if storage == "database" else SharedCounts(storage)


def _blueprint(acct: State) -> Blueprint:
    blueprint = Blueprint(acct.mount.name, __name__, template_folder="templates", static_folder="static")
    blueprint.before_request(proxies.notice)
    blueprint.before_request(clients.raise_if_insecure_app)
    blueprint.before_request(forms.limit_body)
    blueprint.after_request(headers.protect)
    for name, view in _views(acct.platform.config).items():
        if name in acct.platform.declared.screens:
            _add_page(blueprint, acct, name, view)
    for feature in FEATURES:
        _add_feature(blueprint, acct, feature)
    blueprint.add_url_rule("/brand.css", "brand", brand.serve)
    blueprint.add_url_rule("/icon.svg", "icon", brand.serve_icon)
    if acct.platform.config.api.openapi:
        from .web import openapi

        blueprint.add_url_rule("/openapi.json", "openapi", openapi.serve)
    return blueprint


def _register(app: Flask, blueprint: Blueprint, **where: Any) -> None:
    """The blueprint is on the subdomain of our pages, and errors on its pages are answered by ours."""
    mount = app.extensions["acct"].mount
    errors.guard(blueprint, mount)
    headers.keep_for(blueprint)
    app.register_blueprint(blueprint, subdomain=mount.subdomain, **where)


def _views(config: Config) -> Mapping[str, View]:
    """Return the view of each screen. If several features share one, each loads it, and one of them takes the form.

    The pages of a feature that the configuration leaves out are not loaded.
    """
    views: dict[str, View] = {}
    for feature in FEATURES:
        if not feature.is_enabled(config):
            continue
        for name, view in dict(feature.written_in("pages")).items():
            views[name] = _together(views[name], view) if name in views else view
    return views


def _together(first: View, then: View) -> View:
    if first.post and then.post:
        raise Misplaced("Two features take the form of one page; one of them must leave it.")
    return replace(first, post=first.post or then.post, load=lambda page: first.load(page) or then.load(page))


def _add_feature(blueprint: Blueprint, acct: State, feature: Feature) -> None:
    """The feature's own routes its notices on every page and its news are registered."""
    for path, endpoint, route, methods in feature.written_in("routes"):
        blueprint.add_url_rule(f"/{path}", endpoint, route, methods=list(methods))
    notices = feature.written_in("notices")
    if notices and feature.is_enabled(acct.platform.config):
        acct.notices += notices
    if feature.is_enabled(acct.platform.config):
        acct.news += feature.written_in("news")


def _add_page(blueprint: Blueprint, acct: State, name: str, view: View) -> None:
    methods = ["GET", "POST"] if view.post else ["GET"]
    if view.post:
        acct.posted.add(name)
    path = acct.platform.declared.screens[name].path
    blueprint.add_url_rule(f"/{path}", name.replace(".", "_"), view_of(name, view), methods=methods)


def _add_help(app: Flask, acct: State, site: str | None) -> None:
    """Screens link to their articles if there is a help site: in a folder of ours, or elsewhere."""
    help_ = acct.platform.config.help
    if not help_.enabled:
        return
    # The site's pages vote here, wherever they are.
    acct.help_versions = _versions_of(acct.platform, Path(site) if site else None)
    _register(app, vote_pages(acct.mount.beside("votes")))
    if not (site or help_.url):
        return
    if site:
        _register(app, help_site(Path(site), acct.mount.beside("help")))
    acct.help_locales = help_.locales or acct.platform.config.site.locales
    acct.help_links = _help_links(acct.platform, acct.help_locales)


def _help_links(platform: Platform, locales: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
    """Return where the pages of each language link to for help."""
    from .kb.articles.content import content_of
    from .kb.articles.rendering import help_links

    content = content_of(platform.config)
    return {locale: help_links(platform, content, locale) for locale in locales}


def _versions_of(platform: Platform, site: Path | None) -> Callable[[str], Versions]:
    """Return a function that gives, by language, the texts readers may vote on. They are read by the first vote."""

    @cache
    def texts() -> Texts:
        from .kb.articles.content import content_of
        from .kb.articles.versions import Texts

        return Texts(content_of(platform.config), platform, site)

    return lambda locale: texts().versions(locale)


DUTIES: tuple[Duty, ...] = (
    limits.forget_old, password_work.forget_old, sessions.forget_ended, tokens.forget_old, unsent_forms.forget_old,
    usernames.forget_old,
)  # fmt: skip
"""Deleting old rows that belong to no feature."""


def _add_worker(app: Flask, acct: State) -> None:
    is_celerys = acct.platform.config.mail.deliver == "celery"
    acct.worker = Worker(
        database=acct.database,
        platforms=acct.platforms,
        keys=acct.keys,
        clock=lambda: acct.clock(),
        answers={name: one for feature in FEATURES for name, one in feature.handlers.items()},
        transport=transport_of(app),
        duties=(*DUTIES, *(duty for feature in FEATURES for duty in feature.duties)),
        sender=app.config.get("MAIL_DEFAULT_SENDER"),
        templates=app.jinja_env,
        broker=_celery(app) if is_celerys else None,
    )
    # Tests call ``flask_acct.testing.sent_mails`` instead; a thread would send mails at an unknown moment.
    if app.config.get("ACCT_WORKER", not app.testing):
        app.before_request(acct.worker.ensure_running)


def _celery(app: Flask) -> Broker:
    """Return what has Celery deliver a mail. Raises ``NoCelery`` without its library."""
    # Celery is loaded only where it delivers.
    from .mail.celery_app import raise_unless_installed

    raise_unless_installed()
    from .mail import celery_tasks

    return celery_tasks.broker_of(app)


def _add_commands(app: Flask) -> None:
    """``flask acct`` is a command of the app too, for ``app.test_cli_runner()`` and apps in no installed package."""
    from .cli import acct

    if acct.name not in app.cli.commands:
        app.cli.add_command(acct)


def _versions(styles: str, icon: str) -> Mapping[str, str]:
    """Return a fingerprint of every static file, so that browsers may keep the files for good."""
    files = {
        str(file.relative_to(HERE / "static")): file.read_bytes()
        for file in (HERE / "static").rglob("*")
        if file.is_file()
    }
    files |= {"brand.css": styles.encode(), "icon.svg": icon.encode()}
    return {name: hashlib.sha256(content).hexdigest()[:12] for name, content in files.items()}
