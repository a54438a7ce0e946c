"""Contacts from a file (SPEC S5): tried first with a result for each row, written in batches, and undone if wrong.

The work is a row with a state, a lease and a position: whichever worker comes goes on behind the last row that was
committed. Nothing here clears the standing of an address: who has unsubscribed stays so.
"""
