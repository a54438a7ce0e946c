"""Every view says who may see it, without a request being made."""

import pytest
from django.urls import URLPattern

from mailhub.tenancy import middleware
from mailhub.tenancy.access import PUBLIC
from mailhub.tenancy.middleware import declared_permission
from mailhub.tenancy.permissions import Permission
from tests.walls.registry import REGISTRY, routes

ROUTES = dict(routes())


@pytest.mark.parametrize("name", sorted(ROUTES))
def test_a_view_declares_what_the_registry_says(name: str) -> None:
    declared = _declared(ROUTES[name])

    assert declared == (REGISTRY[name].needs or PUBLIC)


def test_a_view_of_ours_never_relies_on_the_table_for_others() -> None:
    ours = {
        name
        for name, pattern in ROUTES.items()
        if pattern.callback.__module__.split(".")[0] in ("mailhub", "billing", "servers", "mailboxes", "sequences")
    }

    undeclared = {name for name in ours if declared_permission(ROUTES[name].callback, None) is None}

    assert not undeclared


def test_the_table_for_others_names_no_route_that_is_not_there() -> None:
    named = set(middleware._ROUTES_OF_OTHERS)

    assert named <= {pattern.name for pattern in ROUTES.values()}


def test_only_routes_in_this_list_are_public() -> None:
    public = {name for name, pattern in ROUTES.items() if _declared(pattern) == PUBLIC}

    assert public == {
        "account_login",
        "account_logout",
        "account_signup",
        "account_inactive",
        "account_email",
        "account_email_verification_sent",
        "account_reset_password",
        "account_reset_password_done",
        "account_reset_password_from_key",
        "account_reset_password_from_key_done",
        "mfa_authenticate",
        "mfa_login_webauthn",
        "billing:gateway-events",
        "people:invitation-accept",
        "sequences:track-click",
        "sequences:track-open",
        "sequences:unsubscribe",
        "healthz",
        "shell:no-account",
        "shell:styleguide",
    }


def test_a_permission_that_no_route_asks_for_does_not_exist() -> None:
    assert {_declared(pattern) for pattern in ROUTES.values()} >= set(Permission)


def _declared(pattern: URLPattern) -> str | None:
    return declared_permission(pattern.callback, pattern.name)
