"""``Acct``: flask_acct in a Flask app. The only place that knows every part."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask
from flask_login import LoginManager

from . import config as configuration
from . import safety
from .config import Config, ConfigError
from .database import Database, open_engine
from .errors import AcctError
from .features import FEATURES, editions, wording_problems
from .features.help.pages import help_site
from .features.mailbox.pages import mailbox_pages
from .features.password.flows import warn_of_expiry
from .features.recovery.flows import ANSWERS
from .kb.articles import help_links
from .kb.content import shipped
from .post.worker import Worker, is_demo, mailbox_folder, transport_of
from .screen import PREFIX, Declared
from .sessions import forget_ended
from .tallies import forget_old as forget_old_tallies
from .tokens import Keys
from .web import brand, errors, forms, guards, headers, presence, state
from .web.frame import frame
from .web.page import Turn, answer
from .web.state import State

HERE = Path(__file__).parent


class Misplaced(AcctError):
    """Two of what an app has one of."""


class Acct:
    """Sign-in, recovery and accounts for a Flask app.

    Sample::

        acct = Acct()

        def create_app():
            app = Flask(__name__)
            app.config.from_prefixed_env()
            acct.init_app(app, config="acct.toml")
            return app

    Args:
        app: The app, when there is only one; else call ``init_app``.
        config: An ``acct.toml``, the name of a preset, or a ``Config``. Default: ``ACCT_CONFIG``, else ``acct.toml``
            beside the app.
        db: The host's Flask-SQLAlchemy or Flask-SQLAlchemy-Lite extension, whose engine and session are then shared.
            Default: an engine of our own on ``ACCT_DATABASE_URL``.
        platform: Which of the configuration's platforms this app serves. Default: ``ACCT_PLATFORM``, else the first.
        login_manager: The host's own, if it has one.
        clock: Gives the time, aware and in UTC.

    Raises:
        AcctError: For anything that must be mended first: the configuration, an unsafe setting, a second user loader.
    """

    def __init__(self, app: Flask | None = None, **options: Any) -> None:
        self._options = options
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask, **options: Any) -> None:
        """The app has flask_acct's pages, commands and worker."""
        if "acct" in app.extensions:
            raise Misplaced("This app has flask_acct already. Call init_app once for each app.")
        _install(app, **{**self._options, **options})


def _install(
    app: Flask,
    *,
    config: Config | str | Path | None = None,
    db: Any = None,
    platform: str | None = None,
    login_manager: LoginManager | None = None,
    clock: Callable[[], datetime] | None = None,
) -> None:
    settings = _settings(app)
    whole = _read(app, config or settings("ACCT_CONFIG")).at(settings("ACCT_PUBLIC_URL"))
    chosen = whole.on(platform or settings("ACCT_PLATFORM"))
    spoken = editions(whole)
    _refuse_wording(whole, spoken[chosen.platform].declared)
    safety.refuse(app.config, chosen, is_demo=is_demo(app))
    database, host_session = _database(app, db, settings("ACCT_DATABASE_URL"))
    acct = State(
        edition=spoken[chosen.platform],
        editions=spoken,
        database=database,
        keys=Keys.of(app.config["SECRET_KEY"], app.config.get("SECRET_KEY_FALLBACKS") or ()),
        clock=clock or partial(datetime.now, UTC),
        host_session=host_session,
        styles=brand.styles(chosen),
    )
    acct.versions = _versions(acct.styles)
    app.extensions["acct"] = acct
    _guard_flask_session(app, acct)
    presence.watch(app, login_manager, guards.sign_in_first)
    app.register_blueprint(_blueprint(acct), url_prefix=PREFIX)
    app.context_processor(lambda: {"acct": frame()})
    app.teardown_appcontext(state.end_session)
    app.after_request(presence.write_cookie)
    errors.install(app)
    _add_help(app, acct, settings("ACCT_HELP_SITE"))
    _add_worker(app, acct)
    if is_demo(app) and not app.config.get("MAIL_SERVER"):
        app.register_blueprint(mailbox_pages(mailbox_folder(app)))


def _settings(app: Flask) -> Callable[[str], str | None]:
    """A setting of the app's configuration, else of the environment."""

    def setting(name: str) -> str | None:
        value = app.config.get(name) or os.environ.get(name)
        return str(value) if value else None

    return setting


def _read(app: Flask, config: Config | str | Path | None) -> Config:
    if isinstance(config, Config):
        return config
    return configuration.find(config or Path(app.root_path).parent / "acct.toml")


def _refuse_wording(config: Config, declared: Declared) -> None:
    """Every word the host changed is of an element that exists. Raises ``ConfigError``."""
    problems = wording_problems(config, declared)
    if problems:
        raise ConfigError("acct.toml", problems)


def _guard_flask_session(app: Flask, acct: State) -> None:
    """Flask's own session holds the forms' secret and mailed links on their way, so its cookie is guarded too."""
    app.config["SESSION_COOKIE_HTTPONLY"] = True
    app.config["SESSION_COOKIE_SAMESITE"] = app.config["SESSION_COOKIE_SAMESITE"] or "Lax"
    if acct.is_https:
        app.config["SESSION_COOKIE_SECURE"] = True


def _database(app: Flask, db: Any, url: str | None) -> tuple[Database, Callable[[], Any] | None]:
    if db is not None:
        with app.app_context():
            return Database(db.engine), lambda: db.session() if callable(db.session) else db.session
    if url is None:
        Path(app.instance_path).mkdir(parents=True, exist_ok=True)
        url = f"sqlite:///{Path(app.instance_path) / 'acct.db'}"
    return Database(open_engine(url)), None


def _blueprint(acct: State) -> Blueprint:
    blueprint = Blueprint("acct", __name__, template_folder="templates", static_folder="static")
    blueprint.before_request(forms.limit_body)
    blueprint.after_request(headers.protect)
    for feature in FEATURES:
        pages = import_module(f".features.{feature}.pages", __package__)
        for name, turn in pages.PAGES.items():
            if name in acct.edition.declared.screens:
                _add_page(blueprint, acct, name, turn)
        for path, endpoint, view, methods in getattr(pages, "ROUTES", ()):
            blueprint.add_url_rule(f"/{path}", endpoint, view, methods=list(methods))
    blueprint.add_url_rule("/brand.css", "brand", brand.serve)
    return blueprint


def _add_page(blueprint: Blueprint, acct: State, name: str, turn: Turn) -> None:
    methods = ["GET", "POST"] if turn.submit else ["GET"]
    path = acct.edition.declared.screens[name].path
    blueprint.add_url_rule(f"/{path}", name.replace(".", "_"), answer(name, turn), methods=methods)


def _add_help(app: Flask, acct: State, site: str | None) -> None:
    """Screens link to their articles, where there is a help site: in a folder of ours, or elsewhere."""
    help_ = acct.edition.config.help
    if not help_.enabled or not (site or help_.url):
        return
    if site:
        app.register_blueprint(help_site(Path(site)))
    acct.help_links = help_links(acct.edition, shipped())
    acct.help_locales = help_.locales or acct.edition.config.site.locales


def _add_worker(app: Flask, acct: State) -> None:
    acct.worker = Worker(
        database=acct.database,
        editions=acct.editions,
        keys=acct.keys,
        clock=lambda: acct.clock(),
        answers=ANSWERS,
        transport=transport_of(app),
        duties=(warn_of_expiry, forget_ended, forget_old_tallies),
        sender=app.config.get("MAIL_DEFAULT_SENDER"),
        templates=app.jinja_env,
    )
    if app.config.get("ACCT_WORKER", True):
        app.before_request(acct.worker.ensure_running)


def _versions(styles: str) -> Mapping[str, str]:
    """A fingerprint of every static file, so that browsers may keep it for good."""
    files = {
        str(file.relative_to(HERE / "static")): file.read_bytes()
        for file in (HERE / "static").rglob("*")
        if file.is_file()
    }
    files["brand.css"] = styles.encode()
    return {name: hashlib.sha256(content).hexdigest()[:12] for name, content in files.items()}
