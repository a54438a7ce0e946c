from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from mailboxes.forms.adding import AddMailboxForm
from mailboxes.forms.saving import saved
from mailboxes.models import Mailbox
from mailhub import clock
from servers.models import IncomingServer, OutgoingServer
from tests.factories import Cast, make_incoming, make_mailbox
from tests.mailboxes.setup.typed import SECRET, incoming, mailbox, outgoing

pytestmark = pytest.mark.usefixtures("scope")

ADD = reverse("mailboxes:mailbox-add")


def test_new_form_starts_at_pop3_port_110_without_encryption(owner: Client) -> None:
    form = owner.get(ADD).context["form"].incoming

    assert (form["protocol"].value(), form["port"].value(), form["security"].value()) == ("pop3", 110, "none")
    assert form["on_server"].value() == "remove"


def test_add_creates_mailbox_and_both_servers(owner: Client, cast: Cast) -> None:
    before = clock.now()

    answer = owner.post(ADD, mailbox() | incoming() | outgoing())

    added = Mailbox.objects.get(name="Helpdesk")
    receiving, sending = added.incoming_servers.get(), added.outgoing_servers.get()
    assert answer.headers["Location"] == reverse("mailboxes:mailbox-detail", args=[added.pk])
    assert added.tenant == receiving.tenant == sending.tenant == cast.tenant
    assert receiving.is_primary
    assert before <= receiving.next_poll_at <= clock.now()
    assert receiving.sign_in().password.reveal() == SECRET
    assert sending.is_default


def test_add_keeps_the_password_sealed_in_the_database(owner: Client) -> None:
    owner.post(ADD, mailbox() | incoming() | outgoing())

    assert SECRET.encode() not in IncomingServer.objects.get(host="pop.example.com").password.sealed


def test_outgoing_signs_in_as_incoming_when_asked_to(owner: Client) -> None:
    same = outgoing(username="", password="", same_sign_in="on")

    owner.post(ADD, mailbox() | incoming() | same)

    sign_in = OutgoingServer.objects.get(host="smtp.example.com").sign_in()
    assert sign_in is not None
    assert (sign_in.username, sign_in.password.reveal()) == ("support@example.com", SECRET)


def test_from_address_and_name_are_proposed_when_left_empty(owner: Client) -> None:
    owner.post(ADD, mailbox() | incoming() | outgoing(from_address="", display_name=""))

    sending = OutgoingServer.objects.get(host="smtp.example.com")
    assert (sending.from_address, sending.display_name) == ("support@example.com", "Helpdesk")


@pytest.mark.parametrize(("switch", "server"), [("receives", IncomingServer), ("sends", OutgoingServer)])
def test_mailbox_may_work_in_one_direction_only(owner: Client, switch: str, server: Any) -> None:
    typed = mailbox()
    del typed[switch]
    other = outgoing() if switch == "receives" else incoming()

    owner.post(ADD, typed | other)

    assert Mailbox.objects.filter(name="Helpdesk").exists()
    assert not server.objects.exists()


def test_mailbox_without_any_direction_is_refused(owner: Client) -> None:
    answer = owner.post(ADD, {name: value for name, value in mailbox().items() if name not in ("receives", "sends")})

    assert answer.status_code == 422
    assert "switch one of them on" in answer.content.decode()
    assert not Mailbox.objects.filter(name="Helpdesk").exists()


def test_errors_lose_nothing_but_the_passwords(owner: Client) -> None:
    answer = owner.post(ADD, mailbox(name="") | incoming(comments="Ask Ines first") | outgoing())

    text = answer.content.decode()
    assert answer.status_code == 422
    assert "Ask Ines first" in text
    assert SECRET not in text
    assert "never sent back" in text


def test_a_part_that_is_switched_off_keeps_what_was_typed(owner: Client) -> None:
    typed = mailbox(name="")
    del typed["sends"]

    answer = owner.post(ADD, typed | incoming() | outgoing(host="smtp.kept.example"))

    assert "smtp.kept.example" in answer.content.decode()
    assert not answer.context["form"].outgoing.errors


def test_one_wrong_part_creates_nothing(owner: Client) -> None:
    answer = owner.post(ADD, mailbox() | incoming() | outgoing(port="0"))

    assert answer.status_code == 422
    assert not Mailbox.objects.filter(name="Helpdesk").exists()
    assert not IncomingServer.objects.exists()


def test_name_that_is_taken_is_an_error_of_the_field(owner: Client) -> None:
    answer = owner.post(ADD, mailbox(name="Support") | incoming() | outgoing())

    assert "name" in answer.context["form"].mailbox.errors


def test_account_that_another_mailbox_fetches_is_an_error_of_the_field(owner: Client, cast: Cast) -> None:
    make_incoming(cast.mailbox, host="POP.example.com", username="support@example.com")

    answer = owner.post(ADD, mailbox() | incoming() | outgoing())

    assert "username" in answer.context["form"].incoming.errors


def test_the_same_account_in_another_tenant_is_no_business_of_ours(owner: Client, cast: Cast) -> None:
    make_incoming(cast.other_mailbox, host="pop.example.com", username="support@example.com")

    owner.post(ADD, mailbox() | incoming() | outgoing())

    assert Mailbox.objects.filter(name="Helpdesk").exists()


def test_name_taken_between_check_and_save_becomes_an_error_of_the_field(cast: Cast) -> None:
    form = AddMailboxForm(cast.tenant, mailbox() | incoming() | outgoing())
    assert form.is_valid()
    make_mailbox(cast.tenant, "Helpdesk")

    is_saved = saved(form, lambda: form.save(now=clock.now()))

    assert not is_saved
    assert "name" in form.mailbox.errors
    assert not IncomingServer.objects.exists()


def test_account_taken_between_check_and_save_becomes_an_error_of_the_field(cast: Cast) -> None:
    form = AddMailboxForm(cast.tenant, mailbox() | incoming() | outgoing())
    assert form.is_valid()
    make_incoming(cast.mailbox, host="pop.example.com", username="support@example.com")

    is_saved = saved(form, lambda: form.save(now=clock.now()))

    assert not is_saved
    assert "username" in form.incoming.errors
    assert not Mailbox.objects.filter(name="Helpdesk").exists()


def test_fields_that_nobody_may_set_are_ignored(owner: Client, cast: Cast) -> None:
    foreign = {"tenant": str(cast.other_tenant.pk), "id": str(cast.other_mailbox.pk), "first_mail_at": "2026-01-01"}

    owner.post(ADD, mailbox() | incoming() | outgoing() | foreign)

    added = Mailbox.objects.get(name="Helpdesk")
    assert added.tenant == cast.tenant
    assert added.pk != cast.other_mailbox.pk
    assert added.first_mail_at is None


def test_unencrypted_server_is_refused_where_the_operator_forbids_it(owner: Client, settings: Settings) -> None:
    settings.PLAINTEXT_SERVERS_ALLOWED = False

    answer = owner.post(ADD, mailbox() | incoming() | outgoing())

    assert "switched off here" in str(answer.context["form"].incoming.errors["security"])


def test_new_form_starts_encrypted_where_the_operator_forbids_plaintext(owner: Client, settings: Settings) -> None:
    settings.PLAINTEXT_SERVERS_ALLOWED = False

    form = owner.get(ADD).context["form"].incoming

    assert (form["security"].value(), form["port"].value()) == ("tls", 995)


def test_members_may_not_add(member: Client) -> None:
    assert member.get(ADD).status_code == 403
    assert member.post(ADD, mailbox() | incoming() | outgoing()).status_code == 403
