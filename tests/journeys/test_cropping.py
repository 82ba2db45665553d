"""A picture holds what its sentence speaks of, not only the words that name it."""

from __future__ import annotations

from pathlib import Path

import pytest

from flask_acct.kb.journeys.pictures import MOST_HEIGHT, PADDING

from .test_pictures import HIDDEN, Shown, picture, shown, take

__all__ = ["shown"]

pytestmark = pytest.mark.browser

FAR = '<p style="height: 900px">Much else</p>'
LIST = '<ul data-list style="height: 140px"><li>dana@example.org</li></ul>'
MARK = 'data-acct="users.list.pending"'


def bottom_of(page: object, selector: str) -> float:
    box = page.locator(selector).bounding_box()  # type: ignore[attr-defined]
    return float(box["y"] + box["height"])


@pytest.mark.parametrize(
    "part",
    [
        f"<h2 {MARK}>Open invitations</h2>{LIST}<h2>Others</h2>{FAR}",
        f"<section><header><h2 {MARK}>Open invitations</h2></header>{LIST}</section><h2>Others</h2>{FAR}",
        f"<h2><span {MARK}>Open invitations</span></h2><h3>Since yesterday</h3>{LIST}<h2>Others</h2>{FAR}",
        f"<table data-list><caption {MARK}>Open invitations</caption><tr><td>dana@example.org</td></tr></table>{FAR}",
        f"<details open data-list><summary {MARK}>Open invitations</summary>dana@example.org</details>{FAR}",
        f"<dl><dt {MARK}>Open invitations</dt><dd data-list>dana@example.org</dd></dl>{FAR}",
    ],
)
def test_what_a_marked_heading_names_is_in_the_picture(shown: Shown, tmp_path: Path, part: str) -> None:
    page = shown("<p>A sentence</p>")
    page.evaluate("(part) => document.querySelector('main').insertAdjacentHTML('beforeend', part)", part)
    taken = picture(page, tmp_path, "users.list.pending")
    box = page.locator("h1").bounding_box()
    assert box is not None
    assert taken.height / 2 > bottom_of(page, "[data-list]") - box["y"] + PADDING
    assert taken.height / 2 < MOST_HEIGHT


def test_of_a_long_list_its_beginning_is_shown(shown: Shown, tmp_path: Path) -> None:
    page = shown(f"<h2 {MARK}>Open invitations</h2><ul>{'<li>dana@example.org</li>' * 200}</ul>")
    assert picture(page, tmp_path, "users.list.pending").height / 2 <= MOST_HEIGHT


def test_words_that_only_the_page_knows_are_remembered_with_the_picture(shown: Shown, tmp_path: Path) -> None:
    page = shown('<h2 data-acct="users.permissions.title">What  Bruno <b>Díaz</b> may do</h2>')
    taken = take(page, [], 1, HIDDEN, folder=tmp_path, known={}, slot_ids=["users.permissions.title"])
    assert taken.shown == {"users.permissions.title": "What Bruno Díaz may do"}


def test_no_secret_is_remembered_with_the_picture(shown: Shown, tmp_path: Path) -> None:
    page = shown(f'<p data-acct="one.two.three">Your password is {HIDDEN.words[0]}</p>')
    taken = take(page, [], 1, HIDDEN, folder=tmp_path, known={}, slot_ids=["one.two.three"])
    assert HIDDEN.words[0] not in str(taken.shown)


def test_the_heading_of_whichever_page_is_open_is_remembered(shown: Shown, tmp_path: Path) -> None:
    taken = take(shown("<p>A sentence</p>"), [], 1, HIDDEN, folder=tmp_path, known={}, slot_ids=[""])
    assert taken.shown == {"": "Sign in"}
