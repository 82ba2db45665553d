"""A company's app with its own Celery, as Flask's documentation makes it. Its worker: ``celery -A`` this module."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery, Task
from flask import Flask

from flask_acct import Acct
from flask_acct import config as configuration

from ..scopes import SECRET_KEY


def create_app(database: str, broker: str, mail_port: int) -> Flask:
    app = Flask("host")
    app.config.update(
        SECRET_KEY=SECRET_KEY,
        ACCT_DATABASE_URL=database,
        ACCT_WORKER=False,
        MAIL_SERVER="127.0.0.1",
        MAIL_PORT=mail_port,
    )
    app.extensions["celery"] = celery_for(app, broker)
    usual = configuration.preset("client-area")
    Acct(app, config=usual.model_copy(update={"mail": usual.mail.model_copy(update={"deliver": "celery"})}))
    return app


def celery_for(app: Flask, broker: str) -> Celery:
    class FlaskTask(Task):  # type: ignore[misc]
        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            with app.app_context():
                return self.run(*args, **kwargs)

    celery_app = Celery(app.name, task_cls=FlaskTask, broker=broker)
    celery_app.conf.broker_connection_retry_on_startup = True
    celery_app.set_default()
    return celery_app


if "CELERY_SITE" in os.environ:
    _database, _broker, _port = os.environ["CELERY_SITE"].split()
    celery = create_app(_database, _broker, int(_port)).extensions["celery"]
