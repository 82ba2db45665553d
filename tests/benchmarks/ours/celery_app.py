"""The benchmark's app with a Celery of the company's, as Flask's documentation makes it: ``celery -A`` this module."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery, Task

from . import create_app

flask_app = create_app()


class FlaskTask(Task):  # type: ignore[misc]
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with flask_app.app_context():
            return self.run(*args, **kwargs)


celery = Celery(flask_app.name, task_cls=FlaskTask, broker=os.environ["BENCHMARK_BROKER"])
celery.set_default()
flask_app.extensions["celery"] = celery
