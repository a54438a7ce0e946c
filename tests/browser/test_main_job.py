"""The whole main job in a browser, against real Dovecot and a real SMTP server."""

import re
import uuid
from email.message import EmailMessage

import pytest
from playwright.sync_api import Page, expect

from tests.browser.installation import Installation
from tests.browser.newcomer import PASSWORD, add_mailbox, parsed, sign_up, text_of
from tests.mailboxes.mail.composers import recipients_in
from tests.realservers.directory import MailUser
from tests.realservers.mail import MailServers


@pytest.fixture
def page(page: Page) -> Page:
    page.set_default_timeout(15_000)
    return page


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_from_sign_up_to_the_matched_reply(
    page: Page, installation: Installation, mail_servers: MailServers, protocol: str
) -> None:
    owner, support = mail_servers.new_user(), mail_servers.new_user()
    customer = mail_servers.new_user("customers.example")

    sign_up(page, installation, mail_servers, owner)
    add_mailbox(page, mail_servers, support, protocol)
    _send(page, to=customer.address)
    _answer(mail_servers, customer, support)

    _wait_for_reply(page, installation)
    expect(page.get_by_text("In-Reply-To").first).to_be_visible()
    expect(page.get_by_text("Thanks, forty it is.").first).to_be_visible()
    left = mail_servers.messages_in(support.address)
    assert sum(b"X-Mailhub-Probe" not in raw for raw in left) == (1 if protocol == "imap" else 0)
    assert support.password not in installation.log()
    assert PASSWORD not in installation.log()


def _send(page: Page, *, to: str) -> None:
    page.goto(re.sub(r"^(https?://[^/]+)/.*", r"\1/compose/", page.url))
    recipients_in(page).fill(to)
    page.fill("[name=subject]", "Your quote for 40 seats")
    frame = page.frame_locator("iframe.tox-edit-area__iframe")
    frame.locator("body").click()
    frame.locator("body").type("Shall we say forty?")
    page.locator("main button[type=submit]", has_text="Send").click()
    expect(page.get_by_text("Sent", exact=True).first).to_be_visible(timeout=60_000)


def _answer(servers: MailServers, customer: MailUser, support: MailUser) -> None:
    got = parsed(servers.wait_for_messages(customer.address, count=1, seconds=30)[-1])
    assert "Shall we say forty?" in text_of(got)
    assert any(part.get_content_type() == "text/html" for part in got.walk())
    reply = EmailMessage()
    reply["From"] = f"Cleo Customer <{customer.address}>"
    reply["To"] = support.address
    reply["Subject"] = f"Re: {got['Subject']}"
    reply["Message-ID"] = f"<{uuid.uuid4().hex}@customers.example>"
    reply["In-Reply-To"] = got["Message-ID"]
    reply["References"] = got["Message-ID"]
    reply.set_content("Thanks, forty it is.")
    servers.deliver(support.address, reply.as_bytes())


def _wait_for_reply(page: Page, installation: Installation) -> None:
    """New mail is here within 60 seconds by itself (SPEC M8); the list shows it without a reload."""
    page.goto(f"{installation.address}/inbox/")
    expect(page.get_by_text("Thanks, forty it is.").first).to_be_visible(timeout=75_000)
    page.get_by_text("Your quote for 40 seats").first.click()
