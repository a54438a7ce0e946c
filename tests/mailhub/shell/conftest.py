"""The cast: an owner and a member of Acme, and a stranger of another account."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import pytest
from django.test import Client

from mailboxes.models import Mailbox, MailboxAccess
from mailhub import clock
from mailhub.tenancy.models import Membership, Tenant, User
from mailhub.tenancy.permissions import Role
from mailhub.tenancy.scope import tenant_scope
from servers.failures import FailureKind
from servers.models import IncomingServer
from tests.factories import make_mailbox, make_tenant

PASSWORD = "a long enough passphrase"


@dataclass(frozen=True)
class Cast:
    owner: Membership
    member: Membership
    stranger: Membership

    @property
    def tenant(self) -> Tenant:
        return self.owner.tenant


@pytest.fixture
def cast(db: None) -> Cast:
    acme, other = make_tenant("Acme"), make_tenant("Other")
    return Cast(
        owner=_join(acme, "owner@acme.example", Role.OWNER),
        member=_join(acme, "member@acme.example", Role.MEMBER),
        stranger=_join(other, "stranger@other.example", Role.OWNER),
    )


@pytest.fixture
def signed_in() -> Callable[[Membership], Client]:
    """Return a browser in which the person of a membership is signed in."""

    def sign_in(membership: Membership) -> Client:
        client = Client()
        client.force_login(membership.user)
        return client

    return sign_in


@pytest.fixture
def add_mailbox(cast: Cast) -> Callable[..., Mailbox]:
    """Add a mailbox of Acme whose incoming server is in the given condition."""

    def add(name: str, *, failures: int = 0, worked_at: datetime | None = None, for_member: bool = False) -> Mailbox:
        with tenant_scope(cast.tenant.pk):
            mailbox = make_mailbox(cast.tenant, name, address=f"{name.lower()}@acme.example")
            IncomingServer.objects.create(
                tenant=cast.tenant,
                mailbox=mailbox,
                host="imap.acme.example",
                username=name,
                next_poll_at=clock.now(),
                failure_count=failures,
                last_failure="Sign-in refused." if failures else "",
                last_failure_kind=FailureKind.SIGN_IN_REFUSED if failures else "",
                last_success_at=worked_at,
            )
            if for_member:
                MailboxAccess.objects.create(tenant=cast.tenant, mailbox=mailbox, membership=cast.member)
        return mailbox

    return add


def _join(tenant: Tenant, address: str, role: Role) -> Membership:
    user = User.objects.create_user(address, PASSWORD, name=address.partition("@")[0].title())
    return Membership.objects.create(tenant=tenant, user=user, role=role)
