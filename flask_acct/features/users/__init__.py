"""Who is in an account: members, invitations, ownership."""

from __future__ import annotations

from ...feature import Feature
from . import screens
from .flows import invitations, transfers

FEATURE = Feature(__name__, declare=screens.declare, duties=(invitations.forget_old, transfers.forget_old))
