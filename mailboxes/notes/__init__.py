"""What colleagues write to each other in a conversation (SPEC Q4): no correspondent ever gets it."""
