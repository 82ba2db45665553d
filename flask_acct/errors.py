"""What a developer must mend is an ``AcctError`` whose text says how."""


class AcctError(Exception):
    """The root of every error flask_acct raises for a developer or operator to mend."""
