"""Mail of an account that is read-only, because an invoice is overdue: it comes in, and what was scheduled waits."""

from datetime import timedelta

import pytest
from django.urls import reverse

from mailboxes import claiming, sweeping
from mailboxes.models import Conversation, Delivery, Draft
from mailhub import clock
from mailhub.lib.ids import new_id
from mailhub.tenancy.models import Tenant
from mailhub.tenancy.scope import tenant_scope, unscoped
from mailhub.tenancy.standing import Standing
from servers.models import OutgoingServer
from tests.factories import Cast, signed_in
from tests.mailboxes.mail.factories import make_raw, receive
from tests.mailboxes.mail.leaving import is_gone, schedule, send_with_draft

LATER = timedelta(days=3)


def let_stand(cast: Cast, standing: Standing) -> None:
    Tenant.objects.filter(pk=cast.tenant.pk).update(standing=standing)


def test_what_was_scheduled_waits_until_the_account_is_open_again(cast: Cast, server: OutgoingServer) -> None:
    schedule(server, cast.member)
    now = clock.now() + LATER

    with tenant_scope(cast.tenant.pk):
        let_stand(cast, Standing.READ_ONLY)
        held = claiming.claim(server, new_id(), now=now, limit=10)
        let_stand(cast, Standing.GOOD)
        left = claiming.claim(server, new_id(), now=now, limit=10)

    assert held == []
    assert len(left) == 1


@pytest.mark.parametrize("standing", [Standing.OVERDUE, Standing.SEQUENCES_STOPPED])
def test_what_was_scheduled_leaves_in_its_time_before_that(
    cast: Cast, server: OutgoingServer, standing: Standing
) -> None:
    schedule(server, cast.member)
    let_stand(cast, standing)

    with tenant_scope(cast.tenant.pk):
        assert len(claiming.claim(server, new_id(), now=clock.now() + LATER, limit=10)) == 1


def test_a_letter_that_was_sent_before_still_leaves(cast: Cast, server: OutgoingServer) -> None:
    send_with_draft(server, cast.member)
    let_stand(cast, Standing.READ_ONLY)

    with tenant_scope(cast.tenant.pk):
        assert len(claiming.claim(server, new_id(), now=clock.now() + LATER, limit=10)) == 1


def test_nobody_rings_for_what_waits_for_the_invoice(cast: Cast, server: OutgoingServer) -> None:
    outgoing = schedule(server, cast.member)
    assert outgoing.send_at is not None
    let_stand(cast, Standing.READ_ONLY)

    with unscoped("the clock looks at every tenant"):
        lately = sweeping.due_lately(now=outgoing.send_at + timedelta(seconds=4))
        swept = sweeping.forgotten_work(now=outgoing.send_at + LATER).servers_to_deliver

    assert lately == swept == set()


def test_the_list_of_scheduled_mail_says_why_it_waits(cast: Cast, server: OutgoingServer) -> None:
    schedule(server, cast.member)
    let_stand(cast, Standing.READ_ONLY)

    page = signed_in(cast.member).get(reverse("mailboxes:scheduled-list")).content.decode()

    assert "It leaves later, because an invoice is overdue, and the account is read-only until it is paid." in page


def test_what_was_scheduled_can_be_taken_back_and_is_a_draft_again(cast: Cast, server: OutgoingServer) -> None:
    outgoing = schedule(server, cast.member)
    let_stand(cast, Standing.READ_ONLY)

    answer = signed_in(cast.member).post(reverse("mailboxes:outgoing-undo", args=[outgoing.pk]))

    assert answer.status_code == 302
    assert is_gone(outgoing)


def test_what_was_scheduled_cannot_be_sent_now_or_moved(cast: Cast, server: OutgoingServer) -> None:
    outgoing = schedule(server, cast.member)
    let_stand(cast, Standing.READ_ONLY)
    browser = signed_in(cast.member)

    answers = [
        browser.post(reverse(f"mailboxes:outgoing-{verb}", args=[outgoing.pk]), {"send_time": "hour"}).status_code
        for verb in ("send-now", "reschedule")
    ]

    assert answers == [402, 402]
    with tenant_scope(cast.tenant.pk):
        assert Delivery.objects.get().not_before == outgoing.send_at


def test_a_letter_that_somebody_is_writing_is_kept_and_not_sent(cast: Cast, server: OutgoingServer) -> None:
    let_stand(cast, Standing.READ_ONLY)
    browser, letter_id = signed_in(cast.member), str(new_id())
    typed = {"letter_id": letter_id, "kind": "new", "server": str(server.pk), "body": "Dear Nina,", "subject": "Quote"}
    typed |= {
        "body_format": "text",
        "page": str(new_id()),
        "count": "1",
        "revision": "0",
        "to": "nina@customer.example",
    }

    saved = browser.post(reverse("mailboxes:draft-save"), typed)
    sent = browser.post(reverse("mailboxes:compose"), typed, headers={"HX-Request": "true"})

    assert (saved.status_code, sent.status_code) == (200, 402)
    with tenant_scope(cast.tenant.pk):
        assert "Dear Nina," in Draft.objects.get().fields["body"]
        assert not Delivery.objects.exists()


def test_mail_that_comes_in_is_filed_as_always(cast: Cast) -> None:
    let_stand(cast, Standing.READ_ONLY)

    message = receive(cast.mailbox, make_raw())

    with tenant_scope(cast.tenant.pk):
        assert Conversation.objects.get().pk == message.conversation_id
