"""Pages on which mailboxes and their servers are set up."""
