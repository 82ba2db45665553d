"""Invitations: sent by the owner of an account to one email address, and accepted or declined by whoever reads them.

The link in the message proves the address. To accept, a user must have it as their verified address. Opening the link
does not spend it.
"""
