"""The tables of acct.toml by subject. The text below a key explains it in ``acct.schema.json`` too."""
