"""The company's own Celery app, where ``[mail] deliver = "celery"``: ``app.extensions["celery"]``, as Flask's
documentation makes it ("Background Tasks with Celery")."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from flask import Flask

from ..errors import SetupError

KEY = "celery"


class NoCelery(SetupError):
    """Celery is to deliver mails, and is not there."""


def raise_unless_installed() -> None:
    """Raise ``NoCelery`` unless the library is there."""
    if find_spec("celery") is None:
        raise NoCelery('acct.toml: [mail] deliver = "celery" needs celery. Run: pip install "flask_acct[celery]"')


def celery_of(app: Flask) -> Any:
    """Return the Celery app. Raises ``NoCelery``."""
    if KEY not in app.extensions:
        raise NoCelery(
            'acct.toml: [mail] deliver = "celery" needs your Celery app as app.extensions["celery"]. Make it as '
            'Flask\'s documentation does, or write deliver = "worker".'
        )
    return app.extensions[KEY]
