"""The findings of ``flask acct doctor`` as a page for operators, in English."""

from __future__ import annotations

import threading
from collections import Counter

from flask import Response, current_app, make_response, render_template

from ..web.state import state
from . import checkup
from .checks import CHECKS
from .checkup import Checkup

WORST_FIRST = ("fail", "warn", "ok")

_one_at_a_time = threading.Lock()


def findings() -> Response:
    """Return the page. Two at a time would only wait for the same servers; the second is asked to come back."""
    if not _one_at_a_time.acquire(blocking=False):
        return Response("The doctor is at work for somebody else. Load this page again.\n", 503, mimetype="text/plain")
    try:
        app = current_app._get_current_object()  # type: ignore[attr-defined]
        found = list(checkup.run(CHECKS, Checkup(app, is_page=True)))
    finally:
        _one_at_a_time.release()
    acct = state()
    return make_response(
        render_template(
            "flask_acct/operators/doctor.html",
            found=sorted(found, key=lambda line: WORST_FIRST.index(line.state)),
            number=Counter(line.state for line in found),
            site=acct.platform.config.site.name,
            at=acct.clock(),
            static=acct.mount.endpoint("static"),
        )
    )
