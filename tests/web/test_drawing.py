"""A declared screen as its template gets it."""

from __future__ import annotations

from flask_acct import config, features
from flask_acct.web.drawing import draw


def test_ways_on_that_follow_each_other_stand_in_one_group() -> None:
    platform = features.platform(config.preset("client-area").on(None))
    screen = platform.declared.screens["profile.me"]
    drawn = draw(screen, screen.parts, platform, "en")
    groups = [{one.name for one in group} for group in (*drawn.above, *drawn.after)]
    assert any({"email_again", "email_cancel"} <= group for group in groups)
