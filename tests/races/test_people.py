"""Two who change who is in an account at the same time, on SQLite and on PostgreSQL."""

from __future__ import annotations

import pytest

from .people import RACES, Figures, race

pytestmark = pytest.mark.long


@pytest.mark.parametrize("kind", ["database_url", pytest.param("postgres_url", marks=pytest.mark.postgres)])
def test_of_two_at_once_one_wins_and_every_account_has_one_owner(request: pytest.FixtureRequest, kind: str) -> None:
    found = race(request.getfixturevalue(kind), 8)
    assert len(found) == len(RACES)
    assert [one for one in found if not is_good(one)] == []


def is_good(found: Figures) -> bool:
    return (found.errors, found.owners, found.wrong) == (0, {1}, 0)
