"""The pages for operators name what there is: pages, presets, and every command is one that is run."""

from __future__ import annotations

import re
import tomllib

import yaml

from flask_acct import config

from . import guide

OF_THIS_GUIDE = (*guide.STORY, *guide.AFTERWARDS, "index", "moving", "many-machines")


def test_links_between_the_pages_lead_somewhere() -> None:
    for page in guide.FOLDER.glob("*.md"):
        text = guide.BLOCK.sub("", page.read_text("utf-8"))
        for name in re.findall(r"\]\((\w[\w-]*\.md)", text):
            assert (guide.FOLDER / name).is_file(), f"{page.name}: {name}"


def test_every_page_of_the_guide_is_in_its_menu() -> None:
    menu = yaml.safe_load(guide.FOLDER.with_name("operators.yml").read_text("utf-8"))["nav"]
    assert {f"{page}.md" for page in OF_THIS_GUIDE} <= set(menu)


def test_commands_stand_only_in_pages_that_are_followed() -> None:
    followed = {*guide.STORY, *guide.AFTERWARDS}
    assert [page for page in OF_THIS_GUIDE if page not in followed and guide.commands(page)] == []


def test_every_preset_is_in_the_table() -> None:
    told = re.findall(r"^\| `([\w-]+)` \|", (guide.FOLDER / "install.md").read_text("utf-8"), re.MULTILINE)
    assert sorted(told) == sorted(config.presets())


def refused(block: guide.GuideBlock) -> bool:
    """Whether a block shows settings that acct.toml may not have."""
    try:
        config.Config.model_validate(tomllib.loads(block.text))
    except ValueError:
        return True
    return False


def test_settings_that_are_shown_are_settings() -> None:
    shown = [block for page in OF_THIS_GUIDE for block in guide.blocks(page) if block.kind == "toml"]
    assert shown
    assert [str(block) for block in shown if refused(block)] == []


def test_a_setting_that_is_none_would_be_found() -> None:
    assert refused(guide.GuideBlock("mail", 1, "toml", "[mail]\nfromm = 1\n"))
