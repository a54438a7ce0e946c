"""What the check list finds before a sequence starts."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mailboxes.models import Mailbox, ReplyCheck, ReplyProbe
from mailhub import clock
from mailhub.tenancy.models import Membership
from sequences.limits.defaults import DEFAULT_PER_DAY
from sequences.models import ContactField, SendingLimit, SendingSettings, Sequence, Variant
from sequences.starting.checks import checks_of
from sequences.starting.verdicts import Verdict, worst_of
from servers.models import OutgoingServer
from servers.sender_health.checking import SenderHealth
from servers.sender_health.remembering import remember
from servers.sender_health.report import Check as Seen
from servers.sender_health.report import State
from tests.factories import Cast, make_outgoing
from tests.sequences.factories import Mail, enroll, make_contact, make_step
from tests.sequences.starting.conftest import note_replies

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("scope")]

_OK, _WARNING, _REFUSED = Verdict.OK, Verdict.WARNING, Verdict.REFUSED
_Found = list[tuple[Verdict, str]]


def _of(sequence: Sequence, title: str, by: Membership) -> _Found:
    """Return what is said under a title about the sequence as it is now."""
    row = Sequence.objects.select_related("server__mailbox", "author__user").get(pk=sequence.pk)
    return [(one.verdict, one.words) for one in checks_of(row, by=by, now=clock.now()) if one.title == title]


def _server(sequence: Sequence) -> OutgoingServer:
    assert sequence.server is not None
    return sequence.server


def test_where_all_is_well_only_what_nobody_keeps_is_worth_a_look(cast: Cast, sequence: Sequence) -> None:
    enroll(sequence, make_contact(cast.tenant))

    checks = checks_of(sequence, by=cast.owner, now=clock.now())

    assert [one.title for one in checks if one.verdict != _OK] == ["SPF, DKIM and DMARC"]
    assert worst_of(checks) == _WARNING


def test_what_a_domain_publishes_is_known_once_somebody_has_looked(cast: Cast, sequence: Sequence) -> None:
    server, now = _server(sequence), clock.now()
    good = SenderHealth("x.example", (Seen("SPF", State.OK, ""), Seen("DKIM", State.OK, "")))
    bad = SenderHealth("x.example", (Seen("SPF", State.OK, ""), Seen("DMARC", State.MISSING, "")))

    remember(server, good, now=now)
    [(verdict, _words)] = _of(sequence, "SPF, DKIM and DMARC", cast.owner)
    assert verdict == _OK

    remember(server, good, now=now - timedelta(days=31))
    [(verdict, words)] = _of(sequence, "SPF, DKIM and DMARC", cast.owner)
    assert verdict == _WARNING
    assert "31 days ago" in words

    remember(server, bad, now=now)
    [(verdict, words)] = _of(sequence, "SPF, DKIM and DMARC", cast.owner)
    assert verdict == _WARNING
    assert "DMARC: look at this" in words

    remember(server, good, now=now)
    OutgoingServer.objects.filter(pk=server.pk).update(host="other.example")
    [(verdict, words)] = _of(sequence, "SPF, DKIM and DMARC", cast.owner)
    assert verdict == _WARNING
    assert words.startswith("See whether")


def test_a_sequence_without_a_step_is_refused(cast: Cast, sequence: Sequence) -> None:
    sequence.steps.update(removed_at=clock.now())

    assert _of(sequence, "Mails", cast.owner) == [(_REFUSED, "The sequence has no step yet.")]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"is_active": False}, "Step 1 has no text that is switched on."),
        ({"subject": " "}, "Step 1 has no subject"),
        ({"html": "<p> </p>"}, "Step 1: It is empty."),
        ({"html": "<p>Hello {{ nickname }}</p>"}, "Step 1: There is no field “nickname” here."),
        ({"html": "<p>Hello {{ first_name</p>"}, "Step 1: "),
    ],
)
def test_a_text_that_nobody_can_get_is_refused(
    cast: Cast, sequence: Sequence, change: dict[str, object], words: str
) -> None:
    Variant.objects.update(**change)

    ((verdict, said), *_others) = _of(sequence, "Mails", cast.owner)

    assert verdict == _REFUSED
    assert said.startswith(words)


def test_a_later_step_needs_no_subject(cast: Cast, sequence: Sequence) -> None:
    make_step(sequence, Mail(subject="", delay=3), position=2)

    assert _of(sequence, "Mails", cast.owner) == [(_OK, "2 steps, 2 texts: each can be written.")]


def test_without_an_outgoing_server_it_is_refused(cast: Cast, sequence: Sequence) -> None:
    Sequence.objects.update(server=None)

    assert _of(sequence, "Outgoing servers", cast.owner) == [(_REFUSED, "No outgoing server is chosen.")]


def test_a_server_that_is_switched_off_is_refused(cast: Cast, sequence: Sequence) -> None:
    OutgoingServer.objects.update(is_active=False)

    ((verdict, words),) = _of(sequence, "Outgoing servers", cast.owner)

    assert verdict == _REFUSED
    assert "is switched off" in words


def test_a_paused_server_is_worth_a_look(cast: Cast, sequence: Sequence) -> None:
    OutgoingServer.objects.update(paused_at=clock.now())

    ((verdict, words),) = _of(sequence, "Outgoing servers", cast.owner)

    assert verdict == _WARNING
    assert "is paused" in words


def test_contacts_on_a_lost_server_of_their_own_are_counted(cast: Cast, mailbox: Mailbox, sequence: Sequence) -> None:
    other = make_outgoing(mailbox, is_default=False, is_active=False, name="Fairs")
    for _ in range(2):
        enroll(sequence, make_contact(cast.tenant), server_id=other.pk)

    ((verdict, words),) = _of(sequence, "Outgoing servers", cast.owner)

    assert verdict == _WARNING
    assert "Fairs is switched off. 2 contacts go through it" in words


@pytest.mark.parametrize(
    ("state", "verdict"),
    [
        (ReplyProbe.State.ARRIVED, _OK),
        (ReplyProbe.State.WAITING, _WARNING),
        (ReplyProbe.State.MISSING, _REFUSED),
        (ReplyProbe.State.NOT_SENT, _REFUSED),
    ],
)
def test_answers_have_to_arrive(cast: Cast, sequence: Sequence, state: ReplyProbe.State, verdict: Verdict) -> None:
    ReplyCheck.objects.all().delete()
    note_replies(_server(sequence), state)

    assert [one for one, _words in _of(sequence, "Answers", cast.owner)] == [verdict]


def test_a_server_that_nobody_checked_is_worth_a_look(cast: Cast, sequence: Sequence) -> None:
    ReplyCheck.objects.all().delete()

    ((verdict, words),) = _of(sequence, "Answers", cast.owner)

    assert verdict == _WARNING
    assert "Nobody has checked yet" in words


def test_who_starts_it_takes_over_from_an_author_who_is_gone(cast: Cast, sequence: Sequence) -> None:
    Sequence.objects.update(author=cast.member)

    ((verdict, words),) = _of(sequence, "Who sends", cast.owner)

    assert verdict == _WARNING
    assert (
        words
        == f"{cast.member.user} may not send from its mailboxes any more: once you start it, it leaves in your name."
    )


def test_who_may_not_use_the_mailbox_may_not_start_it(cast: Cast, sequence: Sequence) -> None:
    Sequence.objects.update(author=None)

    ((verdict, _words),) = _of(sequence, "Who sends", cast.member)

    assert verdict == _REFUSED


def test_missing_values_are_counted_for_columns_and_for_fields_of_the_account(cast: Cast, sequence: Sequence) -> None:
    ContactField.objects.create(tenant=cast.tenant, key="plan", label="Plan", created_at=clock.now())
    Variant.objects.update(html="<p>{{ first_name }} {{ company | default: 'you' }} {{ plan }} {{ job_title }}</p>")
    enroll(sequence, make_contact(cast.tenant, first_name="", custom={"plan": "Gold"}, job_title="Baker"))
    enroll(sequence, make_contact(cast.tenant, custom={"plan": ""}))
    enroll(sequence, make_contact(cast.tenant, custom={}, job_title="Baker"))

    found = _of(sequence, "Merge fields", cast.owner)

    assert {verdict for verdict, _words in found} == {_WARNING}
    assert [words.partition(":")[0] for _verdict, words in found] == [
        "1 contact has no value for “First name”",
        "1 contact has no value for “Job title”",
        "2 contacts have no value for “Plan”",
    ]


def test_a_sequence_without_hours_is_refused(cast: Cast, sequence: Sequence) -> None:
    Sequence.objects.update(week=[[] for _day in range(7)])

    assert _of(sequence, "Hours", cast.owner) == [(_REFUSED, "It has no hours in which it sends.")]


def test_hours_that_begin_after_two_weeks_are_worth_a_look(cast: Cast, sequence: Sequence) -> None:
    today = clock.now().date()
    Sequence.objects.update(skip_dates=[(today + timedelta(days=number)).isoformat() for number in range(-1, 20)])

    ((verdict, words),) = _of(sequence, "Hours", cast.owner)

    assert verdict == _WARNING
    assert words.startswith("Nothing leaves in the next 14 days")


def test_limits_that_are_too_low_for_all_first_mails_are_worth_a_look(cast: Cast, sequence: Sequence) -> None:
    SendingLimit.objects.create(tenant=cast.tenant, server=sequence.server, per_day=1, changed_at=clock.now())
    for _ in range(20):
        enroll(sequence, make_contact(cast.tenant))

    ((verdict, words),) = _of(sequence, "Limits", cast.owner)

    assert verdict == _WARNING
    assert "20 contacts wait for their first mail, and not all of them get it by then." in words


def test_limits_say_how_long_it_takes(cast: Cast, sequence: Sequence) -> None:
    enroll(sequence, make_contact(cast.tenant))

    ((verdict, words),) = _of(sequence, "Limits", cast.owner)

    assert verdict == _OK
    assert f"Up to {DEFAULT_PER_DAY} may leave on a day. The first mails can all leave today." in words


def test_nobody_in_it_is_no_trouble(cast: Cast, sequence: Sequence) -> None:
    ((verdict, words),) = _of(sequence, "Contacts", cast.owner)

    assert verdict == _OK
    assert words.startswith("Nobody waits in it yet")


def test_a_missing_postal_address_is_worth_a_look(cast: Cast, sequence: Sequence) -> None:
    SendingSettings.objects.update(sender_line="")

    assert [one for one, _words in _of(sequence, "Postal address", cast.owner)] == [_WARNING]


def test_the_number_of_queries_follows_neither_contacts_nor_servers(
    cast: Cast, mailbox: Mailbox, sequence: Sequence
) -> None:
    def queries() -> int:
        row = Sequence.objects.select_related("server__mailbox", "author__user").get(pk=sequence.pk)
        with CaptureQueriesContext(connection) as captured:
            checks_of(row, by=cast.owner, now=clock.now())
        return len(captured)

    enroll(sequence, make_contact(cast.tenant))
    one = queries()
    for number in range(4):
        other = make_outgoing(mailbox, is_default=False, name=f"Server {number}")
        enroll(sequence, make_contact(cast.tenant), server_id=other.pk)

    assert queries() <= one + 1
