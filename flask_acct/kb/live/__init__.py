"""The help site while it is written: served from a temporary folder, and built anew where something has changed."""
