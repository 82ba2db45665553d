"""The steps of articles, done in a real browser on the live screens."""
