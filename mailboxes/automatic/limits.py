"""How much automatic mail may go out: counted in the ledger, by one worker of an account at a time (SECURITY TC9)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from mailboxes.addresses import normalise
from mailboxes.automatic.marks import ANSWERS
from mailboxes.models import AutomaticMail, Mailbox
from mailhub.tenancy.models import Tenant

DAY = timedelta(hours=24)
HOUR = timedelta(hours=1)
MOST_TO_DOMAIN = 20
MOST_OF_MAILBOX = 200
# To people of our own, who want to hear of each mail.
MOST_TO_COLLEAGUE = 60


@dataclass(frozen=True)
class Reached:
    """A limit that is reached, in words; `is_runaway` when whatever wants to send shall be switched off."""

    words: str
    is_runaway: bool = False


def hold(tenant_id: int) -> None:
    """Let other workers of the account wait until the transaction ends, so that two cannot both be the last.

    SQLite has one writer at a time anyway.
    """
    Tenant.objects.select_for_update(no_key=True).get(pk=tenant_id)


def reached(
    mailbox: Mailbox, source: AutomaticMail.Source, rule_key: str, recipient: str, *, now: datetime
) -> Reached | None:
    """Return the limit that one more mail to `recipient` would exceed; call `hold` before, in the same transaction."""
    sent = AutomaticMail.objects.filter(tenant_id=mailbox.tenant_id, suppressed_because="")
    to_recipient = sent.filter(recipient=recipient, mailbox=mailbox, source=source, rule_key=rule_key)
    last_hour = sent.filter(created_at__gt=now - HOUR)
    if source in ANSWERS:
        if to_recipient.filter(created_at__gt=now - DAY).exists():
            return Reached(f"{recipient} got this answer within the last 24 hours.")
        domain = domain_of(recipient)
        if last_hour.filter(recipient_domain=domain, source__in=ANSWERS).count() >= MOST_TO_DOMAIN:
            return Reached(f"{MOST_TO_DOMAIN} automatic answers went to {domain} within the last hour.")
    elif to_recipient.filter(created_at__gt=now - HOUR).count() >= MOST_TO_COLLEAGUE:
        return Reached(f"{recipient} got {MOST_TO_COLLEAGUE} such mails within the last hour.")
    if last_hour.filter(mailbox=mailbox).count() >= MOST_OF_MAILBOX:
        words = f"{MOST_OF_MAILBOX} automatic mails left this mailbox within one hour."
        return Reached(words, is_runaway=True)
    return None


def domain_of(recipient: str) -> str:
    """Return the domain of an address, as the ledger keeps it."""
    return normalise(recipient).rpartition("@")[2][:255]
