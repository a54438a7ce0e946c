"""How a recipient says that he wants no more, without an account (SPEC S6, RFC 8058)."""

from sequences.unsubscribing.acting import Choice, unsubscribe
from sequences.unsubscribing.tokens import enrollment_named_by, list_headers, unsubscribe_url

__all__ = ["Choice", "enrollment_named_by", "list_headers", "unsubscribe", "unsubscribe_url"]
