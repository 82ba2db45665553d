"""The arguments of ``Acct`` and ``init_app``: each spelled out, typed, and said once."""

from __future__ import annotations

import inspect
import typing
from typing import Any

import pytest
from flask import Flask

from flask_acct import Acct, AcctError
from flask_acct.config import Config, parse

from ..scopes import SECRET_KEY

DOORS = ["config", "db", "platform", "login_manager", "clock", "area", "unchecked", "url_prefix", "name", "cookie_name",
         "subdomain", "errors"]  # fmt: skip


@pytest.fixture
def app(database_url: str) -> Flask:
    app = Flask(__name__)
    app.config.update(SECRET_KEY=SECRET_KEY, ACCT_WORKER=False, ACCT_DATABASE_URL=database_url)
    return app


@pytest.mark.parametrize("call", [Acct.__init__, Acct.init_app])
def test_every_door_is_spelled_out_and_typed(call: Any) -> None:
    signature = inspect.signature(call)
    named = [one for one in signature.parameters.values() if one.kind is one.KEYWORD_ONLY]
    assert {one.name for one in named} >= set(DOORS)
    assert all(one.annotation not in (inspect.Parameter.empty, Any, "Any") for one in named)
    assert not any(one.kind is one.VAR_KEYWORD for one in signature.parameters.values())


def test_both_calls_have_the_same_doors() -> None:
    made, called = (inspect.signature(one).parameters for one in (Acct.__init__, Acct.init_app))
    assert list(made)[2:] == list(called)[2:]


def test_an_unknown_argument_names_what_was_called(app: Flask) -> None:
    with pytest.raises(TypeError, match=r"Acct\.__init__\(\) got an unexpected keyword argument 'databse'"):
        Acct(app, databse=1)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"Acct\.init_app\(\) got an unexpected keyword argument 'databse'"):
        Acct().init_app(app, databse=1)  # type: ignore[call-arg]


SLIPS = [("databse", "db"), ("conifg", "config"), ("login_manger", "login_manager"), ("prefix", "url_prefix")]


@pytest.mark.parametrize(("given", "meant"), SLIPS)
def test_a_slip_of_the_pen_is_told_what_was_meant(app: Flask, given: str, meant: str) -> None:
    options: dict[str, Any] = {given: 1}
    for call in (lambda: Acct(app, **options), lambda: Acct().init_app(app, **options)):
        with pytest.raises(AcctError, match=meant):
            call()


def test_what_the_constructor_was_given_holds_for_init_app(app: Flask) -> None:
    Acct(config=parse('site.name = "First"')).init_app(app)
    assert app.extensions["acct"].platform.config.site.name == "First"


def test_what_init_app_is_given_counts_more(app: Flask) -> None:
    acct = Acct(config=parse('site.name = "First"'), area="/a")
    acct.init_app(app, config=parse('site.name = "Second"'))
    assert app.extensions["acct"].platform.config.site.name == "Second"
    assert app.extensions["acct"].area == ("/a",)


WRONG = [
    ({"url_prefix": "account"}, "url_prefix"), ({"url_prefix": ""}, "url_prefix"), ({"url_prefix": "/"}, "url_prefix"),
    ({"url_prefix": "/<tenant>"}, "url_prefix"), ({"url_prefix": "//evil.example"}, "url_prefix"),
    ({"url_prefix": "/a/../b"}, "url_prefix"),
    ({"url_prefix": "/a b"}, "url_prefix"), ({"url_prefix": "/a?b"}, "url_prefix"),
    ({"name": "a.b"}, "name"), ({"name": "a b"}, "name"), ({"name": "Ä"}, "name"),
    ({"cookie_name": "a;b"}, "cookie_name"), ({"cookie_name": "a=b"}, "cookie_name"),
    ({"cookie_name": "ä"}, "cookie_name"),
    ({"subdomain": "clients.example.com/"}, "subdomain"), ({"subdomain": "a b"}, "subdomain"),
    ({"errors": "page"}, 'Did you mean "pages"'), ({"errors": "off"}, '"none"'),
]  # fmt: skip


@pytest.mark.parametrize(("given", "said"), WRONG)
def test_an_option_that_cannot_be_is_refused_with_the_fix(app: Flask, given: dict[str, Any], said: str) -> None:
    with pytest.raises(AcctError, match=said):
        Acct(app, config=Config(), **given)


def test_hints_are_true_at_run_time() -> None:
    hints = typing.get_type_hints(Acct.init_app)
    assert set(DOORS) <= set(hints)
