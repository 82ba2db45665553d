"""``flask acct new``: a project that is ready to run on a server, with everything around the app."""
