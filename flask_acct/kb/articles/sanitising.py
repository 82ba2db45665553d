"""What a page may contain: the elements, attributes and addresses that authors can write, and nothing else.

The author of an article is not the operator: they may not run a script, show a frame, send a form, nor read anything.
What is not listed here is reported by ``kb check``, and removed from every page and book by nh3, whatever the parser
did.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit
from xml.parsers import expat

from . import addresses
from .parsed import MarkdownLink, ParsedPage, Tag

EVERYWHERE = frozenset({"class", "dir", "id", "lang", "title"})

HTML: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(
        [
            "abbr", "b", "bdi", "bdo", "br", "cite", "code", "dd", "del", "dfn", "div", "dl", "dt", "em",
            "figcaption", "figure", "hr", "i", "ins", "kbd", "mark", "p", "pre", "q", "s", "samp", "small",
            "span", "strong", "sub", "summary", "sup", "tbody", "tfoot", "thead", "time", "tr", "u", "ul",
            "var", "wbr", "caption",
        ],
        frozenset(),
    ),
    "a": frozenset({"name"}),
    "details": frozenset({"open"}),
    "li": frozenset({"value"}),
    "ol": frozenset({"reversed", "start", "type"}),
    "table": frozenset(),
    "td": frozenset({"align", "colspan", "rowspan"}),
    "th": frozenset({"align", "colspan", "rowspan", "scope"}),
}  # fmt: skip
"""The elements that may be written as HTML, with the attributes each may have besides ``EVERYWHERE``."""

MADE: Mapping[str, frozenset[str]] = {
    **HTML,
    **dict.fromkeys(("blockquote", "h1", "h2", "h3", "h4", "h5", "h6"), frozenset()),
    "a": frozenset({"href", "name", "target"}),
    "img": frozenset({"alt", "height", "loading", "src", "width"}),
}
"""Those that Markdown makes as well."""

SCHEMES = frozenset({"http", "https", "mailto", "tel"})

INSTEAD = {
    "a": "[words](sign-in.md)",
    "img": "![what it shows](cart.png)",
    "h1": "# The heading",
    **{f"h{level}": f"{'#' * level} A heading" for level in range(2, 7)},
    "blockquote": "> Words",
    **dict.fromkeys(
        ("audio", "embed", "iframe", "object", "source", "video"), '{{ video("../videos/order.mp4", "What it shows") }}'
    ),
}

OUR_CLASSES = frozenset({"acct-term", "acct-video", "md-button", "md-button--primary"})

SVG = frozenset(
    [
        "svg", "g", "defs", "symbol", "use", "title", "desc", "metadata", "path", "rect", "circle",
        "ellipse", "line", "polyline", "polygon", "text", "tspan", "textPath", "linearGradient",
        "radialGradient", "stop", "clipPath", "mask", "pattern", "marker", "image", "filter",
        "feGaussianBlur", "feOffset", "feBlend", "feColorMatrix", "feComposite", "feFlood", "feMerge",
        "feMergeNode", "feDropShadow", "feMorphology", "style", "switch", "view",
        ]
)  # fmt: skip


def faults(page: ParsedPage) -> Iterator[tuple[int, str]]:
    """Yield what a page contains and would be removed from it, by line."""
    for tag in page.tags:
        yield from ((tag.line, what) for what in _tag_faults(tag))
    for link in page.links:
        if what := address_fault(link):
            yield link.spot.line, what


def _tag_faults(tag: Tag) -> Iterator[str]:
    allowed = HTML if tag.is_html else MADE
    if tag.name not in allowed:
        kind = "a picture as " if tag.name == "img" else ""
        fix = f"Write {kind}{INSTEAD[tag.name]}" if tag.name in INSTEAD else "Write it in Markdown, or as text: &lt;"
        yield f"has <{tag.name}>, which pages do not show. {fix}"
        return
    for name, value in tag.attributes:
        is_told_elsewhere = name in ("href", "src") or (name == "id" and re.fullmatch("h[1-6]", tag.name))
        if is_told_elsewhere and not tag.is_html:
            continue
        if name == "href":
            yield f'has <a href="{value}">, whose address nobody looks after. Write {INSTEAD["a"]}'
        elif _clean_value(tag.name, name, value) != value:
            written = f'{name}="{value}"' if value else name
            yield f"has {written} at <{tag.name}>, which pages do not take from an article. Delete it"


def address_fault(link: MarkdownLink) -> str:
    """Return why a page may not link to an address; empty if it may."""
    try:
        scheme = urlsplit(_bare(link.address)).scheme
    except ValueError:
        return f"leads to {link.address}, which is no address"
    if scheme and scheme not in SCHEMES:
        return f"leads to {link.address}. An address begins with https:, http:, mailto: or tel:, or is that of a page"
    return "" if link.is_picture else addresses.fault(link.address)


def _bare(address: str) -> str:
    """Return the address as a browser reads it: without control characters and the spaces around it."""
    return re.sub(r"[\x00-\x1f\x7f]", "", address).strip().lower()


def clean(html: str) -> str:
    """Return the HTML of a page with nothing in it but what is listed here."""
    import nh3

    attributes = {name: {*EVERYWHERE, *own} for name, own in MADE.items()}
    return nh3.clean(
        html,
        tags=set(MADE),
        clean_content_tags={"script", "style"},
        attributes=attributes,
        attribute_filter=_clean_value,
        url_schemes=set(SCHEMES),
        link_rel=None,
    )


def _clean_value(tag: str, name: str, value: str) -> str | None:
    """Return what stays of an attribute's value; ``None`` for nothing."""
    if name not in EVERYWHERE and name not in MADE.get(tag, ()):
        return None
    if name == "class":
        words = [word for word in value.split() if word in OUR_CLASSES or not word.startswith(("md-", "acct-", "js-"))]
        return " ".join(words) if len(words) < len(value.split()) else value
    if name in ("id", "name"):
        # The theme finds its own settings by such an id.
        return None if value.startswith("_") else value
    if name == "target":
        return value if value == "_blank" else None
    return value


def svg_fault(file: Path) -> str:
    """Return why an SVG file is more than a picture; empty if it is not. Opened alone it is a page of the site."""
    found: list[str] = []

    def begin(name: str, attributes: Mapping[str, str]) -> None:
        space, _, local = name.rpartition("}")
        if local not in SVG and space in ("", "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xhtml"):
            found.append(f"<{local}>")
        for key, value in attributes.items():
            attribute = key.rpartition("}")[2].lower()
            leads = attribute in ("href", "src") and not value.strip().startswith(
                ("#", "data:image/png", "data:image/jpeg")
            )
            if (
                attribute.startswith("on")
                or leads
                or re.search(r"url\(\s*['\"]?(?!#)|javascript:", value, re.IGNORECASE)
            ):
                found.append(f"{attribute}=")

    def words(text: str) -> None:
        if re.search(r"@import|url\(\s*['\"]?(?!#)", text, re.IGNORECASE):
            found.append("url(…)")

    def entity(*_: object) -> None:
        # Not read further: a few of them can be written to fill the memory.
        raise ValueError("it has <!ENTITY>")

    parser = expat.ParserCreate(namespace_separator="}")
    parser.StartElementHandler, parser.CharacterDataHandler = begin, words
    parser.EntityDeclHandler = entity
    parser.ProcessingInstructionHandler = lambda target, _: found.append(f"<?{target}?>")
    try:
        parser.Parse(file.read_bytes(), True)
    except expat.ExpatError as error:
        return f"it cannot be read: {error}"
    except ValueError as error:
        return str(error)
    return f"it has {', '.join(dict.fromkeys(found))}" if found else ""
