"""What is passed by for speed changes no page."""

from __future__ import annotations

import random
from xml.etree.ElementTree import Element, SubElement

import pytest
from markdown import Markdown
from markdown.blockprocessors import BlockProcessor
from markdown.extensions import Extension

from flask_acct.kb.articles.content import shipped
from flask_acct.kb.articles.markdown import EXTENSION_CONFIGS, EXTENSIONS
from flask_acct.kb.articles.prose import Prose

OURS = f"{Prose.__module__}:{Prose.__name__}"
SIGNS = (
    "*", "**", "_", "__", "`", "``", "[", "]", "(", ")", "<", "<b>", "</b>", "&", "&amp;", "\\", "\n", "\n\n", "  \n",
    "1. ", "- ", "    ", "> ", "!", "{#id}", "{: .x}", "| a | b |\n|---|---|\n| c | d |\n", "# ", "!!! note\n    ",
    "??? x\n    ", "[^1]", "[^1]: t\n", "[x]: y\n", "https://a.example ", "<a@b.example>", "\ue0101\ue011", "```\n",
    "2. ", "\n   ", "\n\n\n", "x\n", "x|y\n-|-\n", "===\n", "---\n", "--- \n", "Term\n: what\n", "\ue0020\ue003", "5 ",
    "<div>", "</div>", "a_b_c", "\x02", "\x03", "\x02klzzwxh:0000\x03", "\x02wzxhzdk:0\x03",
)  # fmt: skip


def _parser(*more: str, aside: bool = True) -> Markdown:
    known = [one for one in EXTENSIONS if aside or one != OURS]
    assert (OURS in known) is aside
    return Markdown(extensions=[*known, *more], extension_configs={**EXTENSION_CONFIGS})


def test_every_text_gives_the_same_page_with_its_prose_passed_by() -> None:
    fast, slow = _parser(), _parser(aside=False)
    draw = random.Random(11)
    texts = [file.read_text("utf-8") for file in sorted((shipped().folder / "es").glob("*.md"))]
    texts += ["".join(draw.choices(("word ", "Über ", *SIGNS), k=draw.randint(3, 50))) for _ in range(600)]
    for text in texts:
        assert fast.reset().convert(text) == slow.reset().convert(text), text
        assert fast.toc_tokens == slow.toc_tokens, text


@pytest.mark.parametrize(
    ("extension", "text"),
    [
        ("pymdownx.tilde", "It is ~~gone~~ now"),
        ("pymdownx.caret", "It is ^^new^^ now"),
        ("pymdownx.mark", "It is ==marked== now"),
        ("pymdownx.keys", "Press ++enter++ now"),
        ("pymdownx.emoji", "It is :smile: now"),
        ("pymdownx.smartsymbols", "It is (c) ours"),
        ("pymdownx.magiclink", "See https://example.com now"),
        ("smarty", "It is -- so to say -- new"),
        ("nl2br", "One line\nand another"),
        ("wikilinks", "See _x_ [[Page]]"),
        ("abbr", "The CSV is here\n\n*[CSV]: comma-separated values"),
    ],
)
def test_what_a_host_has_looked_for_in_text_is_found(extension: str, text: str) -> None:
    made = _parser(extension).convert(text)
    assert made == _parser(extension, aside=False).convert(text)
    assert made != _parser().convert(text)


class _Shouted(BlockProcessor):
    """Blocks that begin with a word of a host's choice are headings."""

    def test(self, parent: Element, block: str) -> bool:
        return block.startswith("NOTE ")

    def run(self, parent: Element, blocks: list[str]) -> None:
        SubElement(parent, "h2").text = blocks.pop(0)


class _Shouting(Extension):
    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        md.parser.blockprocessors.register(_Shouted(md.parser), "shouted", 25)


def test_what_a_host_has_made_of_a_block_is_made() -> None:
    known = Markdown(extensions=[*EXTENSIONS, _Shouting()], extension_configs={**EXTENSION_CONFIGS})
    assert known.convert("NOTE this") == '<h2 id="note-this">NOTE this</h2>'
