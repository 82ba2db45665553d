"""Errors for programs that get no screen: a word for what happened, and a sentence in the reader's language."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify

from . import clients
from .state import state


def problem(status: int, error: str, text: str, **more: Any) -> Response:
    """Return an error as JSON.

    Args:
        error: The word for programs: ``"session_ended"``.
        text: A sentence for the reader; only where ``[api] enabled``, because older scripts do not expect it.
        more: What else helps: ``sign_in``, where to sign in.
    """
    words = {"text": text} if state().platform.config.api.enabled else {}
    response = jsonify(error=error, **words, **more)
    response.status_code = status
    if state().platform.config.api.enabled:
        response.vary.add("Accept")
    if status == 401 and clients.is_app():
        # RFC 9110 §15.5.2 asks for it.
        response.headers["WWW-Authenticate"] = "Bearer"
    return response
