"""HTTP without features: one controller for all screens, forms, guards, languages, headers and error pages."""
