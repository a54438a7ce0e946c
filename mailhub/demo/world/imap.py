"""The IMAP server: pymap speaks the protocol, the store keeps the mail."""

import asyncio
from argparse import Namespace
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from typing import NoReturn

from proxyprotocol.reader import ProxyProtocolReader
from pymap.backend.session import BaseSession
from pymap.config import BackendCapability, IMAPConfig
from pymap.exceptions import AuthorizationFailure, InvalidAuth, NotSupportedError
from pymap.imap import IMAPServer
from pymap.interfaces.login import IdentityInterface, LoginInterface
from pymap.token import AllTokens
from pymap.user import UserMetadata
from pysasl.creds.server import ServerCredentials
from pysasl.identity import Identity as SaslIdentity

from mailhub.demo.world import people
from mailhub.demo.world.imap_folders import Clock, FolderRegistry, ImapFolders, ImapMessage
from mailhub.demo.world.people import Account
from mailhub.demo.world.store import MailStore

# A client that asks for extensions which pymap lacks would be cut off after five of them.
_BAD_COMMAND_LIMIT = 1000


async def start(store: MailStore, *, port: int, clock: Clock) -> asyncio.Server:
    """Serve IMAP on 127.0.0.1 without TLS; port 0 takes a free one."""
    config = _Config()
    config.apply_context()
    login = _Login(config, store, clock)
    reader = ProxyProtocolReader(config.proxy_protocol)
    return await asyncio.start_server(reader.get_callback(IMAPServer(login, config)), "127.0.0.1", port)


class _Config(IMAPConfig):
    def __init__(self) -> None:
        super().__init__(
            Namespace(passlib_cfg=None, proxy_protocol=None),
            host="127.0.0.1",
            port=0,
            tls_enabled=False,
            bad_command_limit=_BAD_COMMAND_LIMIT,
        )

    @property
    def backend_capability(self) -> BackendCapability:
        return BackendCapability(idle=True, object_id=False, multi_append=True)

    @property
    def greeting(self) -> bytes:
        # pymap would look up the machine's own name in the DNS.
        return b"Demonstration mail world ready"


class _Login(LoginInterface):
    def __init__(self, config: _Config, store: MailStore, clock: Clock) -> None:
        self.config = config
        self.store = store
        self.clock = clock
        self.registry = FolderRegistry(store, clock)
        self._tokens = AllTokens(config)

    @property
    def tokens(self) -> AllTokens:
        return self._tokens

    async def authenticate(self, credentials: ServerCredentials) -> "_Identity":
        account = people.find_account(credentials.authcid)
        if account is None or not credentials.verify(_Verifier(account)):
            raise InvalidAuth("The user name or the password is wrong.")
        return _Identity(self, account.addr_spec)

    async def authorize(self, authenticated: IdentityInterface, authzid: str) -> "_Identity":
        if authzid.lower() != authenticated.name:
            raise AuthorizationFailure()
        return _Identity(self, authenticated.name)


class _Verifier(SaslIdentity):
    """Compares what a client sent with an account, byte by byte: saslprep would raise on odd characters."""

    def __init__(self, account: Account) -> None:
        self._account = account

    @property
    def authcid(self) -> str:
        return self._account.addr_spec

    def compare_authcid(self, authcid: str) -> bool:
        return people.find_account(authcid) == self._account

    def compare_secret(self, secret: str) -> bool:
        return people.authenticate(self._account.addr_spec, secret) is not None

    def get_clear_secret(self) -> str:
        return self._account.password


class _Identity(IdentityInterface):
    def __init__(self, login: _Login, address: str) -> None:
        self._login = login
        self._address = address

    @property
    def name(self) -> str:
        return self._address

    @property
    def roles(self) -> frozenset[str]:
        return frozenset()

    def new_session(self) -> AbstractAsyncContextManager["_Session"]:
        return self._session()

    async def new_token(self, *, expiration: datetime | None = None) -> str | None:
        return None

    async def get(self) -> UserMetadata:
        return UserMetadata(self._login.config, self._address)

    async def set(self, metadata: UserMetadata) -> NoReturn:
        raise NotSupportedError("The accounts of the demonstration are fixed.")

    async def delete(self) -> NoReturn:
        raise NotSupportedError("The accounts of the demonstration are fixed.")

    @asynccontextmanager
    async def _session(self) -> AsyncIterator["_Session"]:
        yield _Session(self._login, self._address)


class _Session(BaseSession[ImapMessage]):
    def __init__(self, login: _Login, address: str) -> None:
        super().__init__(address)
        self._config = login.config
        self._folders = ImapFolders(login.store, login.registry, address, login.clock)

    @property
    def config(self) -> _Config:
        return self._config

    @property
    def mailbox_set(self) -> ImapFolders:
        return self._folders
