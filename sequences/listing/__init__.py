"""The list of sequences: what a person asked for, and how each of them does."""
