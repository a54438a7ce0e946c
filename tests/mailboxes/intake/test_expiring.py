"""Discarded mail goes after 30 days (SPEC M23)."""

from datetime import timedelta

import pytest

from mailboxes import receiving, sweeping
from mailboxes.intake import discarding, expiring
from mailboxes.models import Attachment, Message, MessageOrigin, ReportedFailure
from mailhub import clock
from mailhub.tenancy import blobs
from mailhub.tenancy.scope import unscoped
from servers.models import Folder
from tests.factories import Cast, make_incoming
from tests.mailboxes.intake.factories import PDF, make_filter, with_files
from tests.mailboxes.mail.factories import make_raw, receive

LONG_AGO = timedelta(days=31)
Removal = MessageOrigin.Removal


@pytest.fixture
def message(cast: Cast) -> Message:
    """A message that was discarded more than 30 days ago."""
    make_filter(cast.mailbox)
    return receive(cast.mailbox, with_files(("a.pdf", PDF), subject="Our offer"), at=clock.now() - LONG_AGO)


def put_on_server(cast: Cast, message: Message, removal: MessageOrigin.Removal) -> None:
    server = make_incoming(cast.mailbox)
    folder = Folder.objects.create(tenant=cast.tenant, server=server, uidvalidity=7)
    MessageOrigin.objects.create(
        tenant=cast.tenant, message=message, server=server, folder=folder, uidvalidity=7, identity="1", removal=removal
    )


def sweep(cast: Cast) -> int:
    with unscoped("a test sweeps"):
        return expiring.remove_expired(now=clock.now())


def test_the_row_goes_and_the_bytes_with_the_next_sweep(cast: Cast, message: Message) -> None:
    assert sweep(cast) == 1
    with unscoped("a test sweeps"):
        sweeping.remove_orphans(now=clock.now() + 2 * sweeping.ORPHAN_AGE)

    assert not Message.objects.exists()
    assert not Attachment.objects.exists()
    with pytest.raises(blobs.BlobMissing):
        message.raw()


def test_within_thirty_days_everything_stays(cast: Cast) -> None:
    make_filter(cast.mailbox)
    discarded = receive(cast.mailbox, make_raw(subject="Our offer"), at=clock.now() - timedelta(days=29))
    taken = receive(cast.mailbox, make_raw(), at=clock.now() - LONG_AGO)

    assert sweep(cast) == 0
    assert set(Message.objects.all()) == {discarded, taken}


def test_what_was_taken_in_stays(cast: Cast, message: Message) -> None:
    discarding.take_in(message)
    receiving.receive_waiting(cast.mailbox.pk, now=clock.now)

    assert sweep(cast) == 0
    assert message.refreshed().state == Message.State.RECEIVED


def test_what_waits_to_be_taken_in_stays(cast: Cast, message: Message) -> None:
    discarding.take_in(message)

    assert sweep(cast) == 0
    assert message.refreshed().state == Message.State.STORED


@pytest.mark.parametrize("removal", [Removal.KEEP, Removal.PENDING])
def test_a_message_that_is_still_on_its_server_is_emptied_and_known_again(
    cast: Cast, message: Message, removal: MessageOrigin.Removal
) -> None:
    put_on_server(cast, message, removal)

    assert sweep(cast) == 1
    with unscoped("a test sweeps"):
        sweeping.remove_orphans(now=clock.now() + 2 * sweeping.ORPHAN_AGE)

    left = message.refreshed()
    assert (left.subject, left.from_address, left.sealed_body, left.trace) == ("", "", None, [])
    assert (left.state, left.raw_sha256) == (Message.State.DISCARDED, message.raw_sha256)
    assert left.origins.get().removal == removal
    assert not left.attachments.exists()
    assert not Message.objects.discarded().exists()
    assert sweep(cast) == 0
    with pytest.raises(blobs.BlobMissing):
        message.raw()


def test_a_message_that_is_gone_from_its_server_goes_here_too(cast: Cast, message: Message) -> None:
    put_on_server(cast, message, Removal.DONE)

    sweep(cast)

    assert not Message.objects.exists()


def test_what_a_bounce_said_stays_on_record(cast: Cast, message: Message) -> None:
    ReportedFailure.objects.create(
        tenant=cast.tenant, message=message, address="gone@customer.example", reported_at=clock.now()
    )

    sweep(cast)

    assert ReportedFailure.objects.get().message.subject == ""


def test_a_sweep_goes_on_until_all_is_done(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiring, "BATCH", 2)
    make_filter(cast.mailbox)
    for number in range(5):
        receive(cast.mailbox, make_raw(subject=f"Offer {number}"), at=clock.now() - LONG_AGO)

    assert sweep(cast) == 5
    assert not Message.objects.exists()
