"""What only the demo needs: accounts that are not open, and a word on how to sign in."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import update

from flask_acct import Account
from flask_acct.config import Identifier

PASSWORD = "correct horse battery staple"  # noqa: S105 - of an invented customer
SIGN_IN: dict[Identifier, str] = {"username": "m00000", "customer_number": "9000", "email": "mario@example.com"}
"""The first customer of the sample file, by what the preset lets people sign in with."""


def close_accounts(app: Flask, *, suspended: str, closed: str) -> None:
    """Two sample accounts are as an operator would leave them: one suspended, one closed."""
    with app.extensions["acct"].database.transaction() as db:
        db.execute(update(Account).where(Account.number == suspended).values(state="suspended"))
        db.execute(update(Account).where(Account.number == closed).values(state="closed"))


def greeting(app: Flask, port: int) -> str:
    """Where the demo is and how to sign in."""
    config = app.extensions["acct"].edition.config
    address = f"http://127.0.0.1:{port}"
    return (
        f"\n  {config.site.name}: {address}/\n"
        f"  Help:    {address}/help/\n"
        f"  Mailbox: {address}/mailbox   (every mail the demo sends)\n\n"
        f"  Sign in as {SIGN_IN[config.login.identifiers[0]]} with the password: {PASSWORD}\n\n"
        "  Ctrl-C ends it.\n"
    )
