"""Forms of mailboxes."""
