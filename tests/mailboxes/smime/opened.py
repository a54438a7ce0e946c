"""Opens a mail the way the pipeline does."""

from __future__ import annotations

from datetime import datetime

from mailboxes.parsing import parse
from mailboxes.smime.opening import Opened, open_mail
from mailboxes.smime.verifying import Trust
from tests.mailboxes.smime.authority import NOW, Holder


def opened(
    raw: bytes,
    *authorities: Holder,
    keys: tuple[Holder, ...] = (),
    pinned: tuple[Holder, ...] = (),
    at: datetime = NOW,
) -> Opened:
    """Open `raw` for an account that trusts `authorities` and holds `keys`."""
    trust = Trust(
        tuple(one.certificate for one in authorities), frozenset(one.certificate.fingerprint for one in pinned)
    )
    return open_mail(raw, parse(raw), identities=[one.identity for one in keys], trust=trust, at=at)
