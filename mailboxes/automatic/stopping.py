"""Switches off what sends without end, until a person switches it on again (SECURITY TC9)."""

from datetime import datetime
from uuid import UUID

from mailboxes.models import AutomaticMail, Autoresponder, Mailbox, RoutingRule

_Source = AutomaticMail.Source


def stop(mailbox: Mailbox, source: AutomaticMail.Source, rule_key: str, words: str, *, now: datetime) -> None:
    """Switch off what sends: the alarm of it is raised with the next look (mailboxes.alarms).

    A forward of rejected mail has no switch of its own: its limit holds it back.
    """
    stopped = {"is_active": False, "stopped_at": now, "stopped_because": words[:300]}
    if source == _Source.AUTORESPONDER:
        Autoresponder.objects.filter(mailbox=mailbox, is_active=True).update(**stopped)
    elif source in (_Source.ROUTING, _Source.NOTICE):
        RoutingRule.objects.filter(mailbox=mailbox, pk=UUID(rule_key), is_active=True).update(**stopped)
