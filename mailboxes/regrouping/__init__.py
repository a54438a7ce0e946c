"""People put conversations right: they merge them, split them, and say where a message belongs (SPEC I2).

Everything happens in one transaction, with the conversations locked in the order of their ids, as receiving does. A
conversation that was merged keeps its row and its address, which leads to where its messages are. So a merge is undone
by splitting: the messages get a conversation of their own again, and the old address goes on leading where it leads.
"""

from mailboxes.regrouping.acting import join, merge, rematch, split
from mailboxes.regrouping.following import hold_surviving, surviving
from mailboxes.regrouping.holding import RegroupingRefused

__all__ = ["RegroupingRefused", "hold_surviving", "join", "merge", "rematch", "split", "surviving"]
