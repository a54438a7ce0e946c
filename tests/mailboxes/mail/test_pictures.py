"""Remote pictures: blocked, shown once, or always for a sender."""

from django.test import Client
from django.urls import reverse

from mailboxes.models import Message, PictureConsent
from mailhub.tenancy.scope import tenant_scope
from tests.factories import Cast, signed_in
from tests.mailboxes.mail.factories import make_raw, receive

HTMX = {"HX-Request": "true"}
PIXEL = '<p>Hello</p><img src="https://pixel.example/1.png">'


def _message(cast: Cast, **fields: str) -> Message:
    return receive(cast.mailbox, make_raw(html=PIXEL, **fields))


def _page(browser: Client, message: Message) -> str:
    url = reverse("mailboxes:conversation-detail", args=[message.conversation_id])
    return browser.get(url, headers=HTMX).content.decode()


def _consent(browser: Client, message: Message) -> str:
    return browser.post(reverse("mailboxes:message-pictures", args=[message.pk]), headers=HTMX).content.decode()


def test_they_are_blocked_until_the_person_says_always(cast: Cast) -> None:
    message, browser = _message(cast), signed_in(cast.member)

    before = _page(browser, message)
    _consent(browser, message)
    after = _page(browser, _message(cast, subject="Another letter"))

    assert "1 remote image blocked" in before
    assert "?remote=1" not in before.partition("<iframe")[2]
    assert "1 remote image shown, as always for nina@customer.example" in after
    assert "?remote=1" in after.partition("<iframe")[2]


def test_it_is_taken_back_in_one_click(cast: Cast) -> None:
    message, browser = _message(cast), signed_in(cast.member)
    _consent(browser, message)

    answer = browser.post(reverse("mailboxes:message-pictures-stop", args=[message.pk]), headers=HTMX).content.decode()

    assert "1 remote image blocked" in answer
    with tenant_scope(cast.tenant.pk):
        assert not PictureConsent.objects.exists()


def test_it_is_the_consent_of_one_person_alone(cast: Cast) -> None:
    message = _message(cast)
    _consent(signed_in(cast.member), message)

    assert "1 remote image blocked" in _page(signed_in(cast.owner), message)


def test_mail_that_names_two_senders_or_is_spam_is_nobodys_word(cast: Cast) -> None:
    browser = signed_in(cast.member)
    _consent(browser, _message(cast))
    two = make_raw(html=PIXEL).as_bytes().replace(b"\r\nTo:", b"\r\nFrom: Eve <eve@evil.example>\r\nTo:", 1)
    spam = make_raw(html=PIXEL, subject="Spam")
    spam["X-Spam-Flag"] = "YES"

    for mail in (two, spam.as_bytes()):
        page = _page(browser, receive(cast.mailbox, mail))

        assert "1 remote image blocked" in page
        assert "always for" not in page


def test_a_message_of_others_takes_no_consent(cast: Cast) -> None:
    hidden = receive(cast.hidden_mailbox, make_raw(html=PIXEL))

    answer = signed_in(cast.member).post(reverse("mailboxes:message-pictures", args=[hidden.pk]))

    assert answer.status_code == 404
