"""Apps of hosts that differ from the sample app: harmless changes, faults, and slowness."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from email import message_from_bytes
from email.policy import SMTP
from typing import Any

from flask import Flask, Response, abort, render_template_string, request
from jinja2 import ChoiceLoader, DictLoader
from sqlalchemy import update

from flask_acct.db.models import Membership
from flask_acct.extension import Acct
from flask_acct.web.visits import visit

HOME = '{% extends "flask_acct/layout.html" %}{% block main %}<h1>Welcome</h1>{% endblock %}'

POP = """\
document.querySelector('[data-acct="login.form.forgot_password"]').addEventListener("click", (event) => {
  event.preventDefault();
  setTimeout(() => window.open(event.target.href, "_blank", "popup,width=700,height=800"), 2500);
});
"""

LATE = """\
for (const form of document.querySelectorAll("main form")) {
  const fields = form.innerHTML;
  form.textContent = "";
  setTimeout(() => { form.innerHTML = fields; }, 2500);
}
"""


def plain() -> Flask:
    """Return the sample app as it is."""
    return _host({})


def renamed() -> Flask:
    """Return an app in which a template of the host has other words on a button."""
    return sabotaged("a button says something else")


def sabotaged(how: str) -> Flask:
    """Return an app with one fault: a key of ``BROKEN_PAGES`` or ``BROKEN_APPS``."""
    if how in BROKEN_PAGES:
        screen, old, new = BROKEN_PAGES[how]
        return _host({f"flask_acct/{screen}.html": _with(old, new)})
    app = _host({})
    BROKEN_APPS[how](app)
    return app


BROKEN_PAGES = {
    "a button says something else": ("recovery.password", ">Email me a link</button>", ">Submit request</button>"),
    "a heading says something else": ("login.form", ">Sign in</h1>", ">Welcome</h1>"),
    "a field is no element any more": ("recovery.password", 'data-acct="recovery.password.email"', ""),
    "a field is sent under another name": ("login.form", 'name="password"', 'name="passwort"'),
    "a field is too short": ("recovery.password", 'maxlength="254"', 'maxlength="5"'),
    "a button is there twice": ("login.form", "</h1>", '</h1><button data-acct="login.form.submit">Sign in</button>'),
    "a button is not to be seen": ("login.form", 'class="acct-button"', 'class="acct-button" hidden'),
    "a button sends nothing": ("login.form", 'class="acct-button"', 'class="acct-button" type="button"'),
    "a link leads elsewhere": ("login.form", '/account/recover/password"', '/account/recover/request"'),
    "a page asks another site": ("login.form", "</main>", '</main><img src="https://pictures.example/a.png" alt="">'),
    "a page holds a script inline": ("login.form", "</main>", "</main><script>1</script>"),
    "a page lost its name": ("login.form", 'data-acct-screen="login.form"', ""),
}
"""By what is wrong: in the page of this screen, the one stands in place of the other."""


def _mistype_links(app: Flask) -> None:
    _carry(
        app, lambda message: message_from_bytes(message.as_bytes(policy=SMTP).replace(b"token", b"tokem"), policy=SMTP)
    )


def _rename_mails(app: Flask) -> None:
    def renamed(message: Any) -> Any:
        message.replace_header("Subject", "Hello")
        return message

    _carry(app, renamed)


def _fail(app: Flask) -> None:
    @app.before_request
    def fail() -> None:
        if (request.method, request.path) == ("POST", "/account/recover/password"):
            raise RuntimeError("the host's own code is broken")


def _forget_languages(app: Flask) -> None:
    @app.after_request
    def forget(response: Response) -> Response:
        visit().choose_language("")
        kept = [cookie for cookie in response.headers.getlist("Set-Cookie") if "_language=" not in cookie]
        response.headers.setlist("Set-Cookie", kept)
        return response


def _say_nothing(app: Flask) -> None:
    @app.before_request
    def say_nothing() -> None:
        visit().heard()


def _let_nobody_in(app: Flask) -> None:
    @app.before_request
    def close() -> None:
        if request.path == "/account/password/change":
            abort(403)


def _take_permissions(app: Flask) -> None:
    """Users have no permissions in the account any more once they sign in."""

    @app.after_request
    def take(response: Response) -> Response:
        if (request.method, request.path) == ("POST", "/account/login"):
            with app.extensions["acct"].database.transaction() as db:
                db.execute(update(Membership).values(is_owner=False, permissions=[]))
        return response


BROKEN_APPS: dict[str, Callable[[Flask], None]] = {
    "the link in a mail is broken": _mistype_links,
    "a mail has another subject": _rename_mails,
    "the app fails": _fail,
    "the choice of a language is forgotten": _forget_languages,
    "nobody is told that the session has ended": _say_nothing,
    "a page is closed to its user": _let_nobody_in,
    "a permission is taken away": _take_permissions,
}


def slow() -> Flask:
    """Return an app with slow pages and mails, whose script adds the fields after the page has loaded.

    Its responses to forms take longer than a journey waits for an element.
    """
    app = _host(
        {"flask_acct/recovery.password.html": _with("</head>", '<script src="/late.js" defer></script></head>')}
    )
    app.add_url_rule("/late.js", "late", lambda: Response(LATE, mimetype="text/javascript"))
    _carry(app, _kept_back)

    @app.before_request
    def take_time() -> None:
        time.sleep(9 if request.path == "/account/recover/password" and request.method == "POST" else 0.5)

    return app


def be_deaf(is_deaf: Any) -> None:
    """Take the signals that would end this process, and stay."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    is_deaf.set()
    time.sleep(600)


def _kept_back(message: Any) -> Any:
    time.sleep(6)
    return message


def second_tab() -> Flask:
    """Return an app in which a link opens a new tab, whose page loads slowly."""
    link = 'data-acct="login.form.forgot_password"'
    config = os.environ.get("ACCT_CONFIG", "client-area")
    app = _host({"flask_acct/login.form.html": _with(link, f'{link} target="_blank"')}, config)

    @app.before_request
    def take_time() -> None:
        time.sleep(2 if request.path == "/account/recover/password" and request.method == "GET" else 0)

    return app


def pop_up() -> Flask:
    """Return an app in which a script opens a window some time after the link was clicked."""
    app = _host({"flask_acct/login.form.html": _with("</head>", '<script src="/pop.js" defer></script></head>')})
    app.add_url_rule("/pop.js", "pop", lambda: Response(POP, mimetype="text/javascript"))
    return app


def bannered() -> Flask:
    """Return an app with a banner over every page until a cookie says that it was answered."""
    app = _host({}, config=os.environ.get("ACCT_CONFIG", "client-area"))
    app.add_url_rule("/bnr.css", "bnr", lambda: Response(".bnr{position:fixed;inset:0}", mimetype="text/css"))

    @app.after_request
    def cover(response: Response) -> Response:
        if response.mimetype == "text/html" and request.cookies.get("consent") != "no":
            banner = '<link rel="stylesheet" href="/bnr.css"><div class="bnr">Cookies?</div></body>'
            response.set_data(response.get_data(as_text=True).replace("</body>", banner))
        return response

    return app


def in_use() -> Flask:
    """Return an app that always uses its own database, which has users."""
    os.environ["ACCT_DATABASE_URL"] = os.environ["TEST_DATABASE_IN_USE"]
    return _host({})


def other_configuration() -> Flask:
    """Return an app that does not read ACCT_CONFIG."""
    return _host({}, config="sending-platform")


def configured() -> Flask:
    """Return an app with the configuration in its acct.toml."""
    return _host({}, config=os.environ["ACCT_CONFIG"])


class Carrier:
    """A mail transport that changes or delays each mail before it is delivered."""

    def __init__(self, transport: Any, change: Callable[[Any], Any]) -> None:
        self._transport, self._change = transport, change

    def deliver(self, message: Any, recipient: str) -> None:
        self._transport.deliver(self._change(message), recipient)

    def send(self, mail: Any) -> None:
        self.deliver(mail.message(), mail.recipient)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


def _carry(app: Flask, change: Callable[[Any], Any]) -> None:
    worker = app.extensions["acct"].worker
    worker.transport = Carrier(worker.transport, change)


def _with(old: str, new: str) -> str:
    """Return a template of the host's: the shipped page with ``new`` in place of ``old``."""
    return (
        f"{{% filter replace({old!r}|safe, {new!r}|safe) %}}\n"
        '{% include "flask_acct/screen.html" %}\n'
        "{% endfilter %}\n"
    )


def _host(templates: dict[str, str], config: str = "client-area") -> Flask:
    app = Flask(__name__)
    app.config.from_prefixed_env()
    app.jinja_loader = ChoiceLoader([DictLoader(templates)])
    app.add_url_rule("/", "home", lambda: render_template_string(HOME))
    Acct(app, config=config)
    return app
