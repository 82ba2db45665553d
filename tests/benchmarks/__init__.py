"""Figures measured side by side: flask_acct beside the same pages written by hand. See README.md."""
