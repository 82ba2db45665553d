"""A company's articles in the book: nothing is cut, and boxes are as on the site."""

from __future__ import annotations

from datetime import date

import pytest
from PIL import Image
from pypdf import PdfReader

from flask_acct.kb.articles.knowledge_base import centre
from flask_acct.kb.site import pdf

pytestmark = pytest.mark.browser

COLUMNS = 14
LONG = "a" * 220
TEXT = f"""\
---
screens: []
tags: [account]
---
# Order *bread*

x

|{"|".join(f" Column {n} " for n in range(COLUMNS))}|
|{"---|" * COLUMNS}
|{"|".join(f" value{n}end " for n in range(COLUMNS))}|

```
curl https://example.com/{LONG}END
```

https://example.com/{LONG}LAST and `{LONG}CODE`

!!! warning "Careful"
    Do not do it.[^1]

??? note "More"
    Hidden text.

1. Open {{{{ visit("login.form") }}}}.

    ```sh
    ls  -l
    ```

![A cart](<../images/my cart.png>) [Prices](../files/prices.pdf)
[Lost](#lost) [In](sign-in.md#not-working) [All](index.md)

## Lost {{#lost}}

[^1]: A note.
"""


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> PdfReader:
    folder = tmp_path_factory.mktemp("book")
    for name in ("en", "images", "files"):
        (folder / "help" / name).mkdir(parents=True)
    (folder / "help/en/order-bread.md").write_text(TEXT, "utf-8")
    (folder / "help/files/prices.pdf").write_bytes(b"%PDF-1.4\n")
    Image.new("RGB", (8, 8)).save(folder / "help/images/my cart.png")
    toml = '[site]\nname = "Bakery"\nlocales = ["en"]\n[help]\narticles = "help"\n'
    (folder / "acct.toml").write_text(toml, "utf-8")
    (file,) = pdf.write(
        centre(str(folder / "acct.toml")), folder / "out", allow_unverified=True, today=date(2026, 1, 2)
    )
    return PdfReader(file)


@pytest.fixture(scope="module")
def text(book: PdfReader) -> str:
    return "\n".join(page.extract_text() for page in book.pages)


def test_wide_tables_long_code_and_long_addresses_are_whole(text: str) -> None:
    whole = "".join(text.split())
    for wanted in (*(f"value{n}end" for n in range(COLUMNS)), f"{LONG}END", f"{LONG}LAST", f"{LONG}CODE"):
        assert wanted in whole


def test_boxes_footnotes_and_code_in_steps_are_as_on_the_site(text: str) -> None:
    assert "!!!" not in text
    assert "???" not in text
    assert "```" not in text
    for wanted in ("Careful", "Do not do it.", "More", "Hidden text.", "ls  -l", "A note."):
        assert wanted in text


def test_links_lead_to_places_in_the_book_or_to_the_site(book: PdfReader) -> None:
    notes = [one.get_object() for page in book.pages for one in page.get("/Annots", ())]
    addresses = {note["/A"].get("/URI") for note in notes if "/A" in note}
    places = {str(note.get("/Dest") or note.get("/A", {}).get("/D")) for note in notes}
    assert "http://127.0.0.1:5000/help/en/own/files/prices.pdf" in addresses
    assert "http://127.0.0.1:5000/help/en/" in addresses
    assert not [one for one in addresses if one and "book.invalid" in one]
    assert "/order-bread.lost" in places
    assert "/sign-in.not-working" in places


def test_a_picture_whose_name_has_a_blank_is_printed(book: PdfReader) -> None:
    assert any((image.image.size if image.image else None) == (8, 8) for page in book.pages for image in page.images)
