"""Articles: found, rendered, translated, and what a journey has seen of each."""
