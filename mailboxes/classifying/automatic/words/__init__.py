"""What automatic answers say, in the languages that people use; regular expressions for folded text."""
