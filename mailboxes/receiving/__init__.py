"""Takes stored messages through the pipeline of received mail (SPEC I6).

A window of messages is read and decided without a transaction: handlers look, think, and say what is to be written.
Then all of it is written in one transaction. A handler that fails costs its own message only, and so does a message
that the database refuses: then each message of the window is tried alone.
"""

from mailboxes.receiving.runs import receive_waiting, replay

__all__ = ["receive_waiting", "replay"]
