"""Sender health: what a domain publishes so that others believe its mail (SPEC M29)."""
