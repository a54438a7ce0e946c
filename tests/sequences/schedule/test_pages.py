"""The schedule of a sequence on screen: hours, days, limits and the forecast (SPEC S3)."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks

from mailboxes.models import Mailbox, MailboxAccess
from mailhub import clock
from mailhub.tenancy.models import Tenant
from sequences.models import Enrollment, SendingLimit, SendingSettings, Sequence
from sequences.running import tasks
from sequences.schedule.keeping import Schedule
from tests.factories import Cast, make_outgoing, signed_in
from tests.sequences.factories import enroll, make_contact, make_marketing_mailbox, make_sequence
from tests.sequences.schedule.factories import OFFICE, enroll_many

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("scope")]


@pytest.fixture
def sequence(cast: Cast, mailbox: Mailbox) -> Sequence:
    return make_sequence(mailbox, author=cast.owner, week=OFFICE)


@pytest.fixture
def owner(cast: Cast) -> Client:
    return signed_in(cast.owner)


def _url(sequence: Sequence, route: str = "sequence-schedule") -> str:
    return reverse(f"sequences:{route}", args=[sequence.pk])


def _typed(sequence: Sequence, **fields: str) -> dict[str, str]:
    seen = Schedule.of(sequence).fingerprint
    return {"day0_from0": "9", "day0_to0": "17:00", "zone": "account", "seen": seen, **fields}


def test_page_shows_hours_zone_and_limits(cast: Cast, sequence: Sequence, owner: Client) -> None:
    Tenant.objects.filter(pk=cast.tenant.pk).update(time_zone="Europe/Berlin")
    SendingSettings.objects.create(tenant=cast.tenant, skip_dates=["2026-12-24", "2026-12-25"], changed_at=clock.now())

    page = owner.get(_url(sequence)).content.decode()

    assert page.count('value="09:00"') == 5
    assert "The account&#x27;s: Europe/Berlin" in page
    assert "Thu 24 Dec 2026 to Fri 25 Dec 2026" in page
    assert "0 of 200 today" in page
    assert reverse("sequences:sending-settings") in page


def test_hours_are_saved_as_they_are_meant(sequence: Sequence, owner: Client) -> None:
    typed = _typed(
        sequence,
        day0_from1="1800",
        day0_to1="0:00",
        day5_from0="10.30",
        day5_to0="2 pm",
        zone="contact",
        skip_dates="2026-12-24 to 2026-12-26, 2027-01-01",
        new_per_day="25",
    )

    answer = owner.post(_url(sequence), typed)

    assert answer.status_code == 302
    found = sequence.refreshed()
    assert found.week[0] == [["09:00", "17:00"], ["18:00", "24:00"]]
    assert found.week[1:] == [[], [], [], [], [["10:30", "14:00"]], []]
    assert found.skip_dates == ["2026-12-24", "2026-12-25", "2026-12-26", "2027-01-01"]
    assert (found.zone, found.new_per_day) == ("contact", 25)


def test_saving_moves_who_waits(
    cast: Cast,
    sequence: Sequence,
    owner: Client,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    enrollment = enroll(sequence, make_contact(cast.tenant))
    monkeypatch.setattr(tasks.replan, "apply_async", lambda args, **_options: tasks.replan.run(*args))

    with django_capture_on_commit_callbacks(execute=True):
        owner.post(_url(sequence), _typed(sequence))

    due: datetime | None = enrollment.refreshed().due_at
    assert due is not None
    assert due.weekday() == 0


def test_saving_what_is_there_changes_nothing(sequence: Sequence, owner: Client) -> None:
    typed = _typed(sequence, **{f"day{day}_{part}0": at for day in range(5) for part, at in _OFFICE.items()})

    owner.post(_url(sequence), typed)

    assert sequence.refreshed().changed_at == sequence.changed_at


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"day0_from0": "17", "day0_to0": "9"}, "17:00 to 09:00 ends before it begins."),
        ({"day0_from0": "9", "day0_to0": "9"}, "09:00 to 09:00 is no time at all."),
        ({"day0_from1": "16:00", "day0_to1": "18:00"}, "09:00 to 17:00 and 16:00 to 18:00 overlap."),
        ({"day0_from0": "25:00"}, "“25:00” is no time of the day"),
        ({"day0_from0": "nine"}, "“nine” is no time of the day"),
        ({"day0_to0": ""}, "Say from when and until when."),
        ({"day0_from0": "", "day0_to0": ""}, "Choose hours on one day at least"),
        ({"skip_dates": "24.12.2026"}, "“24.12.2026” is no day: write it as 2026-12-25."),
        ({"skip_dates": "2026-02-30"}, "“2026-02-30” is no day"),
        ({"skip_dates": "2026-12-26 to 2026-12-24"}, "ends before it begins"),
        ({"skip_dates": "2026-12-26 to"}, "Say until which day"),
        ({"skip_dates": "2000-01-01 to 9999-12-31"}, "400 days are the most."),
        ({"new_per_day": "-1"}, "greater than or equal to 0"),
        ({"new_per_day": "99999999999"}, "less than or equal to 1000000"),
        ({"zone": "moon"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    sequence: Sequence, owner: Client, fields: dict[str, str], words: str
) -> None:
    answer = owner.post(_url(sequence), _typed(sequence, **fields))

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert sequence.refreshed().week == OFFICE


def test_copying_a_day_works_without_scripts_and_saves_nothing(sequence: Sequence, owner: Client) -> None:
    page = owner.post(_url(sequence), _typed(sequence, day0_from0="8:15", day6_from0="7:45", copy="0"))

    assert page.status_code == 200
    assert page.content.decode().count('value="8:15"') == 5
    assert page.content.decode().count('value="7:45"') == 1
    assert sequence.refreshed().week == OFFICE


def test_change_of_somebody_else_is_not_overwritten_unseen(sequence: Sequence, owner: Client) -> None:
    typed = _typed(sequence)
    Sequence.objects.update(new_per_day=7)

    answer = owner.post(_url(sequence), typed)

    assert answer.status_code == 422
    assert "Somebody changed the schedule" in answer.content.decode()
    assert sequence.refreshed().week == OFFICE


def test_forecast_shows_bars_and_the_same_in_a_table(cast: Cast, sequence: Sequence, owner: Client) -> None:
    Sequence.objects.update(week=[[["00:00", "24:00"]]] * 7)
    SendingLimit.objects.create(tenant=cast.tenant, server=sequence.server, per_day=30, changed_at=clock.now())
    enroll_many(sequence, 70, due_at=clock.now())

    page = owner.get(_url(sequence, "sequence-schedule-forecast"), headers={"HX-Request": "true"}).content.decode()

    assert "<html" not in page
    assert "<strong>70</strong> mails if nobody answers" in page
    assert "limits hold mail back on 2 days" in page
    assert page.count('class="series-0"') == 3 + 1
    assert page.count('scope="row"') == 14


def test_forecast_is_a_page_without_scripts(sequence: Sequence, owner: Client) -> None:
    page = owner.get(_url(sequence, "sequence-schedule-forecast")).content.decode()

    assert "<html" in page
    assert "Nothing is going to leave" in page


def test_nobody_sees_what_leaves_through_a_mailbox_that_is_hidden_from_them(
    cast: Cast, mailbox: Mailbox, sequence: Sequence
) -> None:
    MailboxAccess.objects.create(tenant=cast.tenant, mailbox=mailbox, membership=cast.member)
    hidden = make_outgoing(make_marketing_mailbox(cast.tenant, "Secret"), name="Hidden server")
    Sequence.objects.update(week=[[["00:00", "24:00"]]] * 7)
    enroll(sequence, make_contact(cast.tenant))
    enroll(sequence, make_contact(cast.tenant), server=hidden, server_id=hidden.pk)
    client = signed_in(cast.member)

    page = client.get(_url(sequence)).content.decode()
    forecast = client.get(_url(sequence, "sequence-schedule-forecast")).content.decode()

    assert "Hidden server" not in page + forecast
    assert "<strong>1</strong> mail if nobody answers" in forecast


def test_sequence_that_is_hidden_is_not_found(cast: Cast, sequence: Sequence) -> None:
    client = signed_in(cast.member)

    assert client.get(_url(sequence)).status_code == 404
    assert client.post(_url(sequence), _typed(sequence)).status_code == 404
    assert client.get(_url(sequence, "sequence-schedule-forecast")).status_code == 404


def test_number_of_queries_does_not_grow_with_servers(cast: Cast, sequence: Sequence, owner: Client) -> None:
    few = _queries(owner, _url(sequence))
    for number in range(20):
        server = make_outgoing(make_marketing_mailbox(cast.tenant), from_address=f"sales{number}@acme.example")
        enroll(sequence, make_contact(cast.tenant), server_id=server.pk, due_at=clock.now() + timedelta(days=1))

    assert _queries(owner, _url(sequence)) == few
    assert Enrollment.objects.count() == 20


def _queries(browser: Client, url: str) -> int:
    browser.get(url)
    with CaptureQueriesContext(connection) as queries:
        assert browser.get(url).status_code == 200
    return len(queries)


_OFFICE: dict[str, Any] = {"from": "09:00", "to": "17:00"}
