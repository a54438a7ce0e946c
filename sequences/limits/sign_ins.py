"""Whose quota mail counts towards: that of a sign-in, which all servers with its host, port and user name share."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from typing import Self

from django.db.models import Q, QuerySet

from servers.models import OutgoingServer
from servers.models.outgoing import Transport


@dataclass(frozen=True)
class SharedSignIn:
    """A sign-in at a server. Through the platform's server each mailbox has a quota of its own."""

    host: str
    port: int
    username: str
    # Of the platform's server only; all else is empty then.
    mailbox_id: uuid.UUID | None = None

    @classmethod
    def of(cls, server: OutgoingServer) -> Self:
        if server.transport == Transport.PLATFORM:
            return cls("", 0, "", server.mailbox_id)
        return cls(server.host.casefold(), server.port, server.username.casefold() if server.authenticate else "")

    @property
    def key(self) -> str:
        """What its counts stand under; a user name may be a secret, so only a digest of it is kept."""
        if self.mailbox_id is not None:
            return f"platform-{self.mailbox_id}"
        return hashlib.sha256(f"{self.host}\n{self.port}\n{self.username}".encode()).hexdigest()

    @property
    def place(self) -> str:
        """For instance "smtp.acme.example"; the user name is not for everybody's eyes."""
        return self.host or "the platform's server"

    def servers(self) -> QuerySet[OutgoingServer]:
        """Return the outgoing servers of the open scope that use it, also those that are switched off."""
        if self.mailbox_id is not None:
            return OutgoingServer.objects.filter(mailbox=self.mailbox_id, transport=Transport.PLATFORM)
        same = OutgoingServer.objects.filter(transport=Transport.SMTP, host__iexact=self.host, port=self.port)
        if self.username:
            return same.filter(authenticate=True, username__iexact=self.username)
        return same.filter(Q(authenticate=False) | Q(username=""))
