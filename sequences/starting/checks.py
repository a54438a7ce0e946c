"""The check list before a start (SPEC S8): what keeps a sequence from starting, and what a person should know."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence as Listed
from datetime import datetime

from mailhub.tenancy.models import Membership
from mailhub.tenancy.permissions import Permission
from sequences.models import Contact, Sequence, Step
from sequences.running.accounts import UNSUBSCRIBE_FIELD, Account
from sequences.schedule.forecasting import forecast
from sequences.starting.people import Waiting, check_people, check_values
from sequences.starting.senders import Senders, check_authentication, check_replies, check_sender, check_servers
from sequences.starting.texts import check_texts, fields_needed
from sequences.starting.times import check_hours, check_limits
from sequences.starting.verdicts import Check, Fix, Verdict, ok, warning

__all__ = ["Check", "Fix", "Verdict", "checks_of"]


def checks_of(sequence: Sequence, *, by: Membership, now: datetime) -> list[Check]:
    """Look at everything that mail of a sequence needs, for a person who wants to start it; in a fixed order.

    A fixed number of queries, and none that returns a row for each contact.
    """
    account = Account.load(sequence.tenant_id)
    steps = _steps_of(sequence)
    waiting = Waiting.load(sequence)
    by_server = {server: count for server, count in waiting.by_server.items() if server is not None}
    senders = Senders.load(sequence, by_server, by=by, now=now)
    fields = account.merge_fields()
    return [
        *_check_invoices(account, by=by),
        *check_texts(sequence.pk, steps, fields),
        *check_servers(sequence, senders),
        *check_replies(senders),
        *check_sender(sequence, senders, by=by),
        *check_people(sequence, waiting),
        *check_values(sequence, waiting, fields_needed(steps, fields), _said_of_all(account, sequence, by, now=now)),
        *check_hours(sequence, account.rules, now=now),
        *check_limits(sequence, waiting, forecast(sequence, now=now)),
        *_check_line(account.sender_line),
        *check_authentication(senders, now=now),
        ok("Unsubscribing", "Each mail has a link to unsubscribe, and the button for it in mail programs."),
    ]


def _steps_of(sequence: Sequence) -> Listed[Step]:
    return list(sequence.steps.filter(removed_at=None).order_by("position", "id").prefetch_related("variants"))


def _said_of_all(account: Account, sequence: Sequence, by: Membership, *, now: datetime) -> Mapping[str, str]:
    """Return the values that are the same in all mails, whoever gets them."""
    if sequence.server is None:
        return {}
    asked = Sequence(author=sequence.author or by, tenant=account.tenant)
    nobody = Contact(custom={})
    values = account.merge_values(asked, nobody, sequence.server, unsubscribe_url="/", now=now)
    names = {"my_name", "my_address", "mailbox_name", "mailbox_address", "company_name", "date", UNSUBSCRIBE_FIELD.name}
    return {name: value for name, value in values.items() if name in names}


def _check_invoices(account: Account, *, by: Membership) -> list[Check]:
    """Say that nothing leaves for the moment; nothing where all is paid, which is nobody's question here."""
    if account.tenant.runs_sequences:
        return []
    words = "An invoice is overdue, so all sequences stand still. It starts, and its mail leaves once that is paid."
    fix = Fix("billing:invoice-list", (), "Look at them") if by.may(Permission.MANAGE_ACCOUNT) else None
    return [warning("Invoices", words, fix)]


def _check_line(sender_line: str) -> list[Check]:
    title = "Postal address"
    if sender_line:
        return [ok(title, f"Below each mail stands: {sender_line}")]
    words = "No name and address stand below the mails; many laws ask for them in advertising."
    return [warning(title, words, Fix("sequences:sending-settings", (), "Add them"))]
