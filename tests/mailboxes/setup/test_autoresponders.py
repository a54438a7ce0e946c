"""The autoresponder of a mailbox on its page (SPEC M26)."""

from datetime import UTC, datetime

import pytest

from mailboxes.models import AutomaticMail, Autoresponder, Mailbox, ReplyTemplate
from mailhub.tenancy.scope import tenant_scope
from tests.factories import Cast, make_cast, make_outgoing, signed_in

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


def _url(mailbox: Mailbox) -> str:
    return f"/mailboxes/{mailbox.pk}/autoresponder/"


def _template(mailbox: Mailbox, name: str = "Thanks") -> ReplyTemplate:
    template: ReplyTemplate = ReplyTemplate.objects.create(
        tenant_id=mailbox.tenant_id, name=name, html="<p>Thanks.</p>", created_at=NOON, changed_at=NOON
    )
    return template


def test_a_new_answer_is_written_here_and_switched_on(cast: Cast) -> None:
    written = {
        "is_active": "on",
        "template": "",
        "subject": "Thank you",
        "body": "<p>Hello from {{ mailbox_name }}</p><script>alert(1)</script>",
        "body_format": "html",
    }

    answer = signed_in(cast.owner).post(_url(cast.mailbox), written)

    assert answer.status_code == 302
    with tenant_scope(cast.tenant.pk):
        autoresponder = Autoresponder.objects.select_related("template").get()
        assert autoresponder.is_active
        assert autoresponder.template is not None
        assert autoresponder.template.subject == "Thank you"
        assert autoresponder.template.html == "<p>Hello from {{ mailbox_name }}</p>"


def test_one_that_is_there_is_chosen(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        template = _template(cast.mailbox)

    signed_in(cast.owner).post(_url(cast.mailbox), {"is_active": "on", "template": str(template.pk), "body": ""})

    with tenant_scope(cast.tenant.pk):
        assert Autoresponder.objects.get().template == template
        assert ReplyTemplate.objects.count() == 1


@pytest.mark.parametrize("body", ["", "<p>{{ sender_name }}</p>", "<p>{{ mailbox_name</p>"])
def test_without_a_text_that_can_be_filled_in_it_is_not_switched_on(cast: Cast, body: str) -> None:
    answer = signed_in(cast.owner).post(
        _url(cast.mailbox), {"is_active": "on", "template": "", "body": body, "body_format": "html"}
    )

    assert answer.status_code == 422
    with tenant_scope(cast.tenant.pk):
        assert not Autoresponder.objects.exists()


def test_saving_settles_what_the_loop_guard_had_against_it(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        template = _template(cast.mailbox)
        Autoresponder.objects.create(
            tenant=cast.tenant,
            mailbox=cast.mailbox,
            template=template,
            stopped_at=NOON,
            stopped_because="200 automatic mails left this mailbox within one hour.",
        )
    browser = signed_in(cast.owner)

    assert b"200 automatic mails left this mailbox" in browser.get(_url(cast.mailbox)).content
    browser.post(_url(cast.mailbox), {"is_active": "on", "template": str(template.pk)})

    with tenant_scope(cast.tenant.pk):
        autoresponder = Autoresponder.objects.get()
    assert (autoresponder.is_active, autoresponder.stopped_at) == (True, None)


def test_the_page_lists_what_went_out_and_what_did_not_with_its_reason(cast: Cast) -> None:
    make_outgoing(cast.mailbox)
    with tenant_scope(cast.tenant.pk):
        for number, reason in enumerate(("", "It came through a mailing list.")):
            AutomaticMail.objects.create(
                tenant=cast.tenant,
                mailbox=cast.mailbox,
                source=AutomaticMail.Source.AUTORESPONDER,
                recipient=f"visitor{number}@visitors.example",
                recipient_domain="visitors.example",
                suppressed_because=reason,
                created_at=NOON,
            )

    page = signed_in(cast.owner).get(_url(cast.mailbox)).content.decode()

    assert "visitor0@visitors.example" in page
    assert "It came through a mailing list." in page


def test_a_template_of_another_account_cannot_be_chosen(cast: Cast) -> None:
    with tenant_scope(cast.other_tenant.pk):
        foreign = _template(cast.other_mailbox)

    answer = signed_in(cast.owner).post(_url(cast.mailbox), {"is_active": "on", "template": str(foreign.pk)})

    assert answer.status_code == 422


def test_members_do_not_see_the_page_and_strangers_find_nothing(cast: Cast) -> None:
    assert signed_in(cast.member).get(_url(cast.mailbox)).status_code == 403
    assert signed_in(cast.stranger).get(_url(cast.mailbox)).status_code == 404
