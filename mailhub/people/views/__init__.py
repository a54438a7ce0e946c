"""Pages about people: those of an account, and one's own security and sessions."""
