"""The host's own app, started for the journeys: a process, a database, a mail server and a clock of its own.

``Stage`` is the side of the journeys, ``serve`` the side of the app. They exchange lines of JSON over the child's
standard input and output; when the input ends, so does the child.
"""

from __future__ import annotations

import hashlib
import json
import os
import queue
import secrets
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

from jinja2 import TemplateNotFound
from sqlalchemy import Engine, MetaData, inspect, select
from sqlalchemy.orm import Session

from ...config import Config
from ...db import models, schema
from ...db.models import OutboxMail
from ...errors import AcctError
from ...features.invitations.flows.inviting import invite
from ..articles import fixtures
from ..articles.content import KbError
from ..articles.manifest import without_addresses
from .sink import Sink, free_port

START_SECONDS = 60
QUIET_SECONDS = 60
"""How long the delivery of waiting mails may take."""

ORDER_SECONDS = QUIET_SECONDS + 15

POLL_SECONDS = 0.05
MARK = "acct-stage "


class Occupied(AcctError):
    """The journeys would have run on a database that is in use."""


class StageGone(KbError):
    """The app no longer answers."""


class Stage:
    """The app on loopback, ready for one journey after the other.

    Args:
        app: As for ``flask --app``: ``sample_app:create_app``.
        platform: Which platform it serves.
        environment: Settings of the app besides our own, such as ``ACCT_CONFIG``.
    """

    def __init__(self, app: str, config: Config, platform: str | None, environment: Mapping[str, str]) -> None:
        self._app, self._config, self._platform = app, config, platform
        self._environment = environment
        self._folder = tempfile.TemporaryDirectory(prefix="acct-stage-")
        self._answers: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self.sink = Sink()
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Stage:
        self.sink.__enter__()
        self._log = (Path(self._folder.name) / "log").open("w+", encoding="utf-8")
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "flask", "--app", self._app, "acct", "kb", "stage", "--port", str(self.port)],
            env=self._settings(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            # Ctrl-C is for the process of the journeys; the app ends when its standard input does.
            start_new_session=True,
        )
        threading.Thread(target=self._listen, daemon=True).start()
        try:
            answer = self._answer(START_SECONDS)
            self._same_configuration(answer)
            self.looks = str(answer["looks"])
            self.screens = f"{self.url}{answer['prefix']}"
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._process.stdin:
            self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()
        self._log.close()
        self.sink.__exit__(kind, error, at)
        self._folder.cleanup()

    def set(self, given: str, locale: str) -> int:
        """Nothing is left of the previous journey, not even a waiting mail; the cast is in place.

        Returns how many mails have come in by then: the scene may contain one that is sent at once.
        """
        self.send_mails()
        mails = len(self.sink.received)
        self._order({"do": "set", "given": given, "locale": locale})
        return mails

    def let_pass(self, time_: timedelta) -> None:
        """The app's clock is ahead by so much, until the next journey."""
        self._order({"do": "let_pass", "seconds": time_.total_seconds()})

    def send_mails(self) -> None:
        """Every mail that was requested has come in."""
        self._order({"do": "send"})

    def _order(self, order: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None  # noqa: S101
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        self._answer(ORDER_SECONDS)

    def _answer(self, seconds: float) -> dict[str, Any]:
        try:
            answer = self._answers.get(timeout=seconds)
        except queue.Empty:
            raise StageGone(f"{self._app} did not answer within {seconds:.0f} seconds.\n{self.last_words()}") from None
        if answer is None:
            raise StageGone(f"{self._app} did not start, or stopped.\n{self.last_words()}")
        if "error" in answer:
            raise KbError(str(answer["error"]))
        return answer

    def _same_configuration(self, answer: dict[str, Any]) -> None:
        if answer["config"] != digest(self._config):
            raise KbError(
                f"{self._app} runs another configuration than the articles are written from. Give both the same: "
                "let the app read ACCT_CONFIG, or run 'flask acct kb verify' beside its acct.toml."
            )

    def _listen(self) -> None:
        for line in self._process.stdout or ():
            if line.startswith(MARK):
                self._answers.put(json.loads(line.removeprefix(MARK)))
        self._answers.put(None)

    def last_words(self) -> str:
        """Return the end of the app's log."""
        self._log.flush()
        return Path(self._log.name).read_text("utf-8")[-2000:].strip()

    def _settings(self) -> dict[str, str]:
        own = {
            **self._environment,
            "ACCT_DATABASE_URL": f"sqlite:///{Path(self._folder.name) / 'acct.db'}",
            "ACCT_PUBLIC_URL": self.url,
            "ACCT_PLATFORM": self._platform or "",
            "FLASK_SECRET_KEY": secrets.token_hex(32),
            "FLASK_MAIL_SERVER": "127.0.0.1",
            "FLASK_MAIL_PORT": str(self.sink.port),
            "FLASK_MAIL_USE_TLS": "false",
            "FLASK_MAIL_USE_SSL": "false",
            "FLASK_SKIP_DOTENV": "1",
        }
        away = {"ACCT_DEMO", "ACCT_HELP_SITE", "FLASK_DEBUG", "FLASK_APP", "FLASK_MAIL_USERNAME", "FLASK_MAIL_PASSWORD"}
        return {name: value for name, value in {**os.environ, **own}.items() if name not in away}


def serve(app: Any, port: int) -> None:
    """The app answers on the port until standard input ends. Raises ``Occupied`` for a database in use."""
    from werkzeug.serving import make_server

    state = app.extensions["acct"]
    raise_if_occupied(state.database.engine)
    schema.upgrade(state.database.engine)
    clock = Clock()
    state.clock = lambda: clock.now
    server = make_server("127.0.0.1", port, app, threaded=True)
    threading.Thread(target=server.serve_forever, args=(POLL_SECONDS,), daemon=True).start()
    _write_answer({"config": digest(state.platform.config), "looks": looks(app), "prefix": state.mount.url_prefix})
    for line in sys.stdin:
        _write_answer(_obey(json.loads(line), state, clock))
    server.shutdown()


@dataclass
class Clock:
    """A clock that stands still until it is moved, so that times on pages are the same in every run."""

    now: datetime = fixtures.NOW


def raise_if_occupied(engine: Engine) -> None:
    """Raise ``Occupied`` unless the database has no row: journeys delete what they find."""
    names = [name for name in inspect(engine).get_table_names() if not name.endswith("alembic_version")]
    tables = MetaData()
    tables.reflect(engine, only=names)
    with engine.connect() as connection:
        for table in tables.sorted_tables:
            if connection.execute(select(1).select_from(table).limit(1)).first():
                raise Occupied(
                    f"The table {table.name} of {engine.url.render_as_string()} holds rows, and the journeys need an "
                    "empty database, which they fill and clear. Let the app's database follow ACCT_DATABASE_URL."
                )


def digest(config: Config) -> str:
    """Return a digest that tells one configuration from another, without its addresses."""
    tables = json.dumps(without_addresses(config.model_dump(mode="json")), sort_keys=True)
    return hashlib.sha256(tables.encode()).hexdigest()[:16]


def looks(app: Any) -> str:
    """Return a digest of the app's templates, static files and code; empty if its templates cannot be listed.

    Its code is every module imported from outside the Python installation, and this package.
    """
    parts = hashlib.sha256()
    try:
        for name in sorted(app.jinja_env.list_templates()):
            parts.update(f"{name}\0{app.jinja_env.loader.get_source(app.jinja_env, name)[0]}\0".encode())
    except (TypeError, TemplateNotFound):
        return ""
    for file in sorted({*_static_files(app), *_code()}):
        parts.update(file.name.encode() + b"\0" + file.read_bytes())
    return parts.hexdigest()[:16]


def _static_files(app: Any) -> Iterator[Path]:
    for owner in (app, *app.blueprints.values()):
        if owner.static_folder:
            yield from (file for file in Path(owner.static_folder).rglob("*") if file.is_file())


def _code() -> Iterator[Path]:
    installed = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        is_ours = name.partition(".")[0] == __name__.partition(".")[0]
        if file and file.endswith(".py") and (is_ours or not file.startswith(tuple(installed))):
            yield Path(file)


def _obey(order: dict[str, Any], state: Any, clock: Clock) -> dict[str, str]:
    try:
        match order["do"]:
            case "let_pass":
                clock.now += timedelta(seconds=order["seconds"])
            case "send":
                _send_all(state)
            case "set":
                clock.now = fixtures.NOW
                _fill(order["given"], order["locale"], state)
    except AcctError as error:
        return {"error": str(error)}
    except Exception as error:  # noqa: BLE001
        # The host's own code may run here: a signal's receiver, a hook of its models.
        return {"error": f"the app failed with {type(error).__name__}: {error}"}
    return {"done": str(order["do"])}


def _fill(given: str, locale: str, state: Any) -> None:
    with state.database.transaction() as db:
        for table in reversed(models.metadata.sorted_tables):
            db.execute(table.delete())
        fixtures.fill(state.scope(db), given, locale)
        if given == fixtures.INVITED:
            _invite(locale, db, state)


def _invite(locale: str, db: Session, state: Any) -> None:
    """Alice has invited Dana, as by the page: only the app has the keys for the link."""
    db.flush()
    owned = select(models.Membership).where(models.Membership.is_owner).join(models.User)
    place = db.scalars(owned.where(models.User.username == fixtures.ALICE.username)).one()
    account, alice = place.account, place.user
    scope = replace(state.scope(db), now=fixtures.NOW)
    invite(scope, account, fixtures.DANA["email"], ["invoices"], by=alice, locale=locale)


def _send_all(state: Any) -> None:
    """Every requested mail has been sent, and none is being delivered."""
    end = time.monotonic() + QUIET_SECONDS
    while time.monotonic() < end:
        state.worker.run_once()
        with state.database.session() as db:
            if not db.scalar(select(OutboxMail.id).where(OutboxMail.state == "leased").limit(1)):
                return
        time.sleep(POLL_SECONDS)


def _write_answer(answer: Mapping[str, str]) -> None:
    sys.stdout.write(f"{MARK}{json.dumps(answer)}\n")
    sys.stdout.flush()
