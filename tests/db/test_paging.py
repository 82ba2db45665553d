"""Which page of a long list is shown, and which rows are on it."""

from __future__ import annotations

import pytest

from flask_acct.db.paging import ListPage


@pytest.mark.parametrize(("total", "pages"), [(0, 1), (1, 1), (25, 1), (26, 2), (10_000, 400)])
def test_a_list_has_as_many_pages_as_it_needs_and_an_empty_one_has_one(total: int, pages: int) -> None:
    assert ListPage.at(1, total).pages == pages


@pytest.mark.parametrize(("asked", "shown"), [(1, 1), (2, 2), (3, 3), (4, 3), (10**9, 3)])
def test_beyond_the_last_page_the_last_one_is_shown(asked: int, shown: int) -> None:
    assert ListPage.at(asked, 60).page == shown


def test_the_rows_of_a_page_follow_those_of_the_page_before() -> None:
    everything = list(range(60))
    assert [row for page in (1, 2, 3) for row in everything[ListPage.at(page, 60).rows]] == everything
