"""What readers get: the web site, its copy for offline reading, the book, and plain Markdown."""
