"""Pictures of pages, with a frame around what an article speaks of.

A picture is named by what it shows: the page's elements, styles, typed values and marks. The same page is not taken
twice, so a picture changes only when the page did, not when another machine draws letters a shade softer.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Locator, Page

from .manifest import Taken

SCALE = 2
PADDING = 20
FORMAT = 3
"""Part of every fingerprint; a higher number has all pictures taken anew."""

SEEN = """
(marks) => {
  const main = document.querySelector("main").cloneNode(true);
  main.querySelectorAll("input[type=hidden], script").forEach((e) => e.remove());
  const styles = [...document.styleSheets].flatMap((s) => [...s.cssRules].map((r) => r.cssText));
  const typed = [...document.querySelectorAll("main input:not([type=hidden]), main select, main textarea")]
    .map((e) => e.type === "password" ? e.value.length : e.value);
  return [main.outerHTML, styles, typed, marks, document.documentElement.lang, innerWidth, innerHeight];
}
"""

SETTLED = """
async () => {
  await document.fonts.ready;
  const waiting = [...document.images].filter((i) => !i.complete);
  await Promise.all(waiting.map((i) => new Promise((done) => { i.onload = i.onerror = done; })));
}
"""

MARK = """
(all) => {
  for (const e of all) {
    e.style.outline = "3px solid #c2185b";
    e.style.outlineOffset = "3px";
  }
}
"""

UNMARK = """
(all) => {
  for (const e of all) {
    e.style.outline = e.style.outlineOffset = "";
    if (!e.getAttribute("style")) e.removeAttribute("style");
  }
}
"""

CUT = """
(all) => {
  const main = document.querySelector("main");
  const parts = all.filter((e) => e.tagName !== "H1");
  const around = parts.map((e) => e.closest("form") || e);
  const whole = [...(main.querySelector("h1") || main.firstElementChild).parentElement.children];
  const shown = parts.length ? [...main.querySelectorAll("h1"), ...around, ...all]
    : whole.filter((e) => e.getClientRects().length);
  const boxes = shown.map((e) => e.getBoundingClientRect());
  return {
    left: Math.min(...boxes.map((b) => b.left)) + scrollX, top: Math.min(...boxes.map((b) => b.top)) + scrollY,
    right: Math.max(...boxes.map((b) => b.right)) + scrollX, bottom: Math.max(...boxes.map((b) => b.bottom)) + scrollY,
    width: document.documentElement.scrollWidth, height: document.documentElement.scrollHeight,
  };
}
"""


def take(page: Page, marks: Sequence[Locator], shot: int, *, folder: Path, known: dict[str, Taken]) -> Taken:
    """The picture is in the folder: the one of earlier if the page is the same, else a new one."""
    page.mouse.move(0, 0)
    page.evaluate("() => document.activeElement && document.activeElement.blur()")
    page.evaluate(SETTLED)
    names = [mark.get_attribute("data-acct") for mark in marks]
    seen = _digest([FORMAT, *page.evaluate(SEEN, names)])
    before = known.get(seen)
    if before and (folder / before.file).is_file():
        return Taken(shot, before.file, before.width, before.height, seen)
    image = Image.open(io.BytesIO(_photograph(page, marks)))
    folder.mkdir(parents=True, exist_ok=True)
    file = f"{seen[:20]}.webp"
    # Another process may take the same picture now; whoever comes last leaves a whole file all the same.
    unfinished = folder / f"{file}.{os.getpid()}"
    image.convert("RGB").save(unfinished, "WEBP", lossless=True, method=4)
    unfinished.replace(folder / file)
    known[seen] = Taken(shot, file, image.width, image.height, seen)
    return known[seen]


def _photograph(page: Page, marks: Sequence[Locator]) -> bytes:
    elements = [mark.element_handle() for mark in marks]
    page.evaluate(MARK, elements)
    clip = _clip(page.evaluate(CUT, elements))
    image = page.screenshot(full_page=True, clip=clip, animations="disabled", caret="hide")
    page.evaluate(UNMARK, elements)
    return image


def _clip(box: dict[str, float]) -> Any:
    """What is shown: heading, form and marks, or else the whole page, with some paper around them."""
    left, top = max(0, box["left"] - PADDING), max(0, box["top"] - PADDING)
    right, bottom = min(box["width"], box["right"] + PADDING), min(box["height"], box["bottom"] + PADDING)
    return {"x": left, "y": top, "width": right - left, "height": bottom - top}


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:32]
