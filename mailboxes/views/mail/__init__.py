"""Pages of the mail itself."""
