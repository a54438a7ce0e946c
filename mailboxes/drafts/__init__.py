"""What people are writing: saved as they type, found again on any machine, seen by them alone (SPEC Q3)."""
