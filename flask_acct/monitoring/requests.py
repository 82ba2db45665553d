"""Each request for a screen of ours is timed, for figures and for traces. Without either, nothing is done."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import cast

from flask import Flask, Response, g, request

from .. import tracing
from ..web.state import State, state
from . import metrics

METHODS = frozenset({"GET", "HEAD", "POST"})


def install(app: Flask, *, with_metrics: bool) -> None:
    """Requests for our pages are timed, if anybody wants to know. Those for the host's pages cost nothing more."""
    pages = app.extensions["acct"].mount.name
    before = app.before_request_funcs.setdefault(pages, [])
    # Called in reverse, so that ours are called after whatever else changes the answer.
    after = app.after_request_funcs.setdefault(pages, [])
    if with_metrics:
        before.insert(0, _begin)
        after.insert(0, _observe)
    if tracing.is_installed():
        before.insert(0, _begin_span)
        after.insert(0, _note_status)
        app.teardown_request_funcs.setdefault(pages, []).append(_end_span)


def screen() -> str:
    """Return the screen that this request is for: ``login.form``; empty for a file."""
    acct = state()
    return _screens(acct).get(acct.mount.page_of(request.endpoint), "")


def _screens(acct: State) -> Mapping[str, str]:
    """Return the screens by the names of their endpoints."""
    if "screens_by_endpoint" not in acct.cache:
        acct.cache["screens_by_endpoint"] = {name.replace(".", "_"): name for name in acct.platform.declared.screens}
    return cast("Mapping[str, str]", acct.cache["screens_by_endpoint"])


def _begin() -> None:
    g.acct_began = time.perf_counter()


def _observe(response: Response) -> Response:
    asked, began = screen(), g.get("acct_began")
    if asked and began is not None:
        method = request.method if request.method in METHODS else "other"
        metrics.observe(asked, method, response.status_code, time.perf_counter() - began)
    return response


def _begin_span() -> None:
    asked = screen()
    if asked:
        attributes = {"acct.screen": asked, "http.request.method": request.method}
        step: AbstractContextManager[tracing.Span] = tracing.span("acct screen", attributes)
        g.acct_span = step, step.__enter__()


def _note_status(response: Response) -> Response:
    if "acct_span" in g:
        g.acct_span[1].set("http.response.status_code", response.status_code)
    return response


def _end_span(error: BaseException | None = None) -> None:
    begun = g.pop("acct_span", None)
    if begun is None:
        return
    if error is not None:
        begun[1].set("error.type", type(error).__name__)
    begun[0].__exit__(None, None, None)
