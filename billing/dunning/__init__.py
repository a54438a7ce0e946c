"""What happens when an invoice is not paid: reminders, then less and less, and never a deletion (SPEC B5)."""
