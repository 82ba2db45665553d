"""The version stands in ``pyproject.toml``; whatever else names it says the same."""

from __future__ import annotations

import re
import tomllib

import pytest

from .developers.pages import REPOSITORY

PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]


def test_the_changelog_begins_with_this_version_or_with_what_is_not_released() -> None:
    first = re.findall(r"^## (\S+)", (REPOSITORY / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)[0]
    assert first in (PROJECT["version"], "Unreleased")


@pytest.mark.parametrize("page", ["README.md", "kb/developers/help-site.md"])
def test_pages_name_the_wheel_as_it_is_built(page: str) -> None:
    named = re.findall(r"flask_acct-([^-\s]+)-py3-none-any\.whl", (REPOSITORY / page).read_text("utf-8"))
    assert named
    assert set(named) == {PROJECT["version"]}
