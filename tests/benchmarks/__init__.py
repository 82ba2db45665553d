"""Benchmarks that compare flask_acct with the same pages written by hand. See README.md."""
