"""Full-text search in mail and notes (SPEC Q1): what is indexed, the language of the search field, finding."""

from mailboxes.searching.indexing import forget, index_note, index_sent
from mailboxes.searching.narrowing import narrow
from mailboxes.searching.queries import SearchRefused

__all__ = ["SearchRefused", "forget", "index_note", "index_sent", "narrow"]
