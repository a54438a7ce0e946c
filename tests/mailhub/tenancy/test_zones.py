"""An account is counted on the clock of another time zone."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks

from billing import subscribing
from mailboxes.models import Mailbox
from mailhub import clock
from mailhub.tenancy import checks
from mailhub.tenancy.models import Tenant
from mailhub.tenancy.scope import tenant_scope
from mailhub.tenancy.zones import change_zone
from sequences.models import Sequence
from sequences.running import tasks
from tests.factories import Cast, make_cast
from tests.sequences.factories import make_marketing_mailbox, make_sequence

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Iterator[Cast]:
    cast = make_cast()
    with tenant_scope(cast.tenant.pk):
        yield cast


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the sequences for which the bell was rung, as it rings."""
    found: list[str] = []
    monkeypatch.setattr(tasks.replan, "apply_async", lambda args, **_options: found.append(args[1]))
    return found


@pytest.fixture
def sequence(cast: Cast) -> Sequence:
    mailbox: Mailbox = make_marketing_mailbox(cast.tenant)
    return make_sequence(mailbox, author=cast.owner)


def test_running_month_ends_at_midnight_of_the_new_zone(cast: Cast) -> None:
    subscription = subscribing.first_subscription()
    before = subscription.closes_at

    change_zone(cast.tenant, "America/New_York", now=clock.now())

    after = subscription.refreshed()
    assert after.billed_until == subscription.billed_until
    assert after.closes_at > before
    assert after.closes_at.astimezone(UTC).hour in (4, 5)


def test_who_waits_in_sequences_is_placed_anew(
    cast: Cast,
    sequence: Sequence,
    rung: list[str],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        change_zone(cast.tenant, "Asia/Tokyo", now=clock.now())

    assert rung == [str(sequence.pk)]
    assert Tenant.objects.get(pk=cast.tenant.pk).time_zone == "Asia/Tokyo"


def test_zone_that_the_account_has_moves_nothing(
    cast: Cast,
    sequence: Sequence,
    rung: list[str],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        change_zone(cast.tenant, "UTC", now=clock.now())

    assert rung == []


def test_new_account_begins_its_first_month_in_its_zone() -> None:
    tenant = Tenant.objects.create_tenant("Island", time_zone="Pacific/Kiritimati")

    with tenant_scope(tenant.pk):
        closes_at: datetime = subscribing.first_subscription().closes_at
    # Midnight there is 10:00 of the day before in UTC.
    assert closes_at.astimezone(UTC).hour == 10


def test_a_function_that_does_not_exist_is_found_at_the_start(settings: Any) -> None:
    settings.TENANT_ZONE_CHANGED = ("billing.closing.zones.no_such_function",)

    [problem] = checks.pipelines_import()

    assert "TENANT_ZONE_CHANGED" in str(problem.msg)
