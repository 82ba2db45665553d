"""The apps of a process that have the same configuration share what it declares and says."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from flask_acct import Acct, features
from flask_acct import config as configuration
from flask_acct.config import Config, Site

from ..scopes import SECRET_KEY


def test_equal_configurations_share_an_edition() -> None:
    first, second = configuration.preset("client-area"), configuration.preset("client-area")
    assert first is not second
    assert features.platform(first) is features.platform(second)


@pytest.mark.parametrize("prefix", ["/clients", "/account/area"])
def test_another_prefix_has_one_of_its_own(prefix: str) -> None:
    config = configuration.preset("client-area")
    other = features.platform(config, prefix=prefix)
    assert other.prefix == prefix
    assert features.platform(config) is not other
    assert features.platform(config, prefix=prefix) is other


def test_another_word_makes_another_edition() -> None:
    config = configuration.preset("client-area")
    other = config.model_copy(update={"labels": {"es": {"login.form.submit": "Pasar"}}})
    ours, theirs = features.platform(config), features.platform(other)
    assert ours is not theirs
    assert theirs.say("login.form.submit", "es") == "Pasar"
    assert ours.say("login.form.submit", "es") != "Pasar"


def test_platforms_have_one_each_and_share_it_by_key() -> None:
    config = configuration.preset("email-marketing")
    first, again = features.platforms(config), features.platforms(configuration.preset("email-marketing"))
    assert len({id(one) for one in first.values()}) == len(config.platforms)
    assert all(first[key] is again[key] for key in first)


def test_only_the_latest_are_kept() -> None:
    """A process that makes many apps, each of another configuration, does not keep them all."""
    first = features.platform(Config())
    for number in range(20):
        features.platform(Config(site=Site(name=f"Number {number}")))
    assert features.platform(Config()) is not first


def test_two_apps_of_one_configuration_share_words_and_not_their_state(tmp_path: Path) -> None:
    states = []
    for number in range(2):
        app = Flask(f"app{number}")
        app.config.update(SECRET_KEY=SECRET_KEY, ACCT_WORKER=False)
        app.config["ACCT_DATABASE_URL"] = f"sqlite:///{tmp_path / str(number)}.db"
        Acct(app, config="client-area")
        states.append(app.extensions["acct"])
    one, other = states
    assert one.platform is other.platform
    assert one.cache is not other.cache
    assert one.hooks is not other.hooks
    assert one.database is not other.database
