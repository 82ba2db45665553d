"""What hosts, companies and designers rely on goes and changes only on purpose."""

from __future__ import annotations

from .public_api import LIST, listed

GONE = "Gone or changed, which breaks what others built: see kb/developers/deprecations.md."
NEW = "New, and to be kept from now on: write the list anew (python -m tests.public_api) if it is meant to be public."


def test_what_is_public_stays_as_it_is_listed() -> None:
    before, now = LIST.read_text("utf-8").splitlines(), listed()
    assert [line for line in before if line not in now] == [], GONE
    assert [line for line in now if line not in before] == [], NEW


def test_the_list_names_something_of_every_kind() -> None:
    lines = listed()
    for one in ("class Acct", "acct.place(to: 'str') -> 'str | None'", "user_signed_in", "[login] identifiers", "main",
                "flask_acct/elements/news.html", "--acct-accent", "User.email", "flask acct schema"):  # fmt: skip
        assert one in lines, one
