"""The project's own site has the pages for developers and operators as well. Only its mkdocs.yml names this hook."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.plugins import event_priority

OWN_PAGES = ("developers", "operators")


@event_priority(-200)  # Once the help site is whole.
def on_post_build(config: Any) -> None:
    """``/developers/`` and ``/operators/`` are beside the languages, after the first build, which makes all of them."""
    plugin = config.plugins["acct"]
    if plugin.locale is not None:
        return
    for name in OWN_PAGES:
        site = str(Path(plugin.out) / name)
        build(load_config(str(Path(__file__).with_name(f"{name}.yml")), strict=config.strict, site_dir=site))
