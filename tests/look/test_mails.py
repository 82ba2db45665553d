"""Mails in a browser: every one can be read in light and dark, and fits a small phone."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser

from flask_acct import config as configuration
from flask_acct import features

from ..mail.test_programs import page_of, pages
from .test_accessibility import violations

OF_PAGES = ("landmark-one-main:", "page-has-heading-one:", "region:")
"""A mail is a part of the mail program's page."""

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_mail_has_no_barriers_and_fits_a_small_phone(scheme: Any, browser: Browser) -> None:
    context = browser.new_context(color_scheme=scheme, viewport={"width": 320, "height": 700})
    context.add_init_script(AXE_SCRIPT)
    page = context.new_page()
    page.route("**/static/logo.png", lambda route: route.abort())
    found = {}
    for name, content in pages():
        page.set_content(content)
        page.evaluate(AXE_SCRIPT)
        if faults := [one for one in violations(page) if not one.startswith(OF_PAGES)]:
            found[name] = faults
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, name
    context.close()
    assert found == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("accent", ["#ffb800", "#e30613", "#0c0c0e", "#fafafa"])
def test_the_button_of_a_mail_can_be_read_in_any_brand(scheme: Any, accent: str, browser: Browser) -> None:
    config = configuration.preset("client-area").on(None)
    own = config.brand.model_copy(update={"accent": accent})
    context = browser.new_context(color_scheme=scheme)
    page = context.new_page()
    page.set_content(page_of("recovery.reset", features.platform(config.model_copy(update={"brand": own}))))
    page.evaluate(AXE_SCRIPT)
    assert [one for one in violations(page) if one.startswith("color-contrast:")] == []
    context.close()
