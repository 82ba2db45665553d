"""``/mailbox``: the mails of the demo, for the developer who runs it. English only; never part of a real site.

Unlike a feature's pages these are no declared screens, and are registered by the demo alone:
``app.register_blueprint(mailbox_pages(folder))``.
"""

from __future__ import annotations

import re
from pathlib import Path

from flask import Blueprint, Response, abort, make_response, render_template
from markupsafe import Markup, escape

from ...mail.mailbox import Mailbox, ReceivedMail

PACKAGE = Path(__file__).parents[2]
ADDRESS = re.compile(r"https?://[^\s<>\"]+")

POLICY = (
    "default-src 'none'; style-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
MAIL_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation; "
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; form-action 'none'; "
    "frame-ancestors 'self'"
)
"""The policy for the mail's own HTML, which has inline styles, as mails must, and can run nothing."""


def mailbox_pages(folder: Path, name: str = "acct_mailbox") -> Blueprint:
    """Return the list of mails at ``/mailbox``, and each mail with its text and its HTML."""
    mailbox = Mailbox(folder)
    pages = Blueprint(
        name,
        __name__,
        url_prefix="/mailbox",
        template_folder=str(PACKAGE / "templates"),
        static_folder=str(PACKAGE / "static"),
    )

    @pages.get("", strict_slashes=False)
    def inbox() -> Response:
        return _page("flask_acct/mail/mailbox.html", mails=mailbox.mails())

    @pages.get("/<name>")
    def mail(name: str) -> Response:
        found = _found(mailbox, name)
        return _page("flask_acct/mail/mailbox_mail.html", mail=found, text=linked(found.text))

    @pages.get("/<name>/html")
    def html(name: str) -> Response:
        # Without it a link would open inside the frame, which no page of the app allows.
        content = _found(mailbox, name).html.replace("<head>", '<head><base target="_top">', 1)
        return _guarded(make_response(content), MAIL_POLICY)

    return pages


def linked(text: str) -> Markup:
    """Return the text as HTML, with its addresses as links."""
    parts, end = [], 0
    for found in ADDRESS.finditer(text):
        parts += [escape(text[end : found.start()]), Markup('<a href="{0}">{0}</a>').format(found[0])]
        end = found.end()
    return Markup("").join([*parts, escape(text[end:])])


def _found(mailbox: Mailbox, name: str) -> ReceivedMail:
    found = mailbox.mail(name)
    if found is None:
        abort(404)
    return found


def _page(template: str, **values: object) -> Response:
    return _guarded(make_response(render_template(template, **values)), POLICY)


def _guarded(response: Response, policy: str) -> Response:
    response.headers["Content-Security-Policy"] = policy
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
