"""Pages and mails know no feature's screen by name: a feature says what its screens are for, see ``Feature.roles``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import flask_acct
from flask_acct import config, features
from flask_acct.config.tables.staff import Staff
from flask_acct.feature import Feature

PACKAGE = Path(flask_acct.__file__).parent
NEUTRAL = ("shell.", "error.")
"""What stands around all pages belongs to nobody's feature."""


def names(*some: Feature) -> set[str]:
    """Every screen and mail of these features, of all of them unless some are named, in every preset."""
    configs = [config.preset(preset).on(None) for preset in config.presets()]
    configs.append(configs[0].model_copy(update={"staff": Staff(enabled=True)}))
    parts = [feature.declare(chosen) for chosen in configs for feature in some or features.FEATURES]
    return {one.name for part in parts for one in (*part.screens, *part.mails)}


def spoken(file: Path) -> Iterator[str]:
    """The texts in a module's code, its docstrings aside."""
    tree = ast.parse(file.read_text("utf-8"))
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node.value


@pytest.mark.parametrize("room", ["web", "mail", "extension.py"])
def test_no_screen_of_a_feature_is_named(room: str) -> None:
    place = PACKAGE / room
    files = [place] if place.is_file() else sorted(place.rglob("*.py"))
    known = names()
    named = {
        f"{file.name}: {text}"
        for file in files
        for text in spoken(file)
        for name in known
        if (text == name or text.startswith(f"{name}.")) and not text.startswith(NEUTRAL)
    }
    assert named == set()


def test_every_role_is_a_screen_or_a_mail_of_its_feature() -> None:
    for feature in features.FEATURES:
        known = names(feature)
        for name in feature.roles.values():
            assert name.format(state="suspended") in known
