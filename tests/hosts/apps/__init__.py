"""The apps, a module each."""
