"""Steps of the pipelines, in the order that settings.PIPELINES gives them."""

from mailboxes.handlers.filing import file_in_conversation
from mailboxes.handlers.matching import match
from mailboxes.handlers.settling import record_settled

__all__ = ["file_in_conversation", "match", "record_settled"]
