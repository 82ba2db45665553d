"""Whatever is sent: a clear answer in the visitor's language, 4xx or an ordinary page, nothing changed, never 5xx."""

from __future__ import annotations

import io
import json
import string
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from sqlalchemy import delete, select
from werkzeug.test import TestResponse

from flask_acct.db.models import OutboxMail, Token, User
from flask_acct.security import tokens
from flask_acct.testing import PASSWORD
from flask_acct.values import identifiers
from flask_acct.web.addresses import local_path

from ..scopes import a_scope
from ..web.site import Site
from ..web.visitor import Read, Visitor

pytestmark = pytest.mark.long

FORMS = {
    "/account/login": {"identifier": "nobody", "password": "not a password of anybody"},
    "/account/recover/password": {
        "username": "nobody",
        "email": "n@example.com",
        "kind": "email",
        "value": "n@n.example",
    },
    "/account/recover/username": {"email": "nobody@example.com"},
    "/account/recover/request": {"name": "Nobody", "email": "nobody@example.com", "about": "nothing"},
    "/account/recover/confirm": {},
    "/account/signup": {"email": "nobody@example.com"},
    "/account/signup/finish": {"first_name": "No", "last_name": "Body", "username": "nobody",
                               "account_name": "Nothing", "new": "not one", "repeat": "not one"},
    "/account/password/set": {"new": "a kettle for the swans", "repeat": "a kettle for the swans"},
    "/account/password/change": {"current": "x", "new": "a kettle for the swans", "repeat": "a kettle for the swans"},
    "/account/language": {"locale": "it", "next": "/"},
    "/account/logout": {},
    "/account/session": {},
}  # fmt: skip
COUNTED = ("acct_tally", "acct_request", "acct_session")
"""What anonymous requests may write to: counts, remembered requests, and the time of last use."""

NASTY = st.one_of(
    st.text(max_size=80),
    st.text(alphabet=st.characters(categories=["Cc", "Cf", "Co", "Zl", "Zp", "Zs", "Mn"]), max_size=40),
    st.sampled_from([
        "\0", "a\0b", "\ud800", "\udfff\ud800", "\x01\x02", "\x7f", "\x85", "\x9b", "\u202eecila", "\u2066x\u2069",
        "\u200b",
        "\ufeff", "\u2028", "a\r\nBcc: evil@example.com", "\nSet-Cookie: a=b", "{{7*7}}", "${7*7}", "%s%n%d",
        "{config}",
        "{0.__class__}", "' OR 1=1 --", "\"; DROP TABLE acct_user; --", "../../etc/passwd", "<script>alert(1)</script>",
        "mıke@example.com", "alıce@example.com", "ALICE@EXAMPLE.COM", "alice@exаmple.com", "alice@example.com.",
        "a@b@example.com", "x@g,evil@b", "=?utf-8?q?a?=@example.com", "a@faß.de", "a@" + "x" * 300 + ".example",
        "a" * 64 + "@example.com", '"a b"@example.com', "a@[127.0.0.1]", "alice@example.com,evil@example.com",
        "a@xn--.example",
        "９０００", "1_000", "+9000", "-1", "9" * 5000, "1e5", "0x10", "٣", "9000.0", "²", "ﬀ", "🧁" * 60, "\U0010ffff",
        "e\u0301" * 30, "Ω", "ﷺ" * 200, "None", "null", "true", "[]", "a" * 5000, " " * 50, "\t", "xn--", ".", "..",
        "www.",
        "https://", "http://[", "-.example", "a..b", "\u3002", "a\u3002example", "＠", "alice＠example.com",
    ]),
)  # fmt: skip


def somebody(site: Site, path: str) -> Visitor:
    """Who can send this form: Alice where it needs somebody signed in, else a visitor."""
    visitor = site.visitor(site.people.alice if path == "/account/password/change" else None)
    visitor.open("/account/recover/request")
    return visitor


def surely(answer: TestResponse) -> TestResponse:
    """The answer is no fault of ours, and says something."""
    page = Read(answer)
    assert answer.status_code < 500, f"{answer.status_code}: {page.html[:2000]}"
    assert answer.status_code in {200, 303} or page.html or answer.is_json
    if page.html and answer.status_code != 303:
        assert page.language
        assert page.heading
    if answer.status_code == 303:
        assert answer.headers["Location"].startswith("/")
        assert not answer.headers["Location"].startswith("//")
    return answer


def forms(site: Site) -> list[str]:
    """The paths of the forms this preset has."""
    rules = {rule.rule for rule in site.app.url_map.iter_rules()}
    return [path for path in FORMS if path in rules]


FORM = st.sampled_from(list(FORMS))


@pytest.fixture
def unchanged(site: Site) -> Any:
    """What people have is the same afterwards."""
    before = site.rows(*COUNTED)
    yield
    assert site.rows(*COUNTED) == before


@given(data=st.data())
def test_any_text_in_any_field(site: Site, unchanged: None, data: st.DataObject) -> None:
    form = data.draw(st.sampled_from(forms(site)))
    usual = FORMS[form]
    name = data.draw(st.sampled_from([*usual, "csrf_token", "token", "extra"]))
    value = data.draw(NASTY).encode("utf-8", "surrogatepass")
    surely(somebody(site, form).post(form, {**usual, name: value}))


@given(form=FORM, typed=NASTY)
@example(form="/account/recover/request", typed="{reference}")
@example(form="/account/recover/request", typed="{config.site.name}")
def test_any_text_in_every_field_at_once(site: Site, unchanged: None, form: str, typed: str) -> None:
    surely(somebody(site, form).post(form, dict.fromkeys(FORMS[form], typed.encode("utf-8", "surrogatepass"))))


@given(form=FORM, query=NASTY, name=st.sampled_from(["next", "token", "lang", "x"]))
def test_any_text_in_the_address(site: Site, unchanged: None, form: str, query: str, name: str) -> None:
    value = query.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    surely(site.visitor().client.get(form, query_string={name: value}))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(form=FORM, body=JSON)
@example(form="/account/login", body={"identifier": "alice", "password": PASSWORD})
@example(form="/account/recover/request", body={"email": ["alice@example.com", "evil@example.com"]})
@example(form="/account/login", body={"identifier": {"$ne": None}, "password": {"$ne": None}})
def test_json_is_no_form(site: Site, unchanged: None, form: str, body: object) -> None:
    visitor = somebody(site, form)
    if isinstance(body, dict):
        body = {**body, "csrf_token": visitor.csrf()}
    answer = surely(visitor.client.post(form, data=json.dumps(body), content_type="application/json"))
    assert answer.status_code in {400, 401, 303, 404}


@given(form=st.sampled_from(["/account/login", "/account/recover/password", "/account/recover/request",
                             "/account/password/change"]),
       times=st.integers(2, 5), same=st.booleans())  # fmt: skip
def test_a_field_sent_more_than_once_is_refused(site: Site, unchanged: None, form: str, times: int, same: bool) -> None:
    lists = {name: [value if same else f"{value}{n}" for n in range(times)] for name, value in FORMS[form].items()}
    assert surely(somebody(site, form).post(form, lists)).status_code == 422


def test_a_field_with_brackets_is_no_field(site: Site) -> None:
    answer = somebody(site, "/account/login").post("/account/login", {"identifier[]": "alice", "password[]": PASSWORD})
    assert answer.status_code == 422


def test_files_are_no_fields(site: Site, unchanged: None) -> None:
    for form in forms(site):
        files = {name: (io.BytesIO(b"alice"), "alice.txt") for name in FORMS[form]}
        answer = surely(somebody(site, form).post(form, {**files, "another": (io.BytesIO(b"x"), "x.bin")}))
        assert answer.status_code in {303, 401, 422}, form
        assert answer.headers.get("Location") not in {f"{form}?", form}, form


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"])
@pytest.mark.parametrize("size", [70_000, 10_000_000])
def test_a_body_too_large_is_a_413(site: Site, unchanged: None, kind: str, size: int) -> None:
    body = b"a=" + b"x" * size
    if kind.startswith("multipart"):
        body = b'--x\r\nContent-Disposition: form-data; name="a"; filename="f"\r\n\r\n' + b"x" * size + b"\r\n--x--\r\n"
    for form in forms(site):
        answer = surely(somebody(site, form).client.post(form, data=body, content_type=kind))
        assert answer.status_code == 413 or (kind == "text/plain" and answer.status_code in {303, 400, 401}), form


def test_a_thousand_and_one_parts_are_too_many(site: Site, unchanged: None) -> None:
    part = '--x\r\nContent-Disposition: form-data; name="f{}"\r\n\r\nx\r\n'
    body = "".join(part.format(number) for number in range(1001)) + "--x--\r\n"
    for form in forms(site):
        answer = somebody(site, form).client.post(form, data=body, content_type="multipart/form-data; boundary=x")
        assert surely(answer).status_code == 413, form


@given(
    form=FORM,
    body=st.binary(max_size=200),
    kind=st.sampled_from([
        "application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=utf-7",
        "application/x-www-form-urlencoded; charset=utf-16", "multipart/form-data", "multipart/form-data; boundary=",
        "multipart/form-data; boundary=x", "application/json", "application/xml", "", "\u00e9/x", "a" * 500,
    ]),
)  # fmt: skip
def test_any_bytes_as_a_body(site: Site, unchanged: None, form: str, body: bytes, kind: str) -> None:
    answer = surely(somebody(site, form).client.post(form, data=body, content_type=kind))
    assert answer.status_code in {303, 400, 401, 404, 413, 415}


HEADER = st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=120)


@given(
    form=FORM,
    name=st.sampled_from([
        "Host", "X-Forwarded-Host", "X-Forwarded-For", "X-Forwarded-Proto", "Forwarded", "Origin", "Referer",
        "Accept-Language", "User-Agent", "Accept", "Cookie", "Sec-Fetch-Site", "Sec-Fetch-Dest", "Content-Type",
        "X-Requested-With", "Authorization", "If-None-Match", "Range", "X-HTTP-Method-Override",
    ]),
    value=HEADER,
)  # fmt: skip
@example(form="/account/login", name="Accept-Language", value="es-AR;q=nan, *;q=inf, ;;;,,,==, xx-" + "y" * 5000)
@example(form="/account/login", name="Accept-Language", value="en" + ",en" * 3000)
@example(form="/account/login", name="Cookie", value="acct_visit=" + "x" * 8000)
@example(form="/account/login", name="Cookie", value="acct=" + "x" * 8000)
@example(
    form="/account/login",
    name="Cookie",
    value="acct=a; acct=b; =__Host-acct=c; __Host-acct=d; acct_language=xx_YY; acct_language=",
)
@example(form="/account/login", name="Cookie", value="acct_language=../../etc/passwd")
@example(form="/account/login", name="Cookie", value="session=.eJwVyzEKgDAMQNGr; remember_token=1|x")
@example(form="/account/login", name="Host", value="evil.example:99999")
@example(form="/account/login", name="Host", value="")
def test_any_header(site: Site, unchanged: None, form: str, name: str, value: str) -> None:
    client = site.app.test_client(use_cookies=False)
    answer = surely(client.get(form, headers={name: value}))
    assert "evil.example" not in answer.get_data(as_text=True) + answer.headers.get("Location", "")


@given(data=st.data())
def test_a_changed_cookie_is_a_visitors(site: Site, unchanged: None, data: st.DataObject) -> None:
    alice = site.visitor(site.people.alice)
    alice.open("/account/password/change")
    cookie = alice.client.get_cookie("acct")
    assert cookie is not None
    # What follows the secret says whose it is, and opens nothing.
    at = data.draw(st.integers(0, cookie.value.index(".")))
    sign = data.draw(st.sampled_from(string.ascii_letters + string.digits))
    assume(cookie.value[at] != sign)
    alice.client.set_cookie("acct", cookie.value[:at] + sign + cookie.value[at + 1 :])
    changed = {"current": PASSWORD, "new": "a kettle for the swans", "repeat": "a kettle for the swans"}
    answer = surely(alice.post("/account/password/change", changed))
    assert answer.status_code in {303, 400}
    assert answer.status_code == 400 or "login" in answer.headers["Location"]


@given(secret=st.one_of(NASTY, st.text(alphabet=string.ascii_letters + string.digits, min_size=20, max_size=60)))
def test_no_made_up_token_opens_anything(site: Site, unchanged: None, secret: str) -> None:
    value = secret.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    visitor = site.visitor()
    surely(visitor.client.get("/account/password/set", query_string={"token": value}))
    page = visitor.open("/account/password/set")
    assert page.screen in {"recovery.password", "login.form"}


@given(address=st.one_of(NASTY, st.text(alphabet="/\\.:@?#%&; \t\r\n\0abehilopstvx", max_size=40)))
def test_an_address_to_go_back_to_stays_on_the_host(address: str) -> None:
    found = local_path(address)
    assert found is None or (found.startswith("/") and not found.startswith(("//", "/\\")) and "\\" not in found)
    assert found is None or all(ord(sign) > 32 and sign != "\x7f" for sign in found)


@given(typed=NASTY)
def test_no_string_means_two_things(typed: str) -> None:
    keys = [identifiers.key_of(kind, typed) for kind in ("username", "email", "customer_number")]
    assert len([key for key in keys if key is not None]) <= 1


@given(typed=NASTY)
def test_a_key_is_its_own_key(typed: str) -> None:
    for kind in ("username", "email", "customer_number"):
        key = identifiers.key_of(kind, typed)
        assert key is None or identifiers.key_of(kind, key) == key


@given(name=st.sampled_from(["alice", "bob", "charlie"]), before=st.sampled_from(["", " ", "\t", "\u3000"]),
       after=st.sampled_from(["", " ", "\u00a0"]), upper=st.booleans(), wide=st.booleans())  # fmt: skip
def test_every_spelling_of_a_name_is_one_name(name: str, before: str, after: str, upper: bool, wide: bool) -> None:
    spelled = name.upper() if upper else name
    spelled = "".join(chr(ord(sign) + 0xFEE0) for sign in spelled) if wide else spelled
    assert identifiers.username_key(before + spelled + after) == name


@given(name=st.sampled_from(["first_name", "last_name", "username", "account_name", "new", "repeat"]), value=NASTY)
def test_whatever_is_typed_behind_a_link_makes_a_whole_user_or_none(site: Site, name: str, value: str) -> None:
    """The form of whoever signs up, where the preset has one."""
    if "/account/signup/finish" not in forms(site):
        return
    usual = {**FORMS["/account/signup/finish"], "new": "a kettle for the swans", "repeat": "a kettle for the swans"}
    before = site.rows(*COUNTED, "acct_token")
    with site.acct.database.transaction() as db:
        how: dict[str, Any] = {"about": {"email": "zoe@example.org"}}
        token = tokens.issue_to_nobody(
            a_scope(db, keys=site.acct.keys, now=site.clock()),
            "sign_up",
            "zoe@example.org",
            lifetime=timedelta(hours=1),
            **how,
        )
        secret = tokens.secret_of(token, site.acct.keys)
    visitor = site.visitor()
    visitor.open(f"/account/signup/finish?token={secret}")
    typed = {**usual, name: value.encode("utf-8", "surrogatepass")}
    answer = surely(visitor.post("/account/signup/finish", typed))
    with site.acct.database.transaction() as db:
        made = db.scalars(select(User).where(User.email_key == "zoe@example.org")).one_or_none()
        assert (made is not None) == (answer.status_code == 303 and "signup/finish" in answer.headers["Location"])
        if made is not None:
            (place,) = made.memberships
            assert place.is_owner
            assert place.account.name
            assert identifiers.username_key(made.username) == made.username_key
            db.execute(delete(OutboxMail).where(OutboxMail.user_id == made.id))
            db.delete(place.account)
            db.delete(made)
        db.execute(delete(Token))
    assert site.rows(*COUNTED, "acct_token") == before
