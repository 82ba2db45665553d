"""What a developer must fix is an ``AcctError`` whose text says how."""

from __future__ import annotations

import sys
from typing import IO, Any

import click


class AcctError(Exception):
    """The root of every error that flask_acct raises for a developer or operator to fix."""


class SetupError(AcctError, click.ClickException):
    """The app cannot be made like this. Flask's own commands, such as ``flask routes``, show it without a traceback."""

    def __init__(self, message: str) -> None:
        click.ClickException.__init__(self, message)

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(self.message, file=file or sys.stderr)
