"""A submission server on aiosmtpd for users who are not root and thus cannot run Postfix.

It speaks real SMTP with STARTTLS and AUTH (RFC 6409), checks recipients, and delivers into Dovecot by LMTP.
"""

import asyncio
import smtplib
import ssl
from collections.abc import Mapping
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.realservers.certificates import Certificates
from tests.realservers.directory import Directory
from tests.realservers.programs import HOST, free_port

_SIZE_LIMIT = 26_214_400


class Submission:
    """A submission server in a thread of this process; `ports` names its services: smtp (with STARTTLS) and smtps."""

    def __init__(self, certificates: Certificates, users: Directory, *, dovecot_ports: Mapping[str, int]) -> None:
        self.ports = {service: free_port() for service in ("smtp", "smtps")}
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificates.certificate_file, certificates.key_file)
        handler = _Handler(users, lmtp_port=dovecot_ports["lmtp"])
        common: dict[str, Any] = {
            "hostname": HOST,
            "server_hostname": "mx.mail.example",
            "authenticator": _Authenticator(users),
            "auth_require_tls": False,
            "enable_SMTPUTF8": True,
            "data_size_limit": _SIZE_LIMIT,
        }
        self._controllers = [
            Controller(handler, port=self.ports["smtp"], tls_context=context, **common),
            Controller(handler, port=self.ports["smtps"], ssl_context=context, **common),
        ]

    def start(self) -> None:
        """Start both services."""
        for controller in self._controllers:
            controller.start()

    def stop(self) -> None:
        """End both services."""
        for controller in self._controllers:
            controller.stop()


class _Authenticator:
    def __init__(self, users: Directory) -> None:
        self._users = users

    def __call__(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, credentials: object
    ) -> AuthResult:
        if not isinstance(credentials, LoginPassword):
            return AuthResult(success=False, handled=False)
        is_right = self._users.accepts(credentials.login.decode(), credentials.password.decode())
        return AuthResult(success=is_right, handled=False)


class _Handler:
    def __init__(self, users: Directory, *, lmtp_port: int) -> None:
        self._users = users
        self._lmtp_port = lmtp_port

    async def handle_RCPT(  # noqa: N802 (the name that aiosmtpd calls)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._users.knows(address):
            envelope.rcpt_tos.append(address)
            return "250 2.1.5 OK"
        if session.authenticated and not self._users.has_domain(address.rpartition("@")[2]):
            return "550 5.1.2 there is no outside world"
        if self._users.has_domain(address.rpartition("@")[2]):
            return "550 5.1.1 User unknown"
        return "554 5.7.1 Relay access denied"

    async def handle_DATA(  # noqa: N802 (the name that aiosmtpd calls)
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        await asyncio.to_thread(self._deliver, envelope)
        return "250 2.0.0 OK: delivered"

    def _deliver(self, envelope: Envelope) -> None:
        with smtplib.LMTP(HOST, self._lmtp_port) as dovecot:
            dovecot.sendmail(envelope.mail_from or "", envelope.rcpt_tos, envelope.original_content or b"")
