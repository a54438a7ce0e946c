"""Contacts: kept, found, merged, and what may be written to them (SPEC S5, S6)."""
