"""The apps, one per module."""
