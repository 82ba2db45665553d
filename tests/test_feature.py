"""What a feature's folder brings, as others know it."""

from __future__ import annotations

import pytest

from flask_acct import config as configuration
from flask_acct.config import Config
from flask_acct.errors import AcctError
from flask_acct.extension import _together
from flask_acct.features.emails import FEATURE as EMAILS
from flask_acct.features.invitations import FEATURE as INVITATIONS
from flask_acct.features.members import FEATURE as MEMBERS
from flask_acct.features.ownership import FEATURE as OWNERSHIP
from flask_acct.features.permissions import FEATURE as PERMISSIONS
from flask_acct.web.page import View, found


def test_a_feature_says_what_happens_at_its_screens() -> None:
    assert set(EMAILS.written_in("pages")) == {screen.name for screen in EMAILS.declare(_preset()).screens}


def test_a_feature_without_a_module_has_nothing_of_it() -> None:
    assert EMAILS.written_in("notices") == ()
    assert EMAILS.written_in("routes") == ()


def test_what_is_about_the_users_of_an_account_is_left_out_where_there_are_none() -> None:
    config = _preset()
    alone = config.model_copy(update={"users": config.users.model_copy(update={"enabled": False})})
    for feature in (MEMBERS, PERMISSIONS, OWNERSHIP, INVITATIONS):
        assert feature.is_enabled(config)
        assert not feature.is_enabled(alone)


def test_the_list_of_users_is_put_together_by_three_features_and_has_no_form() -> None:
    views = [one.written_in("pages")["users.list"] for one in (MEMBERS, OWNERSHIP, INVITATIONS)]
    assert [view.post for view in views] == [None] * 3


def test_two_features_do_not_take_the_form_of_one_page() -> None:
    posted = View(post=found)
    with pytest.raises(AcctError, match="Two features take the form of one page"):
        _together(posted, posted)


def _preset() -> Config:
    return configuration.preset("client-area").on(None)
