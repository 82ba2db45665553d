"""HTTP without features: one controller for every screen, forms, guards, languages, headers and error pages."""
