"""Articles: their files, rendering and translation, and what a journey has seen of each."""
