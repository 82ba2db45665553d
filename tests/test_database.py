from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from flask_acct.database import BadDatabaseUrl, Database, open_engine


@pytest.mark.parametrize("url", ["junk", "mysql://ann:hunter2@host/shop", "acct.db", "oracle://host"])
def test_an_address_of_another_kind_of_database_is_refused_with_the_two_that_are_right(url: str) -> None:
    with pytest.raises(BadDatabaseUrl, match=r"sqlite:///.*postgresql://"):
        open_engine(url)


def test_the_refusal_does_not_repeat_the_password() -> None:
    with pytest.raises(BadDatabaseUrl) as refused:
        open_engine("mysql://ann:hunter2@host/shop")
    assert "hunter2" not in str(refused.value)


def test_the_log_of_a_statement_that_fails_repeats_nothing_of_anybody(database: Database) -> None:
    with pytest.raises(DBAPIError) as failed, database.session() as db:
        db.execute(text("INSERT INTO acct_user (email) VALUES (:email)"), {"email": "ana@example.com"})
    assert "ana@example.com" not in str(failed.value)
