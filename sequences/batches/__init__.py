"""What is done with many contacts of a sequence: chosen, then worked through some hundred at a time."""
