"""Scopes fail closed."""

from typing import Any

import pytest
from django.db import DataError, ProgrammingError, connection, transaction

from mailboxes.models import Mailbox
from mailhub.lib.ids import new_id
from mailhub.tenancy.scope import ScopeMissing, tenant_scope, unscoped
from tests.factories import Cast, make_cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def test_a_query_outside_any_scope_raises(cast: Cast) -> None:
    with pytest.raises(ScopeMissing):
        Mailbox.objects.count()


def test_a_scope_sees_its_own_tenant_only(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        names = set(Mailbox.objects.values_list("name", flat=True))

    assert names == {"Support", "Directors"}


def test_a_nested_scope_ends_where_it_ends(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        with tenant_scope(cast.other_tenant.pk):
            inner = set(Mailbox.objects.values_list("name", flat=True))
        outer = set(Mailbox.objects.values_list("name", flat=True))

    assert inner == {"Sales"}
    assert outer == {"Support", "Directors"}


def test_leaving_the_scope_needs_a_reason() -> None:
    with pytest.raises(ValueError, match="reason"), unscoped(""):
        pass


def test_unscoped_sees_every_tenant(cast: Cast) -> None:
    with unscoped("a test counts everything"):
        names = set(Mailbox.objects.values_list("name", flat=True))

    assert names == {"Support", "Directors", "Sales"}


def test_a_related_manager_is_scoped_too(cast: Cast) -> None:
    with pytest.raises(ScopeMissing):
        cast.owner.mailbox_accesses.count()


def test_visible_to_gives_a_member_the_granted_mailboxes_only(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        seen = {one.name for one in Mailbox.objects.visible_to(cast.member)}
        all_of_owner = {one.name for one in Mailbox.objects.visible_to(cast.owner)}

    assert seen == {"Support"}
    assert all_of_owner == {"Support", "Directors"}


@pytest.mark.skipif(connection.vendor != "postgresql", reason="row-level security exists on PostgreSQL only")
def test_raw_sql_outside_a_scope_is_an_error_and_never_an_empty_answer(cast: Cast) -> None:
    with pytest.raises((ProgrammingError, DataError)), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM mailboxes_mailbox")


@pytest.mark.skipif(connection.vendor != "postgresql", reason="row-level security exists on PostgreSQL only")
def test_raw_sql_inside_a_scope_sees_its_own_tenant_only(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk), connection.cursor() as cursor:
        cursor.execute("SELECT name FROM mailboxes_mailbox")
        names = {row[0] for row in cursor.fetchall()}

    assert names == {"Support", "Directors"}


@pytest.mark.skipif(connection.vendor != "postgresql", reason="row-level security exists on PostgreSQL only")
def test_raw_sql_cannot_write_a_row_of_another_tenant(cast: Cast) -> None:
    row: list[Any] = [new_id(), cast.other_tenant.pk, cast.other_mailbox.pk, cast.stranger.pk]

    with tenant_scope(cast.tenant.pk), connection.cursor() as cursor, pytest.raises(ProgrammingError, match="policy"):
        cursor.execute(
            "INSERT INTO mailboxes_mailboxaccess (id, tenant_id, mailbox_id, membership_id) VALUES (%s, %s, %s, %s)",
            row,
        )
