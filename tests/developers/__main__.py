"""Updates what the pages for developers copy from the code: apps of tests/hosts, and docstrings."""

from .pages import PAGES, made_anew

for page in PAGES:
    page.write_text(made_anew(page), "utf-8")
