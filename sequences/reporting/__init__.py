"""What became of the mails of sequences, in numbers and as plots (SPEC S7)."""
