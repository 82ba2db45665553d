"""Sends signals to receivers, functions and coroutines alike."""

from __future__ import annotations

from typing import Any

from blinker import NamedSignal
from flask import current_app


def send_signal(signal: NamedSignal, /, **about: Any) -> None:
    """The signal is sent, with the app as its sender. What a receiver raises, the caller gets."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    signal.send(app, _async_wrapper=app.ensure_sync, **about)
