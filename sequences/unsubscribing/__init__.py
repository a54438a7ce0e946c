"""How a recipient says that he wants no more, without an account (SPEC S6, RFC 8058)."""

from sequences.unsubscribing.acting import Choice, unsubscribe, unsubscribe_address
from sequences.unsubscribing.tokens import Named, list_headers, read_token, unsubscribe_url

__all__ = ["Choice", "Named", "list_headers", "read_token", "unsubscribe", "unsubscribe_address", "unsubscribe_url"]
