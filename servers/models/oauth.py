"""OAuth sign-ins: what a provider wants to see, and the access token that it gave for it (SPEC M9, M10)."""

from __future__ import annotations

import hashlib
import uuid
from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from mailhub.lib.secret import Secret
from mailhub.tenancy.rows import TenantManager, TenantModel, TenantQuerySet
from mailhub.tenancy.secrets import SealedSecret, SecretField
from servers.failures import FailureKind
from servers.models.credentials import revealed
from servers.models.incoming import IncomingServer
from servers.models.outgoing import OutgoingServer
from servers.oauth.failures import TokenFailure
from servers.oauth.grants import Grant, Tokens
from servers.oauth.providers import CONNECT_WITH, Method, Provider, operator_client

# Longer than a provider may take to answer, so that a lease never ends under a worker who is still asking.
REFRESH_LEASE = timedelta(seconds=30)
# How long a person may take to sign in to the provider and to consent.
CONSENT_TIME = timedelta(minutes=15)


class OAuthCredentialQuerySet(TenantQuerySet):
    def unused(self, mailbox_id: object) -> OAuthCredentialQuerySet:
        """Those of the mailbox that no server signs in with any more."""
        return self.filter(mailbox_id=mailbox_id, incoming_servers=None, outgoing_servers=None)


class OAuthCredentialManager(TenantManager.from_queryset(OAuthCredentialQuerySet)):  # type: ignore[misc]
    pass


class OAuthCredential(TenantModel):
    """One way to get access tokens, shared by all servers of a mailbox that sign in with it."""

    mailbox = models.ForeignKey("mailboxes.Mailbox", on_delete=models.CASCADE, related_name="oauth_credentials")
    provider = models.CharField(max_length=12, choices=Provider.choices, default=Provider.UNKNOWN)
    method = models.CharField(max_length=16, choices=Method.choices, default=Method.REFRESH_TOKEN)
    client_id = models.CharField(max_length=254, blank=True)
    client_secret = SecretField()
    refresh_token = SecretField()
    directory = models.CharField(max_length=253, blank=True)
    token_endpoint = models.CharField(max_length=500, blank=True)
    scope = models.CharField(max_length=1000, blank=True)
    # Of the account, for the method that shows them to the provider.
    username = models.CharField(max_length=254, blank=True)
    password = SecretField()
    created_at = models.DateTimeField(auto_now_add=True)
    connected_at = models.DateTimeField(null=True, editable=False)

    access_token = SecretField()
    # A minute before it expires: nobody shall meet that moment in the middle of signing in.
    access_usable_until = models.DateTimeField(null=True, editable=False)
    # Rises with each change of the tokens and of the settings, so that nobody asks for what has just been brought.
    generation = models.PositiveIntegerField(default=0, editable=False)
    # Who asks the provider at the moment; all others wait for the answer.
    refresh_token_lease = models.UUIDField(null=True, editable=False)
    refresh_lease_until = models.DateTimeField(null=True, editable=False)

    needs_reconnect = models.BooleanField(default=False, editable=False)
    last_failure = models.CharField(max_length=600, blank=True, editable=False)
    last_failure_kind = models.CharField(max_length=16, choices=FailureKind.choices, blank=True, editable=False)
    last_failure_advice = models.CharField(max_length=600, blank=True, editable=False)
    # The provider is not asked before.
    not_before = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[OAuthCredentialManager] = OAuthCredentialManager()

    # Whether `start_anew` was called and the row is not saved yet.
    has_new_settings = False

    def __str__(self) -> str:
        return f"{self.get_provider_display()}: {self.get_method_display()}"

    @property
    def is_connected(self) -> bool:
        """Whether there is something to show to the provider; only a consent in the browser can be missing."""
        return self.method != Method.CONNECTED or self.refresh_token is not None

    @property
    def connect_with(self) -> str:
        """Whom to press "Connect" for: Google, Microsoft, or "" where that is not the way."""
        return CONNECT_WITH.get(self.provider, "") if self.method == Method.CONNECTED else ""

    def grant(self) -> Grant:
        """Return what to show to the provider, opened.

        Raises ServerFailure when a secret cannot be opened, and TokenFailure when nobody has consented yet.
        """
        if self.method == Method.CONNECTED:
            return self._connected_grant()
        return Grant(
            provider=Provider(self.provider),
            method=Method(self.method),
            client_id=self.client_id,
            client_secret=_opened(self.client_secret),
            refresh_token=_opened(self.refresh_token),
            username=self.username,
            password=_opened(self.password),
            directory=self.directory,
            token_endpoint=self.token_endpoint,
            scope=self.scope,
        )

    def usable_token(self, *, now: datetime, other_than: Secret | None = None) -> Secret | None:
        """Return the access token while it is good; None when it is old, missing, or the one that was refused."""
        if self.access_token is None or self.access_usable_until is None or self.access_usable_until <= now:
            return None
        token = _opened(self.access_token)
        return None if token == other_than else token

    def paused_failure(self, *, now: datetime) -> TokenFailure | None:
        """Return what the provider said last while it must not be asked again; else None."""
        if self.not_before is None or self.not_before <= now:
            return None
        return TokenFailure(FailureKind(self.last_failure_kind), self.last_failure, advice=self.last_failure_advice)

    def claim_refresh(self) -> uuid.UUID | None:
        """Become the one who asks the provider; None when somebody else is, or has done so since this row was read."""
        lease = uuid.uuid4()
        free = Q(refresh_lease_until=None) | Q(refresh_lease_until__lt=Now())
        mine = type(self).objects.filter(free, pk=self.pk, generation=self.generation)
        claimed = mine.update(refresh_token_lease=lease, refresh_lease_until=Now() + REFRESH_LEASE)
        return lease if claimed else None

    def keep(self, tokens: Tokens, lease: uuid.UUID, *, now: datetime) -> None:
        """Keep what the provider gave, with the newest refresh token, and give the lease back.

        Nothing is kept when the lease is gone: a person has changed the settings meanwhile.
        """
        with transaction.atomic():
            if not self.give_back(lease, needs_reconnect=False, last_failure="", not_before=None):
                return
            self._take(tokens, now=now)

    def note_failure(self, failure: TokenFailure, lease: uuid.UUID, *, now: datetime) -> None:
        """Keep what the provider said, for those who wait, and give the lease back."""
        self.give_back(
            lease,
            needs_reconnect=failure.needs_reconnect,
            last_failure=failure.words,
            last_failure_kind=failure.kind,
            last_failure_advice=failure.advice,
            not_before=now + failure.pause,
        )

    def give_back(self, lease: uuid.UUID, **outcome: object) -> bool:
        """Let somebody else ask the provider, and note the `outcome`; False when the lease is gone."""
        mine = type(self).objects.filter(pk=self.pk, refresh_token_lease=lease)
        free = {"refresh_token_lease": None, "refresh_lease_until": None, "generation": F("generation") + 1}
        return bool(mine.update(**free, **outcome))

    def connect(self, tokens: Tokens, *, directory: str, now: datetime) -> None:
        """Take over what a consent in the browser gave."""
        self.directory = directory
        self.connected_at = now
        self.start_anew()
        with transaction.atomic():
            self.save(update_fields=["directory", "connected_at", *_STATE])
            self._take(tokens, now=now)

    def start_anew(self) -> None:
        """Forget tokens and failures, because the settings are others now; to be saved with all fields."""
        self.access_token = None
        self.access_usable_until = None
        self.generation += 1
        self.refresh_token_lease = None
        self.refresh_lease_until = None
        self.needs_reconnect = False
        self.last_failure = ""
        self.not_before = None
        self.has_new_settings = True

    def ask_at_once(self) -> None:
        """Let the provider be asked although it refused a moment ago: a person wants to know."""
        type(self).objects.filter(pk=self.pk).update(not_before=None)

    def _connected_grant(self) -> Grant:
        client = operator_client(self.provider)
        provider = CONNECT_WITH.get(self.provider, "")
        if client is None:
            words = f"“Connect with {provider}” is not set up here any more."
            raise TokenFailure(FailureKind.SIGN_IN_REFUSED, words, advice="Ask the operator, or choose another method.")
        if self.refresh_token is None:
            words = f"This server is not connected with {provider} yet."
            raise TokenFailure(FailureKind.SIGN_IN_REFUSED, words, advice="Open its settings and press “Connect”.")
        return Grant(
            provider=Provider(self.provider),
            method=Method.CONNECTED,
            client_id=client.client_id,
            client_secret=client.secret,
            refresh_token=_opened(self.refresh_token),
            directory=self.directory,
        )

    def _take(self, tokens: Tokens, *, now: datetime) -> None:
        """Seal and save the tokens; sealing needs the row, so that a query cannot do it."""
        self.access_token = tokens.access_token
        self.access_usable_until = now + tokens.usable_for
        changed = ["access_token", "access_usable_until"]
        if tokens.refresh_token is not None and self.method in {Method.REFRESH_TOKEN, Method.CONNECTED}:
            self.refresh_token = tokens.refresh_token
            changed.append("refresh_token")
        self.save(update_fields=changed)


# What `start_anew` changes.
_STATE = (
    "access_token", "access_usable_until", "generation", "refresh_token_lease", "refresh_lease_until",
    "needs_reconnect", "last_failure", "not_before",
)  # fmt: skip


class OAuthConsentQuerySet(TenantQuerySet):
    def begun(self, *, state: str, session_key: str, now: datetime) -> OAuthConsentQuerySet:
        """The one that an answer with this state belongs to, in this session, while it may still be answered."""
        return self.filter(state_digest=digest(state), session_digest=digest(session_key), expires_at__gt=now)


class OAuthConsentManager(TenantManager.from_queryset(OAuthConsentQuerySet)):  # type: ignore[misc]
    pass


class OAuthConsent(TenantModel):
    """One "Connect" that a person began and the provider has not answered; it is used once (SECURITY TC14)."""

    credential = models.ForeignKey(OAuthCredential, on_delete=models.CASCADE, related_name="consents")
    membership = models.ForeignKey("tenancy.Membership", on_delete=models.CASCADE, related_name="+")
    # Where the person came from and goes back to; one of the two.
    incoming_server = models.ForeignKey(IncomingServer, null=True, on_delete=models.CASCADE, related_name="+")
    outgoing_server = models.ForeignKey(OutgoingServer, null=True, on_delete=models.CASCADE, related_name="+")
    provider = models.CharField(max_length=12, choices=Provider.choices)
    state_digest = models.CharField(max_length=64, unique=True)
    session_digest = models.CharField(max_length=64)
    verifier = SecretField()
    nonce = models.CharField(max_length=64)
    expires_at = models.DateTimeField()

    objects: ClassVar[OAuthConsentManager] = OAuthConsentManager()

    def __str__(self) -> str:
        return f"{self.credential_id} until {self.expires_at}"

    @property
    def server(self) -> IncomingServer | OutgoingServer:
        """Where the person came from and goes back to."""
        server = self.incoming_server or self.outgoing_server
        assert server is not None
        return server


def digest(text: str) -> str:
    """Return what is stored of a state or session key: enough to recognise it, useless to whoever reads it."""
    return hashlib.sha256(text.encode()).hexdigest()


def _opened(secret: SealedSecret | Secret | None) -> Secret:
    """Open a secret of the row; one that was assigned and not saved yet is open already."""
    if secret is None:
        return Secret("")
    return secret if isinstance(secret, Secret) else revealed(secret)
