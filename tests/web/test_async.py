"""A host writes ``async def`` wherever it writes ``def``: nothing of ours calls a coroutine and forgets to wait."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest
from flask import Blueprint, Flask, g, render_template_string
from flask.views import MethodView, View
from flask_login import current_user, login_required

from flask_acct import Acct, AcctError, Subscription, current_account, public, requires, user_signed_in
from flask_acct.db.models import Account, User
from flask_acct.security.hashes import knowing, read
from flask_acct.web import state
from flask_acct.web.rules import problems

from .site import PAGE, Build, Site


async def whose() -> str:
    await asyncio.sleep(0)
    return f"{current_user.username} of {current_account.number}"


class Orders(MethodView):
    @requires("orders")
    async def get(self) -> str:
        return await whose()

    @requires("orders")
    async def post(self) -> str:
        return await whose()


class Guarded(MethodView):
    decorators = (requires("orders"),)

    async def get(self) -> str:
        return await whose()


class Dispatched(View):
    @requires("orders")
    async def dispatch_request(self) -> str:
        return await whose()


def by_blueprint(app: Flask) -> None:
    shop = Blueprint("shop", __name__)

    @shop.before_request
    @requires("orders")
    async def guard() -> None:
        await asyncio.sleep(0)
        g.was_asked = True

    async def orders() -> str:
        assert g.was_asked
        return await whose()

    shop.add_url_rule("/orders", "orders", orders)
    app.register_blueprint(shop)


WAYS: dict[str, Callable[[Flask], object]] = {
    "view": lambda app: app.add_url_rule("/orders", "orders", requires("orders")(whose)),
    "method": lambda app: app.add_url_rule("/orders", view_func=Orders.as_view("orders")),
    "class": lambda app: app.add_url_rule("/orders", view_func=Guarded.as_view("orders")),
    "dispatch_request": lambda app: app.add_url_rule("/orders", view_func=Dispatched.as_view("orders")),
    "blueprint": by_blueprint,
    "twice": lambda app: app.add_url_rule("/orders", "orders", requires()(requires("orders")(whose))),
    "Flask-Login's below": lambda app: app.add_url_rule("/orders", "orders", requires("orders")(login_required(whose))),
    "Flask-Login's above": lambda app: app.add_url_rule("/orders", "orders", login_required(requires("orders")(whose))),
}


@pytest.fixture(params=WAYS)
def shop(request: pytest.FixtureRequest, make: Build) -> Site:
    site = make()
    WAYS[request.param](site.app)
    return site


def test_it_opens_to_who_may(shop: Site) -> None:
    assert shop.alice().client.get("/orders").text == "alice of 9000"


def test_it_is_closed_to_who_may_not(shop: Site) -> None:
    assert shop.visitor(shop.people.bob).client.get("/orders").status_code == 403
    assert shop.visitor().client.get("/orders").status_code == 303


def test_check_understands_it(shop: Site) -> None:
    assert [problem for problem in problems(shop.app) if "/orders" in problem] == []


def test_a_form_of_it_is_answered(make: Build) -> None:
    site = make()
    WAYS["method"](site.app)
    assert site.alice().client.post("/orders").text == "alice of 9000"


def test_a_public_one_is_open(make: Build) -> None:
    site = make()

    @public
    async def open_() -> str:
        await asyncio.sleep(0)
        return render_template_string(PAGE, heading="open")

    site.app.add_url_rule("/open", "open", open_)
    assert site.visitor().open("/open").heading == "open"


def test_it_draws_a_page_of_ours_and_uses_the_database(make: Build) -> None:
    site = make()

    @requires()
    async def named() -> str:
        user = state.session().get(User, current_user.id)
        await asyncio.sleep(0)
        return render_template_string(PAGE, heading=user.username if user else "")

    site.app.add_url_rule("/named", "named", named)
    assert site.alice().open("/named").heading == "alice"


def test_what_it_raises_is_answered_as_ever(make: Build) -> None:
    site = make()

    @requires()
    async def boom() -> str:
        await asyncio.sleep(0)
        raise RuntimeError("secret inside")

    site.app.add_url_rule("/later", "later", boom)
    assert site.alice().open("/later").screen == "error.server"


def test_a_provider_of_subscriptions_may_be_one(make: Build) -> None:
    acct = Acct()

    @acct.subscription
    async def plan(account: Account) -> Subscription:
        await asyncio.sleep(0)
        return Subscription(plan=f"Plus for {account.number}")

    site = make("sending-platform")
    site.acct.subscription = partial(acct._subscription_of, site.app)
    assert "Plus for 9000" in site.alice().open("/account/subscription").text


def test_a_receiver_of_signals_may_be_one(make: Build) -> None:
    site, heard = make(), []

    async def hear(_app: Flask, user: User, **_: object) -> None:
        await asyncio.sleep(0)
        heard.append(user.username)

    with user_signed_in.connected_to(hear, sender=site.app):
        site.alice()
    assert heard == ["alice"]


def test_receivers_of_both_kinds_hear_the_same(make: Build) -> None:
    site, heard = make(), []

    async def later(_app: Flask, user: User, **_: object) -> None:
        heard.append(user.username)

    def now(_app: Flask, user: User, **_: object) -> None:
        heard.append(user.username)

    with user_signed_in.connected_to(later, sender=site.app), user_signed_in.connected_to(now, sender=site.app):
        site.alice()
    assert heard == ["alice", "alice"]


async def any_password(_hash: str, _password: str) -> bool:
    return False


def test_a_check_of_passwords_must_not_be_one(make: Build) -> None:
    """It would be taken for a right password, whatever it says."""
    with pytest.raises(AcctError, match="not async def"):
        make(options={"verify": {"myscheme": any_password}})


@pytest.mark.filterwarnings("ignore:coroutine 'any_password' was never awaited:RuntimeWarning")
def test_nor_may_one_be_hidden_in_a_function() -> None:
    def hidden(hash_: str, password: str) -> Awaitable[bool]:
        return any_password(hash_, password)

    verifiers: Any = {"myscheme": hidden}
    with knowing(verifiers):
        assert read("myscheme$abc").fits("anything") is False
