"""The cast of the tests: an owner, a member with some mailboxes, and a stranger of another tenant."""

import itertools
from dataclasses import dataclass
from typing import Any

from allauth.account.models import EmailAddress
from django.test import Client

from billing import subscribing
from billing.models import Plan
from mailboxes import adding
from mailboxes.models import Mailbox, MailboxAccess
from mailhub import clock
from mailhub.lib.secret import Secret
from mailhub.tenancy.models import Membership, Tenant, User
from mailhub.tenancy.permissions import Role
from mailhub.tenancy.scope import tenant_scope
from servers.endpoints import Protocol, Security
from servers.models import IncomingServer, OAuthCredential, OutgoingServer

PASSWORD = "correct horse battery"

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Cast:
    """Two tenants. The member may use `mailbox`, and not `hidden_mailbox`; the stranger belongs to the other tenant."""

    tenant: Tenant
    owner: Membership
    member: Membership
    mailbox: Mailbox
    hidden_mailbox: Mailbox
    other_tenant: Tenant
    stranger: Membership
    other_mailbox: Mailbox


def make_cast() -> Cast:
    tenant = make_tenant("Acme")
    owner, member = make_person(tenant, Role.OWNER), make_person(tenant, Role.MEMBER)
    mailbox, hidden_mailbox = make_mailbox(tenant, "Support"), make_mailbox(tenant, "Directors")
    with tenant_scope(tenant.pk):
        MailboxAccess.objects.create(tenant=tenant, mailbox=mailbox, membership=member)
    other_tenant = make_tenant("Globex")
    return Cast(
        tenant=tenant,
        owner=owner,
        member=member,
        mailbox=mailbox,
        hidden_mailbox=hidden_mailbox,
        other_tenant=other_tenant,
        stranger=make_person(other_tenant, Role.OWNER),
        other_mailbox=make_mailbox(other_tenant, "Sales"),
    )


def make_tenant(name: str = "Acme", plan: str = "standard") -> Tenant:
    """Make a tenant whose one subscription has the plan of this code."""
    tenant = Tenant.objects.create_tenant(name)
    with tenant_scope(tenant.pk):
        wanted = Plan.objects.get(code=plan, is_current=True)
        subscribing.change_plan(subscribing.first_subscription(), wanted, now=clock.now())
    return tenant


def make_person(tenant: Tenant, role: Role = Role.OWNER) -> Membership:
    """Make a person who can sign in with PASSWORD."""
    number = next(_numbers)
    user = User.objects.create_user(f"person{number}@people.example", PASSWORD, name=f"Person {number}")
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    return Membership.objects.create(tenant=tenant, user=user, role=role)


def signed_in(membership: Membership) -> Client:
    """Return a browser in which this person is signed in."""
    client = Client()
    client.force_login(membership.user)
    return client


def make_mailbox(tenant: Tenant, name: str | None = None, **fields: Any) -> Mailbox:
    number = next(_numbers)
    values = {"name": name or f"Mailbox {number}", "address": f"box{number}@acme.example", **fields}
    with tenant_scope(tenant.pk):
        mailbox = Mailbox(tenant=tenant, **values)
        return adding.add_mailbox(mailbox, incoming=None, outgoing=None, now=clock.now(), agrees_to_fee=True)


def make_incoming(mailbox: Mailbox, **fields: Any) -> IncomingServer:
    """Make an incoming server that is due; its password is "secret" unless given."""
    password = fields.pop("password", "secret")
    values = {
        "protocol": Protocol.IMAP,
        "host": "imap.acme.example",
        "port": 993,
        "security": Security.TLS,
        "username": f"user{next(_numbers)}",
        "copy_mail": True,
        "next_poll_at": clock.now(),
        **fields,
    }
    with tenant_scope(mailbox.tenant_id):
        server = IncomingServer(tenant_id=mailbox.tenant_id, mailbox=mailbox, **values)
        server.password = Secret(str(password))
        server.save()
    return server


def make_outgoing(mailbox: Mailbox, **fields: Any) -> OutgoingServer:
    """Make the default outgoing server of a mailbox; its password is "secret" unless given."""
    password = fields.pop("password", "secret")
    values = {
        "from_address": mailbox.address,
        "display_name": mailbox.name,
        "host": "smtp.acme.example",
        "port": 587,
        "security": Security.STARTTLS,
        "username": f"user{next(_numbers)}",
        "is_default": True,
        **fields,
    }
    with tenant_scope(mailbox.tenant_id):
        server = OutgoingServer(tenant_id=mailbox.tenant_id, mailbox=mailbox, **values)
        server.password = Secret(str(password))
        server.save()
    return server


def make_oauth(mailbox: Mailbox, **fields: Any) -> OAuthCredential:
    """Make an OAuth sign-in of a mailbox; secrets are given as text."""
    secrets = {name: Secret(str(fields.pop(name))) for name in _OAUTH_SECRETS if name in fields}
    with tenant_scope(mailbox.tenant_id):
        credential = OAuthCredential(tenant_id=mailbox.tenant_id, mailbox=mailbox, **fields)
        for name, secret in secrets.items():
            setattr(credential, name, secret)
        credential.save()
    return credential


_OAUTH_SECRETS = ("client_secret", "refresh_token", "password", "access_token")
