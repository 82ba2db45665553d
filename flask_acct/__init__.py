"""Sign-in, credential recovery and a help site that cannot disagree with them, from one configuration."""

from .errors import AcctError
from .extension import Acct
from .models import Account, Contact, Domain, Membership, User
from .signals import (
    account_switched,
    contact_added,
    contact_changed,
    contact_removed,
    password_changed,
    sign_in_failed,
    user_signed_in,
    user_signed_out,
)
from .subscription import Invoice, Item, Subscription
from .web.guards import public, requires
from .web.host_forms import AcctForm
from .web.presence import current_account

__all__ = [
    "Account",
    "Acct",
    "AcctError",
    "AcctForm",
    "Contact",
    "Domain",
    "Invoice",
    "Item",
    "Membership",
    "Subscription",
    "User",
    "account_switched",
    "contact_added",
    "contact_changed",
    "contact_removed",
    "current_account",
    "password_changed",
    "public",
    "requires",
    "sign_in_failed",
    "user_signed_in",
    "user_signed_out",
]
