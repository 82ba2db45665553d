"""Videos in articles: declared by a slot, from an origin that acct.toml lists, and never HTML of the author's."""

from __future__ import annotations

import re
from html import escape, unescape
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from ...config import Config

PLAYED = (".mp4", ".webm")
"""What a browser plays by itself; anything else of a listed origin is the page of a player."""

LINK = re.compile(r"<a ([^>]*)>(.*?)</a>", re.DOTALL)
HREF = re.compile(r'href="([^"]*)"')

SANDBOX = "allow-scripts allow-same-origin allow-presentation"


def fault(address: str, config: Config) -> str:
    """Return why an article may not show a video, or an empty text if it may."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "which is no address"
    if not (parts.scheme or parts.netloc):
        suffix = PurePosixPath(parts.path).suffix.lower()
        return "" if suffix in PLAYED else f"which is not one that browsers play. Use one of: {', '.join(PLAYED)}"
    origin = f"{parts.scheme}://{parts.netloc}".lower()
    if origin in config.help.video_origins:
        return ""
    return f'of an origin that is not listed. Add it to acct.toml: [help] video_origins = ["{origin}"]'


def shown(page_html: str, config: Config) -> str:
    """Return a page with its videos instead of the links to them.

    Judged by the address, whoever wrote the link: one that only claims to be a video is shown only if it may be.
    """
    if "acct-video" not in page_html:
        return page_html

    def show(link: re.Match[str]) -> str:
        href = HREF.search(link[1])
        if 'class="acct-video"' not in link[1] or href is None or fault(unescape(href[1]), config):
            return link[0]
        address, title = href[1], escape(unescape(re.sub(r"<[^>]*>", "", link[2])))
        if PurePosixPath(urlsplit(unescape(address)).path).suffix.lower() in PLAYED:
            played = f'controls preload="metadata" src="{address}" aria-label="{title}"'
            return f'<video class="acct-video" {played}>{link[0]}</video>'
        return (
            f'<iframe class="acct-video" src="{address}" title="{title}" loading="lazy" allowfullscreen '
            f'sandbox="{SANDBOX}" referrerpolicy="strict-origin-when-cross-origin"></iframe>'
        )

    return LINK.sub(show, page_html)
