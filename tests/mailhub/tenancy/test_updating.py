"""Many rows, different values, one statement."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mailboxes.models import Conversation
from mailhub import clock
from mailhub.tenancy.scope import tenant_scope
from mailhub.tenancy.updating import update_rows
from tests.factories import make_mailbox, make_tenant

pytestmark = pytest.mark.django_db


def test_update_rows_writes_each_row_its_own_values_and_nothing_else() -> None:
    mailbox, now = make_mailbox(make_tenant()), clock.now()
    with tenant_scope(mailbox.tenant_id):
        rows = [
            Conversation(tenant_id=mailbox.tenant_id, mailbox=mailbox, subject=f"{n}", created_at=now, last_at=now)
            for n in range(5)
        ]
        Conversation.objects.bulk_create(rows)
        for number, row in enumerate(rows):
            row.subject, row.message_count, row.last_received_at = f"new {number}", number, now if number else None
            row.snippet = "is not written"
        names = {"subject", "message_count", "last_received_at"}
        written = [field for field in Conversation._meta.concrete_fields if field.name in names]

        with CaptureQueriesContext(
            connection,
        ) as captured:
            update_rows(rows[:4], written)

        assert len(captured) == 1
        found = list(
            Conversation.objects.order_by("id").values_list("subject", "message_count", "last_received_at", "snippet")
        )
    assert found == [
        ("new 0", 0, None, ""),
        ("new 1", 1, now, ""),
        ("new 2", 2, now, ""),
        ("new 3", 3, now, ""),
        ("4", 0, None, ""),
    ]


def test_update_rows_takes_many_rows_in_portions() -> None:
    mailbox, now = make_mailbox(make_tenant()), clock.now()
    with tenant_scope(mailbox.tenant_id):
        rows = [
            Conversation(tenant_id=mailbox.tenant_id, mailbox=mailbox, created_at=now, last_at=now) for _ in range(1100)
        ]
        Conversation.objects.bulk_create(rows)
        for number, row in enumerate(rows):
            row.message_count = number

        update_rows(rows, [Conversation._meta.get_field("message_count")])

        assert list(Conversation.objects.order_by("id").values_list("message_count", flat=True)) == list(range(1100))


def test_update_rows_reaches_no_row_of_another_tenant() -> None:
    mailbox, other, now = make_mailbox(make_tenant()), make_tenant("Globex"), clock.now()
    with tenant_scope(mailbox.tenant_id):
        row = Conversation.objects.create(tenant_id=mailbox.tenant_id, mailbox=mailbox, created_at=now, last_at=now)
    row.subject = "from elsewhere"

    with tenant_scope(other.pk):
        update_rows([row], [Conversation._meta.get_field("subject")])

    with tenant_scope(mailbox.tenant_id):
        assert row.refreshed().subject == ""
