"""Subscriptions of new tenants, and changes of plan (SPEC T5, B1)."""

import pytest
from pytest_django import Settings

from billing import subscribing
from billing.limits import LimitReached
from billing.models import Plan, PlanChange, Subscription
from mailboxes.models import Segment
from mailhub import clock
from mailhub.tenancy.checks import pipelines_import
from mailhub.tenancy.models import Tenant
from mailhub.tenancy.scope import tenant_scope
from servers.endpoints import Protocol, Security
from servers.models import IncomingServer
from servers.standing import PauseReason
from tests.factories import Cast, make_incoming

NOW = clock.now()


def test_a_new_tenant_has_the_default_plan_and_a_segment(db: None) -> None:
    tenant = Tenant.objects.create_tenant("New")

    with tenant_scope(tenant.pk):
        assert [(str(one), one.plan.code) for one in Subscription.objects.running()] == [("Main", "free")]
        assert [str(one) for one in Segment.objects.all()] == ["General"]
        assert PlanChange.objects.get().plan.code == "free"


def test_the_operator_chooses_the_default_plan(db: None, settings: Settings) -> None:
    settings.DEFAULT_PLAN = "premium"

    tenant = Tenant.objects.create_tenant("New")

    with tenant_scope(tenant.pk):
        assert subscribing.first_subscription().plan.code == "premium"


def test_a_name_that_nothing_has_stops_the_start(settings: Settings) -> None:
    settings.TENANT_CREATED = ("billing.subscribing.no_such_function",)

    [problem] = pipelines_import()

    assert "TENANT_CREATED" in str(problem.msg)


def test_a_change_of_plan_is_written_down(subscription: Subscription, premium: Plan) -> None:
    now = clock.now()

    subscribing.change_plan(subscription, premium, now=now)

    assert subscription.refreshed().plan == premium
    assert PlanChange.objects.get(subscription=subscription, at=now).plan == premium


def test_a_plan_that_is_too_small_is_refused_with_the_way_out(subscription: Subscription, free: Plan) -> None:
    Subscription.objects.filter(pk=subscription.pk).update(active_count=5)

    with pytest.raises(LimitReached, match="5 mailboxes are active, and Free has room for 3"):
        subscribing.change_plan(subscription, free, now=NOW)

    assert subscription.refreshed().plan.code == "standard"


def test_a_downgrade_pauses_encrypted_connected_pop_accounts_and_an_upgrade_resumes_them(
    cast: Cast, subscription: Subscription, free: Plan, premium: Plan
) -> None:
    encrypted = _connected(cast, security=Security.TLS)

    subscribing.change_plan(subscription, free, now=NOW)
    paused = encrypted.refreshed()
    subscribing.change_plan(subscription.refreshed(), premium, now=NOW)
    resumed = encrypted.refreshed()

    assert (paused.paused_at, paused.pause_reason, paused.security) == (NOW, PauseReason.PLAN, Security.TLS)
    assert (resumed.paused_at, resumed.pause_reason) == (None, "")
    assert resumed.next_poll_at == NOW


@pytest.mark.parametrize(
    "fields",
    [
        {"security": Security.NONE},
        {"security": Security.TLS, "is_primary": True},
        {"security": Security.TLS, "protocol": Protocol.IMAP},
    ],
)
def test_a_downgrade_leaves_all_other_servers_alone(
    cast: Cast, subscription: Subscription, free: Plan, fields: dict[str, object]
) -> None:
    server = _connected(cast, **fields)

    subscribing.change_plan(subscription, free, now=NOW)

    assert server.refreshed().paused_at is None


def test_a_server_that_paused_for_another_reason_is_not_resumed(
    cast: Cast, subscription: Subscription, free: Plan, premium: Plan
) -> None:
    server = _connected(cast, security=Security.TLS, paused_at=NOW, pause_reason=PauseReason.CERTIFICATE)

    subscribing.change_plan(subscription, free, now=NOW)
    subscribing.change_plan(subscription.refreshed(), premium, now=NOW)

    assert server.refreshed().pause_reason == PauseReason.CERTIFICATE


def _connected(cast: Cast, **fields: object) -> IncomingServer:
    values = {"protocol": Protocol.POP3, "is_primary": False, **fields}
    return make_incoming(cast.mailbox, **values)
