"""A day of two people at one mailbox: two browsers, the customer who writes between them, and a real SMTP server."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

import pytest
from playwright.sync_api import Page
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer
from pytest_playwright.pytest_playwright import CreateContextCallback

from mailboxes.models import (
    Conversation,
    Delivery,
    Draft,
    MailboxAccess,
    Mention,
    Message,
    Note,
    Notification,
    OutgoingMessage,
)
from mailboxes.notes.writing import write_note
from mailboxes.notifying import mailing
from mailboxes.platform import ensure_platform
from mailboxes.queue import acting
from mailboxes.writing import later
from mailhub import clock
from mailhub.tenancy.models import Membership
from mailhub.tenancy.scope import tenant_scope, unscoped
from tests.browser.colleagues import Colleague, Postman, at_work, expect, make_colleague, postman_of, rename
from tests.factories import Cast, make_cast
from tests.mailboxes.mail.composers import wait_for_editor
from tests.mailboxes.mail.factories import conversation_of, make_raw, receive

# Two browsers on a busy machine, and the first of these tests makes the database.
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("long_enough"),
    pytest.mark.timeout(300),
]

_Kind = Notification.Kind
_CUSTOMER = "nina@customer.example"


@pytest.fixture
def cast(live_server: LiveServer) -> Cast:
    cast = make_cast()
    rename(cast.owner, "Ada Owen")
    rename(cast.member, "Mara Lind")
    return cast


@pytest.fixture(autouse=True)
def postman(cast: Cast, settings: Settings) -> Iterator[Postman]:
    with postman_of(cast, settings) as postman:
        yield postman


@pytest.fixture
def mara(cast: Cast, live_server: LiveServer, new_context: CreateContextCallback) -> Iterator[Colleague]:
    with at_work(cast.member, live_server, new_context) as mara:
        yield mara


@pytest.fixture
def tom(cast: Cast, live_server: LiveServer, new_context: CreateContextCallback) -> Iterator[Colleague]:
    with at_work(make_colleague(cast, "Tom Berg"), live_server, new_context) as tom:
        yield tom


@pytest.fixture
def administrator(cast: Cast, live_server: LiveServer, new_context: CreateContextCallback) -> Iterator[Colleague]:
    with at_work(cast.owner, live_server, new_context) as administrator:
        yield administrator


@pytest.fixture
def long_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let sending be undone for as long as a page may take on a busy machine."""
    monkeypatch.setattr(later, "SEND_UNDO_SECONDS", 60)


def test_from_new_mail_to_an_answer_that_two_of_them_were_at(cast: Cast, mara: Colleague, tom: Colleague) -> None:
    mara.go("/inbox/")
    tom.go("/inbox/")

    conversation = _new_mail_appears_by_itself(cast, mara, tom)
    _mara_gives_it_to_tom(conversation, mara, tom)
    _mara_sees_that_tom_is_writing(mara, tom)
    _tom_is_told_what_came_before_he_sends(conversation, mara, tom)


def test_from_a_note_to_an_answer_that_was_undone_and_sent(
    cast: Cast, postman: Postman, mara: Colleague, tom: Colleague
) -> None:
    conversation = conversation_of(receive(cast.mailbox, make_raw()))
    mara.open(conversation)
    tom.go("/inbox/")

    _mara_names_tom_in_a_note(conversation, mara, tom)
    _mara_undoes_an_answer(conversation, postman, mara)
    _mara_sends_it_for_good(conversation, postman, mara)


def test_answer_for_tomorrow_is_held_back_because_the_customer_writes_today(
    cast: Cast, postman: Postman, tom: Colleague
) -> None:
    question = receive(cast.mailbox, make_raw())
    conversation = conversation_of(question)
    tom.open(conversation)

    _tom_schedules_an_answer(conversation, postman, tom)
    receive(cast.mailbox, make_raw(subject="Re: Quote for 40 seats", text="Never mind.", **_answering(question)))

    tom.look_again()
    expect(tom.bell_count).to_have_text("1 unread")
    tom.open_news("Your scheduled message was held back")
    expect(tom.pane).to_contain_text("Never mind.")
    wait_for_editor(tom.page)
    expect(tom.editor).to_have_text("The quote follows.")
    tom.go("/scheduled/")
    expect(tom.page.locator("[id^=scheduled-]")).to_have_count(0)
    postman.deliver(after=timedelta(days=2))
    assert postman.taken == []
    with tenant_scope(cast.tenant.pk):
        assert not OutgoingMessage.objects.exists()
        assert Draft.objects.of(tom.person).unsent().get().conversation == conversation
        assert _told(tom.person) == [_Kind.HELD]


def test_who_loses_the_mailbox_has_nothing_of_it_left_but_their_own_words(
    cast: Cast, tom: Colleague, administrator: Colleague
) -> None:
    ensure_platform("smtp+starttls://mailer:secret@smtp.mailhub.example", "no-reply@mailhub.example")
    conversation = conversation_of(receive(cast.mailbox, make_raw(text="The word is aubergine.")))
    tom.go("/inbox/?q=aubergine")
    expect(tom.rows).to_have_count(1)
    tom.go(f"/inbox/{conversation.pk}/?mailbox={cast.mailbox.pk}")
    tom.begin_reply("Half an answer")
    _both_are_told_of(conversation, tom, cast.owner, by=cast.member)
    _keep_from_asking(tom.page)

    _take_the_mailbox_from(tom, administrator)

    _tom_cannot_send(tom)
    _tom_sees_that_it_is_gone(tom)
    _tom_finds_nothing(tom)
    assert _mailed_about() == {cast.owner.user.email}


# --- Morning: new mail, and whose it is -------------------------------------------------------------------------------


def _new_mail_appears_by_itself(cast: Cast, mara: Colleague, tom: Colleague) -> Conversation:
    conversation = conversation_of(receive(cast.mailbox, make_raw()))
    for person in (mara, tom):
        expect(person.rows).to_have_count(1)

    tom.rows.first.hover()
    box = tom.rows.first.bounding_box()
    receive(cast.mailbox, make_raw(subject="Another matter"))

    expect(mara.rows).to_have_count(2)
    expect(tom.page.get_by_role("button", name="1 new")).to_be_visible()
    expect(tom.rows).to_have_count(1)
    assert tom.rows.first.bounding_box() == box
    return conversation


def _mara_gives_it_to_tom(conversation: Conversation, mara: Colleague, tom: Colleague) -> None:
    mara.press("j", "j", "o")
    expect(mara.page.locator(".conversation-subject")).to_have_text("Quote for 40 seats")
    mara.press("a")
    mara.choose_by_keys("Tom Berg")
    expect(mara.page.locator("#conversation-head summary", has_text="Assigned to Tom Berg")).to_be_visible()
    with tenant_scope(conversation.tenant_id):
        assert conversation.refreshed().assignee == tom.person
        assert _told(tom.person) == [_Kind.ASSIGNED]
        assert _told(mara.person) == []

    tom.look_again()
    expect(tom.bell_count).to_have_text("1 unread")
    tom.open_news("Mara Lind assigned it to you")
    expect(tom.page.locator(".conversation-subject")).to_have_text("Quote for 40 seats")
    expect(tom.bell_count).to_be_empty()


# --- Noon: two of them at one conversation ----------------------------------------------------------------------------


def _mara_sees_that_tom_is_writing(mara: Colleague, tom: Colleague) -> None:
    mara.look_again()
    expect(mara.live_line).to_contain_text("Tom Berg is looking at it")

    tom.begin_reply("Forty seats are 400.")
    with tom.page.expect_response("**/inbox/*/live/"):
        tom.look_again()
    mara.look_again()

    expect(mara.live_line).to_contain_text("Tom Berg is writing a reply")
    expect(tom.live_line).to_contain_text("Mara Lind is looking at it")


def _tom_is_told_what_came_before_he_sends(conversation: Conversation, mara: Colleague, tom: Colleague) -> None:
    with tenant_scope(conversation.tenant_id):
        question = Message.objects.get(conversation=conversation)
    receive(conversation.mailbox, make_raw(subject="Re: Quote", text="Fifty, please.", **_answering(question)))

    tom.send()

    refusal = tom.page.locator("#composer-head [role=alert]")
    expect(refusal).to_contain_text("1 message came while you were writing. Nothing was sent yet.")
    expect(refusal).to_contain_text("Fifty, please.")
    expect(tom.editor).to_have_text("Forty seats are 400.")
    with tenant_scope(conversation.tenant_id):
        assert not OutgoingMessage.objects.exists()
        assert "Forty seats are 400." in Draft.objects.of(tom.person).unsent().get().fields["body"]

    tom.editor.fill("Fifty seats are 500.")
    expect(tom.page.locator("#composer-send")).to_have_text("Send anyway")
    tom.send()

    tom.page.wait_for_url("**open=**")
    expect(tom.pane).to_contain_text("Fifty seats are 500.")
    with tenant_scope(conversation.tenant_id):
        [sent] = OutgoingMessage.objects.all()
        assert (sent.conversation, sent.written_by) == (conversation, tom.person)
        assert b"Fifty seats are 500." in sent.raw()
    mara.look_again()
    expect(mara.live_line).to_contain_text("New message from Nina Berg")
    expect(mara.live_line).to_contain_text("Tom Berg answered")
    mara.live_line.get_by_role("link", name="show").first.click()
    expect(mara.page.locator(f"#sent-{sent.pk}")).to_contain_text("Fifty seats are 500.")


# --- Afternoon: a note, and a letter that was sent too soon -----------------------------------------------------------


def _mara_names_tom_in_a_note(conversation: Conversation, mara: Colleague, tom: Colleague) -> None:
    mara.press("n")
    field = mara.page.get_by_label("Note for colleagues")
    expect(field.first).to_be_focused()
    mara.page.keyboard.type("@to")
    expect(mara.page.get_by_role("option", name="Tom Berg")).to_be_visible()
    mara.press("Enter")
    mara.page.keyboard.type("she is a nuisance.")
    mara.press("Control+Enter")

    expect(mara.page.locator(".note-text")).to_contain_text("@Tom Berg she is a nuisance.")
    tom.look_again()
    expect(tom.bell_count).to_have_text("1 unread")
    tom.open_news("Mara Lind mentioned you in a note")
    expect(tom.page.locator(".note-text")).to_contain_text("she is a nuisance.")
    with tenant_scope(conversation.tenant_id):
        assert Mention.objects.get(note=Note.objects.get()).membership == tom.person
        assert _told(tom.person) == [_Kind.MENTIONED]
        assert not OutgoingMessage.objects.exists()


def _mara_undoes_an_answer(conversation: Conversation, postman: Postman, mara: Colleague) -> None:
    mara.open(conversation)
    mara.begin_reply("Dear Mina")
    mara.send()
    expect(mara.page.locator(".departure")).to_contain_text("Leaves in")
    postman.deliver()

    mara.press("z")

    wait_for_editor(mara.page)
    expect(mara.editor).to_have_text("Dear Mina")
    postman.deliver(after=timedelta(days=1))
    assert postman.taken == []
    with tenant_scope(conversation.tenant_id):
        assert not OutgoingMessage.objects.exists()
        assert not Delivery.objects.exists()
        assert "Dear Mina" in Draft.objects.of(mara.person).unsent().get().fields["body"]


def _mara_sends_it_for_good(conversation: Conversation, postman: Postman, mara: Colleague) -> None:
    mara.editor.fill("Dear Nina")
    mara.send()
    expect(mara.page.locator(".departure")).to_contain_text("Leaves in")

    postman.deliver(after=timedelta(minutes=2))
    postman.deliver(after=timedelta(minutes=4))

    [raw] = postman.taken
    assert "Dear Nina" in raw
    assert "nuisance" not in raw
    with tenant_scope(conversation.tenant_id):
        delivery = Delivery.objects.get()
        assert (delivery.recipient, delivery.state) == (_CUSTOMER, Delivery.State.SENT)
    mara.page.reload()
    expect(mara.page.locator(".delivery")).to_contain_text("Sent")


# --- Evening: a letter for tomorrow -----------------------------------------------------------------------------------


def _tom_schedules_an_answer(conversation: Conversation, postman: Postman, tom: Colleague) -> None:
    tom.begin_reply("The quote follows.")
    tom.page.locator("#composer-sending summary").click()
    tom.page.get_by_label("Not if somebody writes before").check()
    tom.page.get_by_role("button", name="Tomorrow at 9:00").click()
    tom.page.wait_for_url("**open=**")

    tom.go("/scheduled/")
    row = tom.page.locator("[id^=scheduled-]")
    expect(row).to_contain_text("Re: Quote for 40 seats")
    expect(row).to_contain_text("not if somebody writes before")
    postman.deliver()
    assert postman.taken == []
    with tenant_scope(conversation.tenant_id):
        [waiting] = OutgoingMessage.objects.all()
    assert waiting.is_scheduled
    assert waiting.is_held_by_replies
    tomorrow = waiting.created_at.date() + timedelta(days=1)
    assert waiting.send_at == datetime.combine(tomorrow, time(9), UTC)


# --- The next day: one of them has lost the mailbox -------------------------------------------------------------------


def _both_are_told_of(conversation: Conversation, tom: Colleague, owner: Membership, *, by: Membership) -> None:
    with tenant_scope(conversation.tenant_id):
        acting.assign([conversation], tom.person, by=by, now=clock.now())
        write_note(conversation, f"@{tom.name} and @{owner.user.name}, look", author=by, now=clock.now())
        assert sorted(_told(tom.person)) == [_Kind.ASSIGNED, _Kind.MENTIONED]
    tom.look_again()
    expect(tom.bell_count).to_have_text("2 unread")


def _keep_from_asking(page: Page) -> None:
    """Let the conversation on the page not hear anything for now, as between two of its rounds."""
    page.route("**/live/", lambda route: route.abort())


def _take_the_mailbox_from(tom: Colleague, administrator: Colleague) -> None:
    administrator.go(f"/settings/people/{tom.person.pk}/mailboxes/")
    administrator.page.get_by_role("checkbox", name="Support").uncheck()
    administrator.page.get_by_role("button", name="Save").click()
    expect(administrator.page.locator("#toasts")).to_contain_text("aved")
    with tenant_scope(tom.person.tenant_id):
        assert not MailboxAccess.objects.filter(membership=tom.person).exists()


def _tom_cannot_send(tom: Colleague) -> None:
    tom.look_again()
    expect(tom.rows).to_have_count(0)
    expect(tom.page.locator(".view-count", has_text=re.compile(r"\d"))).to_have_count(0)
    tom.send()

    expect(tom.page.locator("[data-draft-note]")).to_contain_text("Not sent: you may not write here any more.")
    expect(tom.editor).to_have_text("Half an answer")
    expect(tom.page.get_by_role("link", name="Reload the page")).to_have_count(0)
    with tenant_scope(tom.person.tenant_id):
        assert not OutgoingMessage.objects.exists()


def _tom_sees_that_it_is_gone(tom: Colleague) -> None:
    tom.page.unroute("**/live/")
    tom.look_again()

    expect(tom.pane).to_contain_text("you may not see it any more")
    expect(tom.pane).not_to_contain_text("aubergine")
    expect(tom.page.get_by_label("What you were writing")).to_have_value("Half an answer")
    expect(tom.bell_count).to_be_empty()


def _tom_finds_nothing(tom: Colleague) -> None:
    tom.page.get_by_role("link", name="Back to the list").click()
    expect(tom.page.locator(".mail-pane .empty-title")).to_have_text("No conversation chosen")
    tom.press("/")
    tom.page.keyboard.type("aubergine")
    tom.press("Enter")
    expect(tom.page.get_by_text("Nothing found")).to_be_visible()
    expect(tom.rows).to_have_count(0)

    tom.go("/notifications/")
    expect(tom.page.get_by_text("Nothing yet", exact=True)).to_be_visible()


def _mailed_about() -> set[str]:
    """Send all mail about news that is due by now or soon; return to whom."""
    with unscoped("a test mails people of all accounts"):
        mailing.mail_due(now=clock.now() + timedelta(hours=1))
        return {address for one in OutgoingMessage.objects.all() for _name, address in one.to}


def _answering(question: Message) -> dict[str, str]:
    return {"in_reply_to": f"<{question.message_id}>"}


def _told(person: Membership) -> list[str]:
    return list(
        Notification.objects.filter(recipient=person).order_by("created_at", "id").values_list("kind", flat=True)
    )
