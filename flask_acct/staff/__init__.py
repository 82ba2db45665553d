"""What the company's own people do: by no page and no command, so that both do the same.

Each act says who does it and why, and is recorded in the audit log in the transaction that does it.
"""
