"""Who is in an account: members, invitations, ownership."""

from __future__ import annotations

from ...feature import Feature
from . import screens
from .flows import invitations, transfers

FEATURE = Feature(
    "users",
    declare=screens.declare,
    pages="flask_acct.features.users.pages",
    notices="flask_acct.features.users.notices",
    duties=(invitations.forget_old, transfers.forget_old),
)
