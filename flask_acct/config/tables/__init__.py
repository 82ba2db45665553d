"""The tables of acct.toml by subject. The docstring below a key also describes it in ``acct.schema.json``."""
