"""Elements that a page brings something to, and what a new element costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from flask import Flask, Response
from jinja2 import ChoiceLoader, DictLoader

from flask_acct import config, features
from flask_acct.declare.elements import Codes, Figure, Result, Screen, Title
from flask_acct.declare.texts import Part, Text
from flask_acct.web import dispatch, html
from flask_acct.web.drawing import draw
from flask_acct.web.html import NotAtOnce
from flask_acct.web.page import Page
from flask_acct.web.replies import Open, done, done_at_once
from flask_acct.web.shapes import Shape, of_squares

from .conftest import Build, Site
from .visitor import Node, Reader

CODES = ["K7Q2-M9XD", "A1B2-C3D4"]


@dataclass(frozen=True, slots=True)
class Meter(Part):
    """An element that nothing but this test knows."""

    unit: Text | None = None

    within = ("unit",)


METER = '<p data-acct="{{ part.id }}">{{ part.text }}: {{ part.unit.text }}</p>'

SCREEN = Screen(
    "a.screen",
    "screen",
    Title("a.screen.title", "Two steps"),
    parts=(
        Figure("a.screen.qr", "A code for your camera"),
        Meter("a.screen.meter", "Used", unit=Text("a.screen.unit", "of ten")),
    ),
    results=(Result("a.screen.made", "Keep these.", parts=(Codes("a.screen.codes", "Your codes"),)),),
)


def with_meter(app: Flask) -> None:
    assert app.jinja_loader is not None
    app.jinja_loader = ChoiceLoader([DictLoader({"flask_acct/elements/meter.html": METER}), app.jinja_loader])


@pytest.fixture
def page(make: Build) -> Iterator[Page]:
    """A visit to the screen, in an app whose platform has it."""
    site: Site = make(prepare=with_meter)
    texts = {**site.acct.platform.declared.texts, **{text.id: text for text in SCREEN.texts()}}
    declared = replace(site.acct.platform.declared, texts=texts)
    site.acct.platform = replace(site.acct.platform, declared=declared, cache={}, _sentences={})
    with site.app.test_request_context("/"):
        yield dispatch.page_of(SCREEN)


def nodes(response: Response) -> list[Node]:
    return Reader(response.get_data(as_text=True)).nodes


def node(response: Response, id_: str) -> Node:
    return next(one for one in nodes(response) if one.acct == id_)


def test_a_figure_is_drawn_with_words_for_who_cannot_see_it(page: Page) -> None:
    page.brought["qr"] = of_squares([[True, False], [False, True]])
    drawn = html.render(Open(), page)
    words = node(drawn, "a.screen.qr")
    [picture] = [one for one in nodes(drawn) if one.attributes.get("viewbox") == "0 0 10 10"]
    assert picture.attributes["role"] == "img"
    assert picture.attributes["aria-labelledby"] == words.attributes["id"]
    assert words.text == "A code for your camera"


def test_a_figure_that_the_page_does_not_bring_is_not_there(page: Page) -> None:
    assert all(one.acct != "a.screen.qr" for one in nodes(html.render(Open(), page)))


def test_a_figure_is_nothing_but_a_shape(page: Page) -> None:
    page.brought["qr"] = Shape(1, 1, '"/><script>')
    assert "<script>" not in html.render(Open(), page).get_data(as_text=True)


def test_squares_have_a_white_margin_as_cameras_need_it() -> None:
    assert of_squares([[True, False], [False, True]]) == Shape(10, 10, "M4 4h1v1h-1zM5 5h1v1h-1z")


def test_codes_stand_one_a_line_as_they_are_copied_and_printed(page: Page) -> None:
    page.brought["codes"] = CODES
    drawn = html.render(done_at_once("made"), page)
    [block] = [one for one in nodes(drawn) if one.tag == "pre"]
    assert [code.text for code in block.children] == CODES
    assert block.attributes["translate"] == "no"
    assert "<code>K7Q2-M9XD</code>\n<code>A1B2-C3D4</code>\n</pre>" in drawn.get_data(as_text=True)


def test_codes_have_a_caption(page: Page) -> None:
    drawn = html.render(done_at_once("made"), page)
    caption = node(drawn, "a.screen.codes")
    assert caption.text == "Your codes"
    assert [one.tag for one in nodes(drawn) if one.attributes.get("aria-labelledby") == caption.attributes["id"]] == [
        "section"
    ]


def test_codes_are_in_no_cookie(page: Page) -> None:
    page.brought["codes"] = CODES
    assert html.render(done_at_once("made"), page).headers.getlist("Set-Cookie") == []


def test_codes_that_a_cookie_would_have_to_hold_are_refused(page: Page) -> None:
    page.brought["codes"] = CODES
    with pytest.raises(NotAtOnce, match="at_once=True"):
        html.render(done("made"), page)


def test_what_a_page_brings_is_never_kept_drawn(page: Page) -> None:
    page.brought["codes"] = CODES
    html.render(done_at_once("made"), page)
    page.brought["codes"] = ["Z9Y8-X7W6"]
    drawn = html.render(done_at_once("made"), page).get_data(as_text=True)
    assert "Z9Y8-X7W6" in drawn
    assert CODES[0] not in drawn


def test_a_new_element_is_a_class_and_a_template_and_no_file_of_ours(page: Page) -> None:
    """``Meter`` is known to this test alone: no file that was there before has been edited for it."""
    assert node(html.render(Open(), page), "a.screen.meter").text == "Used: of ten"


def test_the_words_within_a_new_element_are_the_screens() -> None:
    assert [text.id for text in SCREEN.texts() if text.id in {"a.screen.meter", "a.screen.unit"}] == [
        "a.screen.meter",
        "a.screen.unit",
    ]


def test_ways_on_that_follow_each_other_stand_in_one_group() -> None:
    platform = features.platform(config.preset("client-area").on(None))
    screen = platform.declared.screens["profile.me"]
    drawn = draw(screen, screen.parts, platform, "en")
    groups = [{one.name for one in group} for group in (*drawn.above, *drawn.after)]
    assert any({"email_again", "email_cancel"} <= group for group in groups)
