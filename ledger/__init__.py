"""Evidence without personal data, kept for years. Knows the rules package only."""
