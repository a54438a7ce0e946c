"""Mail of mailhub itself takes the outbox, and leaves no secret behind (SPEC T8)."""

import pytest
from django.core.mail import EmailMultiAlternatives, send_mail

from mailboxes import outbox, settling
from mailboxes.claiming import claim
from mailboxes.models import Delivery, OutgoingMessage
from mailboxes.platform import PlatformServer, ensure_platform, read_smtp_url
from mailboxes.system_mail import PlatformNotReady
from mailhub import clock
from mailhub.lib.ids import new_id
from mailhub.tenancy.models import Tenant
from mailhub.tenancy.scope import tenant_scope
from servers.endpoints import Security
from servers.envelope import Reply
from servers.models import OutgoingServer

pytestmark = pytest.mark.django_db

BACKEND = "mailboxes.system_mail.OutboxEmailBackend"


@pytest.fixture(autouse=True)
def real_backend(settings) -> None:  # type: ignore[no-untyped-def]
    """pytest-django puts a backend of its own in place."""
    settings.EMAIL_BACKEND = BACKEND


@pytest.fixture
def platform() -> OutgoingServer:
    return ensure_platform("smtp+starttls://mailer:p%40ss@smtp.mailhub.example", "no-reply@mailhub.example")


def test_a_mail_of_django_stands_in_the_outbox_of_the_platform(platform: OutgoingServer) -> None:
    send_mail("Your code", "It is ABC-123.", None, ["ada@people.example"])

    with tenant_scope(platform.tenant_id):
        outgoing = OutgoingMessage.objects.get()
        assert b"ABC-123" in outgoing.raw()
        assert b"Auto-Submitted: auto-generated" in outgoing.raw()
        assert outgoing.origin == OutgoingMessage.Origin.SYSTEM
        assert outgoing.deliveries.get().recipient == "ada@people.example"


def test_neither_subject_nor_text_stands_in_its_row(platform: OutgoingServer) -> None:
    send_mail("Code ABC-123", "It is ABC-123.", None, ["ada@people.example"])

    with tenant_scope(platform.tenant_id):
        outgoing = OutgoingMessage.objects.get()
    assert "ABC-123" not in str(vars(outgoing))


def test_its_bytes_are_forgotten_once_it_is_settled(platform: OutgoingServer) -> None:
    send_mail("Your code", "It is ABC-123.", None, ["ada@people.example"])

    with tenant_scope(platform.tenant_id):
        [attempt] = claim(platform, new_id(), now=clock.now(), limit=1)
        reply = Reply(250, "2.0.0 Ok")
        delivery = Delivery.objects.get()
        outcomes = {delivery.recipient: settling.outcome_of(reply, delivery, now=clock.now())}
        settling.settle(attempt, outcomes, now=clock.now(), final_reply=reply)

        assert OutgoingMessage.objects.get().raw_sha256 == ""
        assert Delivery.objects.get().state == Delivery.State.SENT


def test_html_and_blind_copies_travel_too(platform: OutgoingServer) -> None:
    mail = EmailMultiAlternatives("Hello", "Text", None, ["ada@people.example"], bcc=["bob@people.example"])
    mail.attach_alternative("<p>Page</p>", "text/html")

    mail.send()

    with tenant_scope(platform.tenant_id):
        raw = OutgoingMessage.objects.get().raw()
        recipients = set(Delivery.objects.values_list("recipient", flat=True))
    assert b"<p>Page</p>" in raw
    assert b"bob@people.example" not in raw
    assert recipients == {"ada@people.example", "bob@people.example"}


def test_without_a_platform_the_words_say_what_to_run() -> None:
    with pytest.raises(PlatformNotReady, match="ensure_platform"):
        send_mail("Your code", "It is ABC-123.", None, ["ada@people.example"])


def test_ensuring_twice_changes_the_one_server(platform: OutgoingServer) -> None:
    again = ensure_platform("smtps://mailer:new@other.mailhub.example:4650", "hello@mailhub.example")

    assert again.pk == platform.pk
    assert (again.host, again.port, again.security) == ("other.mailhub.example", 4650, Security.TLS)
    assert Tenant.objects.filter(is_platform=True).count() == 1


def test_the_address_of_the_server_is_read_with_its_escapes() -> None:
    assert read_smtp_url("smtp+starttls://no-reply%40x.example:p%40ss@smtp.example.com") == PlatformServer(
        host="smtp.example.com", port=587, security=Security.STARTTLS, username="no-reply@x.example", password="p@ss"
    )


def test_submitting_the_same_id_again_changes_nothing(platform: OutgoingServer) -> None:
    send_mail("Your code", "It is ABC-123.", None, ["ada@people.example"])
    with tenant_scope(platform.tenant_id):
        first = OutgoingMessage.objects.get()

        assert outbox.retry(first.deliveries.get(), now=clock.now()) is False
        assert Delivery.objects.get().state == Delivery.State.QUEUED
