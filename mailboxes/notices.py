"""Mail to owners and administrators about what waits for them: a server that was paused, an alarm (SPEC M17).

One mail for each event and person. A row is marked as told in the transaction that puts the mails into the outbox: two
workers tell once, and a crash neither loses nor doubles a mail. Nothing in them is secret: words of servers are stored
with every secret masked.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import models, transaction
from django.template.loader import render_to_string
from django.urls import reverse

from mailboxes.models import Alarm, Mailbox
from mailhub.lib import times
from mailhub.tenancy.models import Membership
from mailhub.tenancy.permissions import ROLES_WITH_EVERY_MAILBOX
from mailhub.tenancy.scope import tenant_scope
from servers.explaining import explain, host_of
from servers.models import IncomingServer, OutgoingServer

log = logging.getLogger(__name__)

# Told in one go; what is beyond comes with the next minute.
_MOST = 200


def tell(*, now: datetime) -> None:
    """Tell of every pause and alarm that nobody was told of. Runs under `unscoped`."""
    for model in (IncomingServer, OutgoingServer):
        untold = model.objects.filter(paused_at__isnull=False, told_at=None, mailbox__deleted_at=None)
        untold = untold.select_related("mailbox")
        for server in untold.order_by("paused_at")[:_MOST]:
            _safely(tell_of_pause, server, now=now)
    by_tenant: defaultdict[int, list[Alarm]] = defaultdict(list)
    for alarm in Alarm.objects.filter(cleared_at=None, told_at=None).select_related("mailbox").order_by("raised_at"):
        by_tenant[alarm.tenant_id].append(alarm)
    for alarms in by_tenant.values():
        _safely(tell_of_alarms, alarms, now=now)


def tell_of_pause(server: IncomingServer | OutgoingServer, *, now: datetime) -> bool:
    """Tell everyone in charge that this server is asked no more, and why; False when they were told."""
    paused = type(server).objects.filter(pk=server.pk, paused_at=server.paused_at)
    with tenant_scope(server.tenant_id), transaction.atomic():
        if not _mark_told(paused, now=now):
            return False
        is_incoming = isinstance(server, IncomingServer)
        facts = {
            "mailbox": server.mailbox,
            "server": server,
            "host": host_of(server),
            "is_incoming": is_incoming,
            "trouble": explain(server),
            "url": _url_of(server.mailbox),
        }
        _send_to_all("server_paused", server.tenant_id, facts, since=server.paused_at or now)
    return True


def tell_of_alarms(alarms: Sequence[Alarm], *, now: datetime) -> bool:
    """Tell everyone in charge of alarms of one tenant, in one mail; False when they were told of each."""
    tenant_id = alarms[0].tenant_id
    with tenant_scope(tenant_id), transaction.atomic():
        new = [one for one in alarms if _mark_told(Alarm.objects.filter(pk=one.pk, cleared_at=None), now=now)]
        if not new:
            return False
        facts = {"alarms": [{"alarm": one, "url": _url_of(one.mailbox)} for one in new], "first": new[0]}
        _send_to_all("alarms", tenant_id, facts, since=new[0].raised_at)
    return True


def _mark_told(rows: models.QuerySet[Any], *, now: datetime) -> bool:
    return bool(rows.filter(told_at=None).update(told_at=now))


def _send_to_all(notice: str, tenant_id: int, facts: dict[str, Any], *, since: datetime) -> None:
    for person in _in_charge(tenant_id):
        zone = ZoneInfo(person.user.time_zone)
        variables = {
            **facts,
            "person": person.user,
            "tenant": person.tenant,
            "since": times.exact(since, zone),
            "site_url": settings.SITE_URL,
        }
        subject, text, html = (
            render_to_string(f"mailboxes/notices/{notice}/{part}", variables)
            for part in ("subject.txt", "body.txt", "body.html")
        )
        mail = EmailMultiAlternatives(" ".join(subject.split()), text, to=[person.user.email])
        mail.attach_alternative(html, "text/html")
        mail.send()


def _in_charge(tenant_id: int) -> models.QuerySet[Membership]:
    everyone = Membership.objects.filter(tenant_id=tenant_id, is_active=True, user__is_active=True)
    people = everyone.filter(role__in=ROLES_WITH_EVERY_MAILBOX)
    return people.select_related("user", "tenant").order_by("created_at", "id")


def _url_of(mailbox: Mailbox) -> str:
    return f"{settings.SITE_URL}{reverse('mailboxes:mailbox-detail', args=[mailbox.pk])}"


def _safely(tell_of: Callable[..., bool], about: Any, *, now: datetime) -> None:
    """Let one notice that cannot be written keep no other one back; it is tried again with the next look."""
    try:
        tell_of(about, now=now)
    except Exception:
        log.exception("Nobody could be told: %s", about)
