"""Tests of ``flask acct new``. That its files run is shown by tests/deploy."""
