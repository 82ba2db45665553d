"""A shop of some years ago, before it takes flask_acct and after."""
