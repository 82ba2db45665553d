"""What has happened, for hosts to hear. Each signal's sender is the Flask app.

Sample::

    @user_signed_in.connect_via(app)
    def note(app, user, **extra): ...
"""

from __future__ import annotations

from blinker import Namespace

_signals = Namespace()

user_signed_in = _signals.signal("user-signed-in")
"""Somebody gave a right password and has a session. Carries ``user``."""

user_signed_out = _signals.signal("user-signed-out")
"""A user ended their session. Carries ``user``."""

sign_in_failed = _signals.signal("sign-in-failed")
"""Somebody's details did not fit. Carries nothing about whom they named."""

password_changed = _signals.signal("password-changed")
"""A user has a new password. Carries ``user``."""
