"""Autodiscovery: from an address to the servers of its mailbox (SPEC M16)."""
