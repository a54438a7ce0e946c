"""What asn1crypto raises on structures that are damaged, translated once."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from mailboxes.smime.elements import Malformed


@contextmanager
def as_malformed() -> Iterator[None]:
    """Turn the exceptions of asn1crypto, and of the values that it makes, into Malformed."""
    try:
        yield
    except Malformed:
        raise
    except _LIBRARY_ERRORS as error:
        # Words of the library quote octets of the mail over many lines.
        raise Malformed("It is damaged, or not S/MIME at all.") from error


_LIBRARY_ERRORS = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OverflowError,
    RecursionError,
    MemoryError,
    zlib.error,
)
