"""What only the demo needs: accounts that are not open, and a word on how to sign in."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import delete, select, update

from flask_acct import Account, Membership, User
from flask_acct.config import Identifier

PASSWORD = "correct horse battery staple"  # noqa: S105 - of an invented customer
SIGN_IN: dict[Identifier, str] = {"username": "m00000", "customer_number": "9000", "email": "mario@example.com"}
"""The first customer of the sample file, by what the preset lets people sign in with."""


STATES = {"9003": "suspended", "9016": "closed"}
"""Customer numbers whose accounts are as an operator may leave them: m00003 and m00010 sign in to see it."""

WITHOUT_ACCOUNT = "m00011"


def set_standings(app: Flask) -> None:
    """Some customers are not as an import makes them: a suspended account, a closed one, a user left with none."""
    with app.extensions["acct"].database.transaction() as db:
        for number, state in STATES.items():
            db.execute(update(Account).where(Account.number == number).values(state=state))
        nobody = select(User.id).where(User.username == WITHOUT_ACCOUNT).scalar_subquery()
        db.execute(delete(Membership).where(Membership.user_id == nobody))


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
