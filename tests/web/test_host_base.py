"""Our screens in a host's own base template, by one line: what every page of ours has around it comes along, once."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask, render_template_string
from jinja2 import ChoiceLoader, DictLoader, StrictUndefined

from flask_acct import requires

from .site import Build, Site

BASE = """<!doctype html><html lang="{{ acct.lang }}"><head><title>{% block title %}Shop{% endblock %}</title>
{% block head %}<link rel="stylesheet" href="/static/shop.css">{% endblock %}</head>
<body><nav>The shop</nav><main {% block main_attributes %}{% endblock %}>{% block main %}{% endblock %}</main></body>
</html>"""

WITHOUT_HEAD = BASE.replace("{% block head %}", "").replace('shop.css">{% endblock %}', 'shop.css">')

WITH_SESSION = BASE.replace("</body>", '{% include "flask_acct/elements/session.html" %}</body>')

ONE_LINE = '{% extends "base.html" %}'

OWN_PAGE = '{% extends "base.html" %}{% block main %}<h1>Own</h1>{% endblock %}'

ONCE = ["acct.css", "brand.css", "acct.js", 'id="acct-language"', 'id="acct-wait"', 'id="acct-hello"',
        'id="acct-leave"', 'id="acct-idle"', "<main", "<nav>The shop</nav>", "shop.css"]  # fmt: skip


def with_base(base: str, layout: str = ONE_LINE) -> Callable[[Flask], None]:
    def prepare(app: Flask) -> None:
        own = DictLoader({"base.html": base, "flask_acct/layout.html": layout})
        app.jinja_loader = ChoiceLoader([own])  # type: ignore[assignment]
        app.jinja_env.undefined = StrictUndefined
        app.add_url_rule("/own", "own", requires()(lambda: render_template_string(OWN_PAGE)))

    return prepare


@pytest.fixture(params=[BASE, WITHOUT_HEAD, WITH_SESSION], ids=["base", "without a block head", "with session.html"])
def housed(request: pytest.FixtureRequest, make: Build) -> Site:
    return make(prepare=with_base(request.param))


@pytest.mark.parametrize("path", ["/account/me", "/account/contacts", "/account/password/change"])
def test_a_screen_has_all_of_it_once(housed: Site, path: str) -> None:
    html = housed.visitor(housed.people.alice).open(path).html
    assert {piece: html.count(piece) for piece in ONCE} == dict.fromkeys(ONCE, 1)


def test_somebody_signs_in_chooses_a_language_and_signs_out(housed: Site) -> None:
    visitor = housed.alice()
    visitor.open("/account/me")
    visitor.post("/account/language", {"locale": "it"})
    assert visitor.open("/account/me").language == "it"
    visitor.post("/account/logout", {})
    assert visitor.open("/me").response.get_json() == {"user": None}


def test_a_screen_has_its_title_and_its_name(housed: Site) -> None:
    page = housed.visitor().open("/account/login")
    assert page.screen == "login.form"
    assert housed.config.site.name in page.only("title").text


def test_a_page_of_the_hosts_has_the_warning_by_one_line(make: Build) -> None:
    site = make(prepare=with_base(WITH_SESSION))
    html = site.visitor(site.people.alice).open("/own").html
    pieces = ('id="acct-idle"', 'id="acct-leave"', "acct.js", "acct.css")
    assert [html.count(piece) for piece in pieces] == [1, 1, 1, 1]


def test_a_page_of_the_hosts_has_nothing_of_ours_unasked(make: Build) -> None:
    site = make(prepare=with_base(BASE))
    assert "acct-" not in site.visitor(site.people.alice).open("/own").html


def test_the_page_that_says_it_failed_is_whole_though_another_was_begun(make: Build) -> None:
    site = make(prepare=with_base(BASE))

    def half() -> str:
        begun = '{{ acct.draws("links") }}{% include "flask_acct/elements/session.html" %}{{ 1 // 0 }}'
        return render_template_string(begun)

    site.app.add_url_rule("/half", "half", half)
    html = site.visitor(site.people.alice).open("/half").html
    assert html.count("acct.css") == 1
    assert html.count('id="acct-language"') == 1


def test_in_our_own_layout_each_is_there_once(site: Site) -> None:
    html = site.visitor(site.people.alice).open("/account/me").html
    ours = [piece for piece in ONCE if "shop" not in piece.lower()]
    assert {piece: html.count(piece) for piece in ours} == dict.fromkeys(ours, 1)


def test_links_of_ours_are_in_the_head_of_a_base_that_has_the_block(make: Build) -> None:
    site = make(prepare=with_base(BASE))
    html = site.visitor().open("/account/login").html
    assert re.search(r"acct\.css.*</head>", html, re.DOTALL)
