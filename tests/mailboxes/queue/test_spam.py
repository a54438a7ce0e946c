"""Spam: what servers say, and what a person says of a sender."""

from email.message import EmailMessage

import pytest

from mailboxes.models import Autoresponder, Conversation, Mailbox, OutgoingMessage, ReplyTemplate
from mailboxes.parsing import parse
from mailboxes.queue import acting
from mailboxes.queue.spam import words_against
from mailhub import clock
from mailhub.tenancy.scope import tenant_scope
from tests.factories import Cast, make_outgoing
from tests.mailboxes.mail.factories import conversation_of, make_raw, receive

_AGAINST = [
    ("X-Spam-Flag", "YES"),
    ("X-Spam-Status", "Yes, score=9.1 required=5.0 tests=BAYES_99"),
    ("X-Spam", "Yes"),
    ("X-MS-Exchange-Organization-SCL", "5"),
    ("X-MS-Exchange-Organization-SCL", "9"),
    ("X-Forefront-Antispam-Report", "CIP:192.0.2.1;CTRY:US;LANG:en;SCL:6;SRV:;IPV:NLI"),
    ("X-Rspamd-Action", "add header"),
    ("x-spam-flag", " yes "),
]
_NOTHING = [
    ("X-Spam-Flag", "NO"),
    ("X-Spam-Status", "No, score=-1.9 required=5.0"),
    ("X-Spam-Status", ""),
    ("X-MS-Exchange-Organization-SCL", "-1"),
    ("X-MS-Exchange-Organization-SCL", "4"),
    ("X-Forefront-Antispam-Report", "CIP:192.0.2.1;SCL:1;SRV:"),
    ("X-Forefront-Antispam-Report", "CIP:192.0.2.1;OSCL:9;SRV:"),
    ("X-Rspamd-Action", "no action"),
    ("Authentication-Results", "mx.acme.example; spf=fail"),
    ("X-Spam-Level", "*****"),
]


def _mail(*headers: tuple[str, str]) -> EmailMessage:
    mail = make_raw()
    for name, value in headers:
        mail[name] = value
    return mail


def _against(*headers: tuple[str, str], verdicts: dict[str, bool] | None = None, is_found_in_junk: bool = False) -> str:
    return words_against(
        parse(_mail(*headers).as_bytes()),
        sender="nina@customer.example",
        verdicts=verdicts or {},
        is_found_in_junk=is_found_in_junk,
    )


@pytest.mark.parametrize("header", _AGAINST, ids=str)
def test_what_a_server_says_against_a_mail_is_believed(header: tuple[str, str]) -> None:
    assert _against(header).startswith(f"{header[0]} of the server")


@pytest.mark.parametrize("header", _NOTHING, ids=str)
def test_all_else_says_nothing(header: tuple[str, str]) -> None:
    assert _against(header) == ""


def test_a_spammer_speaks_for_himself_in_vain() -> None:
    assert _against(("X-Spam-Flag", "NO"), ("X-Spam-Flag", "YES"))


def test_the_word_of_a_person_wins_both_ways() -> None:
    said_spam, said_none = {"nina@customer.example": True}, {"nina@customer.example": False}

    assert "person" in _against(("X-Spam-Flag", "NO"), verdicts=said_spam)
    assert _against(("X-Spam-Flag", "YES"), verdicts=said_none) == ""
    assert _against(verdicts=said_none, is_found_in_junk=True) == ""
    assert "Junk" in _against(is_found_in_junk=True)


def test_new_spam_opens_a_conversation_that_is_in_no_list_of_open_ones(cast: Cast) -> None:
    message = receive(cast.mailbox, _mail(("X-Spam-Flag", "YES")))

    assert conversation_of(message).status == Conversation.Status.SPAM
    assert message.spam_because == "X-Spam-Flag of the server: YES"


def test_spam_in_a_known_conversation_stays_there(cast: Cast) -> None:
    first = receive(cast.mailbox, make_raw())
    reply = make_raw(subject="Re: Quote for 40 seats", in_reply_to=f"<{first.message_id}>")
    reply["X-Spam-Flag"] = "YES"

    message = receive(cast.mailbox, reply)

    assert message.conversation_id == first.conversation_id
    assert conversation_of(message).status == Conversation.Status.OPEN


def test_more_of_the_same_stays_spam(cast: Cast) -> None:
    first = receive(cast.mailbox, _mail(("X-Spam-Flag", "YES")))
    more = make_raw(subject="Re: Quote for 40 seats", in_reply_to=f"<{first.message_id}>")
    more["X-Spam-Flag"] = "YES"

    message = receive(cast.mailbox, more)

    assert message.conversation_id == first.conversation_id
    assert conversation_of(message).status == Conversation.Status.SPAM


def test_what_a_person_said_holds_for_the_next_mail_of_the_sender_in_this_mailbox(cast: Cast) -> None:
    conversation = conversation_of(receive(cast.mailbox, make_raw()))
    with tenant_scope(cast.tenant.pk):
        acting.mark_spam([conversation], by=cast.member, now=clock.now())

    here = receive(cast.mailbox, make_raw(subject="Another offer"))
    elsewhere = receive(cast.hidden_mailbox, make_raw(subject="Another offer"))

    assert conversation_of(here).status == Conversation.Status.SPAM
    assert conversation_of(elsewhere).status == Conversation.Status.OPEN


def test_who_forges_our_own_address_does_not_make_us_spammers(cast: Cast) -> None:
    forged = make_raw(from_=f"Support <{cast.mailbox.address}>")
    conversation = conversation_of(receive(cast.mailbox, forged))
    with tenant_scope(cast.tenant.pk):
        acting.mark_spam([conversation], by=cast.member, now=clock.now())

    again = receive(cast.mailbox, make_raw(from_=f"Support <{cast.mailbox.address}>", subject="From the printer"))

    assert conversation_of(again).status == Conversation.Status.OPEN


def test_nothing_answers_spam(cast: Cast) -> None:
    make_outgoing(cast.mailbox)
    _switch_on_autoresponder(cast.mailbox)
    now = clock.now()

    spam = receive(cast.mailbox, _mail(("X-Rspamd-Action", "rewrite subject")), at=now)
    answered = receive(cast.mailbox, make_raw(from_="tom@customer.example"), at=now)

    with tenant_scope(cast.tenant.pk):
        assert spam.spam_because
        assert not OutgoingMessage.objects.filter(conversation=spam.conversation_id).exists()
        assert not answered.spam_because


def _switch_on_autoresponder(mailbox: Mailbox) -> None:
    now = clock.now()
    with tenant_scope(mailbox.tenant_id):
        template = ReplyTemplate.objects.create(
            tenant_id=mailbox.tenant_id, name="Thanks", html="<p>Thanks</p>", created_at=now, changed_at=now
        )
        Autoresponder.objects.create(tenant_id=mailbox.tenant_id, mailbox=mailbox, template=template, is_active=True)
