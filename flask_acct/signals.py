"""Signals, for hosts to listen to. Each signal's sender is the Flask app.

Sample::

    @user_signed_in.connect_via(app)
    def note(app, user, **extra): ...

A receiver may be a coroutine, ``async def``.
"""

from __future__ import annotations

from blinker import Namespace

_signals = Namespace()

user_signed_in = _signals.signal("user-signed-in")
"""Somebody typed the right password and has a session. Carries ``user``."""

user_signed_out = _signals.signal("user-signed-out")
"""A user ended their session. Carries ``user``."""

sign_in_failed = _signals.signal("sign-in-failed")
"""Somebody's details were wrong. Carries nothing about whom they named."""

sign_in_tried = _signals.signal("sign-in-tried")
"""The sign-in form was sent, whatever came of it. Carries ``outcome`` and nothing about whom: ``signed_in``, ``wrong``,
``too_many``, ``stopped`` by the host, ``elsewhere_first`` or ``new_password_first``."""

account_switched = _signals.signal("account-switched")
"""A user has another account in view. Carries ``user`` and ``account``."""

contact_added = _signals.signal("contact-added")
"""An account has a new contact. Carries ``contact``."""

contact_changed = _signals.signal("contact-changed")
"""A contact has another name or address, or gets other mails. Carries ``contact``."""

contact_removed = _signals.signal("contact-removed")
"""A contact was deleted. Carries ``contact``, as it was."""

account_changed = _signals.signal("account-changed")
"""The details of an account have changed. Carries ``account``."""

account_state_changed = _signals.signal("account-state-changed")
"""An account has become active, suspended or closed. Carries ``account`` and ``was``, the old state."""

email_changed = _signals.signal("email-changed")
"""A user has another address, which they confirmed. Carries ``user`` and ``was``, the old one."""

username_changed = _signals.signal("username-changed")
"""A user has another user name. Carries ``user`` and ``was``, the old one."""

user_changed = _signals.signal("user-changed")
"""A user has another name, language or time zone. Carries ``user``."""

user_invited = _signals.signal("user-invited")
"""An invitation is on its way to an address, for the first time or again. Carries ``invitation``, ``account``."""

invitation_revoked = _signals.signal("invitation-revoked")
"""The owner took an invitation back. Carries ``invitation``, ``account``."""

invitation_accepted = _signals.signal("invitation-accepted")
"""Somebody invited is in the account. Carries ``invitation``, ``account``, ``user``."""

invitation_declined = _signals.signal("invitation-declined")
"""Somebody invited does not want the access. Carries ``invitation``, ``account``."""

user_joined = _signals.signal("user-joined")
"""There is a new user, made by an invitation or by signing up. Carries ``user``."""

user_signed_up = _signals.signal("user-signed-up")
"""A stranger has signed up and is a user. Carries ``user`` and ``account``, their own; ``None`` if they got none."""

permissions_changed = _signals.signal("permissions-changed")
"""The owner chose what a user may do. Carries ``membership``."""

user_removed = _signals.signal("user-removed")
"""The owner took a user's access away. Carries ``user``, ``account``."""

user_left = _signals.signal("user-left")
"""A user gave their access up. Carries ``user``, ``account``."""

ownership_offered = _signals.signal("ownership-offered")
"""The owner offered the account to one of its users. Carries ``transfer``, ``account``."""

ownership_offer_revoked = _signals.signal("ownership-offer-revoked")
"""The owner took the offer back. Carries ``account``."""

ownership_declined = _signals.signal("ownership-declined")
"""A user did not want to be the owner. Carries ``user``."""

ownership_transferred = _signals.signal("ownership-transferred")
"""The account has another owner. Carries ``account``, ``old``, ``new``."""

password_changed = _signals.signal("password-changed")
"""A user has a new password. Carries ``user``."""

user_deleting = _signals.signal("user-deleting")
"""A user is about to be deleted; what a receiver raises stops it. Carries ``user`` and ``db``, the session in whose
transaction it happens: delete there what your own tables hold about them."""

user_deleted = _signals.signal("user-deleted")
"""A user was deleted. Carries ``user``, as they were."""

account_deleting = _signals.signal("account-deleting")
"""An account is about to be deleted; what a receiver raises stops it. Carries ``account`` and ``db``, the session in
whose transaction it happens. ``user_deleting`` has been sent for each user who goes with it."""

account_deleted = _signals.signal("account-deleted")
"""An account was deleted. Carries ``account``, as it was."""
