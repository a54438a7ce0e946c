"""What people see of the contacts in a sequence: the list, each on its way, and what adding would do."""
