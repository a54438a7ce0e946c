"""Mail of mailhub itself takes the outbox, and leaves no secret behind (SPEC T8)."""

from dataclasses import dataclass
from datetime import UTC, timedelta

import pytest
from django.core.mail import EmailMultiAlternatives, send_mail
from django.urls import reverse

from mailboxes import changing, deleting, outbox, segments, settling
from mailboxes.activity import activity_of
from mailboxes.claiming import claim
from mailboxes.models import Delivery, Mailbox, OutgoingMessage
from mailboxes.platform import PlatformServer, ensure_platform, read_smtp_url
from mailboxes.rescuing import rescue_system_mail
from mailboxes.system_mail import PlatformNotReady
from mailhub import clock
from mailhub.lib.ids import new_id
from mailhub.tenancy.models import Membership, Tenant
from mailhub.tenancy.permissions import Role
from mailhub.tenancy.scope import tenant_scope, unscoped
from servers.endpoints import Security
from servers.envelope import Reply
from servers.models import OutgoingServer
from servers.models.outgoing import Transport
from tests.factories import make_mailbox, make_outgoing, make_person, make_tenant, signed_in

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


@dataclass(frozen=True)
class Office:
    """An account whose first segment has a default mailbox with a server, and a person in it."""

    person: Membership
    mailbox: Mailbox
    server: OutgoingServer

    def sent(self) -> list[OutgoingMessage]:
        """Return what stands in the outbox of the account."""
        with tenant_scope(self.mailbox.tenant_id):
            return list(OutgoingMessage.objects.all())

    def write(self) -> OutgoingMessage:
        send_mail("Your code", "It is ABC-123.", None, [self.person.user.email])
        [outgoing] = self.sent()
        return outgoing

    def settle(self, outgoing: OutgoingMessage, reply: Reply) -> None:
        """Have the account's own server answer to the one recipient."""
        with tenant_scope(self.mailbox.tenant_id):
            [attempt] = claim(self.server, new_id(), now=clock.now(), limit=1)
            delivery = outgoing.deliveries.get()
            outcome = settling.outcome_of(reply, delivery, now=clock.now())
            settling.settle(attempt, {delivery.recipient: outcome}, now=clock.now(), final_reply=reply)


@pytest.fixture
def office(platform: OutgoingServer) -> Office:
    tenant = make_tenant()
    mailbox = make_mailbox(tenant, "Support")
    return Office(make_person(tenant, Role.MEMBER), mailbox, make_outgoing(mailbox))


def of_platform(platform: OutgoingServer) -> list[OutgoingMessage]:
    with tenant_scope(platform.tenant_id):
        return list(OutgoingMessage.objects.all())


def sweep(*, after: timedelta) -> None:
    with unscoped("the sweep works for every tenant"):
        rescue_system_mail(now=clock.now() + after)


def test_mail_to_a_person_of_one_account_leaves_through_their_segment(office: Office, platform: OutgoingServer) -> None:
    outgoing = office.write()

    assert (outgoing.server_id, outgoing.from_address) == (office.server.pk, office.server.from_address)
    assert outgoing.is_confidential
    assert of_platform(platform) == []


def test_another_segment_has_another_sender(office: Office) -> None:
    tenant = office.mailbox.tenant
    with tenant_scope(tenant.pk):
        wholesale = segments.add(tenant, "Wholesale", now=clock.now())
        orders = make_mailbox(tenant, "Orders", segment=wholesale)
        segments.change(wholesale.refreshed(), joining=[office.person])
    server = make_outgoing(orders)

    assert office.write().server_id == server.pk


@pytest.mark.parametrize("recipients", [["stranger@people.example"], ["both"], ["person", "stranger@people.example"]])
def test_strangers_and_people_of_several_accounts_get_it_from_the_platform(
    office: Office, platform: OutgoingServer, recipients: list[str]
) -> None:
    user = office.person.user
    if recipients == ["both"]:
        Membership.objects.create(tenant=make_tenant("Second"), user=user, role=Role.MEMBER)
    to = [user.email if one in ("both", "person") else one for one in recipients]

    send_mail("Your code", "It is ABC-123.", None, to)

    assert office.sent() == []
    assert len(of_platform(platform)) == 1


@pytest.mark.parametrize(
    "state",
    [
        {"failure_count": 1},
        {"paused_at": clock.now()},
        {"is_active": False},
        {"is_default": False},
        {"transport": Transport.PLATFORM},
    ],
)
def test_a_server_that_may_not_send_now_is_not_asked(
    office: Office, platform: OutgoingServer, state: dict[str, object]
) -> None:
    with tenant_scope(office.mailbox.tenant_id):
        OutgoingServer.objects.filter(pk=office.server.pk).update(**state)

    send_mail("Your code", "It is ABC-123.", None, [office.person.user.email])

    assert office.sent() == []
    assert len(of_platform(platform)) == 1


def test_an_inactive_mailbox_sends_no_system_mail(office: Office, platform: OutgoingServer) -> None:
    with tenant_scope(office.mailbox.tenant_id):
        changing.deactivate(office.mailbox, now=clock.now())

    send_mail("Your code", "It is ABC-123.", None, [office.person.user.email])

    assert len(of_platform(platform)) == 1


def test_what_the_own_server_refuses_for_good_leaves_through_the_platform_once(
    office: Office, platform: OutgoingServer
) -> None:
    outgoing = office.write()

    office.settle(outgoing, Reply(550, "5.7.1 Not allowed"))
    for _ in range(2):
        sweep(after=timedelta(hours=1))

    [again] = of_platform(platform)
    with tenant_scope(platform.tenant_id):
        assert b"ABC-123" in again.raw()
        assert b"Subject: Your code" in again.raw()
        assert again.from_address == platform.from_address
        assert again.deliveries.get().recipient == office.person.user.email
    assert office.sent()[0].raw_sha256 == ""


def test_what_was_sent_is_not_sent_again(office: Office, platform: OutgoingServer) -> None:
    outgoing = office.write()

    office.settle(outgoing, Reply(250, "2.0.0 Ok"))
    sweep(after=timedelta(hours=1))

    assert of_platform(platform) == []
    assert office.sent()[0].raw_sha256 == ""


@pytest.mark.parametrize("state", [Delivery.State.QUEUED, Delivery.State.DEFERRED])
def test_what_waits_longer_than_ten_minutes_leaves_through_the_platform(
    office: Office, platform: OutgoingServer, state: Delivery.State
) -> None:
    outgoing = office.write()
    with tenant_scope(office.mailbox.tenant_id):
        Delivery.objects.filter(outgoing_message=outgoing).update(state=state)

    sweep(after=timedelta(minutes=9))
    early = of_platform(platform)
    sweep(after=timedelta(minutes=11))

    assert early == []
    assert len(of_platform(platform)) == 1
    with tenant_scope(office.mailbox.tenant_id):
        assert outgoing.deliveries.get().state == Delivery.State.FAILED
        assert claim(office.server, new_id(), now=clock.now() + timedelta(days=1), limit=1) == []


@pytest.mark.parametrize(
    "state", [Delivery.State.CLAIMED, Delivery.State.DOT_PENDING, Delivery.State.UNCERTAIN, Delivery.State.SENT]
)
def test_what_may_have_arrived_is_never_sent_a_second_time(
    office: Office, platform: OutgoingServer, state: Delivery.State
) -> None:
    outgoing = office.write()
    with tenant_scope(office.mailbox.tenant_id):
        Delivery.objects.filter(outgoing_message=outgoing).update(state=state)

    sweep(after=timedelta(hours=1))

    assert of_platform(platform) == []


def test_a_crash_between_failing_and_falling_back_is_made_good_by_the_sweep(
    office: Office, platform: OutgoingServer
) -> None:
    outgoing = office.write()
    with tenant_scope(office.mailbox.tenant_id):
        Delivery.objects.filter(outgoing_message=outgoing).update(state=Delivery.State.FAILED)

    sweep(after=timedelta(0))

    assert len(of_platform(platform)) == 1
    assert office.sent()[0].raw_sha256 == ""


def test_deleting_the_mailbox_hands_what_waits_over_to_the_platform(office: Office, platform: OutgoingServer) -> None:
    office.write()

    with tenant_scope(office.mailbox.tenant_id):
        deleting.delete(office.mailbox, now=clock.now())

    assert len(of_platform(platform)) == 1


def test_no_screen_of_the_account_shows_it(office: Office) -> None:
    owner = signed_in(make_person(office.mailbox.tenant, Role.OWNER))
    outgoing = office.write()
    office.settle(outgoing, Reply(250, "2.0.0 Ok"))

    pages = [
        owner.get(reverse(f"mailboxes:{name}", args=[outgoing.pk]))
        for name in ("outgoing-detail", "outgoing-raw", "outgoing-frame", "delivery-list")
    ]
    lists = [owner.get(reverse(f"mailboxes:{name}")) for name in ("inbox", "mailbox-list")]
    detail = owner.get(reverse("mailboxes:mailbox-detail", args=[office.mailbox.pk]))

    assert [page.status_code for page in pages] == [404] * 4
    assert not [page for page in [*lists, detail] if office.person.user.email in page.content.decode()]
    with tenant_scope(office.mailbox.tenant_id):
        now = clock.now()
        assert activity_of(office.mailbox, now=now, zone=UTC).sent_count == 0
        assert not office.mailbox.refreshed().has_mail
        assert "sent or waiting" not in " ".join(deleting.what_goes_with(office.mailbox))
