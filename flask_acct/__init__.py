"""Sign-in, credential recovery and a help site that cannot disagree with them, from one configuration."""

from .accounts.subscription import Invoice, Item, Subscription
from .db.models import Account, Contact, Domain, Membership, User
from .errors import AcctError
from .extension import Acct
from .from_python import (
    AddressInUse,
    AlreadyInvited,
    AlreadyMember,
    CannotSignIn,
    NotPermitted,
    PeopleError,
    TooManyInvitations,
    UsernameInUse,
    WeakPassword,
    WrongValue,
)
from .security.admission import Attempt, Refuse
from .signals import (
    account_deleted,
    account_deleting,
    account_state_changed,
    account_switched,
    contact_added,
    contact_changed,
    contact_removed,
    email_changed,
    password_changed,
    sign_in_failed,
    user_deleted,
    user_deleting,
    user_signed_in,
    user_signed_out,
)
from .web.current import current_account
from .web.guards import public, requires
from .web.host_forms import AcctForm
from .web.nav import Badge
from .web.news import News

__all__ = [
    "Account",
    "Acct",
    "AcctError",
    "AcctForm",
    "AddressInUse",
    "AlreadyInvited",
    "AlreadyMember",
    "Attempt",
    "Badge",
    "CannotSignIn",
    "Contact",
    "Domain",
    "Invoice",
    "Item",
    "Membership",
    "News",
    "NotPermitted",
    "PeopleError",
    "Refuse",
    "Subscription",
    "TooManyInvitations",
    "User",
    "UsernameInUse",
    "WeakPassword",
    "WrongValue",
    "account_deleted",
    "account_deleting",
    "account_state_changed",
    "account_switched",
    "contact_added",
    "contact_changed",
    "contact_removed",
    "current_account",
    "email_changed",
    "password_changed",
    "public",
    "requires",
    "sign_in_failed",
    "user_deleted",
    "user_deleting",
    "user_signed_in",
    "user_signed_out",
]
