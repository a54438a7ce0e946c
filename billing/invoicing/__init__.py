"""Documents: invoices and credit notes, their numbers, what they look like, and how they reach people."""
