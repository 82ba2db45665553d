"""The sample client area with one more page: a host's own, behind ``@requires()`` and in our layout."""

from __future__ import annotations

import os
import threading
from dataclasses import replace

from argon2 import PasswordHasher
from flask import Blueprint, Flask, Response, jsonify, render_template

import sample_app
from flask_acct.security import passwords
from flask_acct.web.current import signed_in
from flask_acct.web.guards import requires

pages = Blueprint("benchmark", __name__, template_folder="templates")


def create_app() -> Flask:
    if "BENCHMARK_TINY_HASH" in os.environ:
        passwords.hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    app = sample_app.create_app()
    for view in app.view_functions.values():
        # A badge is a query of the host's on every page, and the apps beside ours show none.
        if entry := getattr(view, "acct_nav", None):
            view.acct_nav = replace(entry, badge=None)  # type: ignore[attr-defined]
    app.register_blueprint(pages)
    return app


@pages.get("/benchmark/services")
@requires()
def services() -> str:
    """Show the same as the bare app's home page."""
    here = signed_in()
    return render_template("host_page.html", user=here.user if here else None)


@pages.get("/benchmark/worker")
def worker() -> Response:
    """Say which process answers, and whether its mail worker is alive."""
    alive = any(thread.name == "flask-acct-post" and thread.is_alive() for thread in threading.enumerate())
    return jsonify(pid=os.getpid(), alive=alive)
