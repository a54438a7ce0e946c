"""Sequences of mail to contacts: who gets them, when, through which outgoing server, and what stops them."""
