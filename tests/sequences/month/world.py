"""The rows of a plan: an account with its mailboxes, outgoing servers, limits, sequences and contacts."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mailboxes.models import Mailbox
from mailhub.tenancy.models import Membership, Tenant
from mailhub.tenancy.scope import tenant_scope
from sequences import enrolling
from sequences.models import Contact, SendingLimit, SendingSettings, Sequence
from servers.endpoints import Security
from servers.models import OutgoingServer
from tests.factories import make_outgoing, make_person, make_tenant
from tests.realservers.programs import HOST
from tests.sequences.factories import Mail, make_marketing_mailbox, make_sequence
from tests.sequences.month.plan import Limit, Person, Plan, Series, Way


@dataclass(frozen=True)
class World:
    """What stands in the database, by the names of the plan; mailboxes by the address that they write from."""

    plan: Plan
    tenant: Tenant
    owner: Membership
    mailboxes: dict[str, Mailbox]
    servers: dict[str, OutgoingServer]
    sequences: dict[str, Sequence]

    def add(self, people: list[Person], *, now: datetime) -> int:
        """Put people into their sequences as a person does; return how many were added."""
        contacts = {one.address: one for one in Contact.objects.filter(address__in=[one.address for one in people])}
        added = 0
        for name, sequence in self.sequences.items():
            mine = [one for one in people if one.series == name]
            overrides = {contacts[one.address].pk: self.servers[one.way] for one in mine}
            chosen = [contacts[one.address] for one in mine]
            added += len(enrolling.enroll(sequence, chosen, overrides=overrides, by=self.owner, now=now).added)
        return added


def build(plan: Plan, *, port: int) -> World:
    """Write everything but who is in which sequence; mail goes to `port` of this machine."""
    tenant = make_tenant("Acme")
    owner = make_person(tenant)
    senders = dict.fromkeys(one.sender for one in plan.ways)
    mailboxes = {one: make_marketing_mailbox(tenant, one.partition("@")[0], address=one) for one in senders}
    servers = {one.name: _server(one, mailboxes[one.sender], port) for one in plan.ways}
    sequences = {one.name: _sequence(one, servers[one.way], owner) for one in plan.series}
    with tenant_scope(tenant.pk):
        _settings(plan, tenant)
        for way in plan.ways:
            if way.limit is not None:
                _limit(tenant, plan.begins_at, way.limit, server=servers[way.name])
        for address, limit in plan.mailbox_limits.items():
            _limit(tenant, plan.begins_at, limit, mailbox=mailboxes[address])
        Contact.objects.bulk_create(_contact(one, tenant, plan.begins_at) for one in plan.people)
    return World(plan, tenant, owner, mailboxes, servers, sequences)


def _server(way: Way, mailbox: Mailbox, port: int) -> OutgoingServer:
    return make_outgoing(
        mailbox,
        name=way.name,
        host=HOST,
        port=port,
        security=Security.NONE,
        username=way.sign_in,
        from_address=way.sender,
        is_default=False,
    )


def _sequence(series: Series, server: OutgoingServer, owner: Membership) -> Sequence:
    mails = [
        Mail(
            subject=stage.subject,
            html=f"<p>Hello {{{{ first_name }}}}. This is {series.name}/{number}.</p>",
            delay=stage.delay,
            unit=stage.unit,
        )
        for number, stage in enumerate(series.stages, start=1)
    ]
    return make_sequence(
        server.mailbox,
        author=owner,
        server=server,
        steps=mails,
        name=series.name,
        week=[[list(hours) for hours in day] for day in series.week],
        zone=Sequence.Zone.CONTACT if series.is_on_contact_clock else Sequence.Zone.ACCOUNT,
        skip_dates=sorted(one.isoformat() for one in series.skipped),
        new_per_day=series.new_per_day,
    )


def _settings(plan: Plan, tenant: Tenant) -> None:
    Tenant.objects.filter(pk=tenant.pk).update(time_zone=plan.zone)
    SendingSettings.objects.create(
        tenant=tenant,
        per_day=plan.per_day,
        domain_per_day=plan.domain_per_day,
        skip_dates=sorted(one.isoformat() for one in plan.skipped),
        changed_at=plan.begins_at,
    )


def _limit(tenant: Tenant, now: datetime, limit: Limit, **of: Any) -> None:
    ramp = {"ramp_from": limit.ramp_from, "ramp_by": limit.ramp_by} if limit.ramp_starts_on else {}
    SendingLimit.objects.create(
        tenant=tenant,
        per_minute=limit.per_minute,
        per_day=limit.per_day,
        ramp_starts_on=limit.ramp_starts_on,
        changed_at=now,
        **ramp,
        **of,
    )


def _contact(person: Person, tenant: Tenant, now: datetime) -> Contact:
    return Contact(
        tenant=tenant,
        address=person.address,
        written_address=person.address,
        domain=person.domain,
        first_name="Ada",
        time_zone=person.zone,
        created_at=now,
        changed_at=now,
    )
