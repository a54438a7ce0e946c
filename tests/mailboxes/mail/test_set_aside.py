"""Messages that could not be processed: seen by everybody of the mailbox, and tried again by administrators."""

import pytest
from django.urls import reverse

from mailboxes.models import Mailbox, Message
from mailhub.tenancy.scope import tenant_scope
from tests.factories import Cast, signed_in
from tests.mailboxes.mail.factories import make_raw, receive

LIST = "mailboxes:message-list-set-aside"
TRACEBACK = "Traceback (most recent call last):\n  File \"steps.py\", line 7, in step\nKeyError: 'colour'\n"


def _set_aside(mailbox: Mailbox, failure: str = TRACEBACK, state: str = Message.State.SET_ASIDE) -> Message:
    message = receive(mailbox, make_raw(subject="Stuck"))
    with tenant_scope(mailbox.tenant_id):
        Message.objects.filter(pk=message.pk).update(state=state, failure=failure, conversation=None)
        found: Message = message.refreshed()
        return found


def _states(cast: Cast, *messages: Message) -> list[str]:
    with tenant_scope(cast.tenant.pk):
        return [one.refreshed().state for one in messages]


def test_the_traceback_stands_there_for_administrators_alone(cast: Cast) -> None:
    message = _set_aside(cast.mailbox)

    page = signed_in(cast.owner).get(reverse(LIST)).content.decode()
    to_member = signed_in(cast.member).get(reverse(LIST)).content.decode()

    for words in ("steps.py", "KeyError: &#x27;colour&#x27;"):
        assert words in page
    assert reverse("mailboxes:message-raw", args=[message.pk]) in page
    assert reverse("mailboxes:message-replay", args=[message.pk]) in page
    assert "KeyError" in to_member
    assert "steps.py" not in to_member
    assert "message-replay" not in to_member


def test_everything_that_failed_alike_is_tried_again_at_once(cast: Cast) -> None:
    alike = [_set_aside(cast.mailbox), _set_aside(cast.hidden_mailbox), _set_aside(cast.mailbox, TRACEBACK.rstrip())]
    others = [
        _set_aside(cast.mailbox, TRACEBACK.replace("KeyError", "MyKeyError")),
        _set_aside(cast.mailbox, "Too large.", Message.State.UNREADABLE),
    ]
    foreign = _set_aside(cast.other_mailbox)
    url = reverse("mailboxes:message-replay-alike", args=[alike[0].pk])
    browser = signed_in(cast.owner)
    assert url.replace(str(alike[0].pk), str(alike[2].pk)) in browser.get(reverse(LIST)).content.decode()

    page = browser.post(url, follow=True).content.decode()

    assert "3 messages processed again." in page
    assert _states(cast, *alike) == [Message.State.STORED] * 3
    assert _states(cast, *others) == [Message.State.SET_ASIDE, Message.State.UNREADABLE]
    with tenant_scope(cast.other_tenant.pk):
        assert foreign.refreshed().state == Message.State.SET_ASIDE


def test_what_is_not_set_aside_is_not_tried_again(cast: Cast) -> None:
    message = receive(cast.mailbox, make_raw())
    browser = signed_in(cast.owner)

    page = browser.post(reverse("mailboxes:message-replay-alike", args=[message.pk]), follow=True).content.decode()

    assert "already" in page
    assert _states(cast, message) == [Message.State.RECEIVED]


@pytest.mark.parametrize(("who", "status"), [("member", 403), ("stranger", 404)])
def test_only_administrators_of_the_account_have_it_tried_again(cast: Cast, who: str, status: int) -> None:
    url = reverse("mailboxes:message-replay-alike", args=[_set_aside(cast.mailbox).pk])

    assert signed_in(getattr(cast, who)).post(url).status_code == status


def test_the_side_bar_tells_administrators_on_every_page(cast: Cast) -> None:
    url = reverse("mailboxes:mailbox-list")
    assert reverse(LIST) not in signed_in(cast.owner).get(url).content.decode()
    _set_aside(cast.hidden_mailbox)

    assert reverse(LIST) in signed_in(cast.owner).get(url).content.decode()
    assert reverse(LIST) not in signed_in(cast.member).get(url).content.decode()
    assert reverse(LIST) not in signed_in(cast.stranger).get(url).content.decode()
