"""What is committed in ``kb/verified``."""

from __future__ import annotations

from pathlib import Path

from flask_acct.kb.articles.centre import centre

REPOSITORY = Path(__file__).parents[2]


def test_what_is_shipped_for_the_default_preset_is_current() -> None:
    """Run 'flask acct kb verify --config client-area' and commit kb/verified when this fails."""
    assert [str(found) for found in centre("client-area").unverified()] == []


def test_what_is_shipped_stays_under_six_megabytes() -> None:
    files = [file for file in (REPOSITORY / "kb" / "verified").rglob("*") if file.is_file()]
    assert files
    assert sum(file.stat().st_size for file in files) < 6_000_000
