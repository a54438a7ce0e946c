"""The demonstration account: a company with two mailboxes in the mail world, two people, letters and sequences."""

from dataclasses import dataclass
from datetime import datetime

from allauth.account.models import EmailAddress
from django.db import transaction

from billing.models import Plan
from mailboxes import adding, reply_checking, writing
from mailboxes.addresses import Address
from mailboxes.models import Mailbox, MailboxAccess
from mailhub.demo import outreach, past_months
from mailhub.demo.banner import OWNER_EMAIL, OWNER_PASSWORD
from mailhub.demo.world.people import (
    COMPANY_DOMAIN,
    CORRESPONDENTS,
    SALES_ADDRESS,
    SUPPORT_ADDRESS,
    WHOLESALE_ADDRESS,
    Person,
    find_account,
)
from mailhub.lib.html import text_to_html
from mailhub.lib.ids import new_id
from mailhub.lib.secret import Secret
from mailhub.tenancy.models import Membership, Tenant, User
from mailhub.tenancy.permissions import Role
from mailhub.tenancy.scope import tenant_scope
from servers.endpoints import Protocol, Security
from servers.models import IncomingServer, OutgoingServer

COMPANY = "Harbor Coffee Roasters"
MEMBER_EMAIL = f"mara@{COMPANY_DOMAIN}"


@dataclass(frozen=True)
class WorldAddress:
    """Where the mail world listens."""

    host: str
    imap: int
    pop3: int
    smtp: int


@transaction.atomic
def seed(world: WorldAddress, *, now: datetime) -> bool:
    """Create the account, or point the servers of an existing one to the world's ports; True when it is new."""
    owner = User.objects.filter(email=OWNER_EMAIL).first()
    if owner is not None:
        tenant = Tenant.objects.get(memberships__user=owner, name=COMPANY)
        with tenant_scope(tenant.pk):
            _move_servers(world)
        return False
    tenant = Tenant.objects.create_tenant(COMPANY, time_zone="Europe/Berlin")
    with tenant_scope(tenant.pk):
        plan = Plan.objects.get(code="standard", is_current=True)
        past_months.seed(tenant, plan, now=now)
        owner_membership = _add_person(tenant, OWNER_EMAIL, "Olivia Harbor", Role.OWNER)
        member = _add_person(tenant, MEMBER_EMAIL, "Mara Lindgren", Role.MEMBER)
        support = _add_mailbox(tenant, "Support", SUPPORT_ADDRESS, Mailbox.Kind.SERVICE, now=now)
        sales = _add_mailbox(tenant, "Sales", SALES_ADDRESS, Mailbox.Kind.MARKETING, now=now)
        _add_incoming(support, world, Protocol.IMAP, now=now)
        _add_incoming(sales, world, Protocol.POP3, now=now)
        support_server, sales_server = _add_outgoing(support, world), _add_outgoing(sales, world)
        wholesale_server = _add_outgoing(sales, world, name="Wholesale", from_address=WHOLESALE_ADDRESS)
        MailboxAccess.objects.create(tenant=tenant, mailbox=support, membership=member)
        for mailbox in (support, sales):
            reply_checking.check_unchecked(mailbox, now=now)
        for number, person in enumerate(CORRESPONDENTS[: len(_LETTERS)]):
            _write(sales_server if number % 2 else support_server, owner_membership, person, number, now=now)
        outreach.seed((sales_server, wholesale_server), owner_membership, now=now)
    return True


def _add_person(tenant: Tenant, email: str, name: str, role: Role) -> Membership:
    user = User.objects.create_user(email, OWNER_PASSWORD, name=name)
    EmailAddress.objects.create(user=user, email=email, primary=True, verified=True)
    return Membership.objects.create(tenant=tenant, user=user, role=role)


def _add_mailbox(tenant: Tenant, name: str, address: str, kind: Mailbox.Kind, *, now: datetime) -> Mailbox:
    mailbox = Mailbox(tenant=tenant, name=name, address=address, kind=kind)
    return adding.add_mailbox(mailbox, incoming=None, outgoing=None, now=now)


def _add_incoming(mailbox: Mailbox, world: WorldAddress, protocol: Protocol, *, now: datetime) -> None:
    server = IncomingServer(
        tenant_id=mailbox.tenant_id,
        mailbox=mailbox,
        protocol=protocol,
        host=world.host,
        port=world.imap if protocol == Protocol.IMAP else world.pop3,
        security=Security.NONE,
        username=mailbox.address,
        copy_mail=protocol == Protocol.IMAP,
        next_poll_at=now,
    )
    server.password = _password_of(mailbox)
    server.save()


def _add_outgoing(mailbox: Mailbox, world: WorldAddress, *, name: str = "", from_address: str = "") -> OutgoingServer:
    """Add the default server of a mailbox, or another one with a name and an address of its own."""
    server = OutgoingServer(
        tenant_id=mailbox.tenant_id,
        mailbox=mailbox,
        name=name or mailbox.name,
        display_name=COMPANY,
        from_address=from_address or mailbox.address,
        host=world.host,
        port=world.smtp,
        security=Security.NONE,
        username=mailbox.address,
        is_default=not name,
    )
    server.password = _password_of(mailbox)
    server.save()
    return server


def _password_of(mailbox: Mailbox) -> Secret:
    account = find_account(mailbox.address)
    if account is None:
        raise LookupError(f"{mailbox.address} has no account in the mail world.")
    return Secret(account.password)


def _move_servers(world: WorldAddress) -> None:
    """A port that another program took meanwhile was replaced by a new one."""
    incoming = IncomingServer.objects.filter(host=world.host)
    incoming.filter(protocol=Protocol.IMAP).update(port=world.imap)
    incoming.filter(protocol=Protocol.POP3).update(port=world.pop3)
    OutgoingServer.objects.filter(host=world.host).update(port=world.smtp)


def _write(server: OutgoingServer, author: Membership, person: Person, number: int, *, now: datetime) -> None:
    subject, text = _LETTERS[number]
    first_name = person.display_name.split()[0]
    text = f"Hello {first_name},\n\n{text}\n\nKind regards\nOlivia Harbor\n{COMPANY}"
    letter = writing.Letter(
        id=new_id(),
        server=server,
        to=(Address(person.display_name, person.addr_spec),),
        cc=(),
        subject=subject,
        text=text,
        html=text_to_html(text),
        attachments=(),
        written_by=author,
    )
    writing.send_new(letter, now=now)


_LETTERS = (
    (
        "Your tasting box is on its way",
        "the tasting box with our four new roasts left the harbour this morning. Which of them shall we grind for you?",
    ),
    (
        "Wholesale prices for autumn",
        "as promised, our wholesale prices for the autumn: 40 kilos and more come with free delivery. Shall I reserve"
        " a batch for you?",
    ),
    (
        "Thursday's delivery",
        "our van is in your street on Thursday between nine and eleven. Is somebody there to take the delivery?",
    ),
    (
        "A question about your invoice",
        "your last invoice went to the old address. Could you send us the new one, and the name for it?",
    ),
)
