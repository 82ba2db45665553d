"""Rules that a host has besides ours: ``flask acct check`` understands them, or is told to leave them alone."""

from __future__ import annotations

import warnings
from functools import wraps
from pathlib import Path
from typing import Any

import pytest
from flask import Blueprint, Flask
from flask.views import View
from flask_admin import Admin, AdminIndexView
from flask_admin.contrib.sqla import ModelView
from flask_login import current_user, fresh_login_required, login_required
from sqlalchemy.orm import scoped_session

from flask_acct import User, public, requires
from flask_acct.web.rules import problems

from .site import Build
from .test_permissions import refused


@pytest.fixture
def bare(make: Build) -> Flask:
    """A host's app in which every route has a rule."""
    app = make().app
    for endpoint in ("home", "me", "boom", "trouble"):
        public(app.view_functions[endpoint])
    return app


def test_flask_logins_own_rule_is_understood(bare: Flask) -> None:
    bare.add_url_rule("/a", "a", login_required(lambda: "a"))
    bare.add_url_rule("/b", "b", fresh_login_required(lambda: "b"))
    assert list(problems(bare)) == []


def test_it_is_understood_below_other_decorators(bare: Flask) -> None:
    def other(view: Any) -> Any:
        return wraps(view)(lambda: view())

    bare.add_url_rule("/a", "a", other(login_required(lambda: "a")))
    assert list(problems(bare)) == []


def test_one_above_the_route_guards_nothing_and_is_named(bare: Flask) -> None:
    login_required(bare.get("/a")(lambda: "a"))
    assert [problem.split()[0] for problem in problems(bare)] == ["/a"]


GUARDS = {
    "requires": requires("invoices")(lambda: None),
    "login_required": login_required(lambda: None),
    "public": public(lambda: None),
}


@pytest.mark.parametrize("guard", GUARDS.values(), ids=GUARDS)
def test_what_a_blueprint_asks_before_its_views_counts_for_them(bare: Flask, guard: Any) -> None:
    shop, inner = Blueprint("shop", __name__, url_prefix="/shop"), Blueprint("inner", __name__, url_prefix="/inner")
    shop.before_request(guard)
    for blueprint in (shop, inner):
        blueprint.add_url_rule("/orders", "orders", lambda: "orders")
    shop.register_blueprint(inner)
    bare.register_blueprint(shop)
    bare.add_url_rule("/orders", "orders", lambda: "orders")
    assert [problem.split()[0] for problem in problems(bare)] == ["/orders"]


def test_a_guard_of_a_blueprint_guards(make: Build) -> None:
    site = make()
    shop = Blueprint("shop", __name__, url_prefix="/shop")
    shop.before_request(requires("orders")(lambda: None))
    shop.add_url_rule("/orders", "orders", lambda: "orders")
    site.app.register_blueprint(shop)
    assert site.visitor().client.get("/shop/orders").status_code == 303
    assert site.visitor(site.people.bob).client.get("/shop/orders").status_code == 403
    assert site.visitor(site.people.alice).client.get("/shop/orders").text == "orders"


def test_a_slip_of_the_pen_in_it_is_named(bare: Flask) -> None:
    shop = Blueprint("shop", __name__)
    shop.before_request(requires("invoces")(lambda: None))
    shop.add_url_rule("/orders", "orders", lambda: "orders")
    bare.register_blueprint(shop)
    (problem,) = problems(bare)
    assert 'Did you mean "invoices"?' in problem


def test_a_permission_leads_to_a_page_behind_a_blueprints_guard(make: Build) -> None:
    site = make()
    shop = Blueprint("shop", __name__, url_prefix="/shop")
    shop.before_request(requires("affiliate")(lambda: None))
    shop.add_url_rule("/affiliate", "affiliate", lambda: "affiliate")
    site.app.register_blueprint(shop)
    page = refused(site, "affiliate", path="/account/users")
    assert page.element("users.permission.affiliate").attributes["href"] == "/shop/affiliate"


def test_a_view_class_says_it_at_dispatch_request(bare: Flask) -> None:
    class Open(View):
        def dispatch_request(self) -> str:
            return "open"

    class Closed(View):
        @requires()
        def dispatch_request(self) -> str:
            return "closed"

    bare.add_url_rule("/open", view_func=Open.as_view("open"))
    bare.add_url_rule("/closed", view_func=Closed.as_view("closed"))
    assert [problem.split()[0] for problem in problems(bare)] == ["/open"]


class Guarded(ModelView):  # type: ignore[misc]
    def is_accessible(self) -> bool:
        return bool(current_user.is_authenticated)


class GuardedIndex(AdminIndexView):  # type: ignore[misc]
    def is_accessible(self) -> bool:
        return bool(current_user.is_authenticated)


def add_admin(app: Flask, view: type[ModelView], index: type[AdminIndexView], **named: Any) -> None:
    admin = Admin(app, index_view=index(), **named)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        admin.add_view(view(User, scoped_session(app.extensions["acct"].database.session), endpoint="people"))


def test_flask_admins_own_rule_is_understood(bare: Flask) -> None:
    add_admin(bare, Guarded, GuardedIndex)
    assert list(problems(bare)) == []


def test_a_view_of_flask_admins_without_one_is_named_with_the_fix(bare: Flask) -> None:
    add_admin(bare, ModelView, GuardedIndex)
    found = list(problems(bare))
    assert found
    assert all(line.startswith("/admin/people/") and "is_accessible" in line for line in found)


@pytest.mark.parametrize("unchecked", ["shop", "/shop", ("admin", "/shop/")])
def test_what_decides_in_its_own_way_is_not_asked(make: Build, unchecked: Any) -> None:
    def prepare(app: Flask) -> None:
        shop = Blueprint("shop", __name__, url_prefix="/shop")
        shop.add_url_rule("/orders", "orders", lambda: "orders")
        app.register_blueprint(shop)
        app.register_blueprint(Blueprint("admin", __name__))
        app.add_url_rule("/shopping", "shopping", lambda: "open")

    site = make(prepare=prepare, options={"unchecked": unchecked, "area": ("/shop", "/shopping")})
    assert [problem.split()[0] for problem in problems(site.app)] == ["/shopping"]


def test_a_name_that_is_no_blueprint_is_named_with_what_was_meant(make: Build) -> None:
    site = make(prepare=lambda app: app.register_blueprint(Blueprint("admin", __name__)), options={"unchecked": "admn"})
    assert 'Did you mean "admin"?' in next(iter(problems(site.app)))


def test_the_help_site_is_ours_and_needs_no_rule_of_the_host(make: Build, tmp_path: Path) -> None:
    app = make(ACCT_HELP_SITE=str(tmp_path)).app
    assert [problem for problem in problems(app) if problem.startswith("/help")] == []
