"""The apps that are compared: ours, the bare one and, where installed, Flask-Security."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from flask_acct.testing import PASSWORD

from . import peers, people
from .serving import BARE, OURS, SECRET_KEY, bare_settings, our_settings

Fill = Callable[[str, int, int], str]


@dataclass(frozen=True)
class App:
    """One way to write the same pages.

    Args:
        target: What gunicorn serves.
        fill: Fills an empty database: its URL, how many customers, and how many of them with a hash as in use.
        settings: Returns the environment, for a folder of its own, a database and the port of the mail server.
        sign_in: The address of the sign-in page, and so on.
        identifier: The name of the field for the email address.
        rejected: The status of the answer to a wrong password.
        sends_mail: Whether somebody who asks for a new password gets a mail.
    """

    name: str
    target: str
    fill: Fill
    settings: Callable[[Path, str, int], Mapping[str, str]]
    sign_in: str
    identifier: str
    host: str
    recover: str
    rejected: int
    sends_mail: bool = True
    python: str = sys.executable

    def right(self, number: int) -> dict[str, str]:
        """What the customer types to sign in."""
        return {self.identifier: people.address(number), "password": PASSWORD}

    def wrong(self, number: int) -> dict[str, str]:
        return {self.identifier: people.address(number), "password": "not the password at all"}

    def forgotten(self, number: int) -> dict[str, str]:
        return {"email": people.address(number)}


def _peer_settings(_folder: Path, url: str, mail_port: int) -> dict[str, str]:
    mail = {"FLASK_MAIL_SERVER": "127.0.0.1", "FLASK_MAIL_PORT": str(mail_port)}
    return {"PEER_DATABASE_URL": url, "FLASK_SECRET_KEY": SECRET_KEY, **mail}


BARE_APP = App(
    "bare",
    BARE,
    lambda url, customers, costly: people.fill_bare(url, customers, costly=costly),
    lambda _folder, url, _port: bare_settings(url),
    sign_in="/login", identifier="email", host="/", recover="/recover", rejected=422, sends_mail=False,
)  # fmt: skip

FLASK_SECURITY = App(
    "Flask-Security",
    "tests.benchmarks.peer:create_app()",
    peers.fill,
    _peer_settings,
    sign_in="/login", identifier="email", host="/", recover="/reset", rejected=200, python=str(peers.PYTHON),
)  # fmt: skip

OUR_APP = App(
    "flask_acct",
    OURS,
    lambda url, customers, costly: people.fill(url, customers, costly=costly),
    lambda folder, url, port: our_settings(folder, url, mail_port=port),
    sign_in="/account/login", identifier="identifier", host="/benchmark/services",
    recover="/account/recover/password", rejected=422,
)  # fmt: skip


def compared() -> tuple[App, ...]:
    """Return the apps on this machine, the bare one first."""
    return (BARE_APP, *((FLASK_SECURITY,) if peers.is_installed() else ()), OUR_APP)
