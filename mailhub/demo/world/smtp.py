"""The SMTP server: submission with AUTH (RFC 6409, RFC 4954), handing each accepted mail to the post office."""

import asyncio
import warnings

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from mailhub.demo.world import people
from mailhub.demo.world.post_office import PostOffice

_SIZE_LIMIT = 40 * 1024 * 1024


async def start(post_office: PostOffice, *, port: int) -> asyncio.Server:
    """Serve SMTP on 127.0.0.1 without TLS; port 0 takes a free one."""
    handler = _Handler(post_office)
    return await asyncio.get_running_loop().create_server(lambda: _connection(handler), "127.0.0.1", port)


class _Handler:
    """The hooks that aiosmtpd calls; each returns the reply line."""

    def __init__(self, post_office: PostOffice) -> None:
        self._post_office = post_office

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, rcpt_options: list[str]
    ) -> str:
        if not self._post_office.accepts(address):
            return f"550 5.1.1 <{address}>: there is no such mailbox here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Recipient ok"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        content = envelope.content
        raw = content if isinstance(content, bytes) else (content or "").encode()
        # aiosmtpd hands over the null sender as "<>".
        mail_from = (envelope.mail_from or "").removeprefix("<").removesuffix(">")
        self._post_office.accept(mail_from, envelope.rcpt_tos, raw)
        return "250 2.0.0 Accepted for delivery"


def _connection(handler: _Handler) -> SMTP:
    with warnings.catch_warnings():
        # aiosmtpd warns of AUTH without TLS; on loopback that is what this world is for.
        warnings.simplefilter("ignore", UserWarning)
        return SMTP(
            handler,
            hostname="smtp.mailhub.example",
            ident="demonstration mail world",
            data_size_limit=_SIZE_LIMIT,
            enable_SMTPUTF8=True,
            auth_required=True,
            auth_require_tls=False,
            authenticator=_authenticate,
        )


def _authenticate(server: SMTP, session: Session, envelope: Envelope, mechanism: str, auth_data: object) -> AuthResult:
    account = None
    if isinstance(auth_data, LoginPassword):
        account = people.authenticate(
            auth_data.login.decode("utf-8", "replace"), auth_data.password.decode("utf-8", "replace")
        )
    # Not handled: aiosmtpd itself answers a failure with "535 5.7.8 Authentication credentials invalid".
    return AuthResult(success=account is not None, handled=False, auth_data=account)
