"""Pictures hold a page in light and in dark, and no secret that is on it."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from flask_acct import config as configuration
from flask_acct.config import Config
from flask_acct.features import platform
from flask_acct.kb.articles.manifest import TakenPicture
from flask_acct.kb.articles.schemes import content
from flask_acct.kb.journeys.pictures import AROUND, MOST_HEIGHT, PADDING, Hidden, take, whole

from ..look.house import opened
from ..web.site import build

pytestmark = pytest.mark.browser

FIRST, SECOND = "a green kite over the sea", "ten grey herons wait for rain"
"""Two secrets of unequal length: not even that may show."""

HIDDEN = Hidden(fields=("login.form.password",), words=[FIRST, SECOND])

HOLDING = """<!doctype html><html lang="en"><head><style>
:root {{ color-scheme: light dark; background: light-dark(#fff, #111); font: 16px sans-serif }}
</style></head><body><header><details><summary data-acct="shell.menu.hello">Menu</summary>
<p data-acct="shell.menu.label">Your account</p></details></header>
<main><h1 data-acct="login.form.title">Sign in</h1><form>{part}<button data-acct="login.form.submit">Send</button>
</form></main></body></html>"""

SHOWING = {
    "a password": '<input type="password" value="{secret}">',
    "a password that is shown": '<input type="text" autocomplete="current-password" value="{secret}">',
    "a field declared for a password": '<input data-acct="login.form.password" value="{secret}">',
    "a password in the page's text": "<p>Your temporary password: <b>{secret}</b></p>",
    "a link with its token": "<p>https://example.com/account/password/set?token={secret}</p>",
    "a secret in a plain field": '<input value="Use {secret} now"><textarea>{secret}</textarea>',
    "a secret as a placeholder": '<input placeholder="{secret}">',
}
"""Ways to show what is known to be secret."""

MARKED = {
    "text": "<p data-acct-secret><code>{secret}!</code></p>",
    "a field": '<input data-acct-secret value="{secret}!">',
    "an image": '<p data-acct-secret><svg width="400" height="40"><text y="20">{secret}!</text></svg></p>',
}
"""Ways to show what only the host knows to be secret."""

Shown = Callable[[str], Page]


@pytest.fixture
def shown(browser: Browser) -> Iterator[Shown]:
    """A page that holds a part."""
    context = browser.new_context(viewport={"width": 600, "height": 500}, device_scale_factor=2)
    page = context.new_page()

    def show(part: str) -> Page:
        page.set_content(HOLDING.format(part=part))
        return page

    yield show
    context.close()


def picture(page: Page, folder: Path, *marks: str, hidden: Hidden = HIDDEN) -> TakenPicture:
    """A picture as if there had never been one."""
    locators = [page.locator(f'[data-acct="{mark}"]') for mark in marks or ("login.form.submit",)]
    return take(page, locators, 1, hidden, folder=folder, known={})


@pytest.mark.parametrize("part", SHOWING.values(), ids=SHOWING)
def test_no_secret_can_be_told_from_a_picture(shown: Shown, tmp_path: Path, part: str) -> None:
    first = picture(shown(part.format(secret=FIRST)), tmp_path / "first")
    second = picture(shown(part.format(secret=SECOND)), tmp_path / "second")
    assert first == second
    assert (tmp_path / "first" / first.file).read_bytes() == (tmp_path / "second" / second.file).read_bytes()


@pytest.mark.parametrize("part", MARKED.values(), ids=MARKED)
def test_what_a_host_marks_as_secret_is_in_no_picture(shown: Shown, tmp_path: Path, part: str) -> None:
    nothing = Hidden()
    page = shown(part.format(secret="twelve red foxes"))
    first = Image.open(tmp_path / picture(page, tmp_path, hidden=nothing).file).tobytes()
    page = shown(part.format(secret="three tall towers"))
    assert Image.open(tmp_path / picture(page, tmp_path, hidden=nothing).file).tobytes() == first


def test_the_comparison_of_pictures_notices_what_is_not_hidden(shown: Shown, tmp_path: Path) -> None:
    """The tests above are worth nothing if they cannot fail."""
    seen = {picture(shown(f"<p>{words}</p>"), tmp_path).file for words in ("one", "two")}
    assert len(seen) == 2


def test_a_password_is_hidden_after_show_password_was_pressed(shown: Shown, tmp_path: Path) -> None:
    page = shown('<input id="p" type="password" autocomplete="new-password"><button type="button" id="show">')
    page.evaluate("document.getElementById('show').onclick = () => { document.getElementById('p').type = 'text' }")
    files = set()
    for secret in ("twelve red foxes", "three tall towers"):
        page.locator("#p").fill(secret)
        page.locator("#show").click()
        files.add(picture(page, tmp_path, hidden=Hidden()).file)
    assert len(files) == 1


def test_the_apps_own_form_with_its_password_shown_gives_nothing_away(
    browser: Browser, database_url: str, tmp_path: Path, now: datetime
) -> None:
    whole_preset = configuration.preset("client-area")
    files = set()
    with opened(build(whole_preset, database_url, now)) as home:
        for secret in ("twelve red foxes", "three tall towers"):
            context = browser.new_context(device_scale_factor=2, locale="en")
            page = context.new_page()
            page.goto(f"{home.url}/account/login")
            page.locator('[data-acct="login.form.password"]').fill(secret)
            page.locator('[data-acct="shell.password.show"]').click()
            assert page.locator('[data-acct="login.form.password"]').get_attribute("type") == "text"
            files.add(picture(page, tmp_path, hidden=Hidden()).file)
            context.close()
    assert len(files) == 1


def test_the_page_is_as_it_was_after_its_picture(shown: Shown, tmp_path: Path) -> None:
    page = shown("".join([*SHOWING.values(), *MARKED.values()]).format(secret=FIRST))
    page.locator("input").first.fill("typed by hand")
    fields = "[...document.querySelectorAll('input, textarea')].map(e => e.value)"
    state = f"[document.body.outerHTML.replaceAll(' style=\"\"', ''), {fields}]"
    before = page.evaluate(state)
    picture(page, tmp_path)
    assert page.evaluate(state) == before


def test_the_picture_of_a_failure_hides_as_much(shown: Shown) -> None:
    everything = "".join(SHOWING.values())
    assert whole(shown(everything.format(secret=FIRST)), HIDDEN) == whole(
        shown(everything.format(secret=SECOND)), HIDDEN
    )


def test_words_in_a_report_hide_as_much() -> None:
    assert FIRST not in HIDDEN.without(f"a mail that says {FIRST!r}")


def test_every_password_field_of_a_configuration_is_known() -> None:
    assert {"login.form.password", "password.change.new"} <= set(Hidden.of(platform(Config())).fields)


def test_the_same_page_gives_the_same_files_byte_by_byte(shown: Shown, tmp_path: Path) -> None:
    part = '<p style="background: linear-gradient(#fff, #28c)">A sentence</p><input value="m00000">'
    taken = []
    for folder in (tmp_path / "once", tmp_path / "again"):
        found = picture(shown(part), folder)
        taken.append({name: content(folder, name) for name in found.names})
    assert taken[0] == taken[1]
    assert len(taken[0]) == 2


def test_a_page_is_taken_in_light_and_in_dark_and_left_in_light(shown: Shown, tmp_path: Path) -> None:
    page = shown("<p>A sentence</p>")
    taken = picture(page, tmp_path)
    light, dark = (Image.open(io.BytesIO(content(tmp_path, name))).convert("L") for name in taken.names)
    assert light.size == dark.size == (taken.width, taken.height)
    assert light.getpixel((1, 1)) > 240 > 30 > dark.getpixel((1, 1))  # type: ignore[operator]
    assert page.evaluate("matchMedia('(prefers-color-scheme: light)').matches")


def test_a_page_that_knows_no_dark_has_one_picture(shown: Shown, tmp_path: Path) -> None:
    page = shown("<p>A sentence</p><style>:root { color-scheme: light }</style>")
    assert picture(page, tmp_path).dark == ""
    assert len(list(tmp_path.iterdir())) == 1


def test_two_pages_that_look_alike_share_a_file(shown: Shown, tmp_path: Path) -> None:
    first = picture(shown('<p id="one">A sentence</p>'), tmp_path)
    second = picture(shown('<p id="two">A sentence</p>'), tmp_path)
    assert first.seen != second.seen
    assert first.names == second.names


def test_an_open_menu_is_in_the_picture_with_the_bar_it_hangs_on(shown: Shown, tmp_path: Path) -> None:
    page = shown("<p>A sentence</p>")
    page.locator("summary").click()
    taken = picture(page, tmp_path, "shell.menu.label")
    box = page.locator("header").bounding_box()
    assert box is not None
    assert taken.width / 2 >= box["width"]
    assert taken.height / 2 >= box["height"]


def test_a_high_page_is_shown_where_its_mark_is_and_no_line_is_cut(shown: Shown, tmp_path: Path) -> None:
    rows = "".join(
        f'<p style="margin: 0; height: 50px" data-acct="row.{number}">Row {number}</p>' for number in range(60)
    )
    taken = picture(shown(rows), tmp_path, "row.30")
    two_rows = 100
    assert two_rows - 50 < AROUND < two_rows
    assert taken.height / 2 == two_rows + 50 + two_rows + 2 * PADDING


def test_a_high_page_without_a_mark_is_shown_from_its_heading(shown: Shown, tmp_path: Path) -> None:
    page = shown("<p>A sentence</p>" * 60)
    taken = take(page, [], 1, HIDDEN, folder=tmp_path, known={})
    assert MOST_HEIGHT <= taken.height / 2 <= MOST_HEIGHT + 2 * PADDING + 20
