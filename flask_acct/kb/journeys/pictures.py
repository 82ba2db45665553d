"""Pictures of pages in light and in dark, with a frame around what an article describes, and without secrets.

A page that has not changed is not photographed again: its elements, styles, typed values and marks are compared. So a
picture changes only when the page does, not when another machine draws letters a little softer. A file is named by its
content, so that two pages which look alike share one, and holds the page in light and dark if it can (see ``schemes``).
"""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from PIL import Image
from playwright.sync_api import Locator, Page

from ...declare.fields import PasswordField
from ...platform import Platform
from ..articles import fixtures
from ..articles.manifest import TakenPicture
from ..articles.schemes import name_in_dark
from . import palettes

PADDING = 20
MOST_HEIGHT = 760
"""Of a picture, in points. Of a taller page, it shows the marks and what is around them."""

AROUND = 90
FORMAT = 8
"""Part of every fingerprint; a higher number makes all pictures be taken again."""

DOTS = "\u2022" * 12
"""What replaces a secret in a picture, however long the secret is."""

SHORTEST_SECRET = 6
"""A shorter secret would also be found in words that are no secret."""

HIDE = """
([dots, fields, secrets]) => {
  const undo = [];
  const change = (owner, key, value) => {
    const before = owner[key];
    owner[key] = value;
    undo.unshift(() => { owner[key] = before; });
  };
  const told = (text) => secrets.reduce((all, secret) => all.replaceAll(secret, dots), text);
  const kinds = "input[type=password], [autocomplete~=current-password], [autocomplete~=new-password], "
    + "[autocomplete~=one-time-code], input[data-acct-secret], textarea[data-acct-secret]";
  for (const e of document.querySelectorAll("input, textarea")) {
    const isSecret = e.matches(kinds) || fields.includes(e.dataset.acct);
    const shown = isSecret && e.value ? dots : told(e.value);
    if (shown !== e.value && !["checkbox", "radio", "file", "hidden"].includes(e.type)) change(e, "value", shown);
    if (e.placeholder && told(e.placeholder) !== e.placeholder) change(e, "placeholder", told(e.placeholder));
  }
  for (const e of document.querySelectorAll("[data-acct-secret]")) {
    for (const image of e.matches("img, svg, canvas") ? [e] : e.querySelectorAll("img, svg, canvas")) {
      change(image.style, "visibility", "hidden");
    }
  }
  const texts = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const node = texts.currentNode;
    if (node.parentElement.closest("script, style")) continue;
    const timer = node.parentElement.closest("[data-acct-timer]");
    const isSecret = node.data.trim() && node.parentElement.closest("[data-acct-secret]");
    const shown = timer ? timer.dataset.acctTimer : isSecret ? dots : told(node.data);
    if (shown !== node.data) change(node, "data", shown);
  }
  return () => undo.forEach((one) => one());
}
"""

SEEN = """
(marks) => {
  const main = document.querySelector("main") || document.body;
  const shown = (marks.every((e) => main.contains(e)) ? main : document.body);
  const copy = shown.cloneNode(true);
  copy.querySelectorAll("input[type=hidden], script").forEach((e) => e.remove());
  copy.querySelectorAll("input").forEach((e) => e.removeAttribute("value"));
  const styles = [...document.styleSheets].flatMap((s) => [...s.cssRules].map((r) => r.cssText));
  const typed = [...shown.querySelectorAll("input:not([type=hidden]), select, textarea")].map((e) => e.value);
  const open = [...shown.querySelectorAll("details, dialog")].map((e) => e.open);
  const names = marks.map((e) => e.dataset.acct);
  return [copy.outerHTML, styles, typed, open, names, document.documentElement.lang, innerWidth, innerHeight];
}
"""

SHOWN = """
(ids) => {
  const shown = {};
  for (const id of ids) {
    const named = id ? `[data-acct="${id}"]` : "h1";
    const found = [...document.querySelectorAll(named)].filter((e) => e.getClientRects().length);
    if (found.length) shown[id] = found[0].innerText.replace(/\\s+/g, " ").trim();
  }
  return shown;
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
    e.style.outline = "3px solid light-dark(#c2185b, #ff80ab)";
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
([all, most, around_marks]) => {
  const main = document.querySelector("main") || document.body;
  const seen = (e) => e.getClientRects().length;
  // What a heading, a caption or a summary names belongs to it: the list under "Open invitations".
  const rank = (e) => /^H[2-6]$/.test(e.tagName) ? +e.tagName[1] : 0;
  const named = (e) => {
    const owner = e.closest("caption, th, summary, legend, dt") ? e.closest("table, details, fieldset, dl") : null;
    if (owner) return [owner];
    const heading = e.closest("h2, h3, h4, h5, h6");
    if (!heading) return [];
    let last = heading;
    while (!last.nextElementSibling && last.parentElement !== main && main.contains(last.parentElement)) {
      last = last.parentElement;
    }
    const under = [];
    for (let next = last.nextElementSibling; next; next = next.nextElementSibling) {
      const others = [next, ...next.querySelectorAll("h2, h3, h4, h5, h6")];
      if (others.some((other) => rank(other) && rank(other) <= rank(heading))) break;
      under.push(next);
    }
    return under.filter(seen);
  };
  const marked = all.filter((e) => main.contains(e) && e.tagName !== "H1");
  const parts = [...marked, ...marked.flatMap(named)];
  // A menu or box lies over the page: all of what is in it belongs to the picture, and the bar it hangs on.
  const over = all.filter((e) => !main.contains(e)).flatMap((e) => {
    const home = e.closest("details[open], dialog") || e;
    return [e.closest("header, footer") || home, ...home.querySelectorAll("*"), home].filter(seen);
  });
  const around = parts.map((e) => e.closest("form") || e);
  const whole = [...(main.querySelector("h1") || main.firstElementChild || main).parentElement.children];
  const shown = parts.length ? [...main.querySelectorAll("h1"), ...around, ...parts, ...over]
    : over.length ? over : whole.filter(seen);
  const boxes = shown.map((e) => e.getBoundingClientRect());
  const left = Math.min(...boxes.map((b) => b.left)), right = Math.max(...boxes.map((b) => b.right));
  let top = Math.min(...boxes.map((b) => b.top)), bottom = Math.max(...boxes.map((b) => b.bottom));
  if (bottom - top > most) {
    const spoken = [
      ...marked.map((e) => e.getBoundingClientRect()).map((b) => [b.top, b.bottom]),
      // Of a long list its beginning.
      ...marked.flatMap((e) => named(e).map((o) => [e.getBoundingClientRect().top, o.getBoundingClientRect().bottom]))
        .map(([begin, end]) => [begin, Math.min(end, begin + most / 2)]),
    ];
    const last = spoken.length ? Math.max(...spoken.map(([, end]) => end)) + around_marks : top + most;
    const first = spoken.length ? Math.min(...spoken.map(([begin]) => begin)) - around_marks : top;
    [top, bottom] = [last - top > most ? Math.max(top, first) : top, Math.min(bottom, last)];
    // No line is cut in two.
    for (const e of main.querySelectorAll("h1, h2, h3, p, label, legend, input, select, textarea, button, a, td, th")) {
      const b = e.getBoundingClientRect();
      if (b.height && b.top < top && b.bottom > top) top = b.top;
      if (b.height && b.top < bottom && b.bottom > bottom) bottom = b.bottom;
    }
  }
  return {
    left: left + scrollX, top: top + scrollY, right: right + scrollX, bottom: bottom + scrollY,
    width: document.documentElement.scrollWidth, height: document.documentElement.scrollHeight,
  };
}
"""


@dataclass
class Hidden:
    """What nobody may read in a picture or a report.

    Also hidden is the content of password fields, shown or not, and of elements that a host marked
    ``data-acct-secret``.
    """

    fields: tuple[str, ...] = ()
    """Ids of fields for secrets."""
    words: list[str] = field(default_factory=list)
    """The known secrets: passwords, and what came by mail."""

    @classmethod
    def of(cls, platform: Platform) -> Hidden:
        """Return the passwords of the cast, and every field declared to hold one."""
        declared = platform.declared.texts.values()
        fields = tuple(one.id for one in declared if isinstance(one, PasswordField))
        return cls(fields, [fixtures.old_password(platform.config), fixtures.new_password(platform.config)])

    def add(self, *secrets: str) -> None:
        self.words += [secret for secret in secrets if len(secret) >= SHORTEST_SECRET]

    def without(self, text: str) -> str:
        """Return the text with dots for every known secret."""
        for word in self.words:
            text = text.replace(word, DOTS)
        return text


@contextmanager
def concealed(page: Page, hidden: Hidden) -> Iterator[None]:
    """No secret can be read in the page inside this context; then the page is as before, unnoticed by scripts."""
    undo = page.evaluate_handle(HIDE, [DOTS, list(hidden.fields), hidden.words])
    try:
        yield
    finally:
        undo.evaluate("undo => undo()")


def whole(page: Page, hidden: Hidden) -> bytes:
    """Return the page as it is now, from top to bottom, as PNG."""
    with concealed(page, hidden):
        return page.screenshot(full_page=True)


def take(
    page: Page,
    marks: Sequence[Locator],
    shot: int,
    hidden: Hidden,
    *,
    folder: Path,
    known: dict[str, TakenPicture],
    slot_ids: Sequence[str] = (),
) -> TakenPicture:
    """The pictures are in the folder: the former ones if the page is the same, else new ones.

    Args:
        slot_ids: Ids of elements whose words only the page knows; an empty id stands for its heading.
    """
    page.mouse.move(0, 0)
    page.evaluate("() => document.activeElement && document.activeElement.blur()")
    page.evaluate(SETTLED)
    elements = [mark.element_handle() for mark in marks]
    with concealed(page, hidden):
        shown = page.evaluate(SHOWN, list(slot_ids))
        seen = _digest([FORMAT, *page.evaluate(SEEN, elements)])
        before = known.get(seen)
        if before and all((folder / file).is_file() for file in before.stored):
            return replace(before, shot=shot, seen=seen, shown=shown)
        light, dark = _photographs(page, elements)
    folder.mkdir(parents=True, exist_ok=True)
    file, dark_file = _save_both(light, dark, folder)
    known[seen] = TakenPicture(shot, file, light.width, light.height, seen, dark_file, shown)
    return known[seen]


def _photographs(page: Page, elements: Sequence[Any]) -> tuple[Image.Image, Image.Image]:
    """Return the same part of the page in light and in dark."""
    page.evaluate(MARK, elements)
    clip = _clip(page.evaluate(CUT, [elements, MOST_HEIGHT, AROUND]))
    images = {scheme: _photograph(page, clip, scheme) for scheme in ("dark", "light")}
    page.evaluate(UNMARK, elements)
    return images["light"], images["dark"]


def _photograph(page: Page, clip: Any, scheme: Literal["light", "dark"]) -> Image.Image:
    """Return a picture; the page stays in this scheme."""
    page.emulate_media(color_scheme=scheme)
    png = page.screenshot(full_page=True, clip=clip, animations="disabled", caret="hide")
    return Image.open(io.BytesIO(png)).convert("RGB")


def _save_both(light: Image.Image, dark: Image.Image, folder: Path) -> tuple[str, str]:
    """Return the names of the two pictures; the second is empty if the page has no dark scheme."""
    if light.tobytes() == dark.tobytes():
        return _save(palettes.alone(light), folder), ""
    if together := palettes.both(light, dark):
        file = _save(together, folder)
        return file, name_in_dark(file)
    return _save(palettes.alone(light), folder), _save(palettes.alone(dark), folder)


def _save(content: bytes, folder: Path) -> str:
    """Return the name of the file with the content."""
    file = folder / f"{hashlib.sha256(content).hexdigest()[:20]}.png"
    # Another process may take the same picture now; whichever comes last leaves a complete file.
    unfinished = file.with_name(f"{file.name}.{os.getpid()}")
    unfinished.write_bytes(content)
    unfinished.replace(file)
    return file.name


def _clip(box: dict[str, float]) -> Any:
    """Return the part to show: heading, form and marks, or else the whole page, with a margin."""
    left, top = max(0, box["left"] - PADDING), max(0, box["top"] - PADDING)
    right, bottom = min(box["width"], box["right"] + PADDING), min(box["height"], box["bottom"] + PADDING)
    return {"x": left, "y": top, "width": right - left, "height": bottom - top}


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:32]
