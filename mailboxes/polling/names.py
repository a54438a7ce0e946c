"""The names by which a POP3 server calls what was in the maildrop before it was added (RFC 1939 §7)."""

import hashlib
from collections.abc import Iterable

_DIGEST_OCTETS = 8
_TO_DO, _DONE = b"\0", b"\1"


class Names:
    """A set of UIDLs, each with whether the archive is through with it; nine octets each, for a row of the database."""

    def __init__(self, packed: bytes) -> None:
        step = _DIGEST_OCTETS + 1
        self._states = {
            packed[start : start + _DIGEST_OCTETS]: packed[start + _DIGEST_OCTETS : start + step]
            for start in range(0, len(packed), step)
        }

    @classmethod
    def of(cls, identities: Iterable[str]) -> "Names":
        """Return a set of these, with everything still to do."""
        return cls(b"".join(_digest(one) + _TO_DO for one in identities))

    def __contains__(self, identity: str | None) -> bool:
        return identity is not None and _digest(identity) in self._states

    def is_done(self, identity: str) -> bool:
        """Whether the archive is through with it: it is stored, or too old, or too large."""
        return self._states.get(_digest(identity)) == _DONE

    def mark_done(self, identities: Iterable[str]) -> None:
        """Remember that the archive is through with these."""
        for one in identities:
            self._states[_digest(one)] = _DONE

    def pack(self) -> bytes:
        """Return all of it in one string of octets."""
        return b"".join(digest + state for digest, state in self._states.items())

    def pack_to_do(self) -> bytes:
        """Return the same with everything to do once more."""
        return b"".join(digest + _TO_DO for digest in self._states)


def _digest(identity: str) -> bytes:
    return hashlib.blake2b(identity.encode(), digest_size=_DIGEST_OCTETS).digest()
