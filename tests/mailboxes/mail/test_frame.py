"""The frame that shows a mail: no script, and nothing from outside before consent (SECURITY TC2, PR7)."""

from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any

import pytest
from django.urls import reverse

from mailboxes.models import Message, OutgoingMessage
from mailboxes.showing import content_policy, frame_size
from mailboxes.writing.replying import with_quote
from mailhub.lib.html import RemoteContent
from mailhub.tenancy.scope import tenant_scope
from servers.models import OutgoingServer
from tests.factories import Cast, signed_in
from tests.mailboxes.mail.factories import PNG, make_raw, receive, send

HOSTILE = [
    '<svg><use href="data:image/s\tvg+xml;base64,AAAA"></svg>',
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    '<a href="java\tscript:alert(1)">x</a>',
    '<math><mtext><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    '<div style="background-image:var(--x,url(http://tracker.example/1.gif))">x</div>',
    '<body background="data:image/png,x);background:url(//tracker.example/)">x</body>',
    '<img srcset="http://tracker.example/2.gif 2x" src=//tracker.example/3.gif>',
    '<link rel=stylesheet href="http://tracker.example/4.css"><style>@import "http://tracker.example/5.css";</style>x',
    '<img src="/accounts/logout/"><form action="/billing"><button>x</button></form>',
    '<base href="http://tracker.example/"><meta http-equiv=refresh content="0;url=http://tracker.example/">x',
    '<img src="http://tracker.example/6.gif">',
]
FETCHING_TAGS = {"script", "svg", "math", "style", "link", "base", "meta", "form", "iframe", "object", "embed"}
FETCHING_ATTRIBUTES = {"src", "srcset", "background", "action", "poster", "data"}


class Elements(HTMLParser):
    """Every element with its attributes, as a browser reads them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def _frame(cast: Cast, message: Message, query: str = "") -> Any:
    return signed_in(cast.owner).get(reverse("mailboxes:message-frame", args=[message.pk]) + query)


@pytest.mark.parametrize("html", HOSTILE)
def test_frame_holds_nothing_that_fetches_or_runs(cast: Cast, html: str) -> None:
    message = receive(cast.mailbox, make_raw(html=f"<html>{html}</html>"))

    content = _frame(cast, message).content.decode().partition("<body>")[2]

    assert "tracker.example" not in content
    for tag, attributes in Elements(content).found:
        assert tag not in FETCHING_TAGS
        assert not FETCHING_ATTRIBUTES & set(attributes)
        assert not any(name.startswith("on") for name in attributes)
        assert "url(" not in (attributes.get("style") or "")
        assert "script:" not in (attributes.get("href") or "")


def test_frame_forbids_scripts_and_connections_by_policy(cast: Cast) -> None:
    response = _frame(cast, receive(cast.mailbox, make_raw(html="<p>x</p>")))

    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "img-src 'self' data:;" in policy
    assert "sandbox allow-popups allow-popups-to-escape-sandbox" in policy
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    assert response["Referrer-Policy"] == "no-referrer"
    assert "no-store" in response["Cache-Control"]


def test_frame_shows_remote_images_after_consent(cast: Cast) -> None:
    message = receive(cast.mailbox, make_raw(html='<img src="https://img.example/1.png">'))

    response = _frame(cast, message, "?remote=1")

    assert b"https://img.example/1.png" in response.content
    assert "img-src 'self' data: http: https:;" in response["Content-Security-Policy"]


def test_message_says_how_many_remote_images_are_blocked_and_frames_without_scripts(cast: Cast) -> None:
    message = receive(
        cast.mailbox, make_raw(html='<img src="https://img.example/1.png"><img src="http://img.example/2.png">')
    )

    page = signed_in(cast.owner).get(reverse("mailboxes:message-detail", args=[message.pk])).content.decode()

    assert "2 remote images blocked" in page
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page
    assert "img.example" not in page


def test_inline_picture_travels_in_the_document(cast: Cast) -> None:
    message = receive(cast.mailbox, _with_inline(PNG, "png"))

    content = _frame(cast, message).content.decode()

    assert 'src="data:image/png;base64,iVBORw0KGgo' in content


@pytest.mark.parametrize(("content", "subtype"), [(b"<html><script>", "png"), (b"<svg onload=x>", "svg+xml")])
def test_inline_picture_that_is_none_is_left_out(cast: Cast, content: bytes, subtype: str) -> None:
    message = receive(cast.mailbox, _with_inline(content, subtype))

    assert "data:image" not in _frame(cast, message).content.decode()


def test_inline_pictures_fill_at_most_two_megabytes_however_often_they_are_named(cast: Cast) -> None:
    message = receive(cast.mailbox, _with_inline(PNG + bytes(300_000), "png", html='<img src="cid:logo">' * 200))

    content = _frame(cast, message).content

    assert b"data:image/png" in content
    assert len(content) < 2 * 1024 * 1024 + 20_000


def test_too_deep_html_falls_back_to_its_text(cast: Cast) -> None:
    html = "<div>" * 100_000 + "the words"
    message = receive(cast.mailbox, make_raw(text="the words", html=html))

    page = signed_in(cast.owner).get(reverse("mailboxes:message-detail", args=[message.pk])).content.decode()

    assert "<iframe" not in page
    assert "the words" in page
    assert "the words" in _frame(cast, message).content.decode()


@pytest.mark.parametrize(
    "html", ["<p>Hi <b>you</b></p>", "<ul><li>One</li></ul>", '<a href="https://x.example">Here</a>']
)
def test_formatted_mail_of_ours_is_shown_in_a_frame_of_its_own(cast: Cast, server: OutgoingServer, html: str) -> None:
    outgoing = send(server, cast.member, text="Its text", html=f'{html}<img src="https://img.example/1.png">')
    browser, url = signed_in(cast.member), reverse("mailboxes:outgoing-frame", args=[outgoing.pk])

    page = browser.get(reverse("mailboxes:outgoing-detail", args=[outgoing.pk])).content.decode()
    frame = browser.get(url)

    assert f'src="{url}" sandbox="allow-popups allow-popups-to-escape-sandbox"' in page
    assert "1 remote image blocked" in page
    assert frame["Content-Security-Policy"] == content_policy(RemoteContent.BLOCKED)
    assert "img.example" not in frame.content.decode()
    assert Elements(html).found[-1][0] in [name for name, _attributes in Elements(frame.content.decode()).found]


@pytest.mark.parametrize(
    "html",
    ["", "<div>Hello<br>you</div>", '<p>See <a href="https://x.example/" rel="noopener">https://x.example/</a></p>'],
)
def test_plain_mail_of_ours_is_shown_as_text_with_what_it_quotes_folded(
    cast: Cast, server: OutgoingServer, html: str
) -> None:
    text, html = with_quote("Hello", html, "Nina wrote:\n> Old words") if html else ("Hello", "")
    outgoing = send(server, cast.member, text=text, html=html)

    page = signed_in(cast.member).get(reverse("mailboxes:outgoing-detail", args=[outgoing.pk])).content.decode()

    assert "<iframe" not in page
    assert "Hello" in page


def test_security_mail_has_no_frame(cast: Cast, server: OutgoingServer) -> None:
    outgoing = send(server, cast.member, html="<b>Secret</b>")
    with tenant_scope(cast.tenant.pk):
        OutgoingMessage.objects.update(is_confidential=True)

    assert signed_in(cast.owner).get(reverse("mailboxes:outgoing-frame", args=[outgoing.pk])).status_code == 404


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ('<a href="https://evil.example/x">https://bank.example/login</a>', "evil.example"),
        ('<a href="https://evil.example"><b>www.bank.example</b></a>', "evil.example"),
        ('<a title="a>b" href="https://bank.example@evil.example/">bank.example</a>', "evil.example"),
        ('<a href="https://bank.example.evil.example/">bank.example</a>', "bank.example.evil.example"),
        ('<a href="https://bank.example/login">www.bank.example</a>', ""),
        ('<a href="https://click.bank.example/">bank.example</a>', ""),
        ('<a href="https://evil.example/">Click here</a>', ""),
        ('<a href="mailto:x@evil.example">bank.example</a>', ""),
        ('<a href="https://[evil/">bank.example</a>', ""),
    ],
)
def test_link_that_names_another_host_than_its_target_says_where_it_goes(cast: Cast, link: str, target: str) -> None:
    content = _frame(cast, receive(cast.mailbox, make_raw(html=f"<p>{link} end</p>"))).content.decode()

    assert ("(goes to" in content) == bool(target)
    assert f"</a> <small>(goes to {target})</small> end" in content or not target


def test_frame_of_a_short_mail_is_low_and_that_of_a_long_one_is_high() -> None:
    short, long = frame_size("<p>Hello</p>"), frame_size("<p>Hello</p>" * 50)

    assert short.wide <= 100
    assert 50 * 21 < long.wide < 50 * 45


def _with_inline(content: bytes, subtype: str, html: str = '<p>Hi <img src="cid:logo"></p>') -> EmailMessage:
    mail = make_raw(html=html)
    _text, related = mail.iter_parts()
    assert isinstance(related, EmailMessage)
    related.add_related(content, "image", subtype, cid="<logo>")
    return mail
