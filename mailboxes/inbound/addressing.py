"""Which mailbox does a forward path name?"""

import re
from dataclasses import dataclass

from mailboxes.inbound import replies
from mailboxes.inbound.replies import Refused

# As `mailboxes.models.mailboxes.new_direct_token` makes them. Its form is no secret, so whatever has another one is
# refused without a look at the database.
_TOKEN = re.compile(r"[a-z2-7]{16}")
_QUOTED_PAIR = re.compile(r"\\(.)")
# Each domain has to take in mail for the first (RFC 5321 §4.5.1); complaints go to the second (RFC 2142).
_OPERATORS_NAMES = ("postmaster", "abuse")


@dataclass(frozen=True)
class DirectAddress:
    """A direct address as the client wrote it; `detail` is what stands after a `+`."""

    token: str
    detail: str
    addr_spec: str


@dataclass(frozen=True)
class Directory:
    """The domain of direct addresses, and the token of the mailbox that gets the operator's mail ("" when none)."""

    domain: str
    operators_token: str = ""

    def read(self, path: str) -> DirectAddress:
        """Return what the path names; raise Refused when it is not of this domain, or nobody's for sure."""
        if path.lower() == "postmaster":
            path = f"{path}@{self.domain}"
        local_part, at, domain = path.rpartition("@")
        if not at or not local_part:
            raise Refused(replies.BAD_RECIPIENT)
        if domain.lower().removesuffix(".") != self.domain:
            raise Refused(replies.RELAY_DENIED)
        name, _plus, detail = _unquoted(local_part).partition("+")
        token = name.lower()
        if token in _OPERATORS_NAMES and self.operators_token:
            token = self.operators_token
        if not _TOKEN.fullmatch(token):
            raise Refused(replies.MAILBOX_UNKNOWN)
        return DirectAddress(token, detail, path)


def _unquoted(local_part: str) -> str:
    """A quoted local part means what it quotes (RFC 5321 §4.1.2)."""
    if len(local_part) >= 2 and local_part[0] == local_part[-1] == '"':
        return _QUOTED_PAIR.sub(r"\1", local_part[1:-1])
    return local_part
