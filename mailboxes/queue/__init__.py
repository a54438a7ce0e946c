"""The queue: conversations as people find them, and what they do with several at once (SPEC Q1, Q4)."""
