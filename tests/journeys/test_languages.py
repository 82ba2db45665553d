"""The languages that no preset offers: their articles are true of the same screens."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from flask_acct.config import preset, preset_text, presets
from flask_acct.kb.articles.manifest import Manifest

from ..languages import IN_ARTICLES
from .conftest import Verify

pytestmark = pytest.mark.browser

FURTHER = sorted(set(IN_ARTICLES) - {locale for name in presets() for locale in preset(name).site.locales})
ARTICLES = ("recover-password", "invite-user")


@pytest.mark.parametrize("locale", FURTHER)
def test_the_articles_are_true_in_a_language_that_no_preset_offers(
    verify: Verify, records: Path, tmp_path: Path, locale: str
) -> None:
    toml = preset_text("client-area")
    offered = re.sub(r"^locales = .*$", f'locales = ["es", "es_AR", "en", "it", "{locale}"]', toml, flags=re.MULTILINE)
    (tmp_path / "acct.toml").write_text(offered, "utf-8")
    some = [part for name in ARTICLES for part in ("--articles", name)]
    done = verify("--config", str(tmp_path / "acct.toml"), "--locale", locale, "--wide", "--no-pictures", *some)
    assert done.returncode == 0, done.stderr
    assert {key.split("/")[1] for key in Manifest.read(records).checked} == {locale}
    assert len(Manifest.read(records).checked) == len(ARTICLES)
