"""What is asked of a document and cannot be done."""


class Refused(ValueError):
    """The text says to a person why, and what to do instead."""
