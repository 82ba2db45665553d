"""Workers that claim mails at the same moment."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from flask_acct.db.database import Database
from flask_acct.db.models import OutboxMail
from flask_acct.mail import outbox

from ..scopes import a_scope
from .test_races import all_at_once


@pytest.mark.parametrize("round_", range(5))
def test_of_eight_workers_and_five_mails_five_get_one_each(any_database: Database, now: datetime, round_: int) -> None:
    with any_database.transaction() as db:
        for _ in range(5):
            outbox.queue(a_scope(db, now=now), "recovery.requested", recipient="desk@example.com", locale="en")

    def act(db: Session, _which: int) -> object:
        return outbox.claim(a_scope(db, now=now))

    claimed = [mail for mail in all_at_once(8, any_database, act) if isinstance(mail, outbox.LeasedMail)]
    with any_database.session() as db:
        stored = {(mail.id, mail.leased_by, mail.attempts) for mail in db.scalars(select(OutboxMail))}
    assert {(mail.id, mail.leased_by, mail.attempts) for mail in claimed} == stored
    assert len(claimed) == 5
