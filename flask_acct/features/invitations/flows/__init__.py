"""An invitation: offered to one address, by the owner of an account, and accepted or declined by whoever reads it.

The link in its message proves the address; what is accepted needs a user whose verified address it is. Opening the
link spends nothing.
"""
