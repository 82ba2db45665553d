"""The staff area: customers, their people, requests, mails, the help site's readers, and the log of what staff did."""

from __future__ import annotations

from ...feature import Feature
from ...staff import cases, members, users
from . import screens

FEATURE = Feature(
    __name__,
    declare=screens.declare,
    duties=(cases.forget_old, members.forget_ended, users.change_due_addresses, users.forget_old),
    roles={"staff_sign_in": "staff.sign_in"},
)
