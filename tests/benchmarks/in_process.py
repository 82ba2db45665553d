"""Apps without a server, for benchmarks within one process."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from flask import Flask

from . import ours


@contextmanager
def environment(settings: Mapping[str, str]) -> Iterator[None]:
    """The environment has the settings until the end of the block, and is then restored."""
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def our_app(settings: Mapping[str, str]) -> Flask:
    """Return our app, without a mail worker that would disturb the measurement."""
    with environment({**settings, "FLASK_ACCT_WORKER": "false"}):
        return ours.create_app()
