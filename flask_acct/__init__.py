"""Sign-in, credential recovery and a help site that cannot disagree with them, from one configuration."""

from .errors import AcctError
from .extension import Acct
from .models import Account, Domain, Membership, User
from .signals import password_changed, sign_in_failed, user_signed_in, user_signed_out
from .web.guards import requires
from .web.presence import current_account

__all__ = [
    "Account",
    "Acct",
    "AcctError",
    "Domain",
    "Membership",
    "User",
    "current_account",
    "password_changed",
    "requires",
    "sign_in_failed",
    "user_signed_in",
    "user_signed_out",
]
