"""A host's own Flask-Login: its staff and its API keys go on as before, and nobody becomes somebody else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Blueprint, Flask, Response, jsonify, redirect
from flask import session as flask_session
from flask.sessions import SecureCookieSessionInterface
from flask_login import (
    LoginManager,
    UserMixin,
    current_user,
    encode_cookie,
    login_required,
    login_user,
    logout_user,
    user_logged_in,
)
from sqlalchemy import select
from werkzeug.exceptions import HTTPException, Unauthorized

from flask_acct import AcctError, User, current_account, requires, user_signed_in, user_signed_out
from flask_acct.web.state import session

from .site import Build, Site

STAFF_COOKIE = "remember_token"


class Staff(UserMixin):  # type: ignore[misc]
    """The host's own kind of user. Its ids are those of customers as well."""

    def __init__(self, id_: int) -> None:
        self.id, self.username = id_, f"staff {id_}"


class House:
    """A host with a LoginManager, and all that was asked of its loaders."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.manager = LoginManager()
        self.manager.user_loader(self.by_id)
        self.manager.request_loader(self.by_key)

    def by_id(self, id_: str) -> Staff | None:
        self.asked.append(id_)
        return Staff(int(id_))

    def by_key(self, request: Any) -> Any:
        return Staff(int(request.headers["X-Key"])) if "X-Key" in request.headers else None

    def add(self, app: Flask) -> None:
        self.manager.init_app(app)

    def add_pages(self, app: Flask) -> None:
        def enter(id_: int) -> str:
            login_user(Staff(id_), remember=True)
            return "in"

        def leave() -> str:
            logout_user()
            return "out"

        app.add_url_rule("/staff/enter/<int:id_>", "staff_enter", enter, methods=["POST"])
        app.add_url_rule("/leave", "leave", leave, methods=["POST"])
        app.add_url_rule("/enter/<name>", "enter", _enter, methods=["POST"])
        app.add_url_rule("/desk", "desk", login_required(lambda: f"desk of {current_user.username}"))
        app.add_url_rule("/whose", "whose", requires()(lambda: f"{current_user.username} of {current_account.number}"))


def _enter(name: str) -> Response:
    """Sign-in without a password of ours: from another site's token, say."""
    user = session().scalars(select(User).where(User.username == name)).one()
    is_in = login_user(user, remember=True)
    return jsonify(is_in=is_in, user=current_user.username, account=current_account and current_account.number)


@pytest.fixture
def house() -> House:
    return House()


Order = Callable[[House, Build], Site]


def before(house: House, make: Build) -> Site:
    return make(prepare=house.add)


def given(house: House, make: Build) -> Site:
    return make(options={"login_manager": house.manager})


def both(house: House, make: Build) -> Site:
    return make(prepare=house.add, options={"login_manager": house.manager})


def after(house: House, make: Build) -> Site:
    site = make()
    house.add(site.app)
    return site


@pytest.fixture(params=[before, given, both, after])
def site(request: pytest.FixtureRequest, house: House, make: Build) -> Site:
    """A site whose host has a LoginManager, whenever it was made."""
    built: Site = request.param(house, make)
    house.add_pages(built.app)
    return built


def who(client: Any, **headers: str) -> str | None:
    found: str | None = client.get("/me", headers=headers).get_json()["user"]
    return found


# Whom the host's loaders answer for.


def test_staff_are_who_they_were(site: Site) -> None:
    client = site.app.test_client()
    client.post("/staff/enter/7")
    assert who(client) == "staff 7"
    assert client.get("/desk").text == "desk of staff 7"


def test_an_api_key_is_still_read(site: Site) -> None:
    assert who(site.app.test_client(), **{"X-Key": "8"}) == "staff 8"


def test_nobody_is_nobody(site: Site) -> None:
    assert who(site.app.test_client()) is None


def test_a_customer_is_a_customer(site: Site, house: House) -> None:
    alice = site.alice()
    assert alice.open("/whose").html == "alice of 9000"
    assert who(alice.client, **{"X-Key": "8"}) == "alice"
    assert house.asked == []


def test_staff_are_no_customers(site: Site) -> None:
    client = site.app.test_client()
    client.post("/staff/enter/7")
    assert client.get("/whose").status_code == 303
    assert client.get("/account/me").status_code == 303


def test_staff_are_remembered_as_before(site: Site, house: House) -> None:
    client = site.app.test_client()
    client.post("/staff/enter/7")
    client.delete_cookie("session")
    assert client.get_cookie(STAFF_COOKIE) is not None
    assert who(client) == "staff 7"


def test_a_page_of_the_hosts_leads_to_where_the_host_wants(house: House, make: Build) -> None:
    house.manager.login_view = "/staff/login"
    site = before(house, make)
    house.add_pages(site.app)
    client = site.app.test_client()
    assert client.get("/desk").headers["Location"].startswith("/staff/login?")
    assert client.get("/whose").headers["Location"].startswith("/account/login?")


def test_a_host_that_names_no_page_to_sign_in_at_has_ours(site: Site) -> None:
    assert site.app.test_client().get("/desk").headers["Location"].startswith("/account/login?")


def say_401(app: Flask, what: Any) -> None:
    app.register_error_handler(what, lambda error: (jsonify(code=error.code), error.code))


@pytest.mark.parametrize("what", [401, Unauthorized, HTTPException])
@pytest.mark.parametrize("errors", ["pages", "all", "none"])
def test_a_host_with_people_of_its_own_says_401_in_its_own_words(
    house: House, make: Build, what: Any, errors: str
) -> None:
    site = make(prepare=house.add, options={"errors": errors})
    house.add_pages(site.app)
    say_401(site.app, what)
    assert site.app.test_client().get("/desk").get_json() == {"code": 401}
    assert site.app.test_client().get("/whose").headers["Location"].startswith("/account/login?")


def test_a_handler_of_one_blueprint_answers_for_that_one(house: House, make: Build) -> None:
    site = before(house, make)
    house.add_pages(site.app)
    api = Blueprint("api", __name__, url_prefix="/api")
    api.add_url_rule("/desk", "desk", login_required(lambda: "desk"))
    api.register_error_handler(401, lambda error: (jsonify(code=error.code), error.code))
    site.app.register_blueprint(api)
    client = site.app.test_client()
    assert client.get("/api/desk").get_json() == {"code": 401}
    assert client.get("/desk").headers["Location"].startswith("/account/login?")


def test_an_answer_of_the_hosts_leaves_no_message_for_our_form(house: House, make: Build) -> None:
    site = before(house, make)
    house.add_pages(site.app)
    say_401(site.app, 401)
    client = site.app.test_client()
    client.get("/desk")
    assert "login.form.please" not in client.get("/account/login").text


def test_a_host_without_people_of_its_own_has_our_form_whatever_handles_errors(make: Build) -> None:
    site = make()
    say_401(site.app, HTTPException)
    site.app.add_url_rule("/desk", "desk", login_required(lambda: "desk"))
    assert site.app.test_client().get("/desk").headers["Location"].startswith("/account/login?")


def test_an_error_page_asks_no_loader_of_the_hosts(house: House, make: Build) -> None:
    def broken(_id: str) -> None:
        raise RuntimeError("away")

    site = before(house, make)
    house.manager.user_loader(broken)
    house.add_pages(site.app)
    client = site.app.test_client()
    client.post("/staff/enter/7")
    answer = client.get("/boom")
    assert answer.status_code == 500
    assert 'data-acct-screen="error.server"' in answer.text


# login_user and logout_user.


def test_login_user_signs_a_customer_in(site: Site) -> None:
    client = site.app.test_client()
    answer = client.post("/enter/alice")
    assert answer.get_json() == {"is_in": True, "user": "alice", "account": "9000"}
    assert client.get("/whose").text == "alice of 9000"
    assert client.get("/account/me").status_code == 200


def test_it_leaves_no_id_of_a_customer_in_the_hosts_cookies(site: Site) -> None:
    client = site.app.test_client()
    client.post("/enter/alice")
    cookie = client.get_cookie("session")
    signer = SecureCookieSessionInterface().get_signing_serializer(site.app)
    held = signer.loads(cookie.value) if cookie and signer else {}
    assert {key for key in held if key.startswith("_")} == set()
    assert client.get_cookie(STAFF_COOKIE) is None


def test_a_session_that_ended_does_not_come_back(site: Site, house: House) -> None:
    client = site.app.test_client()
    client.post("/enter/alice")
    site.run("DELETE FROM acct_session")
    assert who(client) is None
    assert house.asked == []


def test_it_is_told_and_counted_as_any_sign_in(site: Site) -> None:
    heard: list[str] = []

    def hear(_app: Flask, user: User, **_: object) -> None:
        heard.append(user.username)

    with user_signed_in.connected_to(hear, sender=site.app):
        client = site.app.test_client()
        client.post("/enter/alice")
    assert heard == ["alice"]
    assert site.rows()["acct_user"][0][-3] is not None
    assert client.get_cookie("acct_browser") is not None


def test_one_more_session_does_not_make_too_many(site: Site) -> None:
    for _ in range(site.config.session.most_per_user + 2):
        site.app.test_client().post("/enter/alice")
    assert len(site.rows()["acct_session"]) == site.config.session.most_per_user


def test_a_browser_has_one_session(site: Site) -> None:
    client = site.app.test_client()
    client.post("/enter/alice")
    client.post("/enter/bob")
    assert who(client) == "bob"
    assert len(site.rows()["acct_session"]) == 1


def test_logout_user_ends_a_customers_session(site: Site) -> None:
    heard: list[str] = []
    alice = site.alice()

    def hear(_app: Flask, user: User, **_: object) -> None:
        heard.append(user.username)

    with user_signed_out.connected_to(hear, sender=site.app):
        alice.client.post("/leave")
    assert who(alice.client) is None
    assert site.rows()["acct_session"] == []
    assert heard == ["alice"]
    assert alice.client.get_cookie("acct") is None


def test_logout_user_ends_staffs_the_hosts_way(site: Site) -> None:
    client = site.app.test_client()
    client.post("/staff/enter/7")
    client.post("/leave")
    assert who(client) is None
    assert client.get_cookie(STAFF_COOKIE) is None


def test_staff_who_sign_in_take_the_place_of_a_customer(site: Site) -> None:
    alice = site.alice()
    alice.client.post("/staff/enter/7")
    assert alice.client.get_cookie("acct") is None
    assert who(alice.client) == "staff 7"
    assert site.rows()["acct_session"] == []


def test_a_customer_who_signs_in_takes_the_place_of_staff(site: Site) -> None:
    client = site.app.test_client()
    client.post("/staff/enter/7")
    client.post("/enter/alice")
    assert who(client) == "alice"


# Nobody becomes somebody else.


def plant(site: Site, client: Any, **held: object) -> None:
    signer = SecureCookieSessionInterface().get_signing_serializer(site.app)
    assert signer is not None
    client.set_cookie("session", signer.dumps(held))


def test_the_id_of_a_customer_is_no_id_of_staff(site: Site, house: House) -> None:
    client = site.app.test_client()
    plant(site, client, _user_id=site.people.alice.get_id(), _fresh=True)
    assert who(client) is None
    assert house.asked == []


def test_nor_in_the_cookie_that_remembers(site: Site, house: House) -> None:
    client = site.app.test_client()
    with site.app.app_context():
        client.set_cookie(STAFF_COOKIE, encode_cookie(site.people.alice.get_id()))
    assert who(client) is None
    assert house.asked == []
    assert who(client, **{"X-Key": "8"}) == "staff 8"


def test_a_host_that_fails_after_login_user_leaves_no_id_behind(site: Site, house: House) -> None:
    def fail(_app: Flask, **_: object) -> None:
        raise RuntimeError("the host's own")

    client = site.app.test_client()
    with user_logged_in.connected_to(fail, sender=site.app):
        client.post("/enter/alice")
    who(client)
    assert house.asked == []


def test_a_user_loader_cannot_give_a_customer(house: House, make: Build) -> None:
    """One from before flask_acct looked after its users: a session of theirs ends when it ends."""
    site = before(house, make)
    house.manager.user_loader(lambda id_: session().get(User, int(id_)))
    house.add_pages(site.app)
    client = site.app.test_client()
    plant(site, client, _user_id=str(site.people.alice.id), _fresh=True)
    assert who(client) is None


def test_a_request_loader_may_name_a_customer_for_one_request(house: House, make: Build) -> None:
    """The host's API key of a customer: its own pages take it, ours ask for a session."""
    site = before(house, make)
    house.manager.request_loader(lambda request: session().get(User, int(request.headers.get("X-Key", 0))))
    house.add_pages(site.app)
    client = site.app.test_client()
    key = {"X-Key": str(site.people.alice.id)}
    assert who(client, **key) == "alice"
    assert client.get("/whose", headers=key).status_code == 303
    assert who(client) is None


def test_a_sign_in_through_the_form_leaves_nothing_of_staff(site: Site) -> None:
    visitor = site.visitor()
    visitor.client.post("/staff/enter/7")
    site.sign_in(site.identifier(site.people.alice), visitor=visitor)
    site.run("DELETE FROM acct_session")
    visitor.client.delete_cookie(STAFF_COOKIE)
    assert who(visitor.client) is None


# Without a LoginManager of the host's, and with one too many.


@pytest.fixture
def plain(make: Build) -> Site:
    site = make()
    House().add_pages(site.app)
    return site


def test_login_user_and_logout_user_work_without_one(plain: Site) -> None:
    client = plain.app.test_client()
    client.post("/enter/alice")
    assert who(client) == "alice"
    client.post("/leave")
    assert who(client) is None
    assert plain.rows()["acct_session"] == []


def test_a_user_without_an_id_is_refused_with_the_fix(plain: Site) -> None:
    plain.app.add_url_rule("/new", "new", lambda: str(login_user(User(username="new"))), methods=["POST"])
    plain.app.testing = True
    with pytest.raises(AcctError, match="flush"):
        plain.app.test_client().post("/new")


def test_a_loader_that_is_registered_later_is_asked_as_well(make: Build) -> None:
    site = make()
    site.app.login_manager.user_loader(lambda id_: Staff(int(id_)))  # type: ignore[attr-defined]
    client = site.app.test_client()
    plant(site, client, _user_id="7", _fresh=True)
    assert who(client) == "staff 7"


def test_one_made_late_is_noticed_before_anything_asks_who_is_here(house: House, make: Build) -> None:
    site = make()
    house.add(site.app)
    plant_id = site.people.alice.get_id()
    with site.app.test_request_context("/"):
        flask_session["_user_id"] = plant_id
        assert not current_user.is_authenticated
    assert house.asked == []


def test_another_login_manager_than_the_apps_is_refused_with_the_fix(make: Build) -> None:
    with pytest.raises(AcctError, match="login_manager="):
        make(prepare=LoginManager, options={"login_manager": LoginManager()})


def test_an_app_that_shares_the_login_manager_and_has_no_flask_acct_is_left_alone(house: House, make: Build) -> None:
    before(house, make)
    other = Flask("other")
    other.secret_key = "another-key-for-tests-only-0123456789abcdef"
    house.add(other)
    house.add_pages(other)
    other.add_url_rule("/me", "me", lambda: jsonify(user=getattr(current_user, "username", None)))
    client = other.test_client()
    client.post("/staff/enter/7")
    assert who(client) == "staff 7"
    client.post("/leave")
    assert who(client) is None


def test_a_redirect_after_login_user_brings_the_cookie(plain: Site) -> None:
    def enter() -> Any:
        login_user(session().get(User, plain.people.alice.id))
        return redirect("/me")

    plain.app.add_url_rule("/sso", "sso", enter)
    client = plain.app.test_client()
    assert client.get("/sso", follow_redirects=True).get_json() == {"user": "alice"}
