"""What people see of contacts and sequences."""
