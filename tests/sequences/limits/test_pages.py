"""What limits sequences, on screen: of the account, of servers and of mailboxes (SPEC S3)."""

from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks

from mailboxes.models import Mailbox
from mailhub import clock
from sequences.models import SendingLimit, SendingSettings, Sequence
from sequences.running import tasks
from servers.models import OutgoingServer
from tests.factories import Cast, make_outgoing, signed_in
from tests.sequences.factories import enroll, make_contact, make_marketing_mailbox, make_sequence

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("scope")]

SETTINGS = reverse("sequences:sending-settings")
_ACCOUNT = {"sender_line": "Acme, Dublin", "per_day": "", "domain_per_day": ""}


@pytest.fixture
def owner(cast: Cast) -> Client:
    return signed_in(cast.owner)


@pytest.fixture
def server(mailbox: Mailbox) -> OutgoingServer:
    return make_outgoing(mailbox, name="Main")


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the sequences for which the bell was rung, as it rings."""
    found: list[str] = []
    monkeypatch.setattr(tasks.replan, "apply_async", lambda args, **_options: found.append(args[1]))
    return found


def _limit_page(of: OutgoingServer | Mailbox, deed: str = "change") -> str:
    kind = "mailbox-" if isinstance(of, Mailbox) else ""
    return reverse(f"sequences:sending-limit-{kind}{deed}", args=[of.pk])


def test_settings_of_the_account_are_saved(cast: Cast, owner: Client) -> None:
    typed = {**_ACCOUNT, "per_day": "1000", "domain_per_day": "30", "skip_dates": "2026-12-25\n2026-12-26"}

    answer = owner.post(SETTINGS, typed)

    assert answer.status_code == 302
    found = SendingSettings.objects.get()
    assert found.sender_line == "Acme, Dublin"
    assert (found.per_day, found.domain_per_day) == (1000, 30)
    assert found.skip_dates == ["2026-12-25", "2026-12-26"]


def test_due_times_move_with_the_settings_but_not_with_the_sender_line(
    cast: Cast,
    mailbox: Mailbox,
    owner: Client,
    rung: list[str],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    sequence = make_sequence(mailbox, author=cast.owner)
    with django_capture_on_commit_callbacks(execute=True):
        owner.post(SETTINGS, {**_ACCOUNT, "per_day": "1000"})
    with django_capture_on_commit_callbacks(execute=True):
        owner.post(SETTINGS, {**_ACCOUNT, "per_day": "1000", "sender_line": "Acme Ltd, Dublin"})

    assert rung == [str(sequence.pk)]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"per_day": "0"}, "greater than or equal to 1"),
        ({"domain_per_day": "99999999999"}, "less than or equal to 1000000"),
        ({"skip_dates": "soon"}, "“soon” is no day"),
        ({"sender_line": "x" * 301}, "at most 300 characters"),
        ({"sender_line": "a\x00b"}, "Null characters are not allowed"),
    ],
)
def test_settings_that_cannot_be_are_refused_in_words(owner: Client, fields: dict[str, str], words: str) -> None:
    answer = owner.post(SETTINGS, {**_ACCOUNT, **fields})

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not SendingSettings.objects.exists()


def test_page_says_who_shares_a_quota_and_that_the_lowest_holds(
    cast: Cast, mailbox: Mailbox, server: OutgoingServer, owner: Client
) -> None:
    alias = make_outgoing(mailbox, is_default=False, name="Alias", username=server.username)
    for one, per_day in ((server, 500), (alias, 50)):
        SendingLimit.objects.create(tenant=cast.tenant, server=one, per_day=per_day, changed_at=clock.now())

    page = owner.get(SETTINGS).content.decode()

    assert "500 a day · shares its sign-in with Alias: the lowest of them holds, 50 a day" in page
    assert page.count("0 of 50 today") == 2


def test_limit_with_a_ramp_up_is_saved_and_shown(server: OutgoingServer, owner: Client) -> None:
    typed = {"per_day": "100", "per_minute": "", "is_ramped": "on", "ramp_starts_on": clock.now().date().isoformat()}

    answer = owner.post(_limit_page(server), {**typed, "ramp_from": "20", "ramp_by": "40"})

    assert answer.status_code == 302
    found = SendingLimit.objects.get()
    assert (found.server_id, found.mailbox_id) == (server.pk, None)
    assert (found.per_day, found.per_minute, found.ramp_from, found.ramp_by) == (100, None, 20, 40)
    assert owner.get(_limit_page(server)).content.decode().count('class="series-0"') == 3
    assert "20 today" in owner.get(SETTINGS).content.decode()


def test_limit_without_a_ramp_up_has_no_first_day(server: OutgoingServer, owner: Client) -> None:
    owner.post(_limit_page(server), {"per_day": "100", "per_minute": "5", "ramp_starts_on": "2026-03-01"})

    assert SendingLimit.objects.get().ramp_starts_on is None


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"ramp_starts_on": ""}, "Say on which day it begins."),
        ({"ramp_starts_on": "9999-12-31"}, "Choose a day of this century."),
        ({"ramp_starts_on": "yesterday"}, "Choose a day, such as"),
        ({"ramp_from": ""}, "Say how many leave on the first day."),
        ({"ramp_by": ""}, "Say how many more leave each day."),
        ({"ramp_by": "0"}, "greater than or equal to 1"),
        ({"per_day": ""}, "Say how many leave a day once it is ramped up."),
        ({"ramp_from": "101"}, "That is more than the 100 a day that it leads up to."),
        ({"per_minute": "99999999999"}, "less than or equal to 1000000"),
    ],
)
def test_ramp_up_that_cannot_be_is_refused_in_words(
    server: OutgoingServer, owner: Client, fields: dict[str, str], words: str
) -> None:
    typed = {"per_day": "100", "is_ramped": "on", "ramp_starts_on": "2026-03-01", "ramp_from": "20", "ramp_by": "10"}

    answer = owner.post(_limit_page(server), {**typed, **fields})

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not SendingLimit.objects.exists()


def test_mailbox_has_a_limit_of_its_own(cast: Cast, mailbox: Mailbox, owner: Client) -> None:
    owner.post(_limit_page(mailbox), {"per_day": "40", "per_minute": "2"})

    assert SendingLimit.objects.get().mailbox_id == mailbox.pk
    assert "40 a day, 2 a minute, from the whole mailbox" in owner.get(SETTINGS).content.decode()


def test_cleared_limit_gives_way_to_the_default(cast: Cast, server: OutgoingServer, owner: Client) -> None:
    SendingLimit.objects.create(tenant=cast.tenant, server=server, per_day=7, changed_at=clock.now())

    owner.post(_limit_page(server, "clear"))
    owner.post(_limit_page(server, "clear"))

    assert not SendingLimit.objects.exists()
    assert "0 of 200 today" in owner.get(SETTINGS).content.decode()


def test_change_of_a_limit_asks_those_who_wait_for_it(
    cast: Cast,
    mailbox: Mailbox,
    server: OutgoingServer,
    owner: Client,
    rung: list[str],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    alias = make_outgoing(mailbox, is_default=False, username=server.username)
    waits, other = (make_sequence(mailbox, author=cast.owner, server=server) for _ in range(2))
    enroll(waits, make_contact(cast.tenant), server_id=alias.pk)
    enroll(other, make_contact(cast.tenant), server_id=make_outgoing(make_marketing_mailbox(cast.tenant)).pk)

    with django_capture_on_commit_callbacks(execute=True):
        owner.post(_limit_page(server), {"per_day": "500"})
    with django_capture_on_commit_callbacks(execute=True):
        owner.post(_limit_page(mailbox), {"per_day": "500"})

    assert rung == [str(waits.pk)] * 2


def test_only_who_manages_the_account_sets_limits(cast: Cast, server: OutgoingServer) -> None:
    member = signed_in(cast.member)

    assert member.get(SETTINGS).status_code == 403
    assert member.post(_limit_page(server), {"per_day": "5"}).status_code == 403
    assert not SendingLimit.objects.exists()


def test_number_of_queries_does_not_grow_with_servers(cast: Cast, server: OutgoingServer, owner: Client) -> None:
    few = _queries(owner)
    for number in range(19):
        one = make_outgoing(make_marketing_mailbox(cast.tenant), from_address=f"sales{number}@acme.example")
        SendingLimit.objects.create(
            tenant=cast.tenant, server=one, per_day=number, ramp_starts_on=date(2026, 3, 1), changed_at=clock.now()
        )

    assert _queries(owner) == few
    assert Sequence.objects.count() == 0


def _queries(browser: Client) -> int:
    browser.get(SETTINGS)
    with CaptureQueriesContext(connection) as queries:
        assert browser.get(SETTINGS).status_code == 200
    return len(queries)
