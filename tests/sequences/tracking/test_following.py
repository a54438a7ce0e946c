"""From a mail that is tracked to who opened it and where its links lead (SPEC S7, SECURITY B120, B122)."""

from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import default
from html.parser import HTMLParser

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from mailboxes.models import Mailbox, OutgoingMessage
from mailhub import clock
from mailhub.lib.ids import new_id
from sequences.models import Enrollment, Sequence, Step, StepSend, TrackedLink, TrackingHit
from sequences.running.accounts import Account
from sequences.running.submitting import compose_step
from sequences.running.threads import Thread
from sequences.tracking.tokens import ClickName, MailName, click_token, open_token
from sequences.unsubscribing import unsubscribe_url
from tests.factories import Cast, signed_in
from tests.sequences.factories import Mail, enroll, make_contact, make_sequence
from tests.sequences.sending import send_step

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("scope")]

PERSON = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
SHOP = "https://shop.example/a%20b/?q=1&lang=de&q=2#part-3"
HTML = (
    '<p>Hello {{ first_name }}, see <a href="https://shop.example/a%20b/?q=1&amp;lang=de&amp;q=2#part-3">our shop</a>,'
    ' <a href="http://blog.example/?to={{ contact_address }}">the blog</a>,'
    ' <a href="mailto:sales@acme.example?subject=Hi">write</a> or'
    ' <a href="https://shop.example/a%20b/?q=1&amp;lang=de&amp;q=2#part-3">the shop again</a>'
    ' <img src="https://shop.example/logo.png" alt="&lt;a href=&quot;https://evil.example/&quot;&gt;"></p>'
)


class _Page(HTMLParser):
    """Addresses of links and pictures, and that every element is closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.pictures: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "a":
            self.links.append(values.get("href") or "")
        if tag == "img":
            self.pictures.append(values.get("src") or "")
        elif tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture
def sequence(cast: Cast, mailbox: Mailbox) -> Sequence:
    steps = [Mail(html=HTML)]
    return make_sequence(mailbox, author=cast.owner, steps=steps, tracks_opens=True, tracks_clicks=True)


@pytest.fixture
def visitor() -> Client:
    return Client(headers={"user-agent": PERSON})


def _sent(sequence: Sequence, address: str = "ada@customer.example") -> tuple[StepSend, _Page, str]:
    """Send the first step, long enough ago for a person to have read it; return its row, its HTML and its text."""
    send = send_step(enroll(sequence, make_contact(sequence.tenant, address)), now=clock.now())
    StepSend.objects.filter(pk=send.pk).update(sent_at=clock.now() - timedelta(hours=1))
    mail = message_from_bytes(OutgoingMessage.objects.get(pk=send.outgoing_message_id).raw(), policy=default)
    html, text = mail.get_body(("html",)), mail.get_body(("plain",))
    assert html is not None
    assert text is not None
    return send.refreshed(), _Page(html.get_content()), text.get_content()


def _path(url: str) -> str:
    return url.removeprefix("http://localhost:8000")


def _hits(send: StepSend) -> list[tuple[str, str]]:
    return list(TrackingHit.objects.filter(send=send).order_by("at", "id").values_list("kind", "visitor"))


def _name(send: StepSend) -> MailName:
    return MailName(send.enrollment_id, send.step_id)


def test_a_sequence_that_does_not_ask_for_it_tracks_nothing(cast: Cast, mailbox: Mailbox) -> None:
    plain = make_sequence(mailbox, author=cast.owner, steps=[Mail(html=HTML)])

    _send, page, _text = _sent(plain)

    assert page.links[:2] == [SHOP, "http://blog.example/?to=ada@customer.example"]
    assert page.pictures == ["https://shop.example/logo.png"]
    assert not TrackedLink.objects.exists()


def test_links_lead_through_us_but_for_mail_and_the_way_out(sequence: Sequence) -> None:
    send, page, text = _sent(sequence)

    shop, blog, mailto, again, way_out = page.links
    assert page.open == []
    assert all(_path(one).startswith("/c/") for one in (shop, blog, again))
    assert shop == again
    assert mailto == "mailto:sales@acme.example?subject=Hi"
    assert way_out == unsubscribe_url(send.enrollment)
    assert page.pictures[0] == "https://shop.example/logo.png"
    assert _path(page.pictures[1]) == f"/o/{open_token(_name(send))}"
    assert len(page.pictures) == 2
    assert "https://shop.example/a%20b/?q=1&lang=de&q=2#part-3" in text
    assert "/c/" not in text


def test_a_link_leads_to_the_very_address_that_stood_there(sequence: Sequence, visitor: Client) -> None:
    send, page, _text = _sent(sequence)

    answer = visitor.get(_path(page.links[0]))

    assert (answer.status_code, answer["Location"]) == (302, SHOP)
    assert "no-store" in answer["Cache-Control"]
    assert not answer.cookies
    assert _hits(send) == [("click", "human")]
    assert send.refreshed().clicked_at is not None
    assert send.refreshed().opened_at is None


def test_a_picture_that_a_person_loads_is_an_open(sequence: Sequence, visitor: Client) -> None:
    send, page, _text = _sent(sequence)

    answer = visitor.get(_path(page.pictures[1]))

    assert (answer.status_code, answer["Content-Type"]) == (200, "image/gif")
    assert answer.content.startswith(b"GIF89a")
    assert "no-store" in answer["Cache-Control"]
    assert not answer.cookies
    assert _hits(send) == [("open", "human")]
    assert send.refreshed().opened_at is not None


def test_a_proxy_and_a_scanner_are_written_down_and_are_no_people(sequence: Sequence, visitor: Client) -> None:
    send, page, _text = _sent(sequence)

    visitor.get(_path(page.pictures[1]), headers={"user-agent": "Mozilla/5.0 (via ggpht.com GoogleImageProxy)"})
    visitor.head(_path(page.links[0]))
    visitor.get(_path(page.links[0]), headers={"sec-purpose": "prefetch;prerender"})

    found = send.refreshed()
    assert _hits(send) == [("open", "proxy"), ("click", "scanner"), ("click", "proxy")]
    assert (found.opened_at, found.clicked_at) == (None, None)


def test_who_follows_all_links_at_once_turns_out_to_be_a_scanner(sequence: Sequence, visitor: Client) -> None:
    send, page, _text = _sent(sequence)

    visitor.get(_path(page.pictures[1]))
    visitor.get(_path(page.links[0]))
    was_taken_for_a_person = send.refreshed().clicked_at is not None
    visitor.get(_path(page.links[1]))

    found = send.refreshed()
    assert was_taken_for_a_person
    assert _hits(send) == [("open", "human"), ("click", "scanner"), ("click", "scanner")]
    assert found.clicked_at is None


def test_a_person_who_clicks_after_a_scanner_is_seen(sequence: Sequence, visitor: Client) -> None:
    send, page, _text = _sent(sequence)
    visitor.get(_path(page.links[0]))
    visitor.get(_path(page.links[1]))
    TrackingHit.objects.filter(send=send).update(at=clock.now() - timedelta(minutes=30))

    visitor.get(_path(page.links[0]))

    assert _hits(send)[-1] == ("click", "human")
    assert send.refreshed().clicked_at is not None


def test_a_colleague_who_looks_at_it_is_not_counted(cast: Cast, sequence: Sequence) -> None:
    send, page, _text = _sent(sequence)
    colleague = signed_in(cast.owner)

    picture = colleague.get(_path(page.pictures[1]), headers={"user-agent": PERSON})
    click = colleague.get(_path(page.links[0]), headers={"user-agent": PERSON})

    assert (picture.status_code, click["Location"]) == (200, SHOP)
    assert _hits(send) == []


def test_what_a_preview_shows_is_not_tracked(sequence: Sequence) -> None:
    enrollment = enroll(sequence, make_contact(sequence.tenant))
    variant = sequence.steps.get().variants.get()

    composition = compose_step(enrollment, variant, Account.load(sequence.tenant_id), thread=Thread(), now=clock.now())

    assert composition.html is not None
    assert _Page(composition.html).links[0] == SHOP
    assert not TrackedLink.objects.exists()


@pytest.mark.parametrize("token", ["x", "A" * 64, "A" * 86, "%00", "evil.example", "\N{SNOWMAN}"])
def test_a_token_that_nobody_signed_gives_a_picture_and_no_way(visitor: Client, token: str) -> None:
    picture = visitor.get(f"/o/{token}")
    click = visitor.get(f"/c/{token}?url=https://evil.example/&u=//evil")

    assert (picture.status_code, picture["Content-Type"]) == (200, "image/gif")
    assert click.status_code == 404
    assert "Location" not in click


def test_a_changed_token_leads_nowhere(sequence: Sequence, visitor: Client) -> None:
    send, page, _text = _sent(sequence)
    token = _path(page.links[0]).removeprefix("/c/")
    picture = _path(page.pictures[1]).removeprefix("/o/")
    turned = "B" if token[0] != "B" else "C"

    answers = [visitor.get(f"/c/{turned}{token[1:]}"), visitor.get(f"/c/{picture}"), visitor.get(f"/c/{token}A")]

    assert {one.status_code for one in answers} == {404}
    assert visitor.get(f"/o/{token}").status_code == 200
    assert _hits(send) == []


def test_what_stands_behind_a_link_cannot_be_said_by_its_address(sequence: Sequence, visitor: Client) -> None:
    _send, page, _text = _sent(sequence)

    answer = visitor.get(f"{_path(page.links[0])}?url=https://evil.example/&next=//evil.example")

    assert answer["Location"] == SHOP


def test_a_link_leads_on_when_the_mail_is_gone_and_nowhere_when_its_row_is(sequence: Sequence, visitor: Client) -> None:
    link = TrackedLink.objects.create(tenant=sequence.tenant, sequence=sequence, url=SHOP, url_sha256="0" * 64)
    token = click_token(ClickName(MailName(new_id(), new_id()), link.pk))

    before = visitor.get(f"/c/{token}")
    link.delete()
    after = visitor.get(f"/c/{token}")

    assert (before.status_code, before["Location"]) == (302, SHOP)
    assert after.status_code == 404


def test_pictures_and_links_are_only_read(sequence: Sequence, visitor: Client) -> None:
    send, page, _text = _sent(sequence)

    assert visitor.post(_path(page.pictures[1])).status_code == 405
    assert visitor.post(_path(page.links[0])).status_code == 405
    assert _hits(send) == []


def test_asking_again_and_again_writes_no_more_than_so_much(sequence: Sequence, visitor: Client) -> None:
    send, page, _text = _sent(sequence)
    at = clock.now() - timedelta(minutes=5)
    TrackingHit.objects.bulk_create(
        TrackingHit(tenant=sequence.tenant, send=send, kind="open", visitor="scanner", at=at) for _number in range(40)
    )

    visitor.head(_path(page.pictures[1]))
    visitor.get(_path(page.pictures[1]))

    assert _hits(send).count(("open", "scanner")) == 40
    assert _hits(send).count(("open", "human")) == 1


def test_links_are_written_down_once_for_all_mails(sequence: Sequence) -> None:
    _send, first, _text = _sent(sequence)
    _send, second, _text = _sent(sequence, "bob@customer.example")

    assert first.links[0] != second.links[0]
    assert TrackedLink.objects.filter(url=SHOP).count() == 1
    assert TrackedLink.objects.count() == 3


@pytest.mark.parametrize("count", [2, 40])
def test_the_number_of_queries_does_not_follow_the_number_of_links(sequence: Sequence, count: int) -> None:
    step = Step.objects.get(sequence=sequence)
    variant = step.variants.get()
    variant.html = "".join(f'<a href="https://shop.example/{number}">x</a>' for number in range(count))
    enrollment: Enrollment = enroll(sequence, make_contact(sequence.tenant))
    account = Account.load(sequence.tenant_id)
    now: datetime = clock.now()
    arguments = (enrollment, variant, account)
    compose_step(*arguments, thread=Thread(), now=now, is_tracked=True)

    with CaptureQueriesContext(connection) as queries:
        compose_step(*arguments, thread=Thread(), now=now, is_tracked=True)

    assert len(queries) == 1


@pytest.mark.parametrize("url", ["https://[broken/", f"https://shop.example/{'x' * 2001}", "ftp://files.example/x"])
def test_an_address_that_no_browser_is_sent_to_stays_as_it_is(sequence: Sequence, url: str) -> None:
    variant = sequence.steps.get().variants.get()
    type(variant).objects.filter(pk=variant.pk).update(html=f'<p><a href="{url}">x</a></p>')

    _send, page, _text = _sent(sequence)

    assert not any("/c/" in one for one in page.links)
