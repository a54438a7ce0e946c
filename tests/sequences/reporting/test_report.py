"""What a report counts, and for whom (SPEC S7, SECURITY TC10, TC15)."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mailboxes.models import Mailbox, MailboxAccess
from mailhub import clock
from mailhub.lib.ids import new_id
from mailhub.tenancy.models import Tenant
from sequences.models import Sequence, StepSend, TrackingHit, Variant
from tests.factories import Cast, make_cast, make_outgoing, signed_in
from tests.sequences.factories import Mail, enroll, make_contact, make_marketing_mailbox, make_sequence
from tests.sequences.reporting.mails import make_send, make_sends

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("scope")]

NOW = clock.now()
YESTERDAY = NOW - timedelta(days=1)
THREE = (Mail(), Mail(subject="", delay=3), Mail(subject="One last thing", delay=2))


@pytest.fixture
def sequence(cast: Cast, mailbox: Mailbox) -> Sequence:
    return make_sequence(mailbox, author=cast.owner, steps=THREE, created_at=NOW - timedelta(days=400))


@pytest.fixture
def owner(cast: Cast) -> Client:
    return signed_in(cast.owner)


def _export(client: Client, sequence: Sequence, **wish: str) -> dict[str, dict[str, str]]:
    """Return the table as it is exported, each row by its name."""
    answer = client.get(reverse("sequences:sequence-report-export", args=[sequence.pk]), wish)
    assert answer.status_code == 200
    text = answer.getvalue().decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    return {row[next(iter(row))]: row for row in rows}


def _page(client: Client, sequence: Sequence, **wish: str) -> str:
    answer = client.get(reverse("sequences:sequence-report", args=[sequence.pk]), wish)
    assert answer.status_code == 200
    return answer.content.decode()


def _numbers(row: dict[str, str], *columns: str) -> tuple[int, ...]:
    return tuple(int(row[column]) for column in columns)


def test_each_mail_counts_for_what_became_of_it(owner: Client, sequence: Sequence) -> None:
    make_sends(sequence, 4, at=YESTERDAY)
    make_sends(sequence, 2, at=YESTERDAY, replied_at=NOW)
    make_sends(sequence, 1, at=YESTERDAY, bounced_at=NOW)
    make_sends(sequence, 1, at=YESTERDAY, away_at=NOW, unsubscribed_at=NOW)

    row = _export(owner, sequence)["Step 1"]

    columns = ("Sent", "Delivered", "Bounced", "Replied", "Out of office", "Unsubscribed")
    assert _numbers(row, *columns) == (8, 7, 1, 2, 1, 1)
    assert "Uncertain" not in row
    assert "Opened" not in row


def test_what_did_not_leave_was_not_sent_and_a_refusal_was(owner: Client, sequence: Sequence) -> None:
    make_sends(sequence, 1, at=YESTERDAY)
    make_sends(sequence, 1, at=YESTERDAY, sent_at=None, withdrawn_at=NOW)
    make_sends(sequence, 1, at=YESTERDAY, sent_at=None, failed_at=NOW)
    make_sends(sequence, 1, at=YESTERDAY, sent_at=None)
    make_sends(sequence, 1, at=YESTERDAY, sent_at=None, failed_at=YESTERDAY, bounced_at=YESTERDAY)
    make_sends(sequence, 3, at=YESTERDAY, sent_at=None, uncertain_at=YESTERDAY)

    row = _export(owner, sequence)["All"]

    assert _numbers(row, "Sent", "Delivered", "Bounced", "Uncertain") == (2, 1, 1, 3)


def test_a_reply_belongs_to_the_step_whose_mail_it_answered(owner: Client, sequence: Sequence) -> None:
    first, second, _third = sequence.steps.all()
    enrollment = enroll(sequence, make_contact(sequence.tenant))
    make_send(enrollment, first, at=YESTERDAY, replied_at=NOW)
    make_send(enrollment, second, at=YESTERDAY)

    rows = _export(owner, sequence)

    assert _numbers(rows["Step 1"], "Sent", "Replied") == (1, 1)
    assert _numbers(rows["Step 2"], "Sent", "Replied") == (1, 0)
    assert _numbers(rows["Step 3"], "Sent", "Replied") == (0, 0)
    assert _numbers(rows["All"], "Sent", "Replied") == (2, 1)


def test_a_step_that_was_taken_out_stays_in_the_report(owner: Client, sequence: Sequence) -> None:
    second = sequence.steps.all()[1]
    make_sends(sequence, 2, at=YESTERDAY, step=second)
    type(second).objects.filter(pk=second.pk).update(removed_at=NOW)

    rows = _export(owner, sequence)

    assert _numbers(rows["Step 2 (taken out)"], "Sent") == (2,)


def test_texts_and_servers_are_rows_of_their_own(cast: Cast, owner: Client, sequence: Sequence) -> None:
    step = sequence.steps.first()
    assert step is not None
    Variant.objects.create(tenant=cast.tenant, step=step, label="B", subject="Other", html="<p>x</p>", changed_at=NOW)
    second = make_outgoing(make_marketing_mailbox(cast.tenant), name="Second")
    make_sends(sequence, 3, at=YESTERDAY, label="A")
    make_sends(sequence, 2, at=YESTERDAY, label="B", server=second)
    make_sends(sequence, 1, at=YESTERDAY, label="B", server=None)

    texts, servers = _export(owner, sequence, by="variant"), _export(owner, sequence, by="server")

    assert (_numbers(texts["Step 1 · A"], "Sent"), _numbers(texts["Step 1 · B"], "Sent")) == ((3,), (3,))
    assert _numbers(servers[str(sequence.server)], "Sent") == (3,)
    assert _numbers(servers["Second"], "Sent") == (2,)
    assert _numbers(servers["Deleted servers"], "Sent") == (1,)


def test_days_are_those_of_the_account(cast: Cast, owner: Client, sequence: Sequence) -> None:
    Tenant.objects.filter(pk=cast.tenant.pk).update(time_zone="Asia/Tokyo")
    make_sends(sequence, 1, at=datetime(2026, 3, 3, 14, 59, tzinfo=UTC))
    make_sends(sequence, 2, at=datetime(2026, 3, 3, 15, 0, tzinfo=UTC))
    make_sends(sequence, 4, at=datetime(2026, 3, 4, 15, 0, tzinfo=UTC))

    days = _export(owner, sequence, table="days", since="2026-03-03", until="2026-03-04")

    assert {day: row["Sent"] for day, row in days.items()} == {"2026-03-03": "1", "2026-03-04": "2"}


def test_days_hold_over_a_change_of_the_clock(cast: Cast, owner: Client, sequence: Sequence) -> None:
    Tenant.objects.filter(pk=cast.tenant.pk).update(time_zone="Europe/Berlin")
    make_sends(sequence, 1, at=datetime(2026, 3, 28, 23, 0, tzinfo=UTC))
    make_sends(sequence, 2, at=datetime(2026, 3, 29, 21, 59, tzinfo=UTC))
    make_sends(sequence, 4, at=datetime(2026, 3, 29, 22, 0, tzinfo=UTC))

    days = _export(owner, sequence, table="days", since="2026-03-29", until="2026-03-30")

    assert {day: row["Sent"] for day, row in days.items()} == {"2026-03-29": "3", "2026-03-30": "4"}


@pytest.mark.parametrize(("range_", "count"), [("7", 1), ("30", 3), ("90", 7), ("all", 15)])
def test_the_range_says_which_mails_are_counted(owner: Client, sequence: Sequence, range_: str, count: int) -> None:
    for back, many in ((1, 1), (20, 2), (60, 4), (300, 8)):
        make_sends(sequence, many, at=NOW - timedelta(days=back))

    assert _numbers(_export(owner, sequence, range=range_)["All"], "Sent") == (count,)


def test_the_funnel_counts_contacts_and_not_mails(owner: Client, sequence: Sequence) -> None:
    first, second, _third = sequence.steps.all()
    enroll(sequence, make_contact(sequence.tenant))
    twice = enroll(sequence, make_contact(sequence.tenant))
    make_send(twice, first, at=YESTERDAY)
    make_send(twice, second, at=YESTERDAY, replied_at=NOW)
    make_sends(sequence, 1, at=YESTERDAY, bounced_at=NOW)

    page = _page(owner, sequence)

    stages = re.findall(r"<strong>(\d+)</strong> ([a-z ]+)</span>", page)
    assert stages == [("3", "were added"), ("2", "were sent a mail"), ("1", "had one delivered"), ("1", "replied")]


def test_texts_are_compared_by_more_than_their_rates(owner: Client, cast: Cast, sequence: Sequence) -> None:
    step = sequence.steps.first()
    assert step is not None
    Variant.objects.create(tenant=cast.tenant, step=step, label="B", subject="Other", html="<p>x</p>", changed_at=NOW)
    make_sends(sequence, 3, at=YESTERDAY, label="A", replied_at=NOW)
    make_sends(sequence, 3, at=YESTERDAY, label="B")
    few = _page(owner, sequence, by="variant")
    make_sends(sequence, 40, at=YESTERDAY, label="A", replied_at=NOW)
    make_sends(sequence, 40, at=YESTERDAY, label="B")
    many = _page(owner, sequence, by="variant")

    assert "Too few yet to tell the texts apart" in few
    assert "A is answered more often" in many


def test_people_proxies_and_scanners_are_counted_apart(owner: Client, sequence: Sequence) -> None:
    Sequence.objects.filter(pk=sequence.pk).update(tracks_opens=True, tracks_clicks=True)
    seen, looked_at, scanned = make_sends(sequence, 3, at=YESTERDAY)
    StepSend.objects.filter(pk=seen.pk).update(opened_at=NOW)
    for send, visitor, kind in (
        (seen, "human", "open"),
        (seen, "proxy", "open"),
        (looked_at, "proxy", "open"),
        (looked_at, "proxy", "open"),
        (scanned, "scanner", "click"),
    ):
        TrackingHit.objects.create(tenant=sequence.tenant, send=send, kind=kind, visitor=visitor, at=NOW)

    page = _page(owner, sequence)

    assert _numbers(_export(owner, sequence)["All"], "Opened", "Clicked") == (1, 0)
    assert page.count("proxies: 2") == 2
    assert page.count("scanners: 1") == 2


def test_nothing_sent_yet_is_said(owner: Client, cast: Cast, mailbox: Mailbox) -> None:
    draft = make_sequence(mailbox, author=cast.owner, state=Sequence.State.DRAFT, started_at=None)

    assert "Nothing sent yet" in _page(owner, draft)


@pytest.mark.parametrize(
    "query",
    [
        "range=x&by=x&lines=x",
        "since=%00&until=%F0%9F%92%A9",
        "since=2026-13-40",
        "since=0001-01-01&until=9999-12-31",
        "since=9999-12-31",
        "until=0001-01-01",
        "since=2026-03-04&until=2026-03-01",
        "by=sequence",
        "range=9999999999999999999",
        "lines=sent&by=server",
        "range=all&lines=replied&by=variant",
    ],
)
@pytest.mark.parametrize("route", ["sequence-report", "sequence-report-export", "report-list"])
def test_a_query_that_nobody_meant_breaks_nothing(owner: Client, sequence: Sequence, route: str, query: str) -> None:
    make_sends(sequence, 1, at=YESTERDAY)
    arguments = [] if route == "report-list" else [sequence.pk]

    answer = owner.get(f"{reverse(f'sequences:{route}', args=arguments)}?{query}")

    assert answer.status_code == 200


def test_days_that_make_no_sense_are_named(owner: Client, sequence: Sequence) -> None:
    page = _page(owner, sequence, since="2026-03-04", until="2026-03-01")

    assert "This day comes before the first one." in page


def test_a_cell_of_the_export_is_no_formula(owner: Client, cast: Cast, mailbox: Mailbox) -> None:
    sequence = make_sequence(mailbox, author=cast.owner, steps=[Mail(subject='=HYPERLINK("https://evil.example")')])
    make_sends(sequence, 1, at=YESTERDAY)

    assert _export(owner, sequence)["Step 1"]["Detail"].startswith("'=")


def test_a_person_counts_only_what_they_see(cast: Cast, sequence: Sequence, mailbox: Mailbox) -> None:
    MailboxAccess.objects.create(tenant=cast.tenant, mailbox=mailbox, membership=cast.member)
    secret = make_outgoing(make_marketing_mailbox(cast.tenant, "Secret"), name="Secret")
    make_sends(sequence, 2, at=YESTERDAY)
    for _number in range(3):
        hidden = enroll(sequence, make_contact(sequence.tenant), server=secret, server_id=secret.pk)
        make_send(hidden, sequence.steps.all()[0], at=YESTERDAY, replied_at=NOW)
    member, owner = signed_in(cast.member), signed_in(cast.owner)

    servers = _export(member, sequence, by="server")

    assert _numbers(servers["All"], "Sent", "Replied") == (2, 0)
    assert "Secret" not in servers
    assert "<strong>2</strong> were added" in _page(member, sequence)
    assert _numbers(_export(owner, sequence)["All"], "Sent", "Replied") == (5, 3)


def test_the_mail_that_left_through_a_mailbox_of_others_is_not_counted_after_a_move(
    cast: Cast, sequence: Sequence, mailbox: Mailbox
) -> None:
    MailboxAccess.objects.create(tenant=cast.tenant, mailbox=mailbox, membership=cast.member)
    secret = make_outgoing(make_marketing_mailbox(cast.tenant, "Secret"), name="Secret")
    first, second, _third = sequence.steps.all()
    moved = enroll(sequence, make_contact(sequence.tenant))
    make_send(moved, first, at=YESTERDAY, server=secret)
    make_send(moved, second, at=YESTERDAY)

    rows = _export(signed_in(cast.member), sequence, by="server")

    assert _numbers(rows["All"], "Sent") == (1,)
    assert "Secret" not in rows


def test_a_report_of_others_is_not_there(cast: Cast, sequence: Sequence) -> None:
    stranger = make_cast()

    for route in ("sequence-report", "sequence-report-export"):
        url, unknown = (reverse(f"sequences:{route}", args=[one]) for one in (sequence.pk, new_id()))
        answers = [
            signed_in(stranger.owner).get(url),
            signed_in(cast.member).get(url),
            signed_in(cast.owner).get(unknown),
        ]
        assert {one.status_code for one in answers} == {404}


def test_all_sequences_that_one_may_see_stand_side_by_side(cast: Cast, sequence: Sequence, mailbox: Mailbox) -> None:
    MailboxAccess.objects.create(tenant=cast.tenant, mailbox=mailbox, membership=cast.member)
    secret = make_sequence(make_marketing_mailbox(cast.tenant, "Secret"), author=cast.owner, name="Secret plans")
    make_sends(sequence, 2, at=YESTERDAY)
    make_sends(secret, 3, at=YESTERDAY)

    of_owner = signed_in(cast.owner).get(reverse("sequences:report-list")).content.decode()
    of_member = signed_in(cast.member).get(reverse("sequences:report-list")).content.decode()

    assert sequence.name in of_owner
    assert "Secret plans" in of_owner
    assert "Secret plans" not in of_member
    assert _totals(of_owner)[0] == 5
    assert _totals(of_member)[0] == 2


@pytest.mark.parametrize("route", ["sequence-report", "report-list"])
def test_the_number_of_queries_does_not_follow_steps_and_mails(
    cast: Cast, owner: Client, mailbox: Mailbox, route: str
) -> None:
    small = make_sequence(mailbox, author=cast.owner, steps=[Mail()], tracks_opens=True)
    make_sends(small, 1, at=YESTERDAY)
    before = _query_count(owner, route, small)
    large = make_sequence(mailbox, author=cast.owner, steps=[Mail() for _number in range(8)], tracks_opens=True)
    for step in large.steps.all():
        make_sends(large, 3, at=YESTERDAY, step=step)
        make_sends(large, 3, at=NOW - timedelta(days=3), step=step)

    after = _query_count(owner, route, large)

    assert after == before


def _totals(page: str) -> list[int]:
    """Return the numbers of the last row of the table."""
    foot = page.partition("<tfoot>")[2].partition("</tfoot>")[0]
    return [int(number) for number in re.findall(r"report-count[^>]*>(\d+)<", foot)]


def _query_count(client: Client, route: str, sequence: Sequence) -> int:
    url = reverse(f"sequences:{route}", args=[] if route == "report-list" else [sequence.pk])
    client.get(url)
    with CaptureQueriesContext(connection) as queries:
        client.get(f"{url}?by=variant&lines=sent")
    return len(queries)
