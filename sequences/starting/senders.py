"""Can what it sends through send, and do the answers arrive?"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from collections.abc import Sequence as Listed
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailboxes import reply_results
from mailboxes.leaving import may_still_send
from mailboxes.models import Mailbox
from mailboxes.reply_results import Outcome, Result
from mailhub.tenancy.models import Membership
from sequences.enrolling import usable_servers
from sequences.models import Sequence
from sequences.starting.verdicts import Check, Fix, ok, refused, warning
from servers.models import OutgoingServer
from servers.sender_health.remembering import remembered
from servers.standing import Health

_SENDING = "Outgoing servers"
_REPLIES = "Answers"
_AUTHENTICATION = "SPF, DKIM and DMARC"
_SENDER = "Who sends"
_SEEN_LONG_AGO = timedelta(days=30)


@dataclass(frozen=True)
class Senders:
    """The servers that the mail of a sequence leaves through, with what is known of each."""

    # The sequence's own first.
    servers: Listed[OutgoingServer]
    default_id: uuid.UUID | None
    # Contacts who wait, by server.
    waiting: Mapping[uuid.UUID, int]
    why_not: Mapping[uuid.UUID, str]
    replies: Mapping[uuid.UUID, Result]

    @classmethod
    def load(cls, sequence: Sequence, waiting: Mapping[uuid.UUID, int], *, by: Membership, now: datetime) -> Senders:
        """Ask for all of them at once. What this person may not see is left out, but for the sequence's own."""
        visible = OutgoingServer.objects.filter(mailbox__in=Mailbox.objects.visible_to(by), pk__in=waiting)
        others = visible.exclude(pk=sequence.server_id).select_related("mailbox").order_by("name", "from_address", "id")
        servers = [*([sequence.server] if sequence.server is not None else []), *others]
        return cls(
            servers,
            sequence.server_id,
            waiting,
            usable_servers(servers, by=by, now=now),
            reply_results.results_of(servers, now=now),
        )


def check_servers(sequence: Sequence, senders: Senders) -> list[Check]:
    """Is there a server, and does each one send?"""
    choose = Fix("sequences:sequence-settings", (sequence.pk,), "Choose another")
    if senders.default_id is None:
        return [refused(_SENDING, "No outgoing server is chosen.", Fix(choose.route, choose.args, "Choose one"))]
    found = [one for server in senders.servers for one in _troubles(server, senders, choose, sequence)]
    if found:
        return found
    names = ", ".join(str(one) for one in senders.servers[:_MOST_NAMED])
    more = f" and {len(senders.servers) - _MOST_NAMED} more" if len(senders.servers) > _MOST_NAMED else ""
    return [ok(_SENDING, f"Sends through {names}{more}.")]


def check_replies(senders: Senders) -> list[Check]:
    """Does somebody receive what contacts answer? (SPEC M13, S1)"""
    found = [one for server in senders.servers if (one := _of_replies(server, senders.replies[server.pk])) is not None]
    if found or not senders.servers:
        return found
    return [ok(_REPLIES, "Answers to each of its outgoing servers arrive in their mailbox.")]


def check_authentication(senders: Senders, *, now: datetime) -> list[Check]:
    """Do the domains say that these servers may send in their name? What was seen when somebody looked counts."""
    domains: dict[str, OutgoingServer] = {}
    for server in senders.servers:
        domains.setdefault(server.from_address.rpartition("@")[2].lower(), server)
    return [_of_authentication(domain, server, now=now) for domain, server in list(domains.items())[:_MOST_NAMED]]


def _of_authentication(domain: str, server: OutgoingServer, *, now: datetime) -> Check:
    seen = remembered(server)
    look = Fix("mailboxes:outgoing-health", (server.mailbox_id, server.pk), "Look it up")
    if seen is None:
        words = f"See whether {domain} says that this server may send in its name: else mail goes to junk."
        return warning(_AUTHENTICATION, words, look)
    if seen.amiss:
        return warning(_AUTHENTICATION, f"{domain}: {seen.amiss}.", Fix(look.route, look.args, "Show"))
    if now - seen.at > _SEEN_LONG_AGO:
        words = f"{domain} was last looked up {(now - seen.at).days} days ago, and all was well. Domains change."
        return warning(_AUTHENTICATION, words, look)
    return ok(_AUTHENTICATION, f"{domain} says that this server may send in its name.")


def check_sender(sequence: Sequence, senders: Senders, *, by: Membership) -> list[Check]:
    """In whose name does it leave, and may this person send?"""
    author = sequence.author
    mailboxes = {one.mailbox_id: one.mailbox for one in senders.servers}
    if author is not None and all(may_still_send(author, one) for one in mailboxes.values()):
        return [ok(_SENDER, f"It leaves in the name of {author.user}.")]
    if stays_away := [one for one in mailboxes.values() if not may_still_send(by, one)]:
        return [refused(_SENDER, f"You may not send from {stays_away[0]}, so you cannot start it.")]
    gone = f"{author.user} may not send from its mailboxes any more" if author is not None else "Its author is gone"
    return [warning(_SENDER, f"{gone}: once you start it, it leaves in your name.")]


def _troubles(server: OutgoingServer, senders: Senders, choose: Fix, sequence: Sequence) -> Iterator[Check]:
    why_not = senders.why_not[server.pk]
    is_default = server.pk == senders.default_id
    if why_not and not senders.replies[server.pk].has_failed:
        # What failed is said of the answers.
        yield refused(_SENDING, why_not, choose) if is_default else _of_lost(server, why_not, senders, sequence)
        return
    see = Fix("mailboxes:outgoing-change", (server.mailbox_id, server.pk), "See the server")
    if server.health == Health.PAUSED:
        yield warning(_SENDING, f"{server} is paused, as it did not take our mail: nothing leaves through it.", see)
    elif server.is_failing:
        yield warning(_SENDING, f"{server} does not work now: {server.last_failure}"[:_LONGEST], see)


def _of_lost(server: OutgoingServer, why_not: str, senders: Senders, sequence: Sequence) -> Check:
    count = senders.waiting[server.pk]
    whom = "1 contact goes" if count == 1 else f"{count:,} contacts go"
    words = f"{why_not} {whom} through it: they wait until they are moved to another."
    return warning(_SENDING, words, Fix("sequences:enrollment-list", (sequence.pk,), "Move them"))


def _of_replies(server: OutgoingServer, result: Result) -> Check | None:
    fix = Fix("mailboxes:reply-check", (server.mailbox_id, server.pk), "Check now")
    if result.has_failed:
        words = f"Answers to {server} do not arrive: {result.words}" if result.words else f"{server}: its check failed."
        return refused(_REPLIES, words[:_LONGEST], Fix(fix.route, fix.args, "See the check"))
    if result.outcome == Outcome.RUNNING:
        return warning(_REPLIES, f"The reply check of {server} is running.", Fix(fix.route, fix.args, "Watch it"))
    if result.outcome == Outcome.UNCHECKED:
        return warning(_REPLIES, f"Nobody has checked yet whether answers to {server} arrive.", fix)
    return None


_MOST_NAMED = 5
_LONGEST = 400
