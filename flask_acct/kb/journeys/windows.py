"""The windows of one reader, and when a page has loaded.

A link may open a window of its own, and a server may take its time. So nothing here sleeps for a fixed time: a click is
followed until the page it requested is there.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Error, Locator, Page

PAGE_SECONDS = 30
"""How long a server may take for a page."""

SETTING_OUT_SECONDS = 1
"""Within this time after a click on a link the browser requests the page, unless a script prevents it."""

SENDING_SECONDS = 8
"""The same for an element that must lead to a page: a script may have something to do first."""

PAUSE_MS = 25

LEADS_AWAY = """
(e) => {
  const way = e.closest("a[href], button, input[type=submit]");
  if (!way) return false;
  if (way.tagName !== "A") return way.type === "submit" && !!way.form;
  const here = location.href.split("#")[0];
  return /^https?:/.test(way.href) && !(way.href.includes("#") && way.href.split("#")[0] === here);
}
"""


class Lost(Exception):
    """A click led to no page."""


class Windows:
    """All windows of the reader; the one in ``front`` is the newest until something is done in another.

    Args:
        home: The app's address. A request to any other address is added to ``complaints``.
    """

    def __init__(self, context: BrowserContext, home: str) -> None:
        self._context = context
        self._home = home
        self._set_out = self._arrived = 0
        self.complaints: list[str] = []
        context.on("page", self._on_page)
        context.on("request", self._on_request)
        context.on("requestfailed", self._on_request_failed)
        context.on("weberror", lambda error: self.complaints.append(f"the page's script failed: {error.error}"))
        context.on("console", self._on_console)
        self.front = context.new_page()

    def open(self, address: str) -> None:
        self.front.goto(address, timeout=PAGE_SECONDS * 1000)

    def press(self, element: Locator, *, must_lead: bool) -> None:
        """The element was clicked, and the page it led to, if any, is loaded and in front.

        Args:
            must_lead: Whether a page must follow. Raises ``Lost`` otherwise.
        """
        leads = must_lead or element.evaluate(LEADS_AWAY)
        front, windows = self.front, len(self._context.pages)
        set_out, arrived = self._set_out, self._arrived

        def has_set_out() -> bool:
            return (self._set_out, self._arrived) > (set_out, arrived) or len(self._context.pages) > windows

        def has_arrived() -> bool:
            return self._arrived > arrived

        element.click(timeout=PAGE_SECONDS * 1000)
        if not leads:
            return
        if not self._wait(has_set_out, SENDING_SECONDS if must_lead else SETTING_OUT_SECONDS):
            if must_lead:
                raise Lost(f"nothing was sent within {SENDING_SECONDS} seconds")
            return
        if not self._wait(has_arrived, PAGE_SECONDS):
            raise Lost(f"the page did not come within {PAGE_SECONDS} seconds")
        if self.front is not front or not front.is_closed():
            self.front.wait_for_load_state("load", timeout=PAGE_SECONDS * 1000)

    def find(self, fits: Callable[[Page], bool], seconds: float) -> bool:
        """Whether a window fits, now or in time; then it is in front. The one in front is tried first."""
        end = time.monotonic() + seconds
        while True:
            for page in (self.front, *reversed(self._context.pages)):
                if _holds(fits, page):
                    if page is not self.front:
                        page.bring_to_front()
                        self.front = page
                    return True
            if time.monotonic() >= end:
                return False
            self._pause()

    def _wait(self, is_so: Callable[[], bool], seconds: float) -> bool:
        end = time.monotonic() + seconds
        while not is_so():
            if time.monotonic() >= end:
                return False
            self._pause()
        return True

    def _pause(self) -> None:
        """The browser's events are handled for a moment; a window may close during it."""
        try:
            self.front.wait_for_timeout(PAUSE_MS)
        except Error:
            time.sleep(PAUSE_MS / 1000)

    def _on_page(self, page: Page) -> None:
        page.on("framenavigated", self._on_navigated)
        page.on("close", self._on_close)
        self.front = page
        # It is announced when its answer comes in, which may be after it arrived.
        self._arrived += page.url != "about:blank"

    def _on_close(self, page: Page) -> None:
        others = [one for one in self._context.pages if one is not page]
        if page is self.front and others:
            self.front = others[-1]

    def _on_navigated(self, frame: Any) -> None:
        if frame.parent_frame is None and frame.url != "about:blank":
            self._arrived += 1

    def _on_request(self, request: Any) -> None:
        if request.is_navigation_request() and _is_of_a_window(request):
            self._set_out += 1
        if not request.url.startswith((self._home, "data:", "blob:")):
            self.complaints.append(f"it asks {urlsplit(request.url).netloc}")

    def _on_request_failed(self, request: Any) -> None:
        """A download, or an answer without a page: the reader stays on the page."""
        if request.is_navigation_request() and _is_of_a_window(request):
            self._arrived += 1

    def _on_console(self, message: Any) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            self.complaints.append(message.text)


def _holds(fits: Callable[[Page], bool], page: Page) -> bool:
    """Whether it fits now; a page that is loading or closing does not."""
    try:
        return not page.is_closed() and fits(page)
    except Error:
        return False


def _is_of_a_window(request: Any) -> bool:
    """Whether a window requests it, and not a frame in a page. The first request of a new window has no frame yet."""
    try:
        return request.frame.parent_frame is None
    except Error:
        return True
