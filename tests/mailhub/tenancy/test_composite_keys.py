"""A child cannot point to another tenant's parent, on both databases."""

import pytest
from django.core.checks import run_checks
from django.db import DatabaseError, connection, transaction

from mailboxes.models import Conversation, Mailbox, MailboxAccess
from mailhub import clock
from mailhub.tenancy import composite_keys
from mailhub.tenancy.scope import unscoped
from tests.factories import Cast, make_cast

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def _conversation(cast: Cast, mailbox: Mailbox) -> Conversation:
    return Conversation(tenant=cast.tenant, mailbox=mailbox, created_at=clock.now(), last_at=clock.now())


def test_every_foreign_key_between_tenant_rows_has_one() -> None:
    pairs = {(key.child, key.column) for key in composite_keys.composite_keys()}

    assert ("mailboxes_message", "conversation_id") in pairs
    assert ("servers_incomingserver", "mailbox_id") in pairs
    assert ("mailboxes_mailboxaccess", "membership_id") in pairs
    assert composite_keys.missing(connection) == set()


def test_creating_a_child_of_another_tenants_parent_is_refused(cast: Cast) -> None:
    with unscoped("a test tries to cross"), pytest.raises(DatabaseError), transaction.atomic():
        _conversation(cast, cast.other_mailbox).save()


def test_creating_such_children_in_bulk_is_refused(cast: Cast) -> None:
    with unscoped("a test tries to cross"), pytest.raises(DatabaseError), transaction.atomic():
        Conversation.objects.bulk_create([_conversation(cast, cast.other_mailbox)])


def test_moving_a_child_to_another_tenants_parent_is_refused(cast: Cast) -> None:
    with unscoped("a test tries to cross"):
        _conversation(cast, cast.mailbox).save()

        with pytest.raises(DatabaseError), transaction.atomic():
            Conversation.objects.update(mailbox=cast.other_mailbox)


def test_the_tenant_of_a_row_never_changes(cast: Cast) -> None:
    with unscoped("a test tries to cross"), pytest.raises(DatabaseError), transaction.atomic():
        Mailbox.objects.filter(pk=cast.mailbox.pk).update(tenant=cast.other_tenant)


def test_a_grant_to_a_person_of_another_tenant_is_refused(cast: Cast) -> None:
    grant = MailboxAccess(tenant=cast.tenant, mailbox=cast.mailbox, membership=cast.stranger)

    with unscoped("a test tries to cross"), pytest.raises(DatabaseError), transaction.atomic():
        grant.save()


def test_a_parent_is_deleted_with_its_children(cast: Cast) -> None:
    with unscoped("a test deletes a tree"):
        _conversation(cast, cast.mailbox).save()

        cast.mailbox.delete()

        assert Conversation.objects.count() == 0


def test_the_check_reports_a_wall_that_is_missing() -> None:
    name = next(iter(composite_keys.composite_keys())).name
    drop = (
        f'DROP TRIGGER "{name}_insert"'
        if connection.vendor == "sqlite"
        else f'ALTER TABLE "{next(iter(composite_keys.composite_keys())).child}" DROP CONSTRAINT "{name}"'
    )
    with connection.cursor() as cursor:
        cursor.execute(drop)
    try:
        problems = [one.id for one in run_checks(databases=["default"])]
    finally:
        composite_keys.install(connection)

    assert "mailhub.E002" in problems
    assert composite_keys.missing(connection) == set()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has no such triggers.")
def test_triggers_go_before_a_migration_and_come_back_after_it() -> None:
    before = composite_keys.installed_names(connection)

    composite_keys.uninstall_triggers(connection)
    between = composite_keys.installed_names(connection)
    composite_keys.install(connection)

    assert before
    assert between == set()
    assert composite_keys.installed_names(connection) == before
