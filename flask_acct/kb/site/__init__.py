"""What readers get: the web site, its copy to take away, the book, and plain Markdown."""
