"""The extensions of the app, made once and given the app in ``create_app``."""

from flask_acct import Acct

acct = Acct()
