"""Chooses the renderer of a request: each makes a response from the same replies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from flask import Response

from . import clients, html, json
from .page import Page
from .replies import Reply


class Renderer(Protocol):
    """The interface of ``web.html`` and ``web.json``."""

    def render(self, reply: Reply, page: Page) -> Response:
        """Return the reply as a response."""

    def show_message(
        self, page: Page, message: str | None, slots: Mapping[str, object], status: int | None = None
    ) -> Response:
        """Return the screen with one of its messages, or, by its complete id, one that another screen has too."""

    def show_problems(self, page: Page) -> Response:
        """Return the form again, with what is wrong with it."""


def renderer() -> Renderer:
    """Return the renderer of this request."""
    return json if clients.speaks_json() else html
