"""The tasks that the company's Celery workers run, each in an app context: ``flask_acct.deliver`` for one mail, and
``flask_acct.post`` for its beat, if no process runs ``flask acct post``.

The outbox is the truth: a task brings nothing but the id of a row. It may be lost, late, or there twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from celery import shared_task
from flask import Flask, current_app

from .celery_app import celery_of

if TYPE_CHECKING:
    from .worker import Broker, Worker

DELIVER, POST = "flask_acct.deliver", "flask_acct.post"


@shared_task(name=DELIVER, ignore_result=True)  # type: ignore[untyped-decorator]
def deliver(outbox_id: int) -> str | None:
    """The mail of this row is sent, unless it is sent already or in hand."""
    return _worker().deliver(outbox_id)


@shared_task(name=POST, ignore_result=True)  # type: ignore[untyped-decorator]
def post() -> int:
    """Requests are answered, duties done, and what waits in the outbox is handed over, lost tasks included."""
    return _worker().run_once()


def broker_of(app: Flask) -> Broker:
    """Return what tells the company's Celery workers to deliver a mail.

    Their app is looked for with each mail, because a host may make it after ours. It does not try again by itself: the
    mail waits in the outbox.
    """

    def send(outbox_id: int) -> None:
        celery_of(app).send_task(DELIVER, (outbox_id,), ignore_result=True, retry=False)

    return send


def _worker() -> Worker:
    return cast("Worker", current_app.extensions["acct"].worker)
